/** An agent's web server over the first transport that works, remembered per API server. */
import type {Collected, Failure, Transport, TransportAttempt, TransportChoice} from '../../evidence/types.ts'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {startDeadline} from '../api-server/deadline.ts'
import {ExchangeError, failureOf} from '../api-server/exchange-error.ts'
import {collected} from '../collected.ts'
import type {AgentAddress, AgentConnection, HttpAnswer, RequestOptions} from '../connections.ts'
import {keepText} from '../redact.ts'
import {getByProxy} from './proxy.ts'

/** What worked last, for the next agent of the same cluster. */
const remembered = new WeakMap<ApiServerConnection, Transport>()

/** The way to the pod, while another transport is left to try: a kubelet that cannot be reached takes the API server 30 s. */
const CONNECT_SECONDS = 5

/** Opens nothing yet. Each transport tried is kept with its latest outcome, in the order of the first try. */
export function connectAgent(
  api: ApiServerConnection,
  address: AgentAddress,
  choice: TransportChoice,
): AgentConnection {
  const attempts = new Map<Transport, TransportAttempt>()
  let worked: Transport | null = null

  async function get(path: string, options: RequestOptions): Promise<Collected<HttpAnswer>> {
    const failures: {transport: Transport; error: ExchangeError}[] = []
    const endsAt = performance.now() + options.timeoutSeconds * 1000
    let isStarted = false
    const counted: RequestOptions = {...options}
    if (options.onChunk !== undefined) {
      counted.onChunk = chunk => {
        isStarted = true
        return options.onChunk?.(chunk) ?? 'enough'
      }
    }
    const order = orderFor(api, choice, worked)
    for (const [index, transport] of order.entries()) {
      const leftSeconds = (endsAt - performance.now()) / 1000
      const isLast = index === order.length - 1
      try {
        const answer = await ask(api, address, transport, path, {...counted, timeoutSeconds: leftSeconds}, isLast)
        attempts.set(transport, {transport, outcome: 'ok', detail: `answered ${answer.status}`})
        worked = transport
        if (!remembered.has(api) || failures.some(failure => isOfCluster(failure.error))) remembered.set(api, transport)
        return collected(answer)
      } catch (error) {
        if (!(error instanceof ExchangeError)) throw error
        attempts.set(transport, {transport, outcome: 'failed', detail: failureOf(error).detail})
        failures.push({transport, error})
        if (error.reason === 'agent-unauthorized') worked = transport // it did answer
        if (isLast || !isWorthAnother(error, address, transport) || performance.now() >= endsAt) break
        if (isStarted && options.onRestart === undefined) break
        if (isStarted) options.onRestart?.()
        isStarted = false
      }
    }
    return summarize(failures)
  }

  return {transport: () => worked, attempts: () => [...attempts.values()], get}
}

function orderFor(api: ApiServerConnection, choice: TransportChoice, worked: Transport | null): Transport[] {
  if (api.usesKubectl) return ['kubectl']
  if (choice !== 'auto') return [choice]
  const first = worked ?? remembered.get(api) ?? 'port-forward'
  return [...new Set<Transport>([first, 'port-forward', 'proxy'])]
}

async function ask(
  api: ApiServerConnection,
  address: AgentAddress,
  transport: Transport,
  path: string,
  options: RequestOptions,
  isLast: boolean,
): Promise<HttpAnswer> {
  if (transport !== 'port-forward') return getByProxy(api, address, path, options)
  const deadline = startDeadline(options.signal, options.timeoutSeconds)
  const connectSeconds = isLast ? options.timeoutSeconds : Math.min(CONNECT_SECONDS, options.timeoutSeconds / 2)
  try {
    const {getByPortForward} = await import('./port-forward.ts') // WebSockets come with it
    return await getByPortForward(api, address, path, options, deadline, connectSeconds)
  } finally {
    deadline.clear()
  }
}

/** Failures that say nothing about this one pod. */
const isOfCluster = (error: ExchangeError): boolean => error.reason === 'forbidden' || error.reason === 'timeout'

/** False where another way would end alike: no such pod, no such user, nobody waiting. */
function isWorthAnother(error: ExchangeError, address: AgentAddress, transport: Transport): boolean {
  switch (error.reason) {
    case 'interrupted':
    case 'unauthorized':
    case 'not-found':
      return false
    case 'agent-unauthorized': // only port-forward can carry the password
      return transport === 'proxy' && address.credentials !== null
    case 'malformed':
      return error.isCut
    default:
      return true
  }
}

/** One failure out of all: `forbidden` only when no transport was permitted, with every right that would have helped. */
function summarize(failures: {transport: Transport; error: ExchangeError}[]): Failure {
  const permitted = failures.filter(({error}) => error.reason !== 'forbidden')
  const decisive = (permitted.at(-1) ?? failures.at(-1))?.error
  const details = failures.map(({transport, error}) => `${transport}: ${keepText(error.message, 290)}`)
  const reason = decisive?.reason ?? 'unreachable'
  return failureOf(new ExchangeError(reason, details.join('; '), {needs: failures.flatMap(({error}) => error.needs)}))
}
