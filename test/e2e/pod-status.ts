/** Waits for what the kubelet says of a pod. */
import {waitUntil} from '../lab/conditions.ts'
import type {Cluster, PodStatus} from './cluster.ts'

/** Enough for two cores to start thirty Prometheus processes, and for three crashes with the kubelet's back-off. */
export const timeoutSeconds = 240

/** In between, nothing is asked: dozens of agents are waited for at once. */
export const pollEverySeconds = 2

export function containerOf(status: PodStatus): NonNullable<PodStatus['containerStatuses']>[number] | undefined {
  return status.containerStatuses?.find(({name}) => name === 'prometheus')
}

/** Resolves to what `look` finds in the pod's status. */
export async function waitForPod<T>(
  cluster: Cluster,
  {namespace, pod}: {namespace: string; pod: string},
  look: (status: PodStatus) => T | null,
  everySeconds = pollEverySeconds,
): Promise<T> {
  const found: T[] = []
  await waitUntil(
    `${namespace}/${pod} to be as the test wants it`,
    timeoutSeconds,
    async () => {
      const status = (await cluster.pod(namespace, pod))?.status ?? null
      const seen = status && look(status)
      if (seen === null) return JSON.stringify(status)
      found.push(seen)
      return null
    },
    everySeconds,
  )
  const [first] = found
  if (first === undefined) throw new Error(`${namespace}/${pod} has no status`)
  return first
}
