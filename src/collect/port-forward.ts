/**
 * Port-forward in process: an HTTP request straight over the stream of `pods/portforward`, as a WebSocket with the protocol
 * v4.channel.k8s.io (kubernetes pkg/kubelet/cri/streaming/portforward/websocket.go). No local port, no kubectl. The client
 * library's own PortForward has no back-pressure, loses errors and hangs on answers without Content-Length.
 */
import http, {type IncomingMessage} from 'node:http'
import {Duplex} from 'node:stream'
import tls from 'node:tls'
import WebSocket from 'ws'
import type {Login} from './api-login.ts'
import type {ApiServerConnection} from './api-server.ts'
import {readStatus, refusalOf} from './api-status.ts'
import type {AgentAddress, HttpAnswer, RequestOptions} from './connections.ts'
import {
  type Deadline,
  describeError,
  ExchangeError,
  exchange,
  hasCode,
  openRequest,
  startDeadline,
  within,
} from './http.ts'
import {permissionsFor} from './permissions.ts'
import {keepText} from './redact.ts'

/**
 * GET of a path of the agent's web server. `connectSeconds` bounds the way to the pod, the deadline all of it. Throws
 * ExchangeError: `forbidden`, `unauthorized` and `not-found` are the API server's, `agent-unauthorized` is the agent's.
 */
export async function getByPortForward(
  api: ApiServerConnection,
  address: AgentAddress,
  path: string,
  options: RequestOptions,
  deadline: Deadline,
  connectSeconds: number,
): Promise<HttpAnswer> {
  const pod = `pod ${address.namespace}/${address.pod}`
  const what = `port ${address.port} of ${pod}`
  const stream = await openStream(api, address, deadline, connectSeconds)
  try {
    const request = openRequest(what, () =>
      http.request({
        // Without `agent`: with one, Node ignores createConnection and looks the host up.
        createConnection: () => (address.scheme === 'https' ? startTls(stream) : stream),
        host: 'localhost',
        port: address.port,
        path,
        headers: {
          accept: '*/*',
          'accept-encoding': 'gzip',
          'user-agent': 'promfleet',
          ...options.headers,
          ...basicAuth(address.credentials),
          connection: 'close',
        },
      }),
    )
    // A refusal may come before the request has taken the stream, which then tells it nothing.
    const abandon = () => request.destroy(new Error('the stream was closed'))
    stream.once('close', abandon)
    request.once('response', () => stream.off('close', abandon))
    if (stream.destroyed) abandon()
    const answer = await exchange(request, what, options, deadline)
    if (answer.status === 401) throw agentUnauthorized(pod, address.credentials !== null)
    return answer
  } catch (error) {
    if (stream.refusal !== null) throw refusedInPod(stream.refusal, what)
    throw asksForClientCertificate(error)
      ? new ExchangeError('agent-unauthorized', `the web server of ${pod} asks for a client certificate`)
      : error
  } finally {
    stream.destroy()
  }
}

export function agentUnauthorized(pod: string, hadCredentials: boolean): ExchangeError {
  const said = hadCredentials ? 'refused the user name and password' : 'asks for a user name and password'
  return new ExchangeError('agent-unauthorized', `the web server of ${pod} ${said} (401)`)
}

/** exporter-toolkit's client_auth_type; TLS 1.3 says so only after the handshake. */
function asksForClientCertificate(error: unknown): boolean {
  const cause = error instanceof ExchangeError ? error.cause : null
  return (
    hasCode(cause, 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED') || hasCode(cause, 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE')
  )
}

