/**
 * Port-forward in process: an HTTP request straight over the stream of `pods/portforward`. No local port, no kubectl. The client
 * library's own PortForward has no back-pressure, loses errors and hangs on answers without Content-Length.
 */
import http from 'node:http'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import type {Deadline} from '../api-server/deadline.ts'
import {ExchangeError} from '../api-server/exchange-error.ts'
import {exchange, openRequest} from '../api-server/http.ts'
import {hasCode} from '../api-server/network-error.ts'
import type {AgentAddress, HttpAnswer, RequestOptions} from '../connections.ts'
import {agentUnauthorized} from './agent-unauthorized.ts'
import {type PodStreams, type PodTarget, podStreamsOf, portOf} from './pod-streams.ts'

/**
 * GET of a path of the agent's web server. `connectSeconds` bounds the way to the pod, the deadline all of it. Throws
 * ExchangeError: `forbidden`, `unauthorized` and `not-found` are the API server's, `agent-unauthorized` is the agent's.
 */
export async function getByPortForward(
  api: ApiServerConnection,
  address: AgentAddress,
  path: string,
  options: RequestOptions,
  deadline: Deadline,
  connectSeconds: number,
): Promise<HttpAnswer> {
  const pod = `pod ${address.namespace}/${address.pod}`
  const streams = podStreamsOf(api)
  const target = {address, connectSeconds}
  const ask = () => exchange(openGet(streams, target, path, options), portOf(address), options, deadline)
  try {
    const answer = await ask().catch(error => {
      if (!(error instanceof ExchangeError) || !error.isStale) throw error
      streams.forget(target)
      return ask()
    })
    if (answer.status === 401) throw agentUnauthorized(pod, address.credentials !== null)
    return answer
  } catch (error) {
    throw asksForClientCertificate(error)
      ? new ExchangeError('agent-unauthorized', `the web server of ${pod} asks for a client certificate`)
      : error
  }
}

function openGet(streams: PodStreams, target: PodTarget, path: string, options: RequestOptions): http.ClientRequest {
  const {address} = target
  return openRequest(portOf(address), () => {
    const request = http.request({
      ...target,
      agent: streams,
      host: 'localhost',
      port: address.port,
      path,
      headers: {
        accept: '*/*',
        'accept-encoding': 'gzip',
        'user-agent': 'promfleet',
        ...options.headers,
        ...basicAuth(address.credentials),
      },
    })
    // Node sets it only for a stream that was idle in between.
    return request.once('socket', stream => {
      request.reusedSocket = streams.use(stream)
    })
  })
}

/** exporter-toolkit's client_auth_type; TLS 1.3 says so only after the handshake. */
function asksForClientCertificate(error: unknown): boolean {
  const cause = error instanceof ExchangeError ? error.cause : null
  return (
    hasCode(cause, 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED') || hasCode(cause, 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE')
  )
}

function basicAuth(credentials: AgentAddress['credentials']): Record<string, string> {
  if (credentials === null) return {}
  return {authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`}
}
