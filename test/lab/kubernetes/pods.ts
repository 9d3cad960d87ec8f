/** What stands behind a pod of the lab: real listeners on loopback and real log files. */
import type {ChildProcess} from 'node:child_process'
import type {Socket} from 'node:net'
import {connect} from 'node:net'
import type {KubernetesObject} from './objects.ts'

export interface PodBacking {
  /** By the port that the pod shows; a port that is not here refuses connections, as in a pod. */
  listeners: Map<
    number,
    {
      host: string
      port: number /** Bound to the pod's localhost: port-forward reaches it, the proxy does not. */
      localOnly?: boolean
    }
  >
  /** By container; null: there was no such run, or its log is gone. */
  logs: Map<string, {current: string | null; previous: string | null}>
  /** By container, `*` for those added later: the directory whose programs exec finds; without one it finds none. */
  programs?: Map<string, string>
  /** What exec started and has not ended. */
  running?: Set<ChildProcess>
}

export interface ContainerSpec {
  name: string
  ports?: {name?: string; containerPort: number}[]
}

export function containersOf(pod: KubernetesObject): ContainerSpec[] {
  return ((pod.spec as {containers?: ContainerSpec[]} | undefined)?.containers ?? []) as ContainerSpec[]
}

export function podIpOf(pod: KubernetesObject): string | null {
  return (pod.status as {podIP?: string} | undefined)?.podIP ?? null
}

/** A connection to the pod's port, over the pod's network (proxy) or from inside it (port-forward). Rejects as connect does. */
export async function dialPod(
  backing: PodBacking | undefined,
  port: number,
  from: 'network' | 'inside',
): Promise<Socket> {
  const listener = backing?.listeners.get(port)
  if (!listener || (from === 'network' && listener.localOnly)) throw new Error('connect: connection refused')
  return new Promise((resolve, reject) => {
    const socket = connect(listener.port, listener.host)
    socket.once('error', () => reject(new Error('connect: connection refused')))
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}
