/**
 * pods/exec over WebSocket, protocol v4.channel.k8s.io (kubernetes/apimachinery pkg/util/remotecommand): channels 0 to 2 are stdin, stdout
 * and stderr, and channel 3 ends it with a Status. The program is a real one of this machine, found in the directory that stands for
 * the container.
 */
import {type ChildProcess, spawn} from 'node:child_process'
import {accessSync, constants} from 'node:fs'
import type {IncomingMessage} from 'node:http'
import path from 'node:path'
import type {Duplex} from 'node:stream'
import {type WebSocket, WebSocketServer} from 'ws'
import {endEphemeralContainer} from './ephemeral-containers.ts'
import type {KubernetesObject} from './objects.ts'
import {containersOf, type PodBacking} from './pods.ts'
import {badRequest} from './status.ts'

const protocol = 'v4.channel.k8s.io'
const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: offered => (offered.has(protocol) ? protocol : false),
  perMessageDeflate: false,
})

/** Takes over the connection. Throws a StatusError while it is still plain HTTP. */
export function execInPod(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  query: URLSearchParams,
  pod: KubernetesObject,
  backing: PodBacking | undefined,
): void {
  const command = query.getAll('command')
  if (command.length === 0) throw badRequest('you must specify at least 1 container command')
  const name = query.get('container') ?? ''
  const names = [...containersOf(pod), ...ephemeralContainersOf(pod)].map(container => container.name)
  if (!names.includes(name)) throw badRequest(`container ${name} is not valid for pod ${pod.metadata.name}`)
  const isLast = command.at(-1) === 'kill 1' // process 1 of the container is none of this machine
  if (isLast) endEphemeralContainer(pod, name)
  const programs = backing?.programs?.get(name) ?? backing?.programs?.get('*') ?? null
  sockets.handleUpgrade(request, socket, head, webSocket =>
    isLast ? succeed(webSocket) : run(webSocket, command, programs, backing),
  )
}

function ephemeralContainersOf(pod: KubernetesObject): {name: string; image?: string}[] {
  return ((pod.spec as {ephemeralContainers?: {name: string}[]} | undefined)?.ephemeralContainers ?? []) as {
    name: string
    image?: string
  }[]
}

function succeed(webSocket: WebSocket): void {
  webSocket.send(Buffer.concat([Buffer.of(3), Buffer.from('{"metadata":{},"status":"Success"}')]))
  webSocket.close()
}

function run(webSocket: WebSocket, command: string[], programs: string | null, backing: PodBacking | undefined): void {
  const send = (channel: number, data: Buffer | string) => {
    if (webSocket.readyState === webSocket.OPEN) webSocket.send(Buffer.concat([Buffer.of(channel), Buffer.from(data)]))
  }
  const end = (status: object) => {
    send(3, JSON.stringify({metadata: {}, ...status}))
    webSocket.close()
  }
  const [program = '', ...args] = command
  const file = programs === null ? null : path.join(programs, program)
  if (file === null || !isExecutable(file)) {
    const message = `OCI runtime exec failed: exec failed: unable to start container process: exec: "${program}": executable file not found in $PATH: unknown`
    end({status: 'Failure', reason: 'InternalError', message, code: 500})
    return
  }
  const child: ChildProcess = spawn(file, args, {env: {PATH: programs ?? ''}, stdio: 'pipe'})
  backing?.running?.add(child)
  child.stdout?.on('data', (chunk: Buffer) => send(1, chunk))
  child.stderr?.on('data', (chunk: Buffer) => send(2, chunk))
  child.stdin?.on('error', () => undefined)
  webSocket.on('message', (frame: Buffer) => {
    if (frame[0] === 0) child.stdin?.write(frame.subarray(1))
  })
  webSocket.on('error', () => undefined)
  // As containerd does: the process loses its stdin and goes on.
  webSocket.on('close', () => child.stdin?.end())
  child.on('close', (code, signal) => {
    backing?.running?.delete(child)
    if (code === 0) return end({status: 'Success'})
    const exitCode = signal === null ? code : 137
    end({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      message: `command terminated with non-zero exit code: exit status ${exitCode}`,
      details: {causes: [{reason: 'ExitCode', message: String(exitCode)}]},
    })
  })
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
