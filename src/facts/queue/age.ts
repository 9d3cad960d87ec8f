/** How long a queue has existed: since the process's start, or since the reload that built it anew. */
import type {Timestamp} from '../../evidence/types.ts'
import {secondsOf, timestampOf} from '../../units.ts'
import {isAtLeast} from '../process/versions.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'

/** The first line of a WAL watcher (tsdb/wlog/watcher.go): a queue that is built anew prints it. */
const QUEUE_START = /^Starting WAL watcher$/
/** The same, and what follows: of what 3.x holds back across queues, any of them may be the one that is printed. */
const QUEUE_STARTS = /^(?:Starting WAL watcher|Replaying WAL|Done replaying WAL)$/
/** A reload within this long of the start is the start's own. */
const startUpSeconds = 60

/** In seconds; alike where it is known. */
export interface QueueAge {
  atLeastSeconds: number
  atMostSeconds: number
}

/**
 * Null when the process's start is not known. A reload leaves queues alone whose settings it did not change, and only the log tells;
 * where it does not reach back that far, the newest reload counts for the least and the process's start for the most.
 */
export function queueAge(
  {process, version, log, evidence}: Pick<AgentFacts, 'process' | 'version' | 'log' | 'evidence'>,
  name: string,
  nowSeconds: number,
): QueueAge | null {
  if (!process) return null
  const {startSeconds, uptimeSeconds, lastReloadSuccessSeconds: reload} = process
  if (reload === null || reload - startSeconds <= startUpSeconds)
    return {atLeastSeconds: uptimeSeconds, atMostSeconds: uptimeSeconds}
  const first = evidence.log.ok ? evidence.log.value.first : null
  const logStart = first === null ? Number.POSITIVE_INFINITY : secondsOf(first)
  const since = (seconds: number) => Math.max(0, Math.min(uptimeSeconds, nowSeconds - seconds))
  const atLeastSince = (seconds: number) => ({atLeastSeconds: since(seconds), atMostSeconds: uptimeSeconds})
  if (logStart > reload) return atLeastSince(reload)
  // 3.x prints a message once a minute for all queues together, so that of another queue may stand for this one's.
  const isShared = version === null || isAtLeast(version, '3.0')
  const newest = (message: RegExp, isOwnOnly: boolean) =>
    Math.max(
      ...log.shapes
        .filter(shape => message.test(shape.message) && (!isOwnOnly || shape.queue === name))
        .map(({last}) => (last === null ? Number.NaN : secondsOf(last)))
        .filter(seconds => seconds >= startSeconds),
    )
  const start = newest(isShared ? QUEUE_STARTS : QUEUE_START, !isShared)
  if (Number.isFinite(start) && start - startUpSeconds > startSeconds) {
    const own = newest(QUEUE_START, true)
    const isOwn = own - startUpSeconds > startSeconds
    return {atLeastSeconds: since(start), atMostSeconds: isOwn ? since(own) : uptimeSeconds}
  }
  const isSinceStart = Number.isFinite(start) || logStart - startUpSeconds <= startSeconds
  return atLeastSince(isSinceStart ? startSeconds : logStart)
}

/** Since when it has been there, at the latest: of what it never did, that is how long it has not. */
export function queueStart(
  {process, window}: Pick<AgentFacts, 'process' | 'window'>,
  {ageSeconds}: Pick<QueueFacts, 'ageSeconds'>,
): Timestamp | null {
  if (ageSeconds !== null && window.to !== null) return timestampOf(secondsOf(window.to) - ageSeconds)
  return process === null ? null : timestampOf(process.startSeconds)
}
