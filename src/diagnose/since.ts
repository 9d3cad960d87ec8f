/** When a queue's state began, as far as levels and the log tell; null rather than a guess. */
import type {Timestamp} from '../evidence/types.ts'
import {queueStart} from '../facts/queue/age.ts'
import {isTooOldToSend} from '../facts/queue/age-limit.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import {timestampOf} from '../units.ts'

/** By the row that decided; see queue-table.ts. */
export function sinceOf(agent: AgentFacts, {queue, row}: {queue: QueueFacts; row: number}): Timestamp | null {
  const start = agent.process?.startSeconds ?? null
  switch (row) {
    case 3:
      return queue.tailingErrorAt ?? timeOf(queue.interval === 'restarted' ? start : (queue.before?.atSeconds ?? null))
    case 4:
      return firstOf(queue.errors.flatMap(({current, first}) => (current && first !== null ? [first] : [])))
    case 5:
      // What sample_age_limit drops is all that waits, from the newest sample on that was sent.
      return isTooOldToSend(queue) ? queue.lastDeliveredAt : null
    case 6:
      return queue.atCentral?.newestAt ?? null
    case 7:
      // While something is still delivered, S moves on and does not tell when the trouble began.
      if (!queue.blocked || queue.clockFooled) return null
      return queue.lastDeliveredAt ?? queueStart(agent, queue)
    case 8:
      return queueStart(agent, queue)
    case 9:
      return queue.levels.total > 0 ? timeOf(agent.highestTimestampSeconds ?? start) : neverSentSince(agent, start)
    default:
      return null
  }
}

/** A reload may have built a queue that had sent before. */
function neverSentSince({process}: AgentFacts, start: number | null): Timestamp | null {
  const reloaded = process?.lastReloadSuccessSeconds ?? null
  return start !== null && reloaded !== null && reloaded > start + STARTS_WITHIN_SECONDS ? null : timeOf(start)
}

/** A process loads its configuration when it starts, and counts that as a reload. */
const STARTS_WITHIN_SECONDS = 60

function timeOf(seconds: number | null): Timestamp | null {
  return seconds === null ? null : timestampOf(seconds)
}

function firstOf(times: readonly Timestamp[]): Timestamp | null {
  return [...times].sort()[0] ?? null
}
