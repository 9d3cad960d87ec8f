/** How long work may take, and which words it ends with when the time is up or somebody stops it. */
import {setMaxListeners} from 'node:events'
import {ExchangeError} from './exchange-error.ts'

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
