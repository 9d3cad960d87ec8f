/** How far the traffic of a remote_write entry travels, for the checks on what protects it. */
import type {RemoteWriteConfig} from '../facts/config/config.ts'
import {placeOfHost} from '../facts/config/remote-write-url.ts'
import type {AgentFacts} from '../facts/types.ts'
import type {CheckResult, Scope} from './check.ts'
import {gather, type Judgement} from './judge.ts'
import {missingPiece} from './missing.ts'
import {agentScope} from './scope.ts'

/** Why its way is guarded by something else, as words that follow "info, because"; null for a way that is open. */
export function sheltered(agent: AgentFacts, write: RemoteWriteConfig): string | null {
  const place = write.endpoint === null ? 'elsewhere' : placeOfHost(write.endpoint.host)
  if (place === 'loopback') return 'it stays within the pod'
  const mesh = agent.evidence.podStatus?.meshSidecar ?? null
  if (mesh !== null) return `a mesh side car (${mesh}) was seen, which may encrypt and authenticate it`
  return place === 'cluster' ? 'it stays within the cluster' : null
}

/** One judgement per remote_write entry; the scope's queue is the name that the metrics use, where they have one. */
export function judgeWrites(
  agents: readonly AgentFacts[],
  judge: (write: RemoteWriteConfig, agent: AgentFacts) => Judgement,
): CheckResult {
  return gather(
    agents.flatMap((agent): [Scope, Judgement][] => {
      if (agent.config === null)
        return agent.pod === ''
          ? []
          : [[agentScope(agent), {unknown: missingPiece('its configuration', agent.evidence.config)}]]
      return agent.config.remoteWrites.map(write => {
        const queue = agent.queues.find(({config}) => config === write || config?.index === write.index)
        return [
          {...agentScope(agent), queue: queue?.name ?? write.name ?? write.endpoint?.address ?? write.url},
          judge(write, agent),
        ]
      })
    }),
  )
}
