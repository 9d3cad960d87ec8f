/** How long a queue has existed at least: since the process's start, or since the reload that built it anew. */
import {secondsOf} from '../../units.ts'
import {isAtLeast} from '../process/versions.ts'
import type {AgentFacts} from '../types.ts'

/** Lines of a WAL watcher's start (tsdb/wlog/watcher.go): a queue that is built anew prints them. */
const QUEUE_STARTS = /^(?:Starting WAL watcher|Replaying WAL|Done replaying WAL)$/
/** A reload within this long of the start is the start's own. */
const startUpSeconds = 60

/**
 * A lower bound in seconds; null when the process's start is not known. A reload leaves queues alone whose settings it did not
 * change, and only the log tells; where it does not reach back that far, the newest reload counts.
 */
export function queueAgeSeconds(
  {process, version, log, evidence}: Pick<AgentFacts, 'process' | 'version' | 'log' | 'evidence'>,
  name: string,
  nowSeconds: number,
): number | null {
  if (!process) return null
  const {startSeconds, uptimeSeconds, lastReloadSuccessSeconds: reload} = process
  if (reload === null || reload - startSeconds <= startUpSeconds) return uptimeSeconds
  const first = evidence.log.ok ? evidence.log.value.first : null
  const logStart = first === null ? Number.POSITIVE_INFINITY : secondsOf(first)
  const since = (seconds: number) => Math.max(0, Math.min(uptimeSeconds, nowSeconds - seconds))
  if (logStart > reload) return since(reload)
  // 3.x prints a message once a minute for all queues together, so that of another queue may stand for this one's.
  const isShared = version === null || isAtLeast(version, '3.0')
  const starts = log.shapes
    .filter(({message, queue}) => QUEUE_STARTS.test(message) && (isShared || queue === name))
    .map(({last}) => (last === null ? Number.NaN : secondsOf(last)))
    .filter(seconds => seconds >= startSeconds)
  if (starts.length > 0)
    return since(Math.max(...starts) - startUpSeconds <= startSeconds ? startSeconds : Math.max(...starts))
  return since(logStart - startUpSeconds <= startSeconds ? startSeconds : logStart)
}
