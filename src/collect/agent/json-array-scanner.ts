/** Takes the elements of one array out of a JSON document while it streams in, so that a large one is never held whole. */

export interface JsonArrayScanner {
  push(chunk: Buffer): void
  /** True when the document was complete and the array was seen. */
  isComplete(): boolean
  /** What came before the array and what followed, for messages; at most 2000 bytes. */
  head(): string
  /** What followed the array, to the end of the document; at most 64 KB. */
  tail(): string
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** An element larger than this is skipped. */
const MAX_ELEMENT_BYTES = 4 * 2 ** 20
const MAX_TAIL_LENGTH = 64 * 1024

/** Calls `onElement` with each object of the array at `data.<key>`, as JSON text decoded from UTF-8. */
export function scanJsonArray(key: string, onElement: (json: string) => void): JsonArrayScanner {
  let depth = 0
  let inString = false
  let escaped = false
  let word: number[] = [] // the string being read at depth 2: a key of `data`
  let lastWord = ''
  let inArray = false
  let seen = false
  let ended = false
  let parts: Buffer[] = []
  let partBytes = 0
  let head = ''
  let tail = ''

  function push(chunk: Buffer): void {
    if (head.length < 2000) head += chunk.toString('utf8', 0, 2000)
    let start = inArray && depth >= 4 ? 0 : -1
    let tailStart = seen && !inArray ? 0 : chunk.length
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] as number
      if (inString) {
        if (escaped) escaped = false
        else if (byte === BACKSLASH) escaped = true
        else if (byte === QUOTE) {
          inString = false
          if (depth === 2) lastWord = Buffer.from(word).toString('latin1')
        } else if (depth === 2 && word.length < 100) word.push(byte)
        continue
      }
      if (byte === QUOTE) {
        inString = true
        if (depth === 2) word = []
      } else if (byte === 0x7b || byte === 0x5b) {
        depth += 1
        if (byte === 0x5b && depth === 3 && lastWord === key) {
          inArray = true
          seen = true
        }
        if (inArray && depth === 4) start = index
      } else if (byte === 0x7d || byte === 0x5d) {
        if (inArray && depth === 4 && start >= 0) {
          keep(chunk.subarray(start, index + 1))
          finishElement()
          start = -1
        }
        if (inArray && depth === 3) {
          inArray = false
          tailStart = index + 1
        }
        depth -= 1
        if (depth === 0) ended = true
      }
    }
    if (start >= 0) keep(Buffer.from(chunk.subarray(start))) // a copy: the pool may reuse the chunk
    if (tail.length < MAX_TAIL_LENGTH) tail += chunk.toString('utf8', tailStart, tailStart + MAX_TAIL_LENGTH)
  }

  function keep(part: Buffer): void {
    partBytes += part.length
    if (partBytes <= MAX_ELEMENT_BYTES) parts.push(part)
  }

  function finishElement(): void {
    if (partBytes <= MAX_ELEMENT_BYTES)
      onElement(parts.length === 1 && parts[0] ? parts[0].toString('utf8') : Buffer.concat(parts).toString('utf8'))
    parts = []
    partBytes = 0
  }

  return {push, isComplete: () => ended && seen, head: () => head.slice(0, 2000), tail: () => tail}
}
