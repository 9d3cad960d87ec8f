/**
 * pods/portforward over WebSocket, protocol v4.channel.k8s.io (kubelet/pkg/cri/streaming/portforward/websocket.go): per port a
 * data and an error channel, one leading byte for the channel, and first on each channel the port as two bytes, low byte first.
 */
import type {IncomingMessage} from 'node:http'
import type {Duplex} from 'node:stream'
import {type WebSocket, WebSocketServer} from 'ws'
import {type ApiFault, bytesBeforeCut} from './faults.ts'
import type {KubernetesObject} from './objects.ts'
import {dialPod, type PodBacking} from './pods.ts'
import {badRequest} from './status.ts'

const protocol = 'v4.channel.k8s.io'
const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: offered => (offered.has(protocol) ? protocol : false),
  perMessageDeflate: false,
})

/** Takes over the connection. Throws a StatusError while it is still plain HTTP. */
export function forwardToPod(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  ports: number[],
  pod: KubernetesObject,
  backing: PodBacking | undefined,
  faults: ApiFault[],
): void {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(name => name.trim())
  if (!offered.includes(protocol))
    throw badRequest(`unable to upgrade: no supported protocol in [${offered.join(' ')}]`)
  if (ports.length === 0) throw badRequest('query parameter "port" is required')
  if (!(pod.spec as {nodeName?: string} | undefined)?.nodeName)
    throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`)
  sockets.handleUpgrade(request, socket, head, webSocket => serve(webSocket, ports, pod, backing, faults))
}

function serve(
  webSocket: WebSocket,
  ports: number[],
  pod: KubernetesObject,
  backing: PodBacking | undefined,
  faults: ApiFault[],
): void {
  const connections = ports.map((port, index) => {
    const greeting = Buffer.alloc(2)
    greeting.writeUInt16LE(port)
    for (const channel of [2 * index, 2 * index + 1]) webSocket.send(Buffer.concat([Buffer.of(channel), greeting]))
    return connectPort(webSocket, index, port, pod, backing, bytesBeforeCut(faults, pod.metadata.name))
  })
  webSocket.on('message', (data: Buffer) => {
    const channel = data[0] ?? 0
    if (channel % 2 === 0) void connections[channel / 2]?.then(connection => connection?.write(data.subarray(1)))
  })
  webSocket.on('error', () => undefined)
}

async function connectPort(
  webSocket: WebSocket,
  index: number,
  port: number,
  pod: KubernetesObject,
  backing: PodBacking | undefined,
  cutAfterBytes: number,
): Promise<Duplex | null> {
  const dataChannel = Buffer.of(2 * index)
  try {
    const connection = await dialPod(backing, port, 'inside')
    let left = cutAfterBytes
    connection.on('data', (chunk: Buffer) => {
      connection.pause()
      webSocket.send(Buffer.concat([dataChannel, chunk.subarray(0, Math.min(left, chunk.length))]), () =>
        connection.resume(),
      )
      left -= chunk.length
      if (left <= 0) connection.destroy()
    })
    connection.on('close', () => webSocket.close())
    connection.on('error', () => webSocket.close())
    webSocket.on('close', () => connection.destroy())
    return connection
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `error forwarding port ${port} to pod ${pod.metadata.uid}, uid : failed to connect to localhost:${port} inside namespace "${pod.metadata.uid}", IPv4: dial tcp4 127.0.0.1:${port}: ${reason}`
    webSocket.send(Buffer.concat([Buffer.of(2 * index + 1), Buffer.from(message)]), () => webSocket.close())
    return null
  }
}
