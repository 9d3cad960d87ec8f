/** What the metrics say of one queue's deliveries, as evidence lines that several findings share. */
import {queueStart} from '../facts/queue/age.ts'
import {isRefusal, isRetry, isWait} from '../facts/queue/errors.ts'
import {failedLevel} from '../facts/queue/figures.ts'
import {isGivingUp} from '../facts/queue/stopping.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import {formatPercent, formatRate, formatSeconds} from '../units.ts'
import type {EvidenceLine} from './check.ts'

/** Samples are refused for good: by the window, or by levels and the log where there is no window. */
export function isRejected(queue: QueueFacts): boolean {
  if (isGivingUp(queue)) return false
  const {failureRatio, failedLevelRatio} = queue.thresholds
  if (queue.failureRatio !== null) return queue.failureRatio >= failureRatio
  const level = failedLevel(queue)
  // A window in which nothing was attempted or answered says nothing: an agent that scrapes once a minute sends once a minute.
  if (queue.delta !== null)
    return level >= failedLevelRatio || queue.errors.some(error => error.current && isRefusal(error))
  return (
    level >= failedLevelRatio || (level >= failureRatio && queue.errors.some(error => error.fresh && isRefusal(error)))
  )
}

/**
 * Finishes nothing, and no retry fell into the window, but the log says that it retries now: retries wait for the back-off and,
 * where requests time out, for remote_timeout, so a short window can miss them.
 */
export function isBetweenRetries(queue: QueueFacts): boolean {
  const isStill = queue.blockedBy === 'pending' || queue.blockedBy === 'enqueue-retries'
  return (
    isStill &&
    queue.errors.some(error => error.current && (isWait(error) || (queue.levels.retried > 0 && isRetry(error))))
  )
}

/** Delivers what it is given, as far as its own metrics tell. */
export function deliversWell(queue: QueueFacts): boolean {
  if (queue.blocked || queue.late || isRejected(queue)) return false
  return queue.finished || queue.nothingWaiting === true
}

/** Something is wrong with its deliveries, so that a reason is to be looked for. */
export function isInTrouble(queue: QueueFacts): boolean {
  return queue.blocked || queue.late || isRejected(queue)
}

/** The measurement that says how bad it is: refused, or not delivered. */
export function troubleLine(queue: QueueFacts): EvidenceLine {
  return isRejected(queue) ? rejectedLine(queue) : deliveredLine(queue)
}

export function rejectedLine(queue: QueueFacts): EvidenceLine {
  const limit = `(limit ${formatPercent(queue.thresholds.failureRatio)})`
  if (queue.failureRatio !== null && queue.delta !== null && queue.delta.seconds > 0) {
    const refused = queue.delta.failed / queue.delta.seconds
    const attempted = (queue.attempted ?? 0) / queue.delta.seconds
    return {
      what: 'refused',
      value: `${formatRate(refused, attempted)}, ${formatPercent(queue.failureRatio)} ${limit}`,
      source: 'metrics, two scrapes',
    }
  }
  return {
    what: 'refused',
    value: `${formatPercent(failedLevel(queue))} of all samples since the queue was built ${limit}`,
    source: queue.delta === null ? 'metrics, one scrape' : 'metrics',
  }
}

export function deliveredLine(queue: QueueFacts): EvidenceLine {
  const since = queue.lastDeliveredAt === null ? 'nothing since the queue was built' : null
  if (queue.delta === null)
    return {
      what: 'delivered',
      value: since ?? `up to ${lagWords(queue)} ago`,
      source: 'metrics, one scrape',
      ...(queue.lastDeliveredAt !== null && {at: queue.lastDeliveredAt}),
    }
  return {
    what: 'delivered',
    value: `${formatRate(queue.deliveredPerSecond, queue.offeredPerSecond)}${since === null ? '' : `, ${since}`}`,
    source: 'metrics, two scrapes',
  }
}

/** `41 min`, `at least 10 min`, `not known`. */
export function lagWords(queue: QueueFacts): string {
  if (queue.lagSeconds === null) return 'not known'
  return `${queue.lagSource === 'uptime-lower-bound' ? 'at least ' : ''}${formatSeconds(queue.lagSeconds)}`
}

/** When the trouble began as far as metrics tell: the newest sample that was finished while nothing is finished now. */
export function stoppedAt(queue: QueueFacts, agent: AgentFacts): string | null {
  if (queue.lastDeliveredAt !== null) return queue.lastDeliveredAt
  return queueStart(agent, queue)
}
