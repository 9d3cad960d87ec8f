/**
 * One forwarded port of a pod as a byte stream: the data channel of a `pods/portforward` WebSocket in the protocol
 * v4.channel.k8s.io (kubernetes pkg/kubelet/cri/streaming/portforward/websocket.go), with back-pressure both ways.
 */
import {Duplex} from 'node:stream'
import WebSocket from 'ws'
import {ExchangeError} from '../api-server/exchange-error.ts'
import {keepText} from '../redact.ts'

/** Opens the WebSocket; `receive` must be its listener before it is open, because the first frames come at once. */
export type OpenWebSocket = (receive: (frame: Buffer) => void, signal: AbortSignal) => Promise<WebSocket>

const DATA_CHANNEL = 0
const ERROR_CHANNEL = 1

/** Opens by itself; what is written meanwhile waits. A WebSocket that cannot be opened destroys it with that error. */
export class PodStream extends Duplex {
  readonly #open: OpenWebSocket
  readonly #what: string
  readonly #opening = new AbortController()
  readonly #greeted = new Set<number>()
  #socket: WebSocket | null = null
  #hasData = false

  /** `what` names the port in errors. */
  constructor(what: string, open: OpenWebSocket) {
    super({allowHalfOpen: false})
    this.#what = what
    this.#open = open
    this.on('error', () => {}) // whoever reads it has its own listener
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#open(frame => this.#receive(frame), this.#opening.signal).then(socket => {
      this.#socket = socket
      socket.on('close', () => this.#end())
      socket.on('error', () => this.#end())
      done()
      if (socket.readyState !== WebSocket.OPEN) this.#end()
    }, done)
  }

  #receive(frame: Buffer): void {
    const channel = frame[0] ?? DATA_CHANNEL
    const payload = frame.subarray(1)
    if (!this.#greeted.has(channel)) {
      this.#greeted.add(channel) // the port number, the first frame of each channel
      return
    }
    if (channel === ERROR_CHANNEL) {
      // After data it is a complaint about the end of a stream that did its work, and the end follows.
      if (!this.#hasData) this.destroy(refusedInPod(payload.toString('utf8'), this.#what))
    } else if (channel === DATA_CHANNEL && payload.length > 0 && !this.readableEnded && !this.destroyed) {
      this.#hasData = true
      if (!this.push(payload)) this.#socket?.pause()
    }
  }

  /** The end of the WebSocket ends the data: a body without Content-Length is over only then. */
  #end(): void {
    if (!this.destroyed) this.push(null)
  }

  override _read(): void {
    if (this.#socket?.isPaused) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket?.send(Buffer.concat([Buffer.of(DATA_CHANNEL), chunk]), error =>
      done(error ? Object.assign(new Error('the stream was closed', {cause: error}), {code: 'EPIPE'}) : null),
    )
  }

  /** Node destroys only what has been opened. */
  override destroy(error?: Error): this {
    this.#opening.abort()
    return super.destroy(error)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket?.terminate()
    done(error)
  }

  // What http.Agent and http.request ask of a net.Socket.
  destroySoon(): void {
    this.destroy() // asked for after an answer that says `Connection: close`
  }
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

/** Text of the kubelet: "error forwarding port 9090 to pod ID, uid : ... : failed to connect to localhost:9090 inside namespace ...". */
function refusedInPod(words: string, what: string): ExchangeError {
  const refusal = words.slice(0, 1000)
  if (/connection refused/.test(refusal)) {
    return new ExchangeError('unreachable', `nothing listens on localhost at ${what} (connection refused)`)
  }
  // The identifiers of sandbox and network namespace help nobody.
  const text = keepText(
    refusal.replace(/^.*?inside namespace "[^"]*",?\s*/s, '').replace(/\b[0-9a-f]{64}\b/g, 'ID'),
    200,
  )
  const reason = /not found|does not exist|no such container/i.test(refusal) ? 'not-found' : 'unreachable'
  return new ExchangeError(reason, `${what}: ${text}`)
}
