/**
 * The empty write: a remote-write request without a single series. A receiver takes it apart like any other (path, method,
 * credentials, encoding, protobuf) and has nothing to store: storage/remote/write_handler.go commits an empty appender.
 */
import http, {type IncomingMessage} from 'node:http'
import type {Duplex} from 'node:stream'
import type {ProbeAnswer} from '../../evidence/probe.ts'
import {keepText} from '../redact.ts'
import {ProbeError, type Tried, tryLayer} from './step.ts'

export interface Write {
  /** Path and query; the whole URL where it goes to a proxy as it is. */
  path: string
  /** host[:port] of the URL. */
  host: string
  protobufMessage: string
  /** Compressed. */
  body: Buffer
  /** Authorization and others that the user gave. */
  headers: Record<string, string>
  /** For people. */
  where: string
}

/** Snappy's block of length 0, that is, a WriteRequest of either version without fields. */
export const EMPTY_WRITE_REQUEST = Buffer.of(0)
const REMOTE_WRITE_2 = 'io.prometheus.write.v2.Request'
const MOST_BODY_BYTES = 4096
const LONGEST_FOR_BODY_MILLISECONDS = 1000
const MOST_BODY_CHARACTERS = 1000

export function sendWrite(
  stream: Duplex,
  {path, host, protobufMessage, body, headers, where}: Write,
  signal: AbortSignal,
): Promise<Tried<ProbeAnswer, {location: string | null}>> {
  return tryLayer(`${where} took the connection and gave no answer`, signal, async deadline => {
    const isVersion2 = protobufMessage === REMOTE_WRITE_2
    const request = http.request({
      method: 'POST',
      path,
      createConnection: () => stream,
      setHost: false,
      headers: {
        host,
        'user-agent': body === EMPTY_WRITE_REQUEST ? 'promfleet (empty write, stores nothing)' : 'promfleet (canary)',
        'content-type': isVersion2 ? `application/x-protobuf;proto=${REMOTE_WRITE_2}` : 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': isVersion2 ? '2.0.0' : '0.1.0',
        'content-length': body.length,
        ...headers,
        connection: 'close',
      },
    })
    deadline.signal.addEventListener('abort', () => request.destroy(), {once: true})
    if (stream.errored) throw stream.errored // before anybody listened
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve)
      request.once('error', error => reject(inWords(error, where)))
      stream.once('error', error => reject(inWords(error, where))) // names the layer where the dial shows its failure only now
      request.once('close', () =>
        reject(new ProbeError('ECONNRESET', `${where} ended the connection without an answer`)),
      )
      request.end(body)
    })
    const text = await readStart(answer)
    return {value: describe(answer, text), result: {location: answer.headers.location ?? null}}
  })
}

/** A body that never ends, or breaks off, has said enough. */
async function readStart(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  const timer = setTimeout(() => answer.destroy(), LONGEST_FOR_BODY_MILLISECONDS)
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= MOST_BODY_BYTES) break
    }
  } catch {
    // the status and what came are the answer
  }
  clearTimeout(timer)
  answer.destroy()
  return Buffer.concat(chunks).toString('utf8')
}

function describe({statusCode, headers}: IncomingMessage, body: string): ProbeAnswer {
  const header = (name: string, most = 200) => {
    const value = headers[name]
    return value === undefined ? null : keepText([value].flat().join(', '), most)
  }
  return {
    status: statusCode ?? 0,
    contentType: header('content-type'),
    server: header('server'),
    location: locationOf(headers.location),
    challenge: header('www-authenticate') ?? header('proxy-authenticate'),
    retryAfter: header('retry-after', 60),
    samplesWritten: header('x-prometheus-remote-write-samples-written', 30),
    body: keepText(body, MOST_BODY_CHARACTERS),
  }
}

/** A redirect to a login carries tokens in its query. */
function locationOf(location: string | undefined): string | null {
  return location === undefined ? null : keepText(location.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//'), 300)
}

function inWords(error: Error, where: string): Error {
  const {code = ''} = error as NodeJS.ErrnoException
  if (error instanceof ProbeError) return error
  if (code.startsWith('HPE_')) return new ProbeError('NOT_HTTP', `${where} answered with something that is not HTTP`)
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return new ProbeError('ECONNRESET', `${where} ended the connection without an answer`)
  if (/CERTIFICATE_REQUIRED$/.test(code))
    return new ProbeError(
      'CLIENT_CERTIFICATE',
      `${where} asks for a client certificate and goes no further without one`,
    )
  const alert = /alert ([a-z ]+?)(?::|\.|$)/.exec(error.message)?.[1]
  // In TLS 1.3 a client certificate is judged after the handshake; these are about nothing else by then (RFC 8446 6.2).
  if (alert !== undefined && /certificate|unknown ca|access denied/.test(alert))
    return new ProbeError('CLIENT_CERTIFICATE', `${where} does not take the client certificate: ${alert}`)
  return alert === undefined ? error : new ProbeError(code, `${where} ended the TLS session: ${alert}`)
}
