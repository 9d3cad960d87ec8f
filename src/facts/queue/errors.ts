/**
 * What the log says of sending to one endpoint, and whether that still holds. The log alone never decides: remote-write lines are
 * held back for a minute after they were printed, on 3.x by their message alone across all queues (util/logging/dedupe.go), and
 * healthy agents carry errors of their first seconds. A reason seen for one queue is never lent to another, but to the one that a reload
 * put in its place.
 */
import type {LogShape, Timestamp} from '../../evidence/types.ts'
import {secondsOf} from '../../units.ts'
import {withoutUserInfo} from '../config/remote-write-url.ts'
import {parseDurationSeconds} from '../duration.ts'
import {classifyError, errorStatus} from '../log/error-classes.ts'
import {isRefusalMessage, isRetryMessage, isWaitMessage} from '../log/send-messages.ts'
import type {ErrorClass} from '../log/signatures/signature.ts'
import type {Thresholds} from '../thresholds.ts'
import type {AgentFacts, LogFacts, QueueError} from '../types.ts'
import {
  attempted,
  blockedBy,
  isAllRefused,
  isFinished,
  isSentLongAgo,
  isUnanswered,
  isWaitingThroughout,
  type QueueInputs,
} from './figures.ts'

const TAILING = /^error tailing WAL/

/** Prometheus dropped a batch for good, by its own words. */
export function isRefusal({shape}: {shape: {message: string}}): boolean {
  return isRefusalMessage(shape.message)
}

/** A line is held back for a minute after its like was printed (util/logging/dedupe.go), and 5 s for writing. */
const REPEAT_SECONDS = 65

/**
 * By the log, of whichever queue: a message that repeats is printed for one of them. Of a job that is scraped rarely nothing is sent in
 * between; beyond five minutes that is no longer waited for.
 */
export function wasRefusedLately({
  log,
  thresholds: {currentErrorSeconds, freshErrorSeconds},
  longestScrapeIntervalSeconds,
}: Pick<AgentFacts, 'log' | 'thresholds' | 'longestScrapeIntervalSeconds'>): boolean {
  const nextRefusalSeconds = Math.min(longestScrapeIntervalSeconds, freshErrorSeconds) + REPEAT_SECONDS
  const latelySeconds = Math.max(currentErrorSeconds, nextRefusalSeconds)
  return log.shapes.some(
    shape =>
      isRefusal({shape}) &&
      classifyError(shape.error ?? '') !== 'cancelled' && // given up by the agent itself
      isWithin(shape.last, log, latelySeconds),
  )
}

/** Prometheus will send the batch again, by its own words. */
export function isRetry({shape}: {shape: {message: string}}): boolean {
  return isRetryMessage(shape.message)
}

/** Prometheus waits before it sends the batch again, because the receiver asked for it. */
export function isWait({shape}: {shape: {message: string}}): boolean {
  return isWaitMessage(shape.message)
}

/** Shapes that name this queue, newest first. */
export function shapesOfQueue(log: LogFacts, name: string): LogShape[] {
  return newestFirst(log.shapes.filter(shape => shape.queue === name))
}

/**
 * Errors of sending samples, newest first; those of metadata alone are left out, since no sample depends on it. `isOutdated` tells
 * of a reason that the queue's connections have left behind: see dialer.ts. `retriesRateLimits`: the queue tries again after 429.
 */
export function queueErrors(
  shapes: readonly LogShape[],
  log: LogFacts,
  inputs: QueueInputs,
  isOutdated: (errorClass: ErrorClass) => boolean,
  retriesRateLimits: boolean,
): QueueError[] {
  return shapes.flatMap((shape): QueueError[] => {
    if (isWait({shape})) return waitErrors(shape, shapes, log, inputs, retriesRateLimits)
    const isRetrying = isRetry({shape})
    if (!isRetrying && !isRefusal({shape})) return []
    const {currentErrorSeconds, freshErrorSeconds} = inputs.thresholds
    const agrees = isRetrying ? isRetryingNow(inputs) : isRefusedNow(inputs)
    const found = foundError(shape, log, inputs.thresholds)
    const errorClass = classifyError(found.text)
    const current = agrees && !isOutdated(errorClass) && isWithin(shape.last, log, currentErrorSeconds)
    const fresh = isWithin(shape.last, log, freshErrorSeconds)
    return [{...found, class: errorClass, current, fresh, retryAfterSeconds: null}]
  })
}

/**
 * Of a queue that is refused now and has no line of its own: the newest refusal of one that is there no longer and wrote to the same
 * URL. After a reload 3.x holds back what the new queue would say while the line of the old one is fresh (util/logging/dedupe.go).
 */
