/** Bodies that come packed with gzip, unpacked as they are read. */
import type {IncomingMessage} from 'node:http'
import {pipeline} from 'node:stream'
import {createGunzip, gunzipSync} from 'node:zlib'
import {ExchangeError} from './exchange-error.ts'

/** A packed body up to this long is unpacked in one go, at half the cost of a stream; the metrics of an agent have some 25 KB. */
const MOST_PACKED_AT_ONCE = 256 * 1024
const MOST_UNPACKED_AT_ONCE = 8 * 2 ** 20
/** Of a longer one: each piece goes its own way through the event loop. */
const UNPACKED_PIECE = 128 * 1024

/** `isLongLived`: what has come is wanted before the rest comes. */
export async function* decompressed(
  response: IncomingMessage,
  what: string,
  isLongLived: boolean,
): AsyncGenerator<Buffer> {
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return yield* response as AsyncIterable<Buffer>
  // gzip is all that is ever asked for.
  if (encoding !== 'gzip') throw new ExchangeError('malformed', `the answer of ${what} is encoded as ${encoding}`)
  const packed = readAhead(response, isLongLived ? 0 : MOST_PACKED_AT_ONCE)
  const whole = await packed.whole()
  if (whole !== null) return yield whole
  yield* pipeline(packed.all, createGunzip({chunkSize: UNPACKED_PIECE}), () => {}) as AsyncIterable<Buffer> // its error also ends the loop that reads it
}

/** `whole`: the body unpacked, null where that takes a stream, which also says what is wrong. `all`: the body from its start. */
function readAhead(response: IncomingMessage, mostBytes: number) {
  const body = (response as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const read: Buffer[] = []
  let bytes = 0
  let last = body.next()
  return {
    async whole(): Promise<Buffer | null> {
      try {
        for (; bytes < mostBytes; last = body.next()) {
          const {done, value} = await last
          if (done) return unpack(Buffer.concat(read))
          read.push(value)
          bytes += value.length
        }
      } catch {}
      return null
    },
    async *all(): AsyncGenerator<Buffer> {
      yield* read
      for (; ; last = body.next()) {
        const {done, value} = await last
        if (done) return
        yield value
      }
    },
  }
}

/** Throws where the body is no gzip, or too long to be unpacked at once. */
function unpack(packed: Buffer): Buffer {
  // gzip ends in the length of what is packed (RFC 1952, ISIZE): unpacked into one piece of that length, nothing is copied again.
  const said = packed.length < 4 ? 0 : packed.readUInt32LE(packed.length - 4)
  const chunkSize = Math.min(Math.max(said + 1, 1024), MOST_UNPACKED_AT_ONCE)
  return gunzipSync(packed, {maxOutputLength: MOST_UNPACKED_AT_ONCE, chunkSize})
}
