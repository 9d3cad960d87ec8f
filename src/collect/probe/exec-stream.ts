/**
 * A program in a container as a byte stream: its stdin and stdout over the WebSocket of `pods/exec`, protocol v4.channel.k8s.io
 * (kubernetes/apimachinery pkg/util/remotecommand): one leading byte for the channel, 0 stdin, 1 stdout, 2 stderr, and 3 for the
 * Status that ends it.
 */
import {Duplex} from 'node:stream'
import WebSocket from 'ws'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {readStatus} from '../api-server/status.ts'
import {openWebSocket} from '../transport/open-web-socket.ts'

export interface Container {
  namespace: string
  pod: string
  container: string
}

/** How a program ended: its exit code (null: it was not run, or the API server did not say), stderr, the API server's own words. */
export interface Ended {
  exitCode: number | null
  stderr: string
  message: string
  /** It has written to stdout. */
  hasOutput: boolean
}

/**
 * What a program does not read any more is still on its way when the other side closes, which then resets the connection: its last words
 * and how it ended are lost. So one that can fail at once is left a moment before it is sent anything.
 */
const QUIET_MILLISECONDS = 150

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const STATUS = 3
const MOST_STDERR = 4096

/**
 * Running from the start; ends when the program does. `whyEnded` makes an error of an end that is none. What is written waits for the
 * first words on stderr: whoever writes has the shell say something (pod-programs.ts: its number) before it becomes the program, which
 * need not say anything itself.
 */
export class ExecStream extends Duplex {
  readonly #socket: WebSocket
  readonly #whyEnded: (ended: Ended) => Error | null
  #stderr = ''
  #hasOutput = false
  #mayWrite = false
  readonly #firstWords = new AbortController()
  #status: Buffer | null = null

  private constructor(socket: WebSocket, early: Buffer[], whyEnded: (ended: Ended) => Error | null) {
    super({allowHalfOpen: false})
    this.#socket = socket
    this.#whyEnded = whyEnded
    this.on('error', () => {}) // whoever reads it has its own listener
    for (const frame of early) this.#receive(frame)
    socket.on('message', (frame: Buffer) => this.#receive(frame))
    socket.once('close', () => this.#end())
    socket.on('error', () => this.#end())
    if (socket.readyState !== WebSocket.OPEN) this.#end()
  }

  /** Rejects with ExchangeError when the API server does not let it run. */
  static async run(
    api: ApiServerConnection,
    {namespace, pod, container}: Container,
    command: readonly string[],
    connectSeconds: number,
    signal: AbortSignal,
    whyEnded: (ended: Ended) => Error | null,
    {stdin}: {stdin: boolean} = {stdin: true},
  ): Promise<ExecStream> {
    const query = new URLSearchParams({container, stdin: String(stdin), stdout: 'true', stderr: 'true'})
    for (const word of command) query.append('command', word)
    const early: Buffer[] = []
    const keep = (frame: Buffer) => void early.push(frame)
    const asked = {namespace, pod, subresource: 'exec', query} as const
    const socket = await openWebSocket(api, asked, connectSeconds, keep, signal)
    socket.off('message', keep)
    return new ExecStream(socket, early, whyEnded)
  }

  #receive(frame: Buffer): void {
    const payload = frame.subarray(1)
    switch (frame[0]) {
      case STDOUT:
        this.#hasOutput ||= payload.length > 0
        if (payload.length > 0 && !this.readableEnded && !this.destroyed && !this.push(payload)) this.#socket.pause()
        return
      case STDERR:
        if (payload.length > 0) this.#firstWords.abort()
        this.#stderr = `${this.#stderr}${payload.toString('utf8')}`.slice(0, MOST_STDERR)
        return
      case STATUS:
        this.#status = Buffer.concat([this.#status ?? Buffer.alloc(0), payload]).subarray(0, MOST_STDERR)
        return
    }
  }

  #end(): void {
    this.#firstWords.abort()
    if (this.destroyed) return
    const error = this.#whyEnded({...readEnd(this.#status), stderr: this.#stderr, hasOutput: this.#hasOutput})
    if (error === null) this.push(null)
    else this.destroy(error)
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const send = () => {
      this.#mayWrite = true
      // Where it has ended already, that and why is about to be told.
      if (this.#socket.readyState !== WebSocket.OPEN) done()
      else this.#socket.send(Buffer.concat([Buffer.of(STDIN), chunk]), () => done())
    }
    if (this.#mayWrite) send()
    else void this.#isUp().then(send)
  }

  /** It has started, has had the time to fail at once, and has not; or it has ended. */
  async #isUp(): Promise<void> {
    await this.begins()
    await this.ended(QUIET_MILLISECONDS)
  }

  /** Resolves at its first words on stderr, or at its end: until then it may not run yet. */
  async begins(): Promise<void> {
    const {signal} = this.#firstWords
    if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, {once: true}))
  }

  /** The program may go on: `leave` ends the connection to it, and whoever knows its number can end it before. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error)
  }

  /** Resolves with true when the program has ended, with false when it has not after that time. */
  ended(milliseconds: number): Promise<boolean> {
    if (this.#socket.readyState === WebSocket.CLOSED) return Promise.resolve(true)
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), milliseconds)
      this.#socket.once('close', () => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }

  leave(): void {
    this.destroy()
    this.#socket.terminate()
  }

  /** What it has written to stderr so far. */
  get stderr(): string {
    return this.#stderr
  }
}

/** `{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"1"}]}}` */
function readEnd(status: Buffer | null): Pick<Ended, 'exitCode' | 'message'> {
  if (status === null) return {exitCode: null, message: ''}
  const text = status.toString('utf8')
  const code = /"reason":\s*"ExitCode",\s*"message":\s*"(\d+)"/.exec(text)?.[1]
  if (code !== undefined) return {exitCode: Number(code), message: ''}
  if (/"status":\s*"Success"/.test(text)) return {exitCode: 0, message: ''}
  return {exitCode: null, message: readStatus(status)?.message ?? text}
}
