/** One HTTP exchange, bounded in bytes and time; whatever goes wrong is one error with a reason and a sentence. */
import {setMaxListeners} from 'node:events'
import type {ClientRequest, IncomingMessage} from 'node:http'
import {pipeline} from 'node:stream'
import {createGunzip, gunzipSync} from 'node:zlib'
import type {Failure, FailureReason, Permission} from '../../evidence/types.ts'
import type {HttpAnswer, RequestOptions} from '../connections.ts'
import {keepText} from '../redact.ts'

/** The end of an attempt to get an answer; `failureOf` makes evidence of it. */
export class ExchangeError extends Error {
  override name = 'ExchangeError'
  readonly reason: FailureReason
  readonly needs: Permission[][]
  /** True when an answer had begun and broke off: another way may bring all of it. */
  readonly isCut: boolean
  /** True when a kept-alive connection turned out to be closed: the request never reached the other side. */
  readonly isStale: boolean
  constructor(
    reason: FailureReason,
    message: string,
    rest: {needs?: Permission[][]; isCut?: boolean; isStale?: boolean; cause?: unknown} = {},
  ) {
    super(message, {cause: rest.cause})
    this.reason = reason
    this.needs = rest.needs ?? []
    this.isCut = rest.isCut ?? false
    this.isStale = rest.isStale ?? false
  }
}

const LONGEST_DETAIL = 600

/** What is wrong, as evidence; an error that is not ours to expect is a bug and is thrown on. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof ExchangeError)) throw error
  return {ok: false, reason: error.reason, detail: keepText(error.message, LONGEST_DETAIL), needs: error.needs}
}

/** A limit on the time of one piece of work, together with the caller's own signal. */
export interface Deadline {
  signal: AbortSignal
  /** Why it ended: the time was up, or the caller stopped it. */
  error(what: string): ExchangeError
  clear(): void
}

export function startDeadline(signal: AbortSignal, seconds: number): Deadline {
  const controller = new AbortController()
  setMaxListeners(0, signal) // all requests of a run listen to the same one; Node would warn on stderr
  const stop = () => controller.abort()
  const timer = setTimeout(stop, Math.max(0, seconds) * 1000)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, {once: true})
  return {
    signal: controller.signal,
    error(what) {
      if (!signal.aborted) return new ExchangeError('timeout', `${what} gave no answer within ${round(seconds)} s`)
      // A TimeoutError is --timeout, or the time for one look, as its message says; everything else is the user.
      const isTimeout = signal.reason instanceof Error && signal.reason.name === 'TimeoutError'
      const {message = ''} = isTimeout ? signal.reason : {}
      const time = message.startsWith('the time for') ? message : 'the time for the whole run'
      return isTimeout
        ? new ExchangeError('timeout', `${what} had not answered when ${time} was up`)
        : new ExchangeError('interrupted', `stopped before ${what.replace(/^the credentials for /, '')} answered`)
    },
    clear() {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    },
  }
}

/** The work's result, or the deadline's error when that comes first; the work itself goes on for others that wait for it. */
export async function within<T>(deadline: Deadline, what: string, work: Promise<T>): Promise<T> {
  let stop = () => {}
  const late = new Promise<never>((_, reject) => {
    stop = () => reject(deadline.error(what))
    if (deadline.signal.aborted) stop()
    else deadline.signal.addEventListener('abort', stop, {once: true})
  })
  try {
    return await Promise.race([work, late])
  } finally {
    deadline.signal.removeEventListener('abort', stop)
  }
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10

/** Bodies of refusals are kept for their reason only. */
const MAX_REFUSAL_BYTES = 64 * 1024

/**
 * Ends the request and reads the answer. Any status is an answer; bodies of a status other than 2xx are cut at 64 KB and
 * never go to `onChunk`. Rejects with ExchangeError; `what` names the other side in its message.
 */
export async function exchange(
  request: ClientRequest,
  what: string,
  options: Pick<RequestOptions, 'maxBytes' | 'onChunk' | 'isLongLived'>,
  deadline: Deadline,
  sent: string | null = null,
): Promise<HttpAnswer> {
  const startedAt = performance.now()
  let bytes = 0
  let response: IncomingMessage | null = null
  const abort = () => {
    request.destroy(new Error('aborted'))
    response?.destroy(new Error('aborted'))
  }
  deadline.signal.addEventListener('abort', abort, {once: true})
  if (deadline.signal.aborted) abort()
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject)
      request.on('close', () => reject(new Error('the connection was closed')))
      request.end(sent ?? undefined)
    })
    // A request whose connection was gone before it began says nothing at all, not even when it is destroyed.
    response = await within(deadline, what, answered)
    const status = response.statusCode ?? 0
    const isWanted = status >= 200 && status < 300
    const chunks: Buffer[] = []
    for await (const chunk of decompressed(response, what, options.isLongLived === true)) {
      bytes += chunk.length
      if (isWanted && options.onChunk !== undefined) {
        if (options.onChunk(chunk) === 'enough') break
        continue
      }
      if (!isWanted && bytes > MAX_REFUSAL_BYTES) break
      if (bytes > options.maxBytes)
        throw new ExchangeError('malformed', `the answer of ${what} is larger than ${options.maxBytes} bytes`)
      chunks.push(chunk)
    }
    if (deadline.signal.aborted) throw deadline.error(what)
    return {
      status,
      headers: response.headers,
      body: Buffer.concat(chunks),
      durationSeconds: (performance.now() - startedAt) / 1000,
    }
  } catch (error) {
    if (error instanceof ExchangeError) throw error
    if (deadline.signal.aborted) throw deadline.error(what)
    if (response === null) {
      const isStale = request.reusedSocket && (hasCode(error, 'ECONNRESET') || hasCode(error, 'EPIPE'))
      const reason = isOfCertificate(error) ? 'untrusted' : 'unreachable'
      throw new ExchangeError(reason, `${what}: ${describeError(error)}`, {isStale, cause: error})
    }
    if (hasCode(error, 'Z_DATA_ERROR'))
      throw new ExchangeError('malformed', `the answer of ${what} is not the gzip that it says it is`)
    throw new ExchangeError(
      'malformed',
      `the answer of ${what} was cut off after ${bytes} bytes: ${describeError(error)}`,
      {isCut: true},
    )
  } finally {
    deadline.signal.removeEventListener('abort', abort)
    if (response !== null && !response.readableEnded) response.destroy()
  }
}

