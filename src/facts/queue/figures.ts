/**
 * What a queue's numbers mean, formula by formula, in the order of docs/how-it-decides.md. Null is "cannot be known here",
 * which is not zero. S, H, R, A and i are explained there and at each field of QueueFacts.
 */
import type {QueueLevels} from '../exposition/queue-reading.ts'
import type {Thresholds} from '../thresholds.ts'
import type {AgentFacts, QueueDelta, QueueFacts} from '../types.ts'

export interface QueueInputs {
  /** The agent's own clock at the newest scrape. */
  nowSeconds: number
  /** Null when the start time is not known. */
  uptimeSeconds: number | null
  /** Since when this queue can exist: the process's start, or a reload later than that. Null when neither is known. */
  queueAgeSeconds: number | null
  /** `i` */
  scrapeIntervalSeconds: number
  /** `in`, over the queue's window; null when it is one scrape long. */
  samplesIn: number | null
  /** `H` */
  highestTimestampSeconds: number | null
  /** `A` */
  activeSegment: number | null
  levels: QueueLevels
  /** `S` */
  highestSentSeconds: number | null
  delta: QueueDelta | null
  thresholds: Thresholds
}

type Figure<Name extends keyof QueueFacts> = QueueFacts[Name]

/** bytes_total counts finished sends only; a total outage moves neither. */
export function isFinished({delta}: Pick<QueueInputs, 'delta'>): boolean {
  return delta !== null && (delta.bytes > 0 || delta.highestSentSeconds > 0)
}

/**
 * samples_total counts every attempt, retries and failures included, and counts it when it starts: a batch that is under way is among
 * them. Where all that was ever answered was refused, it is told from a delivery: what is under way is among what is pending.
 */
export function attempted(inputs: QueueInputs): number | null {
  return inputs.delta === null ? null : attemptedIn(inputs.delta, inputs)
}

/** The same over another stretch than the window, up to the levels' moment. */
export function attemptedIn(
  {total, retried, failed}: Pick<QueueDelta, 'total' | 'retried' | 'failed'>,
  queue: Pick<QueueInputs, 'levels' | 'thresholds'>,
): number {
  const tried = Math.max(total - retried, failed)
  const mayBeUnderWay = tried - failed <= queue.levels.pending
  return isAllRefused(queue) && mayBeUnderWay ? failed : tried
}

/** Since the queue was built. What is under way is among what is pending, and must be little beside what was answered. */
export function isAllRefused({levels, thresholds}: Pick<QueueInputs, 'levels' | 'thresholds'>): boolean {
  const answered = levels.total - levels.retried - levels.pending
  return levels.failed > 0 && levels.pending * 10 <= answered && levels.failed >= answered * thresholds.failedLevelRatio
}

/** Refused of all that was answered since the queue was built; 0 where nothing was. */
export function failedLevel({levels}: Pick<QueueInputs, 'levels'>): number {
  const finished = Math.max(levels.total - levels.retried, levels.failed)
  return finished > 0 ? levels.failed / finished : 0
}

/** Some were refused since the queue was built, and none of those that were answered in the window. */
export function wasRefusedBefore({
  delta,
  failureRatio,
  levels,
}: Pick<QueueFacts, 'delta' | 'failureRatio' | 'levels'>): boolean {
  return delta !== null && failureRatio === 0 && levels.failed > 0
}

/** Nothing came back in the window, no error either: what was attempted is still under way, and tells nothing. */
export function isUnanswered(inputs: QueueInputs): boolean {
  const {delta} = inputs
  return delta !== null && !isFinished(inputs) && delta.failed === 0 && delta.retried === 0
}

/** An attempt is counted when it starts and its retry when it has failed: unless something finished, a surplus is no delivery. */
export function delivered(inputs: QueueInputs): number | null {
  const tried = attempted(inputs)
  if (inputs.delta === null || tried === null) return null
  return isFinished(inputs) ? Math.max(0, tried - inputs.delta.failed) : 0
}

/** Refused for good, of what was attempted; null when nothing was, or nothing of it was answered. */
export function failureRatio(inputs: QueueInputs): number | null {
  const tried = attempted(inputs)
  if (inputs.delta === null || tried === null || tried <= 0 || isUnanswered(inputs)) return null
  return inputs.delta.failed / tried
}

/** 1 in a total outage; null when nothing was sent and nothing retried. */
export function retryRatio({delta}: QueueInputs): number | null {
  if (delta === null) return null
  if (delta.total > 0) return Math.min(1, delta.retried / delta.total)
  return delta.retried > 0 ? 1 : null
}

/** The reader keeps up its work, or there is none; null with one scrape. */
export function isReading({delta, samplesIn}: QueueInputs): boolean | null {
  if (delta === null) return null
  if (delta.recordsRead > 0) return true
  return samplesIn === null ? null : samplesIn === 0
}

/** pending = 0, the reader is in the newest segment, and reads. Null when one of them is not known and none says no. */
export function isNothingWaiting(inputs: QueueInputs): boolean | null {
  const {levels, activeSegment} = inputs
  const {readSegment} = levels
  const reading = isReading(inputs)
  if (levels.pending > 0 || reading === false) return false
  if (readSegment === null || activeSegment === null || readSegment > activeSegment) return null
  return readSegment < activeSegment ? false : reading
}

