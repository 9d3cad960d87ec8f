/** Whether an outage costs anything yet: what findings about batches that are sent again tell of it. */
import {lossesOf} from '../facts/queue/losses.ts'
import {stoppingSince} from '../facts/queue/stopping.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import {formatCount} from '../units.ts'

const NOTHING_YET =
  'Nothing is lost yet: the agent keeps retrying and sends the backlog once this is fixed, as long as its WAL still holds it.'
export const BEING_STOPPED =
  'A reload is stopping this queue: what it cannot send within the flush deadline (1 min by default) is dropped, and so is what it has not read yet.'

export function lossSoFar(agent: AgentFacts, queue: QueueFacts): string {
  if (stoppingSince(agent.log, queue) !== null) return BEING_STOPPED
  const dropped = droppedByAge(agent, queue)
  if (dropped !== null)
    return `Data is being lost: sample_age_limit drops what waits longer, ${formatCount(dropped)} samples or more so far. The agent keeps retrying and sends the rest once this is fixed.`
  if (queue.lossClock.status === 'lost')
    return 'Part of the backlog is lost: the WAL was truncated past what was sent. The agent keeps retrying and sends the rest once this is fixed.'
  return NOTHING_YET
}

/** Samples that sample_age_limit has dropped, in this outage or before it; null while it takes none of what waits now. */
export function droppedByAge(agent: AgentFacts, queue: QueueFacts): number | null {
  return lossesOf(agent, queue).find(({kind, isOpen}) => kind === 'too-old' && isOpen)?.samples ?? null
}
