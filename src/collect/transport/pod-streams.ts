/**
 * Streams to pods that stay open between requests, as an http.Agent: opening one takes a TLS handshake, an upgrade and a dial
 * in the pod, more than all the rest of a request.
 */
import http, {type ClientRequestArgs} from 'node:http'
import type {Duplex} from 'node:stream'
import tls from 'node:tls'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {ExchangeError} from '../api-server/exchange-error.ts'
import type {AgentAddress} from '../connections.ts'
import {openWebSocket, type PodRequest} from './open-web-socket.ts'
import {PodStream} from './pod-stream.ts'

/** Among the options of a request. */
export interface PodTarget {
  address: AgentAddress
  /** For the way to the pod, when there is no open stream. */
  connectSeconds: number
}

/** Two, so that a page that hangs does not keep the metrics waiting. */
const STREAMS_PER_AGENT = 2
/** Of all API servers: a fleet of a thousand agents is not held open from one scrape to the next. */
const MAX_IDLE_STREAMS = 128
/** Load balancers forget connections that are silent for a minute, and tell neither side. */
const MAX_IDLE_SECONDS = 30

let idleStreams = 0

export class PodStreams extends http.Agent {
  readonly #api: ApiServerConnection
  readonly #idle = new Map<Duplex, NodeJS.Timeout>()
  readonly #used = new WeakSet<Duplex>()
  #isClosed = false

  constructor(api: ApiServerConnection) {
    super({keepAlive: true, maxSockets: STREAMS_PER_AGENT})
    this.#api = api
  }

  /** Notes that a request goes over the stream; gives whether one has before. */
  use(stream: Duplex): boolean {
    const isReused = this.#used.has(stream)
    this.#used.add(stream)
    return isReused
  }

  /** Ends the idle streams to an agent: where one was found dead, the others may be. */
  forget(target: PodTarget): void {
    for (const stream of [...(this.freeSockets[nameOf(target)] ?? [])]) stream.destroy()
  }

  override destroy(): void {
    this.#isClosed = true // requests that wait would open new ones
    super.destroy()
  }

  override getName(options?: object): string {
    return nameOf(options as PodTarget)
  }

  override createConnection(options: ClientRequestArgs): Duplex {
    const {address, connectSeconds} = options as ClientRequestArgs & PodTarget
    const stream = new PodStream(portOf(address), (receive, signal) =>
      this.#isClosed
        ? Promise.reject(new ExchangeError('interrupted', `stopped before ${portOf(address)} was asked`))
        : openWebSocket(this.#api, forwardOf(address), connectSeconds, receive, signal),
    )
    const connection = address.scheme === 'https' ? startTls(stream) : stream
    return connection.once('close', () => this.#endIdling(connection))
  }

  override keepSocketAlive(stream: Duplex): boolean {
    if (idleStreams >= MAX_IDLE_STREAMS) return false
    idleStreams += 1
    this.#idle.set(stream, setTimeout(() => stream.destroy(), MAX_IDLE_SECONDS * 1000).unref())
    return true
  }

  override reuseSocket(stream: Duplex, request: http.ClientRequest): void {
    this.#endIdling(stream)
    super.reuseSocket(stream, request)
  }

  #endIdling(stream: Duplex): void {
    const timer = this.#idle.get(stream)
    if (timer === undefined) return
    clearTimeout(timer)
    this.#idle.delete(stream)
    idleStreams -= 1
  }
}

/** For people. */
export function portOf({namespace, pod, port}: AgentAddress): string {
  return `port ${port} of pod ${namespace}/${pod}`
}

function forwardOf({namespace, pod, port}: AgentAddress): PodRequest {
  return {namespace, pod, subresource: 'portforward', query: new URLSearchParams({ports: String(port)})}
}

function nameOf({address: {namespace, pod, port, scheme}}: PodTarget): string {
  return `${scheme}:${namespace}/${pod}:${port}`
}

/**
 * The agent's certificate is not verified: it is made out to a service name and signed by a CA that only the cluster knows,
 * while the pod was named to, and authenticated by, the API server and kubelet that carry the stream.
 */
function startTls(stream: PodStream): Duplex {
  const secure = tls.connect({socket: stream, rejectUnauthorized: false, ALPNProtocols: ['http/1.1']})
  stream.once('error', error => secure.destroy(error))
  return secure.once('close', () => stream.destroy())
}

const streams = new WeakMap<ApiServerConnection, PodStreams>()

/** Of one API server and user; they end when its connection is closed. */
export function podStreamsOf(api: ApiServerConnection): PodStreams {
  const known = streams.get(api)
  if (known !== undefined) return known
  const opened = new PodStreams(api)
  streams.set(api, opened)
  api.onClose(() => opened.destroy())
  return opened
}
