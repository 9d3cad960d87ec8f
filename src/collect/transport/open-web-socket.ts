/** Opens the WebSocket of `pods/portforward`, through the API server, to one port of one pod. */
import type {IncomingMessage} from 'node:http'
import WebSocket from 'ws'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {type Deadline, describeError, ExchangeError, startDeadline, within} from '../api-server/http.ts'
import type {Login} from '../api-server/login.ts'
import {permissionsFor} from '../api-server/permissions.ts'
import {readStatus, refusalOf} from '../api-server/status.ts'
import type {AgentAddress} from '../connections.ts'

/**
 * Within `connectSeconds`; a 401 renews the credentials once. `receive` gets every frame. Rejects with ExchangeError:
 * `forbidden`, `unauthorized` and `not-found` are the API server's.
 */
export async function openWebSocket(
  api: ApiServerConnection,
  address: AgentAddress,
  connectSeconds: number,
  receive: (frame: Buffer) => void,
  signal: AbortSignal,
): Promise<WebSocket> {
  const what = `the API server ${api.server}`
  const upgrade = startDeadline(signal, connectSeconds)
  try {
    const login = await within(upgrade, `the credentials for ${what}`, api.logins.current())
    const attempt = await upgradeWith(login, address, what, upgrade, receive)
    if (attempt instanceof WebSocket) return attempt
    const renewed = attempt.reason === 'unauthorized' ? await within(upgrade, what, api.logins.renew(login)) : null
    const second = renewed === null ? attempt : await upgradeWith(renewed, address, what, upgrade, receive)
    if (second instanceof WebSocket) return second
    throw second
  } finally {
    upgrade.clear()
  }
}

function upgradeWith(
  login: Login,
  address: AgentAddress,
  what: string,
  deadline: Deadline,
  receive: (frame: Buffer) => void,
): Promise<WebSocket | ExchangeError> {
  const path = `/api/v1/namespaces/${encodeURIComponent(address.namespace)}/pods/${encodeURIComponent(address.pod)}/portforward`
  const socket = new WebSocket(
    `${login.server.replace(/^http/, 'ws')}${path}?ports=${address.port}`,
    ['v4.channel.k8s.io'],
    {agent: login.upgradeAgent, headers: login.headers, perMessageDeflate: false, followRedirects: false},
  )
  socket.on('message', receive)
  return new Promise(resolve => {
    const finish = (result: WebSocket | ExchangeError) => {
      deadline.signal.removeEventListener('abort', stop)
      if (result !== socket) socket.terminate()
      resolve(result)
    }
    const stop = () => finish(deadline.error(`port-forward through ${what}`))
    deadline.signal.addEventListener('abort', stop, {once: true})
    if (deadline.signal.aborted) stop()
    socket.on('open', () => finish(socket))
    socket.on('error', error =>
      finish(new ExchangeError('unreachable', `port-forward through ${what}: ${describeError(error)}`)),
    )
    socket.on('unexpected-response', (_request, response) => {
      readRefusal(response, address, path, what).then(finish, error =>
        finish(new ExchangeError('failed', `port-forward through ${what}: ${describeError(error)}`)),
      )
    })
  })
}

const MAX_REFUSAL_BYTES = 64 * 1024

/** Without reading it, a 403 is only "Unexpected server response: 403". */
async function readRefusal(
  response: IncomingMessage,
  address: AgentAddress,
  path: string,
  what: string,
): Promise<ExchangeError> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_REFUSAL_BYTES) break
  }
  const body = Buffer.concat(chunks)
  const status = response.statusCode ?? 0
  const refusal = refusalOf('GET', path, {status, body}, what)
  if (readStatus(body) === null) {
    // Something in front of the API server that lets no WebSocket through.
    return new ExchangeError('unreachable', `port-forward was refused on the way: ${refusal.message}`)
  }
  if (status !== 403) return refusal
  return new ExchangeError('forbidden', refusal.message, {
    needs: permissionsFor('get', '', 'pods/portforward', address.namespace),
  })
}