export function formerErrors(
  log: LogFacts,
  inputs: QueueInputs,
  {url, queues}: {url: string; queues: readonly {name: string; url: string}[]},
): QueueError[] {
  const {delta, thresholds} = inputs
  const isRefused = delta === null ? isAllRefused(inputs) : delta.failed > 0
  if (!isRefused || queues.filter(queue => queue.url === url).length !== 1) return []
  const isFormer = (shape: LogShape) =>
    isRefusal({shape}) &&
    shape.queue !== null &&
    shape.url !== null &&
    withoutUserInfo(shape.url) === withoutUserInfo(url) &&
    queues.every(({name}) => name !== shape.queue) &&
    classifyError(shape.error ?? '') !== 'cancelled' && // given up by the agent itself, as the reload stopped it
    isWithin(shape.last, log, thresholds.currentErrorSeconds)
  const [shape] = newestFirst(log.shapes.filter(isFormer))
  if (shape === undefined) return []
  const found = foundError(shape, log, thresholds)
  const errorClass = classifyError(found.text)
  return [
    {...found, first: null, class: errorClass, current: true, fresh: true, retryAfterSeconds: null, isFormer: true},
  ]
}

/**
 * The receiver asked to wait (Retry-After), and the wait may still go on: the error of the answer that asked for it. None when the
 * wait is over, or when that answer has just been logged: it then tells of itself. Where the answer is not logged yet, it is 429 if
 * the queue tries that again, and else 5xx: nothing else is waited for.
 */
function waitErrors(
  shape: LogShape,
  shapes: readonly LogShape[],
  log: LogFacts,
  inputs: QueueInputs,
  retriesRateLimits: boolean,
): QueueError[] {
  const {currentErrorSeconds} = inputs.thresholds
  const retryAfterSeconds = retryAfterSecondsOf(shape)
  const isLately = ({last}: LogShape) => isWithin(last, log, retryAfterSeconds + currentErrorSeconds)
  const answer = shapes.find(
    other => isRetry({shape: other}) && isLately(other) && errorStatus(other.error ?? '') !== null,
  )
  if (!isLately(shape) || isWithin(answer?.last ?? null, log, currentErrorSeconds)) return []
  const guess = retriesRateLimits ? 'rate-limited' : 'unavailable'
  const errorClass = answer === undefined ? guess : classifyError(answer.error ?? '')
  const found = foundError(shape, log, inputs.thresholds)
  return [{...found, class: errorClass, current: isRetryingNow(inputs), fresh: true, retryAfterSeconds}]
}

function foundError(
  shape: LogShape,
  log: LogFacts,
  thresholds: Thresholds,
): Pick<QueueError, 'text' | 'first' | 'last' | 'shape'> {
  const first = isFromTheCut(shape.first, log, thresholds) ? null : shape.first
  return {text: shape.error ?? shape.message, first, last: shape.last, shape}
}

/**
 * When the reader last found its next WAL segment gone, or the WAL broken: it starts anew at that moment and skips all before
 * (tsdb/wlog/watcher.go, prometheus/prometheus#8809). Null when the log of this process holds no such line.
 */
export function tailingErrorAt(
  log: LogFacts,
  queue: {name: string; isOnlyQueue: boolean},
  processStartSeconds: number | null,
): Timestamp | null {
  const shapes = log.shapes.filter(
    shape => TAILING.test(shape.message) && (shape.queue === queue.name || (shape.queue === null && queue.isOnlyQueue)),
  )
  const last = newestFirst(shapes)[0]?.last ?? null
  if (last === null) return null
  return processStartSeconds !== null && secondsOf(last) < processStartSeconds ? null : last
}

function retryAfterSecondsOf({sample}: LogShape): number {
  return parseDurationSeconds(/\bduration\\?"?[=:]\\?"?(\w+)/.exec(sample)?.[1] ?? '') ?? 0
}

/** A request that hangs is counted as a retry only when it has timed out, so a window may show none. */
function isRetryingNow(inputs: QueueInputs): boolean {
  const {delta, levels, highestSentSeconds} = inputs
  if (delta === null) return levels.retried > 0 && (highestSentSeconds === null || isSentLongAgo(inputs))
  if (delta.retried > 0 || blockedBy(inputs) !== null) return true
  return !isFinished(inputs) && (isSentLongAgo(inputs) || (isWaitingThroughout(inputs) && highestSentSeconds === null))
}

/**
 * A window in which nothing was attempted or answered says nothing about refusals: agents that scrape once a minute send once a minute.
 * But what is tried again, or waits for an answer for long, is not refused, unless the receiver refused all that it ever answered.
 */
function isRefusedNow(inputs: QueueInputs): boolean {
  const {delta, levels} = inputs
  if (delta?.failed === 0 && blockedBy(inputs) !== null && !isAllRefused(inputs)) return false
  return delta === null || attempted(inputs) === 0 || isUnanswered(inputs) ? levels.failed > 0 : delta.failed > 0
}

/** A line that repeats once a minute and is there from the first minutes on tells nothing of when it began. */
export function isFromTheCut(
  first: Timestamp | null,
  {cutSeconds}: LogFacts,
  {currentErrorSeconds}: Thresholds,
): boolean {
  return first !== null && cutSeconds !== null && secondsOf(first) < cutSeconds + currentErrorSeconds
}

/** In the last so many seconds of the log. */
function isWithin(at: Timestamp | null, log: LogFacts, seconds: number): boolean {
  return at !== null && log.endSeconds !== null && secondsOf(at) >= log.endSeconds - seconds
}

function newestFirst(shapes: readonly LogShape[]): LogShape[] {
  return [...shapes].sort((a, b) => (b.last ?? '').localeCompare(a.last ?? ''))
}