function basicAuth(credentials: AgentAddress['credentials']): Record<string, string> {
  if (credentials === null) return {}
  return {authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`}
}

/**
 * The agent's certificate is not verified: it is made out to a service name and signed by a CA that only the cluster knows,
 * while the pod was named to, and authenticated by, the API server and kubelet that carry the stream.
 */
function startTls(stream: Duplex): Duplex {
  return tls.connect({socket: stream, rejectUnauthorized: false, ALPNProtocols: ['http/1.1']})
}

/** Opens the stream; a 401 renews the credentials once. */
async function openStream(
  api: ApiServerConnection,
  address: AgentAddress,
  deadline: Deadline,
  connectSeconds: number,
): Promise<PodStream> {
  const what = `the API server ${api.server}`
  const upgrade = startDeadline(deadline.signal, connectSeconds)
  try {
    const login = await within(upgrade, `the credentials for ${what}`, api.logins.current())
    const attempt = await upgradeToStream(login, address, what, upgrade)
    if (attempt instanceof PodStream) return attempt
    const renewed = attempt.reason === 'unauthorized' ? await within(upgrade, what, api.logins.renew(login)) : null
    const second = renewed === null ? attempt : await upgradeToStream(renewed, address, what, upgrade)
    if (second instanceof PodStream) return second
    throw second
  } catch (error) {
    // The deadline of the whole exchange, when that is what ended it, knows whether the user stopped it.
    if (deadline.signal.aborted) throw deadline.error(what)
    throw error
  } finally {
    upgrade.clear()
  }
}

function upgradeToStream(
  login: Login,
  address: AgentAddress,
  what: string,
  deadline: Deadline,
): Promise<PodStream | ExchangeError> {
  const path = `/api/v1/namespaces/${encodeURIComponent(address.namespace)}/pods/${encodeURIComponent(address.pod)}/portforward`
  const socket = new WebSocket(
    `${login.server.replace(/^http/, 'ws')}${path}?ports=${address.port}`,
    ['v4.channel.k8s.io'],
    {agent: login.upgradeAgent, headers: login.headers, perMessageDeflate: false, followRedirects: false},
  )
  const stream = new PodStream(socket)
  return new Promise(resolve => {
    const finish = (result: PodStream | ExchangeError) => {
      deadline.signal.removeEventListener('abort', stop)
      if (result !== stream) stream.destroy()
      resolve(result)
    }
    const stop = () => finish(deadline.error(`port-forward through ${what}`))
    deadline.signal.addEventListener('abort', stop, {once: true})
    if (deadline.signal.aborted) stop()
    socket.on('open', () => finish(stream))
    socket.on('error', error =>
      finish(new ExchangeError('unreachable', `port-forward through ${what}: ${describeError(error)}`)),
    )
    socket.on('unexpected-response', (_request, response) => {
      readRefusal(response, address, path, what).then(finish, error =>
        finish(new ExchangeError('failed', `port-forward through ${what}: ${describeError(error)}`)),
      )
    })
  })
}

const MAX_REFUSAL_BYTES = 64 * 1024

/** Without reading it, a 403 is only "Unexpected server response: 403". */
async function readRefusal(
  response: IncomingMessage,
  address: AgentAddress,
  path: string,
  what: string,
): Promise<ExchangeError> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_REFUSAL_BYTES) break
  }
  const body = Buffer.concat(chunks)
  const status = response.statusCode ?? 0
  const refusal = refusalOf('GET', path, {status, body}, what)
  if (readStatus(body) === null) {
    // Something in front of the API server that lets no WebSocket through.
    return new ExchangeError('unreachable', `port-forward was refused on the way: ${refusal.message}`)
  }
  if (status !== 403) return refusal
  return new ExchangeError('forbidden', refusal.message, {
    needs: permissionsFor('get', '', 'pods/portforward', address.namespace),
  })
}

/** Text of the kubelet: "error forwarding port 9090 to pod ID, uid : ... : failed to connect to localhost:9090 inside namespace ...". */
function refusedInPod(refusal: string, what: string): ExchangeError {
  if (/connection refused/.test(refusal)) {
    return new ExchangeError('unreachable', `nothing listens on localhost at ${what} (connection refused)`)
  }
  // The identifiers of sandbox and network namespace help nobody.
  const text = keepText(
    refusal.replace(/^.*?inside namespace "[^"]*",?\s*/s, '').replace(/\b[0-9a-f]{64}\b/g, 'ID'),
    200,
  )
  if (/not found|does not exist|no such container/i.test(refusal)) {
    return new ExchangeError('not-found', `${what}: ${text}`)
  }
  return new ExchangeError('unreachable', `${what}: ${text}`)
}

const DATA_CHANNEL = 0
const ERROR_CHANNEL = 1

/** The data channel of one forwarded port, with back-pressure both ways. */
class PodStream extends Duplex {
  /** What the kubelet said instead of data; null while it has said nothing. */
  refusal: string | null = null
  readonly #socket: WebSocket
  readonly #greeted = new Set<number>()
  #hasData = false

  constructor(socket: WebSocket) {
    super()
    this.#socket = socket
    // Before 'open': the port numbers, the first frame of each channel, come at once.
    socket.on('message', (data: Buffer) => this.#receive(data))
    socket.on('close', () => this.#end())
    socket.on('error', () => this.#end())
    this.on('error', () => {}) // whoever reads it has its own listener
  }

  #receive(frame: Buffer): void {
    const channel = frame[0] ?? DATA_CHANNEL
    const payload = frame.subarray(1)
    if (!this.#greeted.has(channel)) {
      this.#greeted.add(channel)
      return
    }
    if (channel === ERROR_CHANNEL) {
      if (this.#hasData) return // a complaint about the end of a stream that did its work
      this.refusal = keepText(`${this.refusal ?? ''}${payload.toString('utf8')}`, 1000)
      this.destroy(new Error(this.refusal))
    } else if (channel === DATA_CHANNEL && payload.length > 0 && !this.readableEnded) {
      this.#hasData = true
      if (!this.push(payload)) this.#socket.pause()
    }
  }

  /** The end of the WebSocket ends the data: a body without Content-Length is over only then. */
  #end(): void {
    if (!this.destroyed) this.push(null)
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(DATA_CHANNEL), chunk]), done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.terminate()
    done(error)
  }

  // What http.request asks of a net.Socket.
  setKeepAlive(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
  setTimeout(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}
