/** Counts lines that differ only in numbers, times and addresses as one shape, and reads as few of them as it can. */
import type {LogShape} from '../../evidence/types.ts'
import {copy, decodeUtf8} from '../latin1.ts'
import {type LogLine, parseLogLine} from './line.ts'
import {logLineKey} from './line-key.ts'
import {isQuietLine} from './quiet-lines.ts'
import {logTemplate} from './template.ts'

/** `message` of the shape that counts what went beyond the bound. */
export const OTHER_LINES = 'other lines'

const MAX_WAL_LINES = 200
const MAX_TEXT_LENGTH = 4096
const MAX_KNOWN_LINES = 2000

const WAL_LINE = /reating checkpoint|checkpoint complete|WAL segment loaded|truncat/

/** What changes from line to line at its start: kubectl's time and the line's own. */
const TIMES = /^(?:\d{4}-\d\S+ )?(?:(?:ts|time)=\S+ |\{"time":"[^"]*",)?/

export interface ShapeCounter {
  /** One line, as latin1 and without its line feed. */
  take(line: string): void
  /** What was taken so far may lie in a chunk that is let go of now. */
  endChunk(): void
  /** The shapes in order of first appearance, and the lines that tell which WAL segments exist, newest last. */
  result(): {shapes: LogShape[]; walLines: string[]}
}

/** Shapes beyond `maxShapes` are counted in one last shape, `message` OTHER_LINES. */
export function createShapeCounter(maxShapes: number): ShapeCounter {
  const shapes = new Map<string, LogShape>()
  let quietShapes = 0
  let other: LogShape | null = null
  let walLines: string[] = []
  /** Shapes by their lines, without the times, and by the keys of those: what comes a million times is taken apart twice, first and last. */
  const knownLines = new Map<string, LogShape>()
  /** The newest lines that were only counted, of this chunk and of those before; as latin1, like all that is not kept for good yet. */
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

  return {
    take,
    endChunk() {
      for (const [shape, line] of newestOfChunk) newestLines.set(shape, copy(line))
      newestOfChunk.clear()
    },
    result() {
      // Time, error and text of those that were only counted.
      for (const [shape, line] of newestLines) {
        const text = decodeUtf8(line)
        update(shape, parseLogLine(text), text)
      }
      newestLines.clear()
      return {shapes: [...shapes.values(), ...(other ? [other] : [])], walLines: walLines.slice(-MAX_WAL_LINES)}
    },
  }
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

/** What of a line or message is kept. */
export function bound(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text
}
