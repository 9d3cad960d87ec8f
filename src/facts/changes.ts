/** What changed on an agent, newest first: people ask "what happened around then?". */
import type {AgentEvidence, Timestamp} from '../evidence/types.ts'
import {timestampOf} from '../units.ts'
import {ownContainer} from './process/process.ts'
import type {PrometheusVersion} from './process/versions.ts'
import type {AgentFacts, ProcessFacts, QueueFacts} from './types.ts'

/** Within this long of another start, a start or a reload is the same event. */
const sameEventSeconds = 60

export function readChanges(
  evidence: AgentEvidence,
  process: ProcessFacts | null,
  version: PrometheusVersion | null,
  queues: readonly QueueFacts[],
): AgentFacts['changes'] {
  const changes: {seconds: number; what: string}[] = []
  const add = (at: Timestamp | number | null | undefined, what: string) => {
    const seconds = typeof at === 'string' ? Date.parse(at) / 1000 : (at ?? Number.NaN)
    if (Number.isFinite(seconds)) changes.push({seconds, what})
  }
  const isNear = (seconds: number) => changes.some(change => Math.abs(change.seconds - seconds) <= sameEventSeconds)
  const container = ownContainer(evidence)
  const running = container?.state?.kind === 'running' ? container.state.startedAt : null
  if (container && container.restarts > 0)
    add(running, `container restarted (${container.restarts} times so far)${lastEnd(evidence)}`)
  const created = evidence.podStatus?.createdAt
  if (created) add(created, `pod created with ${container?.image ?? 'an unknown image'}`)
  if (process && !isNear(process.startSeconds))
    add(process.startSeconds, `Prometheus${version ? ` ${version.text}` : ''} started`)
  const reloaded = process?.lastReloadSuccessSeconds
  if (process && reloaded && reloaded - process.startSeconds > sameEventSeconds) add(reloaded, 'configuration reloaded')
  for (const queue of queues) {
    if (queue.interval === 'rebuilt' && queue.before)
      add(queue.before.atSeconds, `queue ${queue.name} rebuilt by a reload`)
  }
  return changes
    .sort((a, b) => b.seconds - a.seconds)
    .flatMap(({seconds, what}) => {
      const at = timestampOf(seconds)
      return at === null ? [] : [{at, what}]
    })
}

function lastEnd(evidence: AgentEvidence): string {
  const last = ownContainer(evidence)?.lastState
  if (last?.kind !== 'terminated') return ''
  const code = last.exitCode === null ? '' : `, exit code ${last.exitCode}`
  return `, before that ${last.reason ?? 'ended'}${code}`
}
