/**
 * In which of the five states a queue and an agent are, and by which row of the decision table in docs/how-it-decides.md;
 * the first row that fits wins. Pure: "now" is the agent's own clock at its newest scrape.
 */
import type {Timestamp} from '../evidence/types.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import {formatNumberOf, secondsOf} from '../units.ts'
import {decideProcessState} from './process-table.ts'
import {queueTable} from './queue-table.ts'
import {rankOf} from './rank.ts'
import type {State} from './report.ts'
import {isIdleByDesign} from './silent-by-design.ts'
import {sinceOf} from './since.ts'

export interface Decision {
  state: State
  row: number
  /** A phrase without subject: "retries and finishes nothing, 41 min behind". */
  reason: string
}

export interface QueueDecision extends Decision {
  queue: QueueFacts
}

export interface AgentDecision extends Decision {
  agent: AgentFacts
  /** When the state began, as far as the evidence tells. */
  since: Timestamp | null
  /** In the agent's own order; empty when its metrics could not be read. */
  queues: QueueDecision[]
}

/** `fleet`: all agents seen, to tell a shard that is idle by design by its siblings. */
export function decideQueueState(agent: AgentFacts, queue: QueueFacts, fleet: readonly AgentFacts[] = []): Decision {
  const input = {agent, queue, nowSeconds: agentClock(agent), idleByDesign: isIdleByDesign(agent, fleet)}
  for (const {row, state, fits} of queueTable) {
    const reason = fits(input)
    if (reason !== null) return {state, row, reason}
  }
  return {state: 'unknown', row: 12, reason: missingInput(agent, queue)}
}

export function decideAgentState(agent: AgentFacts, fleet: readonly AgentFacts[] = []): AgentDecision {
  const process = decideProcessState(agent)
  if (process) return {agent, ...process, queues: []}
  const queues = agent.queues.map(queue => ({queue, ...decideQueueState(agent, queue, fleet)}))
  const [worst] = [...queues].sort((a, b) => rankOf(a.state) - rankOf(b.state))
  // decideProcessState answers for agents without queues; this is for the type only.
  if (!worst) return {agent, state: 'unknown', row: 12, reason: 'it has no queue', since: null, queues}
  const {state, row} = worst
  return {agent, state, row, reason: rollUp(worst, queues), since: sinceOf(agent, worst), queues}
}

/** The agent's own clock at its newest scrape, unix seconds; NaN without one, which fits no row. */
function agentClock(agent: AgentFacts): number {
  if (agent.process !== null) return agent.process.startSeconds + agent.process.uptimeSeconds
  return agent.window.to === null ? Number.NaN : secondsOf(agent.window.to)
}

/** "losing on `b` (1 of 2 queues): 100 % of ...; `a` delivering". */
function rollUp(worst: QueueDecision, queues: readonly QueueDecision[]): string {
  if (queues.length === 1) return worst.reason
  const alike = queues.filter(({state}) => state === worst.state)
  if (alike.length === queues.length)
    return `${worst.reason} (on \`${worst.queue.name}\`; all ${queues.length} queues are ${worst.state})`
  const named = alike.map(({queue}) => `\`${queue.name}\``)
  const others = queues.filter(({state}) => state !== worst.state)
  return (
    `${worst.state} on ${named.slice(0, 3).join(', ')}${named.length > 3 ? ' ...' : ''} ` +
    `(${alike.length} of ${formatNumberOf(queues.length, 'queue')}): ${worst.reason}; ` +
    others
      .slice(0, 3)
      .map(({queue, state}) => `\`${queue.name}\` ${state}`)
      .join(', ')
  )
}

function missingInput(agent: AgentFacts, queue: QueueFacts): string {
  if (queue.interval === 'single-scrape') return 'one scrape does not tell: take two (--interval 10)'
  if (queue.interval === 'restarted') return 'it restarted between the scrapes, look again'
  if (queue.interval === 'rebuilt') return 'a reload rebuilt the queue between the scrapes, look again'
  if (queue.clockFooled) return 'a scraped timestamp lies in the future, so the lag cannot be read'
  if (queue.highestSentSeconds === null) return 'nothing was sent yet, and nothing waits that should have been'
  if (agent.samplesIn === null) return 'samples_in is missing from its metrics'
  return `nothing moved in ${Math.round(agent.window.secondsBetween)} s, too short a time to say`
}
