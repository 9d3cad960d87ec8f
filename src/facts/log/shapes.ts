/**
 * Digests a log as it streams in: lines that differ only in numbers, times and addresses become one shape, with a count, the
 * first and the last time, and the newest line. Nothing is judged. Counts are "at least": Prometheus itself holds back repeated
 * remote-write lines for a minute (util/logging/dedupe.go), and 3.x does so by the message alone, across queues.
 */
import type {LogShape, Timestamp} from '../../evidence/types.ts'
import {klogTime, type LogLine, parseLogLine} from './line.ts'
import {logLineKey} from './line-key.ts'
import {isQuietAt, isQuietLine} from './quiet-lines.ts'
import {logTemplate} from './template.ts'

export interface LogDigest {
  /** Times of the first and last line that carries one. */
  first: Timestamp | null
  last: Timestamp | null
  lines: number
  bytes: number
  /** In order of first appearance; lines beyond the bound are counted in one last shape, `message` OTHER_LINES. */
  shapes: LogShape[]
  /** The last lines as they came. */
  tail: string[]
  /** Lines that tell which WAL segments exist, newest last. */
  walLines: string[]
}

export interface LogShapes {
  /** Takes one line, without its line feed. */
  add(line: string): void
  /** Takes the next part of a log, decoded as latin1, cut anywhere; only lines that count are decoded as UTF-8. */
  push(chunk: string): void
  /** The digest so far. An unfinished last line counts as a line. */
  result(): LogDigest
}

export interface LogShapesOptions {
  /** Default 500. */
  maxShapes?: number
  /** Default 50. */
  tailLines?: number
}

/** `message` of the shape that counts what went beyond the bound. */
export const OTHER_LINES = 'other lines'

const MAX_WAL_LINES = 200
const MAX_TEXT_LENGTH = 4096
const MAX_LINE_LENGTH = 65_536

const WAL_LINE = /reating checkpoint|checkpoint complete|WAL segment loaded|truncat/