/** now − S > i + 20 s; false while S is not yet set, since then nothing tells how long it has been. */
export function isSentLongAgo(inputs: QueueInputs): boolean {
  const {nowSeconds, highestSentSeconds, scrapeIntervalSeconds, thresholds} = inputs
  if (highestSentSeconds === null) return false
  return nowSeconds - highestSentSeconds > scrapeIntervalSeconds + thresholds.sendDelaySeconds
}

/** In the first scrape and in the last; whether it is the same samples, nothing tells. */
export function isWaitingThroughout({delta, levels}: Pick<QueueInputs, 'delta' | 'levels'>): boolean {
  return delta !== null && delta.pendingFirst > 0 && levels.pending > 0
}

/** Which of the four ways of finishing nothing it is; null when it finishes, or when one scrape cannot tell. */
export function blockedBy(inputs: QueueInputs): Figure<'blockedBy'> {
  const {delta, levels, samplesIn} = inputs
  if (delta === null || isFinished(inputs)) return null
  if (delta.retried > 0) return 'retries'
  if (delta.enqueueRetries > 0) return 'enqueue-retries'
  if (!isSentLongAgo(inputs)) return null
  if (isWaitingThroughout(inputs)) return 'pending'
  // R = A proves nothing on a quiet agent: one segment lasts two hours.
  const stuck = (samplesIn ?? 0) > 0 && levels.pending === 0 && isReading(inputs) === false
  return stuck ? 'stuck-reader' : null
}

/** A target exposed timestamps from the future: H and S keep them and read as "no lag" through an outage. */
export function isClockFooled(inputs: QueueInputs): boolean {
  const {nowSeconds, highestTimestampSeconds, highestSentSeconds, thresholds} = inputs
  const limit = nowSeconds + thresholds.futureSeconds
  return (highestTimestampSeconds ?? 0) > limit || (highestSentSeconds ?? 0) > limit
}

/**
 * Never from queue_highest_timestamp_seconds (3.7 and later), which freezes with a blocked queue. Relabelling that keeps slow
 * series only makes H − S large for good, so an empty queue whose reader keeps up is at 0 whatever H − S says
 * (prometheus/prometheus#9698).
 */
export function readLag(
  inputs: QueueInputs,
  offeredPerSecond: number | null,
): {seconds: Figure<'lagSeconds'>; source: Figure<'lagSource'>} {
  const {highestTimestampSeconds: appended, highestSentSeconds: sent, queueAgeSeconds} = inputs
  if (isClockFooled(inputs)) return {seconds: null, source: 'none'}
  if (isNothingWaiting(inputs) === true) return {seconds: 0, source: 'nothing-waiting'}
  if (sent === null && queueAgeSeconds !== null) return {seconds: queueAgeSeconds, source: 'uptime-lower-bound'}
  if (sent === null || appended === null) return {seconds: null, source: 'none'}
  const lagSeconds = Math.max(0, appended - sent)
  const waitingSeconds = longWaitSeconds(inputs, offeredPerSecond)
  return waitingSeconds > lagSeconds
    ? {seconds: waitingSeconds, source: 'pending-over-offered'}
    : {seconds: lagSeconds, source: 'appended-minus-sent'}
}

/**
 * S is the newest that any shard has sent: of one that is stuck while others send, only what waits tells. 0 unless more waited all
 * through the window than may wait, which is what one interval brings, and 20 s. `offeredPerSecond` may be of the whole life of the
 * process; whatever comes or goes in the window is at least offered.
 */
function longWaitSeconds(inputs: QueueInputs, offeredPerSecond: number | null): number {
  const {delta, levels, samplesIn, scrapeIntervalSeconds, thresholds} = inputs
  if (delta === null || delta.seconds <= 0 || offeredPerSecond === null || !isFinished(inputs)) return 0
  const seenPerSecond = Math.max(samplesIn ?? 0, delta.total - delta.retried) / delta.seconds
  const seconds = Math.min(delta.pendingFirst, levels.pending) / Math.max(offeredPerSecond, seenPerSecond)
  return seconds > scrapeIntervalSeconds + thresholds.sendDelaySeconds ? seconds : 0
}

/**
 * From how much lag on this queue is late: max(120 s, 2 i). i is the longest interval, since of a queue that sends the samples of its
 * rarest job alone nothing else is to be expected; it is the shortest where samples waited all through the window.
 */
export function queueLateFromSeconds(
  queue: Pick<QueueInputs, 'delta' | 'levels' | 'thresholds'>,
  agent: Pick<AgentFacts, 'longestScrapeIntervalSeconds' | 'shortestScrapeIntervalSeconds'>,
): number {
  const {shortestScrapeIntervalSeconds: shortest, longestScrapeIntervalSeconds: longest} = agent
  return lateFromSeconds(isWaitingThroughout(queue) ? shortest : longest, queue.thresholds)
}

/** From how much lag on a queue is late: max(120 s, 2 i). */
export function lateFromSeconds(scrapeIntervalSeconds: number, {lateSeconds, lateIntervals}: Thresholds): number {
  return Math.max(lateSeconds, lateIntervals * scrapeIntervalSeconds)
}

/** Up to this uptime it is too early to call anything idle: max(60 s, 2 i). */
export function youngForSeconds(scrapeIntervalSeconds: number, {youngSeconds, youngIntervals}: Thresholds): number {
  return Math.max(youngSeconds, youngIntervals * scrapeIntervalSeconds)
}
