/** A byte stream that lets somebody see what goes in and out. */
import {Duplex} from 'node:stream'

export interface Tap {
  received(chunk: Buffer): void
  sent(chunk: Buffer): void
}

/** Owns the inner stream: it ends and fails as that one does, and destroys it. */
export class TappedStream extends Duplex {
  readonly #inner: Duplex
  readonly #tap: Tap

  constructor(inner: Duplex, tap: Tap) {
    super({allowHalfOpen: false})
    this.#inner = inner
    this.#tap = tap
    inner.on('data', (chunk: Buffer) => {
      tap.received(chunk)
      if (!this.push(chunk)) inner.pause()
    })
    inner.once('end', () => this.push(null))
    inner.once('error', error => this.destroy(error))
    inner.once('close', () => this.destroy())
    this.on('error', () => {}) // whoever reads it has its own listener
    if (inner.errored) this.destroy(inner.errored)
  }

  override _read(): void {
    this.#inner.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#tap.sent(chunk)
    this.#inner.write(chunk, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inner.destroy()
    done(error)
  }
}
