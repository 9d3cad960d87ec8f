/**
 * What a probe adds to a cause that the agent's own log and metrics have shown: the same seen from another place, or that the receiver
 * takes writes there. It never makes a cause: what is seen from elsewhere is not what the agent sees.
 */
import type {FleetFacts} from '../facts/fleet.ts'
import type {ErrorClass} from '../facts/log/signatures/signature.ts'
import type {ProbeFacts} from '../facts/probe/probe.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import type {EvidenceLine} from './check.ts'

export function probeLines(
  {probes}: FleetFacts,
  agent: AgentFacts,
  queue: QueueFacts,
  classes: readonly ErrorClass[],
): EvidenceLine[] {
  return probes
    .filter(({evidence}) => evidence.skipped === null && evidence.address === queue.endpoint?.address)
    .filter(({evidence}) => evidence.agents.includes(agent.key))
    .flatMap(probe => {
      const value = wordsOf(probe, classes)
      return value === null ? [] : [{what: 'probe', value, source: 'probe', at: probe.evidence.startedAt}]
    })
}

function wordsOf(
  {evidence, failing, refusedGiven, accepts}: ProbeFacts,
  classes: readonly ErrorClass[],
): string | null {
  const place = evidence.from.kind === 'here' ? 'from here' : 'from its pod'
  if (refusedGiven !== null) return null // of the user's own making
  if (failing?.class && classes.includes(failing.class)) return `the same ${place}: ${failing.says}`
  return accepts ? `${place} the empty write is taken, so the receiver is up` : null
}
