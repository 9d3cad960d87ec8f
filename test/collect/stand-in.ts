/**
 * A stand-in for an API server on loopback: TLS with certificates made at run time, any answer to any path, and port-forward
 * WebSockets piped to local ports as the kubelet does. test/lab has the full one; this one can misbehave.
 */
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import type {IncomingMessage, Server, ServerResponse} from 'node:http'
import https from 'node:https'
import {type AddressInfo, connect, type createServer, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Duplex} from 'node:stream'
import {type WebSocket, WebSocketServer} from 'ws'
import {stringify} from 'yaml'
import {type KubeconfigContext, loadKubeconfig} from '../../src/collect/kubeconfig/kubeconfig.ts'
import {type Authority, createAuthority} from '../lab/kubernetes/certificates.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface StandIn {
  url: string
  port: number
  authority: Authority
  /** Every request and upgrade, as "GET /path". */
  seen: string[]
  /** Headers of the last request. */
  lastHeaders(): IncomingMessage['headers']
  rawHeaders(): string[]
  /** TLS connections accepted. */
  connections(): number
  respond: Handler
  /** What an upgrade does; by default it forwards `?ports=` to the port of that number on this machine. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  forward(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): Promise<void>
}

export async function startStandIn(options: https.ServerOptions = {}, names = ['127.0.0.1']): Promise<StandIn> {
  const authority = await createAuthority('stand-in CA')
  const {certificatePem, keyPem} = await authority.issue({commonName: 'api', names})
  const server = https.createServer({cert: certificatePem, key: keyPem, ca: authority.certificatePem, ...options})
  const sockets = new WebSocketServer({noServer: true, handleProtocols: protocols => [...protocols][0] ?? false})
  let connections = 0
  let last: IncomingMessage | null = null
  const note = (request: IncomingMessage) => {
    last = request
    standIn.seen.push(`${request.method} ${request.url}`)
  }
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => open.add(socket.on('close', () => open.delete(socket))))
  server.on('secureConnection', () => {
    connections += 1
  })
  server.on('request', (request, response) => {
    note(request)
    standIn.respond(request, response)
  })
  server.on('upgrade', (request, socket, head) => {
    note(request)
    standIn.upgrade(request, socket, head)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const {port} = server.address() as AddressInfo
  const forward = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    sockets.handleUpgrade(request, socket, head, webSocket => forwardPort(webSocket, request))
  const standIn: StandIn = {
    url: `https://127.0.0.1:${port}`,
    port,
    authority,
    seen: [],
    lastHeaders: () => last?.headers ?? {},
    rawHeaders: () => last?.rawHeaders ?? [],
    connections: () => connections,
    respond: (_request, response) =>
      answerStatus(response, 404, 'NotFound', 'the server could not find the requested resource'),
    upgrade: forward,
    forward,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return standIn
}

/** Frames as the kubelet sends them: the port number first on both channels, then data on 0 or text on 1. */
function forwardPort(webSocket: WebSocket, request: IncomingMessage): void {
  const port = Number(new URL(request.url ?? '', 'http://x').searchParams.get('ports'))
  const number = Buffer.alloc(2)
  number.writeUInt16LE(port)
  for (const channel of [0, 1]) webSocket.send(Buffer.concat([Buffer.of(channel), number]))
  const pod = connect(port, '127.0.0.1')
  webSocket.on('message', (data: Buffer) => pod.write(data.subarray(1)))
  webSocket.on('close', () => pod.destroy())
  pod.on('data', chunk => {
    webSocket.send(Buffer.concat([Buffer.of(0), chunk]), () => {
      if (webSocket.bufferedAmount < 1 << 20) pod.resume()
    })
    if (webSocket.bufferedAmount >= 1 << 20) pod.pause()
  })
  pod.on('error', error =>
    webSocket.send(
      Buffer.concat([
        Buffer.of(1),
        Buffer.from(
          `error forwarding port ${port}: ${error.message.replace('connect ECONNREFUSED', 'connect: connection refused')}`,
        ),
      ]),
    ),
  )
  pod.on('close', () => webSocket.close())
}

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(value))
}

export function answerStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  answerJson(response, {kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code}, code)
}

/** A plain server on loopback that a pod is: its port is the pod's port. */
export async function startPod(
  server: Server | ReturnType<typeof createServer>,
): Promise<{port: number; close(): Promise<void>}> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => open.add(socket.on('close', () => open.delete(socket))))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

export async function withTemporaryDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'promfleet-'))
  try {
    return await work(directory)
  } finally {
    await rm(directory, {recursive: true, force: true})
  }
}

/** The context of a kubeconfig written for the stand-in, read back as a user's would be. */
export async function contextOf(
  standIn: Pick<StandIn, 'url' | 'authority'>,
  parts: {cluster?: object; user?: object | null; directory?: string} = {},
): Promise<KubeconfigContext> {
  const cluster = {
    server: standIn.url,
    'certificate-authority-data': Buffer.from(standIn.authority.certificatePem).toString('base64'),
    ...parts.cluster,
  }
  const user = parts.user === undefined ? {token: 'good'} : parts.user
  const kubeconfig = {
    'current-context': 'here',
    clusters: [{name: 'here', cluster}],
    contexts: [{name: 'here', context: {cluster: 'here', ...(user !== null && {user: 'me'})}}],
    users: user === null ? [] : [{name: 'me', user}],
  }
  const write = async (directory: string) => {
    const path = join(directory, 'config')
    await writeFile(path, stringify(kubeconfig))
    const {contexts} = await loadKubeconfig({kubeconfig: path})
    return contexts[0]!
  }
  return parts.directory === undefined ? withTemporaryDirectory(write) : write(parts.directory)
}

export const requestOptions = (rest: object = {}) => ({
  signal: new AbortController().signal,
  timeoutSeconds: 5,
  maxBytes: 1 << 20,
  ...rest,
})

export const asMyself = {impersonate: {user: null, groups: []}, transport: 'auto' as const}
