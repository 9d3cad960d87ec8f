/** Follows log lines and tells what is new: a kind of line when it comes for the first time, or again after it had ended. */
import type {LogShape, Timestamp} from '../../evidence/types.ts'
import {parseLogLine} from '../../facts/log/line.ts'
import {recognise} from '../../facts/log/signatures.ts'
import {secondsOf} from '../../units.ts'
import {isShown, kindKey, meaningOf} from './kinds.ts'
import type {LogMeaning, LogPlace} from './log-report.ts'

export type LogPlaceName = Pick<LogPlace, 'context' | 'namespace' | 'pod' | 'container'>

/** A kind of line that began at one place, or came back; one JSON document each with `--follow -o json`. */
export interface LogEvent extends LogPlaceName, LogMeaning {
  event: 'new' | 'back'
  at: Timestamp | null
  queue: string | null
  url: string | null
  level: LogShape['level']
  error: string | null
  sample: string
  /** For `back`: when it was last seen before. */
  lastSeen: Timestamp | null
}

/** Five repeat windows of util/logging/dedupe.go: what is silent for longer had ended. */
const ENDED_SECONDS = 300
/** A log of ever new shapes must not fill the memory: the oldest are forgotten, and are new when they come again. */
const MOST_KINDS = 5000

/** Null for lines that say nothing new. `at` is the node's time, used where the line has none. */
export function watchLogs(): (place: LogPlaceName, text: string, at: Timestamp | null) => LogEvent | null {
  const seen = new Map<string, Timestamp | null>()
  return (place, text, at) => {
    const {level, message, component, queue, url, error, time} = parseLogLine(text)
    const shape = {level, message, component, error, sample: text}
    const signature = recognise(shape)
    if (!isShown(shape, signature)) return null
    const now = at ?? time
    const key = [place.context, place.namespace, place.pod, place.container, queue, kindKey(shape, signature)].join(
      '\u0000',
    )
    const last = seen.get(key)
    seen.delete(key) // so that it is the newest
    seen.set(key, now)
    if (seen.size > MOST_KINDS) seen.delete(seen.keys().next().value ?? '')
    if (last !== undefined && !hasEnded(last, now)) return null
    return {
      event: last === undefined ? 'new' : 'back',
      at: now,
      ...place,
      queue,
      url,
      ...meaningOf(signature, message),
      level,
      error,
      sample: text,
      lastSeen: last ?? null,
    }
  }
}

function hasEnded(last: Timestamp | null, now: Timestamp | null): boolean {
  return last !== null && now !== null && secondsOf(now) - secondsOf(last) > ENDED_SECONDS
}
