/** Ctrl-C and SIGTERM end the collecting, not the report: what is known by then is judged and printed. */
import {exitCodes} from './exit-codes.ts'

export interface Interruption {
  signal: AbortSignal
  /** 130 or 143 once interrupted, else null. */
  exitCode(): number | null
  release(): void
}

/** A second signal ends the process at once. */
export function onInterruption(): Interruption {
  const abort = new AbortController()
  let code: number | null = null
  const handlers = {
    SIGINT: () => stop(exitCodes.interrupted),
    SIGTERM: () => stop(exitCodes.terminated),
  }
  function stop(exitCode: number): void {
    if (code !== null) process.exit(code)
    code = exitCode
    abort.abort()
  }
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler)
  return {
    signal: abort.signal,
    exitCode: () => code,
    release() {
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler)
    },
  }
}
