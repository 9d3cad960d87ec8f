/** Losses as the report shows them; how they are read from the evidence is in src/facts/queue/losses.ts. */
import {lossesOf} from '../facts/queue/losses.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import type {QueueReport} from './report.ts'

/** Oldest first. Ended losses stay here as history. */
export function reportLosses(agent: AgentFacts, queue: QueueFacts): QueueReport['losses'] {
  return lossesOf(agent, queue).map(({from, isDated, beganBefore, to, samples, isLeast, isOpen, evidence}) => ({
    from,
    ...(!isDated && {isDated}),
    beganBefore,
    to,
    samples,
    ...(isLeast && isOpen && {isLeast}),
    evidence,
  }))
}
