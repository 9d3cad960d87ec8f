/** pods/proxy: one HTTP request passed on to the pod's web server, as kube-apiserver's own proxy does it. */
import type {IncomingMessage, ServerResponse} from 'node:http'
import {request as httpRequest} from 'node:http'
import {request as httpsRequest} from 'node:https'
import {type ApiFault, bytesBeforeCut} from './faults.ts'
import type {KubernetesObject} from './objects.ts'
import {containersOf, dialPod, type PodBacking, podIpOf} from './pods.ts'
import type {Target} from './request.ts'
import {badRequest, StatusError} from './status.ts'

export interface ProxyName {
  scheme: 'http' | 'https'
  pod: string
  port: string
}

/** `https:NAME:PORT`, `NAME:PORT`, `NAME`. */
export function parseProxyName(name: string): ProxyName {
  const parts = name.split(':')
  if (parts.length === 3)
    return {scheme: parts[0] === 'https' ? 'https' : 'http', pod: parts[1] ?? '', port: parts[2] ?? ''}
  return {scheme: 'http', pod: parts[0] ?? '', port: parts[1] ?? ''}
}

/** Answers on `response`. Throws a StatusError when the pod has no address or nothing listens. */
export async function proxyToPod(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  pod: KubernetesObject,
  backing: PodBacking | undefined,
  faults: ApiFault[],
): Promise<void> {
  const {scheme, port: portText} = parseProxyName(target.name ?? '')
  const port = portNumberOf(pod, portText)
  const ip = podIpOf(pod)
  if (ip === null) throw badRequest('address not allowed')
  if (faults.some(fault => fault.kind === 'web-html' && fault.pod === pod.metadata.name)) {
    response.writeHead(200, {'content-type': 'text/html'}).end('<!DOCTYPE html><html><body>Sign in</body></html>\n')
    return
  }
  const socket = await dialPod(backing, port, 'network').catch((error: Error) => {
    throw new StatusError(500, '', `error trying to reach service: dial tcp ${ip}:${port}: ${error.message}`)
  })
  const {authorization: _, 'impersonate-user': _user, 'impersonate-group': _group, ...headers} = request.headers
  await new Promise<void>((resolve, reject) => {
    const send = scheme === 'https' ? httpsRequest : httpRequest
    const outgoing = send({
      createConnection: () => socket,
      ...(scheme === 'https'
        ? {createConnection: undefined, host: socket.remoteAddress, port: socket.remotePort, rejectUnauthorized: false}
        : {}),
      method: request.method ?? 'GET',
      path: `${target.rest || '/'}${new URL(request.url ?? '/', 'https://api.invalid').search}`,
      headers: {...headers, host: `${ip}:${port}`, connection: 'close'},
    })
    outgoing.on('error', error => reject(new StatusError(500, '', `error trying to reach service: ${error.message}`)))
    outgoing.on('response', answer => {
      const {connection: _connection, 'keep-alive': _keepAlive, ...answered} = answer.headers
      response.writeHead(answer.statusCode ?? 502, answered)
      let left = bytesBeforeCut(faults, pod.metadata.name)
      answer.on('data', (chunk: Buffer) => {
        if (chunk.length >= left) {
          response.write(chunk.subarray(0, left), () => response.destroy())
          answer.destroy()
        } else if (!response.write(chunk)) {
          answer.pause()
          response.once('drain', () => answer.resume())
        }
        left -= chunk.length
      })
      answer.on('end', () => response.end())
      answer.on('error', () => response.destroy())
      response.on('close', resolve)
    })
    request.pipe(outgoing)
  })
  socket.destroy()
}

function portNumberOf(pod: KubernetesObject, text: string): number {
  const ports = containersOf(pod).flatMap(container => container.ports ?? [])
  if (text === '') return ports[0]?.containerPort ?? 80
  if (/^\d+$/.test(text)) return Number(text)
  const named = ports.find(port => port.name === text)
  if (!named) throw new StatusError(503, 'ServiceUnavailable', `no port named "${text}" in pod "${pod.metadata.name}"`)
  return named.containerPort
}
