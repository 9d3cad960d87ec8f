/** Opens the WebSocket of a subresource of a pod (`portforward`, `exec`) through the API server. */
import type {IncomingMessage} from 'node:http'
import WebSocket from 'ws'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {type Deadline, startDeadline, within} from '../api-server/deadline.ts'
import {ExchangeError} from '../api-server/exchange-error.ts'
import type {Login} from '../api-server/login.ts'
import {describeError} from '../api-server/network-error.ts'
import {permissionsFor} from '../api-server/permissions.ts'
import {readStatus, refusalOf} from '../api-server/status.ts'

/** What is asked of which pod. */
export interface PodRequest {
  namespace: string
  pod: string
  subresource: 'portforward' | 'exec'
  query: URLSearchParams
}

/** Far above the 32 KiB that Go's io.Copy, and so a kubelet, puts into one; without it `ws` takes 100 MiB. More ends the connection. */
const MOST_FRAME_BYTES = 4 * 2 ** 20

/** As people know it. */
const NAMES: Record<PodRequest['subresource'], string> = {portforward: 'port-forward', exec: 'exec'}

/**
 * Within `connectSeconds`; a 401 renews the credentials once. `receive` gets every frame. Rejects with ExchangeError:
 * `forbidden`, `unauthorized` and `not-found` are the API server's.
 */
export async function openWebSocket(
  api: ApiServerConnection,
  asked: PodRequest,
  connectSeconds: number,
  receive: (frame: Buffer) => void,
  signal: AbortSignal,
): Promise<WebSocket> {
  const what = `the API server ${api.server}`
  const upgrade = startDeadline(signal, connectSeconds)
  try {
    const login = await within(upgrade, `the credentials for ${what}`, api.logins.current())
    const attempt = await upgradeWith(login, asked, what, upgrade, receive)
    if (attempt instanceof WebSocket) return attempt
    const renewed = attempt.reason === 'unauthorized' ? await within(upgrade, what, api.logins.renew(login)) : null
    const second = renewed === null ? attempt : await upgradeWith(renewed, asked, what, upgrade, receive)
    if (second instanceof WebSocket) return second
    throw second
  } finally {
    upgrade.clear()
  }
}

function upgradeWith(
  login: Login,
  asked: PodRequest,
  what: string,
  deadline: Deadline,
  receive: (frame: Buffer) => void,
): Promise<WebSocket | ExchangeError> {
  const {namespace, pod, subresource, query} = asked
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/${subresource}`
  const name = NAMES[subresource]
  const socket = new WebSocket(`${login.server.replace(/^http/, 'ws')}${path}?${query}`, ['v4.channel.k8s.io'], {
    agent: login.upgradeAgent,
    headers: {'user-agent': 'promfleet', ...login.headers}, // audit logs tell requests apart by it
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: MOST_FRAME_BYTES,
  })
  socket.on('message', receive)
  return new Promise(resolve => {
    const finish = (result: WebSocket | ExchangeError) => {
      deadline.signal.removeEventListener('abort', stop)
      if (result !== socket) socket.terminate()
      resolve(result)
    }
    const stop = () => finish(deadline.error(`${name} through ${what}`))
    deadline.signal.addEventListener('abort', stop, {once: true})
    if (deadline.signal.aborted) stop()
    socket.on('open', () => finish(socket))
    socket.on('error', error =>
      finish(new ExchangeError('unreachable', `${name} through ${what}: ${describeError(error)}`)),
    )
    socket.on('unexpected-response', (_request, response) => {
      readRefusal(response, asked, path, what).then(finish, error =>
        finish(new ExchangeError('failed', `${name} through ${what}: ${describeError(error)}`)),
      )
    })
  })
}

const MAX_REFUSAL_BYTES = 64 * 1024

/** Without reading it, a 403 is only "Unexpected server response: 403". */
async function readRefusal(
  response: IncomingMessage,
  {namespace, subresource}: PodRequest,
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
    return new ExchangeError('unreachable', `${NAMES[subresource]} was refused on the way: ${refusal.message}`)
  }
  if (status !== 403) return refusal
  return new ExchangeError('forbidden', refusal.message, {
    needs: permissionsFor('get', '', `pods/${subresource}`, namespace),
  })
}
