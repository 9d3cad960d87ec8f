/** One HTTP exchange, bounded in bytes and time; whatever goes wrong is one error with a reason and a sentence. */
import type {ClientRequest, IncomingMessage} from 'node:http'
import type {HttpAnswer, RequestOptions} from '../connections.ts'
import {type Deadline, within} from './deadline.ts'
import {ExchangeError} from './exchange-error.ts'
import {describeError, hasCode, isOfCertificate} from './network-error.ts'
import {decompressed} from './unpack.ts'

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

/** `open`, which throws before anything is sent when a path or a header holds characters that HTTP does not allow. */
export function openRequest<T>(what: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    throw new ExchangeError('failed', `${what} cannot be asked: ${describeError(error)}`, {cause: error})
  }
}