/** An answer that took longer says too little about the instant of its Date header, which counts whole seconds. */
const LONGEST_FOR_CLOCK_SECONDS = 5

/** The other side's clock minus ours, within about a second; null when the answer does not tell. */
export function dateSkewSeconds({headers, durationSeconds}: HttpAnswer): number | null {
  if (durationSeconds > LONGEST_FOR_CLOCK_SECONDS) return null
  const theirs = Date.parse(headers.date ?? '')
  if (Number.isNaN(theirs)) return null
  const ours = Date.now() - (durationSeconds * 1000) / 2
  return (theirs + 500 - ours) / 1000
}

/** A packed body up to this long is unpacked in one go, at half the cost of a stream; the metrics of an agent have some 25 KB. */
const MOST_PACKED_AT_ONCE = 256 * 1024
const MOST_UNPACKED_AT_ONCE = 8 * 2 ** 20
/** Of a longer one: each piece goes its own way through the event loop. */
const UNPACKED_PIECE = 128 * 1024

/** `isLongLived`: what has come is wanted before the rest comes. */
async function* decompressed(response: IncomingMessage, what: string, isLongLived: boolean): AsyncGenerator<Buffer> {
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

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}

/** `open`, which throws before anything is sent when a path or a header holds characters that HTTP does not allow. */
export function openRequest<T>(what: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    throw new ExchangeError('failed', `${what} cannot be asked: ${describeError(error)}`, {cause: error})
  }
}

const UNTRUSTED = "its certificate is not signed by the kubeconfig's certificate authority"

/** Node checks a certificate like OpenSSL, and names what is wrong in the error's code. */
const CERTIFICATE_SENTENCES: Record<string, string> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (is the clock right?)',
  CERT_REVOKED: 'its certificate was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
}

const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID'

/** True when the other side answered, with a certificate that is not accepted here. */
function isOfCertificate(error: unknown): boolean {
  const {code = ''} = errorOf(error)
  return code === WRONG_NAME || CERTIFICATE_SENTENCES[code] !== undefined
}

const SENTENCES: Record<string, string> = {
  ...CERTIFICATE_SENTENCES,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it asks for a client certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it asks for another client certificate',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'the name cannot be resolved',
  EAI_AGAIN: 'the name server does not answer',
}

/** An error of Node's network modules in words that name the cause, with its code. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const {code = '', message = String(error)} = errorOf(error)
  if (code === WRONG_NAME) return `${namesOfCertificate(error)} (${code})`
  const sentence = SENTENCES[code]
  if (sentence !== undefined) return `${sentence} (${code})`
  if (/wrong version number|packet length too long/.test(message))
    return 'it does not speak TLS (is the server http:// ?)'
  // hpagent says no more about what a proxy answered to CONNECT.
  const refused = /^Bad response: (\d+)$/.exec(message)
  if (refused !== null) return `the proxy refused the tunnel with status ${refused[1]}`
  return keepText(message, 200)
}

/** Addresses of one name are tried in turn; the last error stands for all. */
function errorOf(error: unknown): Partial<NodeJS.ErrnoException> {
  const last: unknown = error instanceof AggregateError ? (error.errors.at(-1) ?? error) : error
  return last instanceof Error ? last : {}
}

/** Node's own words list the names that the certificate has, and end in nothing where it has none of the kind. */
function namesOfCertificate(error: Error): string {
  const {host, cert} = error as Error & {host?: unknown; cert?: {subjectaltname?: unknown; subject?: {CN?: unknown}}}
  const asked = typeof host === 'string' ? host : 'this address'
  const listed = typeof cert?.subjectaltname === 'string' ? cert.subjectaltname : ''
  const names = listed.split(', ').flatMap(name => name.replace(/^(?:DNS|IP Address):/, '') || [])
  const common = typeof cert?.subject?.CN === 'string' ? `, its common name is ${cert.subject.CN}` : ''
  const has = names.length === 0 ? `it names no address at all${common}` : `it is for ${names.slice(0, 8).join(', ')}`
  return keepText(`its certificate is not for ${asked}: ${has}`, 400)
}
