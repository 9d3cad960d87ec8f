/** Finds the web server of an agent: scheme and route prefix may differ from what its arguments say. */
import type {AgentEvidence, Collected, WebEndpoint} from '../../evidence/types.ts'
import type {AgentConnection, HttpAnswer, RequestOptions} from '../connections.ts'
import {keepText} from '../redact.ts'
import {refusal} from './answers.ts'

const TIMEOUT_SECONDS = 12

export interface ReachedAgent {
  web: WebEndpoint
  connection: AgentConnection
  ready: AgentEvidence['ready']
  attempts: AgentEvidence['attempts']
}

/**
 * GET <prefix>/-/ready. A plain-HTTP answer of a TLS listener, or the reverse, changes the scheme once; a 404 with a redirect
 * from / changes the route prefix once (web/web.go redirects / to the prefix). `connect` gives a connection to an endpoint.
 */
export async function reachAgent(
  web: WebEndpoint,
  connect: (web: WebEndpoint) => AgentConnection,
  signal: AbortSignal,
): Promise<ReachedAgent> {
  const request: RequestOptions = {signal, timeoutSeconds: TIMEOUT_SECONDS, maxBytes: 2 ** 20}
  let reached = await ask(web, connect(web), request)
  const otherScheme = schemeToTry(reached.answer, web)
  if (otherScheme !== null) {
    const other = {...web, scheme: otherScheme}
    const second = await ask(other, connect(other), request)
    const isCertain = otherScheme === 'https' // its own words; a failed TLS hello may have other reasons
    if (isCertain || second.answer.ok || second.answer.reason === 'agent-unauthorized') reached = second
  }
  if (reached.answer.ok && reached.answer.value.status === 404) {
    const prefix = prefixOf(await reached.connection.get('/', request))
    if (prefix !== null && prefix !== reached.web.routePrefix) {
      const second = await ask({...reached.web, routePrefix: prefix}, reached.connection, request)
      if (second.answer.ok && second.answer.value.status !== 404) reached = second
    }
  }
  const {answer, ...rest} = reached
  return {...rest, ready: readiness(answer, rest.web)}
}

type Asked = Omit<ReachedAgent, 'ready'> & {answer: Collected<HttpAnswer>}

async function ask(web: WebEndpoint, connection: AgentConnection, request: RequestOptions): Promise<Asked> {
  const answer = await connection.get(`${web.routePrefix}/-/ready`, request)
  return {web, connection, answer, attempts: connection.attempts()}
}

function schemeToTry(answer: Collected<HttpAnswer>, {scheme}: WebEndpoint): WebEndpoint['scheme'] | null {
  if (scheme === 'http') {
    const isTlsListener =
      answer.ok && answer.value.status === 400 && /HTTPS server/i.test(answer.value.body.toString('latin1'))
    return isTlsListener ? 'https' : null
  }
  // Go's server answers a TLS hello with plain text; every TLS library has its own words for that.
  return !answer.ok &&
    /does not speak TLS|wrong version number|EPROTO|HTTP response to HTTPS|first record does not look like/i.test(
      answer.detail,
    )
    ? 'http'
    : null
}

/** The route prefix from the redirect of `/`: `/prefix`, `/prefix/graph`, `/prefix/agent`, `/prefix/query`. */
function prefixOf(answer: Collected<HttpAnswer>): string | null {
  const location =
    answer.ok && answer.value.status >= 300 && answer.value.status < 400 ? answer.value.headers.location : undefined
  const path = /^(?:https?:\/\/[^/]*)?(\/[\w./~-]*)$/.exec(location ?? '')?.[1]
  if (path === undefined || path.includes('..')) return null
  return path.replace(/\/(?:(?:classic|new)\/)?(?:graph|agent|query)\/?$/, '').replace(/\/+$/, '')
}

function readiness(answer: Collected<HttpAnswer>, web: WebEndpoint): AgentEvidence['ready'] {
  if (!answer.ok) return answer
  if (answer.value.status === 401) return refusal(answer.value, `${web.routePrefix}/-/ready`)
  const line = answer.value.body.subarray(0, 2000).toString('utf8').trimStart().split('\n')[0] ?? ''
  return {...answer, value: {status: answer.value.status, text: keepText(line, 200)}}
}
