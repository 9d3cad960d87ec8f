/**
 * Log lines as they come, cleaned and redacted one by one. Following goes on over everything that ends a stream (a container that
 * restarts, an API server that closes long requests) from the last line seen, so that no line comes twice and none is left out.
 */
import type {Failure, Timestamp} from '../../evidence/types.ts'
import {readTimestamp} from '../../units.ts'
import type {ApiServer, HttpAnswer} from '../connections.ts'
import {keepText} from '../redact.ts'
import {type ContainerLog, logPath, logRefusal} from './logs.ts'
import {pauseUntil} from './pause.ts'

export interface StreamOptions {
  /** Go on with lines to come, until the signal aborts. */
  follow: boolean
  /** The container's previous run. */
  previous: boolean
  sinceSeconds: number
  /** Asked before a line is cleaned: lines that are not wanted cost next to nothing. */
  isWanted?(line: string): boolean
  /** While following: why the log cannot be read at the moment. Told once per outage. */
  onGap?(why: Failure): void
}

/** `at` is when the container wrote it, by the clock of its node. */
export type TakeLine = (text: string, at: Timestamp | null) => void

/** A read that does not follow; streams of hours are no failure. */
const READ_SECONDS = 600
/** The longest that a timer of Node can wait is 24 days. */
const FOLLOW_SECONDS = 2_000_000
const LONGEST_LINE = 65_536
const LONGEST_TEXT = 16_384
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/** Null when it ended well: all was read, or the signal aborted. A failure is why the log cannot be read at all. */
export async function streamLog(
  api: ApiServer,
  log: ContainerLog,
  options: StreamOptions,
  take: TakeLine,
  signal: AbortSignal,
): Promise<Failure | null> {
  const position: Position = {last: null}
  let pauseMs = FIRST_PAUSE_MS
  let isTold = false
  for (;;) {
    const read = await readOnce(api, log, options, position, take, signal)
    if (signal.aborted) return null
    if (!options.follow) return read.problem
    if (read.problem && isFinal(read.problem)) return read.problem
    if (read.lines > 0) pauseMs = FIRST_PAUSE_MS
    if (read.lines > 0 || !read.problem) isTold = false
    if (read.problem && !isTold) {
      isTold = true
      options.onGap?.(read.problem)
    }
    await pauseUntil(Date.now() + pauseMs, signal)
    if (signal.aborted) return null
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
  }
}

/** Asking again would be answered the same. */
function isFinal({reason}: Failure): boolean {
  return reason === 'forbidden' || reason === 'unauthorized'
}

interface Position {
  /** The newest time that the node put in front of a line, as it came. */
  last: string | null
}

async function readOnce(
  api: ApiServer,
  log: ContainerLog,
  {follow, previous, sinceSeconds, isWanted}: StreamOptions,
  position: Position,
  take: TakeLine,
  signal: AbortSignal,
): Promise<{problem: Failure | null; lines: number}> {
  const after = position.last
  let lines = 0
  const splitter = splitLines(line => {
    const {time, text} = withoutTime(line)
    // sinceTime counts whole seconds only: the first of them come again.
    if (time !== null && after !== null && !isLater(time, after)) return
    if (time !== null && (position.last === null || isLater(time, position.last))) position.last = time
    lines += 1
    if (text === '' || isWanted?.(text) === false) return
    take(keepText(Buffer.from(text, 'latin1').toString('utf8'), LONGEST_TEXT), readTimestamp(time))
  })
  const path = logPath(log, {
    timestamps: 'true',
    ...(follow && {follow: 'true'}),
    ...(previous && {previous: 'true'}),
    ...(after === null
      ? !previous && {sinceSeconds: String(Math.max(1, Math.ceil(sinceSeconds)))}
      : {sinceTime: after}),
  })
  const answer = await api.get(path, {
    signal,
    timeoutSeconds: follow ? FOLLOW_SECONDS : READ_SECONDS,
    maxBytes: Number.MAX_SAFE_INTEGER,
    isLongLived: true,
    onChunk(chunk) {
      splitter.push(chunk.toString('latin1'))
      return signal.aborted ? 'enough' : 'more'
    },
  })
  splitter.end()
  return {problem: problemOf(path, answer, log), lines}
}

function problemOf(path: string, answer: Awaited<ReturnType<ApiServer['get']>>, log: ContainerLog): Failure | null {
  if (!answer.ok) return answer
  const {status}: HttpAnswer = answer.value
  return status === 200 ? null : logRefusal(path, answer.value, log)
}

/** Whole lines without their line feed; a line without an end is cut, and the rest of it skipped. */
function splitLines(take: (line: string) => void): {push(text: string): void; end(): void} {
  let rest = ''
  let isSkipping = false
  function push(text: string): void {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      if (!isSkipping) take(line.slice(0, LONGEST_LINE))
      isSkipping = false
    }
    if (rest.length <= LONGEST_LINE) return
    if (!isSkipping) take(rest.slice(0, LONGEST_LINE))
    isSkipping = true
    rest = ''
  }
  return {
    push,
    end() {
      if (rest !== '' && !isSkipping) take(rest)
      rest = ''
    },
  }
}

/** The kubelet's own time, which the API puts in front (`timestamps=true`): RFC 3339 with up to nine digits of a second. */
const NODE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) ?/

function withoutTime(line: string): {time: string | null; text: string} {
  const found = NODE_TIME.exec(line)
  const text = found ? line.slice(found[0].length) : line
  return {time: found?.[1] ?? null, text: text.replace(/\r$/, '')}
}

function isLater(time: string, than: string): boolean {
  const [seconds, otherSeconds] = [Date.parse(wholeSeconds(time)), Date.parse(wholeSeconds(than))]
  return seconds === otherSeconds ? fraction(time) > fraction(than) : seconds > otherSeconds
}

function wholeSeconds(time: string): string {
  return time.replace(/\.\d+/, '')
}

/** Nanoseconds; more digits than Date knows, and trailing zeros are left away by the kubelet. */
function fraction(time: string): number {
  return Number((/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(9, '0'))
}
