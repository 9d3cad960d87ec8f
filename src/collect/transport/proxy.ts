/**
 * The API server's own proxy to pods, `GET .../pods/SCHEME:POD:PORT/proxy/...`: stateless and cheap, but the API server
 * connects to the pod's address itself, so listeners on localhost and strict network policies keep it out, and a password
 * for the agent cannot go with it.
 */
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {ExchangeError} from '../api-server/exchange-error.ts'
import {permissionsFor} from '../api-server/permissions.ts'
import {readStatus, refusalOf} from '../api-server/status.ts'
import type {AgentAddress, HttpAnswer, RequestOptions} from '../connections.ts'
import {keepText} from '../redact.ts'
import {agentUnauthorized} from './agent-unauthorized.ts'

/**
 * GET of a path of the agent's web server; over kubectl when the connection uses that. Throws ExchangeError: refusals of the
 * API server are told from the agent's own by their body, a Status.
 */
export async function getByProxy(
  api: ApiServerConnection,
  address: AgentAddress,
  path: string,
  options: RequestOptions,
): Promise<HttpAnswer> {
  const {namespace, pod, port, scheme} = address
  const target = `${scheme === 'https' ? 'https:' : ''}${pod}:${port}`
  const url = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${target}/proxy${path}`
  const answer = await api.send(url, options)
  if (answer.status < 400) return answer
  if (readStatus(answer.body) !== null) throw await refusedByApiServer(api, address, url, answer, options)
  if (answer.status === 401) throw proxyCarriesNoPassword(address)
  const text = keepText(answer.body.toString('utf8'), 300)
  if (isUnreachable(text) || isFromBetween(answer)) {
    throw new ExchangeError(
      'unreachable',
      `port ${port} of pod ${namespace}/${pod} through the API server's proxy: ${answer.status} ${text}`,
    )
  }
  return answer
}

async function refusedByApiServer(
  api: ApiServerConnection,
  address: AgentAddress,
  url: string,
  answer: HttpAnswer,
  options: RequestOptions,
): Promise<ExchangeError> {
  const refusal = refusalOf('GET', url, answer, `the API server ${api.server}`)
  const message = readStatus(answer.body)?.message ?? ''
  if (answer.status === 403) {
    return new ExchangeError('forbidden', refusal.message, {
      needs: permissionsFor('get', '', 'pods/proxy', address.namespace),
    })
  }
  // kubectl says "You must be logged in" for the agent's 401 too; credentials that work elsewhere were not refused.
  if (answer.status === 401 && api.usesKubectl && (await isLoggedIn(api, options))) {
    return proxyCarriesNoPassword(address)
  }
  // "error trying to reach service", "dial tcp ... connection refused" (500 or 503), "address not allowed" (400: a pod without IP).
  if (answer.status >= 500 || isUnreachable(message)) return new ExchangeError('unreachable', refusal.message)
  return refusal
}

/** The API server takes the Authorization header for itself. */
function proxyCarriesNoPassword(address: AgentAddress): ExchangeError {
  const {message} = agentUnauthorized(`pod ${address.namespace}/${address.pod}`, false)
  return new ExchangeError('agent-unauthorized', `${message}, which only port-forward can carry`)
}

async function isLoggedIn(api: ApiServerConnection, options: RequestOptions): Promise<boolean> {
  const {onChunk: _none, ...plain} = options
  const version = await api.get('/version', {...plain, maxBytes: 64 * 1024})
  return version.ok && version.value.status === 200
}

/** k8s.io/apimachinery/pkg/util/proxy/transport.go; older ones answer in plain text. */
function isUnreachable(text: string): boolean {
  return /error trying to reach service|Trying to reach:|^dial tcp|address not allowed/.test(text)
}

/** A gateway's page: Prometheus answers errors in plain text or JSON. */
function isFromBetween({status, headers}: HttpAnswer): boolean {
  return (status === 407 || status === 502 || status === 504) && /html/.test(headers['content-type'] ?? '')
}