/** What changes from line to line at its start: kubectl's time and the line's own. */
const TIMES = /^(?:\d{4}-\d\S+ )?(?:(?:ts|time)=\S+ |\{"time":"[^"]*",)?/

const MAX_KNOWN_LINES = 2000
const MAX_LINES_TO_FIRST_TIME = 1000

export function createLogShapes(options: LogShapesOptions = {}): LogShapes {
  const {maxShapes = 500, tailLines = 50} = options
  const shapes = new Map<string, LogShape>()
  let quietShapes = 0
  let other: LogShape | null = null
  let lines = 0
  let bytes = 0
  let first: Timestamp | null = null
  /** As latin1, like all that is not kept for good yet. */
  let tail: string[] = []
  let walLines: string[] = []
  let rest = ''
  let skippingLine = false
  /** Shapes by their lines, without the times, and by the keys of those: what comes a million times is taken apart twice, first and last. */
  const knownLines = new Map<string, LogShape>()
  /** The newest lines that were only counted, of this chunk and of those before. */
  const newestOfChunk = new Map<LogShape, string>()
  const newestLines = new Map<LogShape, string>()

  function take(line: string): void {
    if (line === '' || isQuietLine(line)) return
    const untimed = line.slice(TIMES.exec(line)?.[0].length)
    const isLong = untimed.length > MAX_TEXT_LENGTH
    const key = isLong || knownLines.has(untimed) ? untimed : (logLineKey(untimed) ?? untimed)
    const known = knownLines.get(key)
    if (known) {
      known.count++
      newestOfChunk.set(known, line)
      return
    }
    const text = decodeUtf8(line)
    const parsed = parseLogLine(text)
    const shape = count(parsed, text)
    if (WAL_LINE.test(parsed.message) || isLong) return
    if (knownLines.size >= MAX_KNOWN_LINES) knownLines.clear()
    knownLines.set(copy(untimed), shape).set(copy(key), shape)
  }

  function endChunk(): void {
    for (const [shape, line] of newestOfChunk) newestLines.set(shape, copy(line))
    newestOfChunk.clear()
  }

  /** Reads time, error and text of the newest lines that were only counted. */
  function settle(): void {
    for (const [shape, line] of newestLines) {
      const text = decodeUtf8(line)
      update(shape, parseLogLine(text), text)
    }
    newestLines.clear()
  }

  function count(parsed: LogLine, line: string): LogShape {
    if (WAL_LINE.test(parsed.message)) {
      walLines.push(bound(line))
      if (walLines.length > 2 * MAX_WAL_LINES) walLines = walLines.slice(-MAX_WAL_LINES)
    }
    const key = shapeKey(parsed)
    const shape = shapes.get(key) ?? addShape(key, parsed)
    shape.count++
    newestOfChunk.delete(shape)
    newestLines.delete(shape)
    update(shape, parsed, line)
    return shape
  }

  function addShape(key: string, parsed: LogLine): LogShape {
    const isQuietShape = parsed.level !== 'error' && parsed.level !== 'warn'
    // Half of the room is kept for warnings and errors, whatever a chatty process prints.
    if (shapes.size >= maxShapes || (isQuietShape && quietShapes >= maxShapes / 2)) {
      other ??= {...newShape(parsed), level: 'unknown', message: OTHER_LINES, component: null, queue: null, url: null}
      return other
    }
    if (isQuietShape) quietShapes++
    const shape = newShape(parsed)
    shapes.set(key, shape)
    return shape
  }

  function add(line: string): void {
    push(`${Buffer.from(line, 'utf8').toString('latin1')}\n`)
  }

  function push(chunk: string): void {
    bytes += chunk.length
    if (!skippingLine) {
      scan(chunk)
      return
    }
    const newline = chunk.indexOf('\n')
    if (newline === -1) return
    skippingLine = false
    scan(chunk.slice(newline + 1))
  }

  function scan(chunk: string): void {
    const newline = chunk.indexOf('\n')
    if (newline === -1) {
      rest += chunk
    } else {
      // Joined to the first line only: the chunk itself is read where it lies.
      if (rest !== '') scanLines(`${rest}${chunk.slice(0, newline + 1)}`, 0)
      const end = scanLines(chunk, rest === '' ? 0 : newline + 1)
      rest = chunk.slice(end)
      endChunk()
    }
    if (rest.length > MAX_LINE_LENGTH) {
      scan('\n')
      skippingLine = true
    }
  }

  /** Takes the whole lines from `start` on; gives the position after the last of them. */
  function scanLines(text: string, from: number): number {
    let start = from
    for (let newline = text.indexOf('\n', start); newline !== -1; newline = text.indexOf('\n', start)) {
      lines++
      if (!isQuietAt(text, start)) take(text.slice(start, newline))
      start = newline + 1
    }
    readEnds(text, from, start)
    return start
  }

  /** Keeps the last of the lines between two positions, and finds the first time. */
  function readEnds(text: string, from: number, end: number): void {
    const last: string[] = []
    for (let at = end; at > from && last.length < tailLines; ) {
      const before = at - 2 < from ? -1 : text.lastIndexOf('\n', at - 2)
      const start = Math.max(from, before + 1)
      last.push(text.slice(start, at - 1))
      at = start
    }
    if (last.length > 0) tail = [...tail, ...last.reverse()].slice(-tailLines)
    if (first !== null || lines > MAX_LINES_TO_FIRST_TIME) return
    for (let at = from; at < end && first === null; at = text.indexOf('\n', at) + 1) {
      first = parseLogLine(text.slice(at, text.indexOf('\n', at))).time
    }
  }

  function result(): LogDigest {
    if (rest !== '') scan('\n')
    settle()
    for (const shape of shapes.values()) dateKlog(shape, first)
    return {
      ...inOrder({first, last: lastTime(tail, first)}),
      lines,
      bytes,
      shapes: [...shapes.values(), ...(other ? [other] : [])].map(inOrder),
      tail: tail.map(line => bound(decodeUtf8(line))),
      walLines: walLines.slice(-MAX_WAL_LINES),
    }
  }

  return {add, push, result}
}

/** A clock that was set back makes the last line the earlier one; a span of less than nothing would make a rate of less than nothing. */
function inOrder<T extends {first: Timestamp | null; last: Timestamp | null}>(span: T): T {
  const {first, last} = span
  return first === null || last === null || first <= last ? span : {...span, first: last, last: first}
}

/** Lines of the Kubernetes client get their year from the rest of the log. */
function dateKlog(shape: LogShape, near: Timestamp | null): void {
  const last = near === null ? null : klogTime(shape.sample, near)
  if (near === null || last === null) return
  shape.first ??= klogTime(shape.message, near)
  shape.last = last
}

function lastTime(tail: readonly string[], near: Timestamp | null): Timestamp | null {
  for (const line of tail.toReversed()) {
    const time = parseLogLine(line).time ?? (near === null ? null : klogTime(line, near))
    if (time !== null) return time
  }
  return null
}

function newShape(parsed: LogLine): LogShape {
  const {level, message, component, queue, url} = parsed
  return {
    level,
    message: bound(message),
    component,
    queue,
    url,
    error: null,
    count: 0,
    first: parsed.time,
    last: null,
    sample: '',
  }
}

function update(shape: LogShape, parsed: LogLine, line: string): void {
  shape.first ??= parsed.time
  shape.last = parsed.time ?? shape.last
  shape.error = parsed.error === null || shape.message === OTHER_LINES ? null : bound(parsed.error)
  shape.sample = bound(line)
}

function shapeKey(parsed: LogLine): string {
  const {level, component, queue, url, message, error} = parsed
  return [level, component, queue, url, logTemplate(message), error === null ? '' : logTemplate(error)].join('\u0000')
}

function bound(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text
}

/** Always a copy: a string cut out of a chunk would keep the whole chunk in memory. */
function decodeUtf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}

function copy(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('latin1')
}
