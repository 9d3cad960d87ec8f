/**
 * Digests a log as it streams in: lines that differ only in numbers, times and addresses become one shape, with a count, the
 * first and the last time, and the newest line. Nothing is judged. Counts are "at least": Prometheus itself holds back repeated
 * remote-write lines for a minute (util/logging/dedupe.go), and 3.x does so by the message alone, across queues.
 */
import type {LogShape, Timestamp} from '../../evidence/types.ts'
import {decodeUtf8} from '../latin1.ts'
import {klogTime, parseLogLine} from './line.ts'
import {isQuietAt} from './quiet-lines.ts'
import {bound, createShapeCounter, OTHER_LINES} from './shape-counter.ts'

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

const MAX_LINE_LENGTH = 65_536
const MAX_LINES_TO_FIRST_TIME = 1000

export function createLogShapes(options: LogShapesOptions = {}): LogShapes {
  const {maxShapes = 500, tailLines = 50} = options
  const counter = createShapeCounter(maxShapes)
  let lines = 0
  let bytes = 0
  let first: Timestamp | null = null
  /** As latin1, like all that is not kept for good yet. */
  let tail: string[] = []
  let rest = ''
  let skippingLine = false

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
      counter.endChunk()
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
      if (!isQuietAt(text, start)) counter.take(text.slice(start, newline))
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
    const {shapes, walLines} = counter.result()
    for (const shape of shapes) if (shape.message !== OTHER_LINES) dateKlog(shape, first)
    return {
      ...inOrder({first, last: lastTime(tail, first)}),
      lines,
      bytes,
      shapes: shapes.map(inOrder),
      tail: tail.map(line => bound(decodeUtf8(line))),
      walLines,
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
