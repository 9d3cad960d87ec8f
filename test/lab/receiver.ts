/** A receiver of remote writes that does as it is told: takes them, refuses them in every way there is, or does not answer. */
import {once} from 'node:events'
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import {createServer as createTlsServer} from 'node:https'
import type {AddressInfo, Socket} from 'node:net'
import type {ReceiverBehaviour} from '../scenarios/scenario.ts'
import type {Certificate} from './kubernetes/certificates.ts'

export interface FaultyReceiver {
  /** http(s)://HOST:PORT/api/v1/write */
  url: string
  /** Set at will; used by the next request. */
  behaviour: ReceiverBehaviour
  /** Requests that came, whatever became of them. */
  requests: number
  close(): Promise<void>
}

/** Answers as Prometheus, proxies and others give them, by the name of the trouble. */
export const behaviours = {
  accept: {kind: 'accept'},
  unauthorized: {kind: 'answer', status: 401, body: 'Unauthorized\n'},
  forbidden: {kind: 'answer', status: 403, body: 'Forbidden\n'},
  disabled: {
    kind: 'answer',
    status: 404,
    body: 'remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n',
  },
  wrongPath: {kind: 'answer', status: 404, body: '404 page not found\n'},
  wrongMethod: {kind: 'answer', status: 405, body: 'Method Not Allowed\n', headers: {allow: 'GET'}},
  tooLarge: {
    kind: 'answer',
    status: 413,
    body: '<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n</html>\r\n',
    headers: {'content-type': 'text/html', server: 'nginx'},
  },
  unsupported: {
    kind: 'answer',
    status: 415,
    body: 'expected application/x-protobuf as the first (media) part, got application/json content-type\n',
  },
  rateLimited: {kind: 'answer', status: 429, body: 'ingestion rate limit (25000) exceeded\n'},
  failing: {kind: 'answer', status: 500, body: 'internal error\n'},
  unavailable: {kind: 'answer', status: 503, body: 'Service Unavailable\n'},
  retryLater: {kind: 'answer', status: 503, body: 'Service Unavailable\n', headers: {'retry-after': '5'}},
  redirected: {kind: 'answer', status: 301, headers: {location: 'https://central.invalid/api/v1/write'}},
  storesNothing: {
    kind: 'answer',
    status: 200,
    body: '<html><body>Welcome</body></html>\n',
    headers: {'content-type': 'text/html'},
  },
  hang: {kind: 'hang'},
  reset: {kind: 'reset'},
} as const satisfies Record<string, ReceiverBehaviour>

/** Listens on `host` (default 127.0.0.1) and `port` (default a free one); with a certificate it speaks TLS, with a `clientAuthority` (PEM) it wants one of its clients', too. */
export async function startReceiver(
  behaviour: ReceiverBehaviour,
  options: {host?: string; port?: number; certificate?: Certificate; clientAuthority?: string} = {},
): Promise<FaultyReceiver> {
  const {certificate, clientAuthority} = options
  const receiver: FaultyReceiver = {url: '', behaviour, requests: 0, close}
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    receiver.requests += 1
    request.resume()
    request.once('end', () => answer(receiver.behaviour, request, response))
  }
  const server = certificate
    ? createTlsServer(
        {
          key: certificate.keyPem,
          cert: certificate.certificatePem,
          ...(clientAuthority ? {ca: clientAuthority, requestCert: true, rejectUnauthorized: true} : {}),
        },
        handle,
      )
    : createServer(handle)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const {address, port} = server.address() as AddressInfo
  receiver.url = `${certificate ? 'https' : 'http'}://${address}:${port}/api/v1/write`
  return receiver

  async function close(): Promise<void> {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
}

function answer(behaviour: ReceiverBehaviour, request: IncomingMessage, response: ServerResponse): void {
  switch (behaviour.kind) {
    case 'accept':
      response.writeHead(204).end()
      return
    case 'answer':
      response
        .writeHead(behaviour.status, {'content-type': 'text/plain; charset=utf-8', ...behaviour.headers})
        .end(behaviour.body)
      return
    case 'slow':
      setTimeout(() => response.writeHead(204).end(), behaviour.seconds * 1000).unref()
      return
    case 'reset':
      request.socket.resetAndDestroy()
      return
    case 'hang':
      return
  }
}
