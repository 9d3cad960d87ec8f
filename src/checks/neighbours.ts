/**
 * Other agents that write to the same endpoint: the cheapest measurement that tells whose fault it is. When they are fine the
 * central is up; when they fail alike it is the central, or what lies in front of it.
 */
import type {FleetFacts} from '../facts/fleet.ts'
import type {ErrorClass} from '../facts/log/signatures/signature.ts'
import {isRefusal} from '../facts/queue/errors.ts'
import {failedLevel} from '../facts/queue/figures.ts'
import type {AgentFacts, EndpointFacts, QueueFacts} from '../facts/types.ts'
import type {EvidenceLine} from './check.ts'
import {deliversWell} from './delivery-figures.ts'
import {agentWords} from './words.ts'

export interface Neighbours {
  /** Agents that write to the endpoint, this one included. */
  writing: number
  /** Others with the same kind of error now. */
  alike: AgentFacts[]
  /** Others that deliver there, and as far as counters and log tell always did. */
  fine: AgentFacts[]
  /** At least two agents and at least half of those writing there fail alike: the endpoint's fault, not theirs. */
  shared: boolean
}

export function neighboursOf(
  facts: FleetFacts,
  agent: AgentFacts,
  queue: QueueFacts,
  classes: readonly ErrorClass[],
): Neighbours {
  const endpoint = endpointOf(facts, queue)
  const others = (endpoint?.queues ?? []).filter(other => other.agent.key !== agent.key)
  const alike = distinct(
    others.filter(other => other.queue.errors.some(error => error.current && classes.includes(error.class))),
  )
  const fine = distinct(others.filter(other => isWitness(other.queue))).filter(other => !alike.includes(other))
  const writing = 1 + distinct(others).length
  const failing = 1 + alike.length
  return {writing, alike, fine, shared: failing >= 2 && failing * 2 >= writing}
}

/** Undefined: its URL cannot be read. */
export function endpointOf({endpoints}: FleetFacts, queue: QueueFacts): EndpointFacts | undefined {
  return endpoints.find(({queues}) => queues.some(other => other.queue === queue))
}

/** Says what the neighbours show; [] when nobody else was seen writing there. */
export function neighbourLines({writing, alike, fine}: Neighbours, agent: AgentFacts): EvidenceLine[] {
  const lines: EvidenceLine[] = []
  if (alike.length > 0)
    lines.push({
      what: 'others',
      value: `${alike.length + 1} of ${writing} agents that write there get the same error`,
      source: 'metrics and logs',
    })
  const best = fine.find(other => other.context === agent.context) ?? fine[0]
  if (best) {
    const where = best.context === agent.context ? ', in the same cluster,' : ''
    const more = fine.length > 1 ? ` (as do ${fine.length - 1} more)` : ''
    lines.push({
      what: 'others',
      value: `${agentWords(best)}${where} delivers to the same address${more}`,
      source: 'metrics',
    })
  }
  return lines
}

/** One window without a refusal is luck where an agent sends once a minute, or where two collide: its past must be clean as well. */
function isWitness(queue: QueueFacts): boolean {
  // That nothing waits tells of its last scrape, which may be from before.
  if (!queue.finished || !deliversWell(queue) || failedLevel(queue) >= queue.thresholds.failureRatio) return false
  return queue.levels.failed <= 0 || !queue.errors.some(isRefusal)
}

function distinct(queues: {agent: AgentFacts}[]): AgentFacts[] {
  return [...new Set(queues.map(({agent}) => agent))]
}
