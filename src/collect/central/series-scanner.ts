/**
 * Takes the series out of an answer of the query API while it streams in, many at once: of a hundred thousand series a scan byte by
 * byte and a JSON.parse for each cost twice the time. What is not written as Prometheus writes it goes through the scanner of any JSON.
 */
import {scanJsonArray} from '../agent/json-array-scanner.ts'

export interface SeriesScanner {
  push(chunk: Buffer): void
  /** The document is at its end: what was kept back is read. True when it is complete and had the array. */
  end(): boolean
  /** What came before the series; at most 2000 bytes. */
  head(): string
  /** What followed them. */
  tail(): string
}

/** Parsed at once; as values they take several times this. */
const MOST_BYTES_AT_ONCE = 64 * 1024
/** A series longer than this is left to the scanner of any JSON, which has a limit of its own. */
const LONGEST_SERIES_BYTES = 128 * 1024

const START = Buffer.from('"result":[{"metric":{')
/** Between two series; in a string its quote would stand behind a backslash, and what ends a string is no name. */
const BETWEEN = Buffer.from('},{"metric":{')

/** `onSeries` gets each element of the array at `data.result` as parsed JSON; one that is no JSON as undefined. */
export function scanSeries(onSeries: (series: unknown) => void): SeriesScanner {
  const any = scanJsonArray('result', json => onSeries(parse(json)))
  let kept: Buffer = Buffer.alloc(0)
  let mode: 'before' | 'inside' | 'any' = 'before'

  function push(chunk: Buffer): void {
    for (let from = 0; from < chunk.length; from += MOST_BYTES_AT_ONCE)
      pushPiece(chunk.subarray(from, from + MOST_BYTES_AT_ONCE))
  }

  function pushPiece(piece: Buffer): void {
    if (mode === 'before') {
      // Nothing is gained by looking for a start that is cut in two.
      const start = piece.indexOf(START)
      const first = start < 0 ? piece.length : start + START.indexOf('{')
      any.push(piece.subarray(0, first))
      mode = start < 0 ? 'any' : 'inside'
      if (mode === 'inside') readSeries(piece.subarray(first))
    } else if (mode === 'inside') readSeries(piece)
    else any.push(piece)
  }

  /** All series but the last are whole; what is kept is a copy, since the pool may reuse the chunk. */
  function readSeries(piece: Buffer): void {
    const bytes = Buffer.concat([kept, piece])
    const end = bytes.lastIndexOf(BETWEEN) + 1
    const whole = end === 0 ? [] : parse(`[${bytes.toString('utf8', 0, end)}]`)
    if (Array.isArray(whole) && bytes.length - end <= LONGEST_SERIES_BYTES) {
      for (const series of whole) onSeries(series)
      kept = end === 0 ? bytes : bytes.subarray(end + 1)
      return
    }
    mode = 'any'
    kept = Buffer.alloc(0)
    any.push(bytes)
  }

  return {
    push,
    end() {
      any.push(kept)
      kept = Buffer.alloc(0)
      mode = 'any'
      return any.isComplete()
    },
    head: any.head,
    tail: any.tail,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
