/** Everything about one agent: its pod, its web server, its log. Fills the evidence as it comes, so that a run may stop at any time. */
import type {AgentEvidence, Failure} from '../../evidence/types.ts'
import {notApplicable} from '../collected.ts'
import type {DiscoveredAgent} from '../discovery/discover.ts'
import {podEvidence, restartsOf} from '../discovery/workload.ts'
import {keepText} from '../redact.ts'
import {type ContainerLog, readLog, readPreviousLog} from './logs.ts'
import {readObjects} from './objects.ts'
import {notAskedFor} from './pieces.ts'
import type {AgentSurroundings} from './surroundings.ts'
import {readWeb} from './web.ts'

/** An agent of which nothing but its pod is known; every piece is `unread` until it comes. */
export function unreadAgent(found: DiscoveredAgent, unread: Failure): AgentEvidence {
  const {pod, namespace, container, name, workload, shard, replica, signs, web} = found
  return {
    namespace,
    pod: keepText(pod?.metadata?.name ?? '', 253),
    podUid: keepText(pod?.metadata?.uid ?? '', 100),
    container: keepText(container, 63),
    name: keepText(name, 253),
    workload,
    shard,
    replica,
    signs,
    podStatus: pod === null ? null : podEvidence(pod, container),
    web,
    transport: null,
    attempts: [],
    ready: unread,
    scrapes: [],
    config: unread,
    flags: unread,
    buildInfo: unread,
    runtimeInfo: unread,
    targets: unread,
    log: unread,
    previousLog: unread,
    events: unread,
    claims: unread,
  }
}

/** Reads the agent into `evidence`; resolves when there is nothing left to read or the signal has aborted everything. */
export async function readAgent(
  found: DiscoveredAgent,
  evidence: AgentEvidence,
  around: AgentSurroundings,
): Promise<void> {
  const {pieces} = around
  Object.assign(evidence, notAskedFor(pieces))
  await Promise.all([
    pieces.includes('objects') && readObjects(found, evidence, around),
    readLogs(found, evidence, around),
    pieces.includes('web') && readWeb(found, evidence, around),
  ])
}

async function readLogs(
  {pod, namespace, container}: DiscoveredAgent,
  evidence: AgentEvidence,
  around: AgentSurroundings,
): Promise<void> {
  const {api, sinceSeconds, limitLogs, known, pieces, signal} = around
  const log: ContainerLog = {namespace, pod: evidence.pod, container}
  const readCurrent = async () => {
    if (pod === null) return notApplicable('there is no pod, and so no log')
    // Old truncations matter to the loss clock only, which takes metrics.
    const earlierWalLines = pieces.includes('web') ? known.walLines : []
    const current = await limitLogs(() => readLog(api, log, {sinceSeconds, earlierWalLines}, signal))
    if (current.ok && !current.value.truncated) known.walLines = current.value.walLines
    return current
  }
  const readPrevious = async () => {
    if (pod === null) return notApplicable('there is no pod, and so no log')
    if (restartsOf(pod, container) === 0)
      return notApplicable(`container ${container} of ${namespace}/${evidence.pod} has not restarted`)
    return limitLogs(() => readPreviousLog(api, log, signal))
  }
  const [current, previous] = await Promise.all([
    pieces.includes('log') ? readCurrent() : evidence.log,
    pieces.includes('previous-log') ? readPrevious() : evidence.previousLog,
  ])
  evidence.log = current
  evidence.previousLog = previous
}
