/** One layer of a probe: tried within its time, its failure a value with a code and a sentence. */
import {Duplex} from 'node:stream'
import type {ProbeStep} from '../../evidence/probe.ts'
import {type Deadline, startDeadline} from '../api-server/deadline.ts'
import {ExchangeError} from '../api-server/exchange-error.ts'
import {describeError} from '../api-server/network-error.ts'
import {keepText} from '../redact.ts'

/** At most, for each layer. */
export const LAYER_SECONDS = 5

/** Codes of promfleet's own beside those of Node. */
type OwnCode =
  | 'TIMEOUT' // nothing came within the layer's time
  | 'NO_TIME' // the time of the whole run was up, or the user stopped it
  | 'NOT_TLS' // it answers, and does not speak TLS
  | 'NOT_HTTP' // it answers, and not with HTTP
  | 'CLIENT_CERTIFICATE' // it wants a client certificate, and none was given
  | 'PROXY_CREDENTIALS' // the proxy wants credentials
  | 'NOT_SOCKS' // it answers, and not with SOCKS5
  | 'PROXY_REFUSED' // the proxy answered CONNECT with another status than 2xx
  | 'NO_TOOL' // the container has none of the programs that the probe knows
  | 'NOT_ALLOWED' // the API server refused to run anything in the pod
  | 'UNUSABLE' // what was given or configured cannot be used

/** ECONNREFUSED, ERR_SSL_..., and what else Node and OpenSSL have. */
type NodeCode = string & {}

const LONGEST_DETAIL = 300

/** A failure that belongs to an earlier layer than the one in which it shows: a dial in a pod fails when its stream is read. */
export class ProbeError extends Error {
  override name = 'ProbeError'
  readonly code: string
  readonly layer: 'dns' | 'tcp' | null
  constructor(code: OwnCode | NodeCode, message: string, layer: ProbeError['layer'] = null) {
    super(message)
    this.code = code
    this.layer = layer
  }
}

/** What a layer made beside its evidence, for the next one. */
export interface Tried<T, Result> {
  step: ProbeStep<T>
  result: Result | null
  /** Set when the failure is an earlier layer's. */
  error: ProbeError | null
}

/** `work` within the layer's time and the run's; `what` is the subject of the sentence about a time-out. */
export async function tryLayer<T, Result>(
  what: string,
  signal: AbortSignal,
  work: (deadline: Deadline) => Promise<{value: T; result: Result}>,
): Promise<Tried<T, Result>> {
  const deadline = startDeadline(signal, LAYER_SECONDS)
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  const late = new Promise<never>((_, reject) => {
    const stop = () =>
      reject(
        signal.aborted
          ? new ProbeError('NO_TIME', `the time of the run was up: ${what} until then`)
          : new ProbeError('TIMEOUT', `${what} within ${LAYER_SECONDS} s`),
      )
    deadline.signal.addEventListener('abort', stop, {once: true})
  })
  late.catch(() => undefined)
  let working: ReturnType<typeof work> | null = null
  try {
    if (signal.aborted) throw new ProbeError('NO_TIME', 'the time of the run was up before it was tried')
    working = work(deadline)
    const {value, result} = await Promise.race([working, late])
    return {step: {ok: true, value, seconds: seconds()}, result, error: null}
  } catch (thrown) {
    const error = asProbeError(thrown)
    // A connection that comes about after all would hold up the end of the process.
    working?.then(({result}) => result instanceof Duplex && result.destroy()).catch(() => undefined)
    return {step: failed(error, seconds()), result: null, error}
  } finally {
    deadline.clear()
  }
}

export function failed(error: ProbeError, seconds: number | null): ProbeStep<never> {
  return {ok: false, code: keepText(error.code, 60), detail: keepText(error.message, LONGEST_DETAIL), seconds}
}

/** Whatever a socket, a parser or the API server threw. */
export function asProbeError(thrown: unknown): ProbeError {
  if (thrown instanceof ProbeError) return thrown
  if (thrown instanceof ExchangeError) {
    const code = thrown.reason === 'forbidden' || thrown.reason === 'unauthorized' ? 'NOT_ALLOWED' : 'UNUSABLE'
    return new ProbeError(code, thrown.message)
  }
  if (!(thrown instanceof Error)) return new ProbeError('UNUSABLE', String(thrown))
  const last: unknown = thrown instanceof AggregateError ? (thrown.errors.at(-1) ?? thrown) : thrown
  const {code} = last as NodeJS.ErrnoException
  return new ProbeError(code ?? 'UNUSABLE', describeError(thrown))
}
