/** Containers that are added to a running pod: what the API server keeps of them, and what a kubelet would make of it. */
import type {KubernetesObject} from './objects.ts'

export interface EphemeralStatus {
  name: string
  image: string
  state: {
    running?: object
    waiting?: {reason: string; message?: string}
    terminated?: {reason: string; exitCode: number}
  }
}

/** An image of this name cannot be pulled. */
export const missingImage = 'no-such-image'
const startMs = 50

interface WithEphemeral {
  spec: {ephemeralContainers?: {name: string; image: string}[]}
  status: {ephemeralContainerStatuses?: EphemeralStatus[]}
}

/** Merges the list of a strategic merge patch, and starts what is new. */
export function addEphemeralContainers(pod: KubernetesObject, body: string): void {
  const patch = JSON.parse(body) as {spec?: {ephemeralContainers?: {name: string; image: string}[]}}
  const {spec, status} = pod as unknown as WithEphemeral
  for (const added of patch.spec?.ephemeralContainers ?? []) {
    spec.ephemeralContainers = [...(spec.ephemeralContainers ?? []), added]
    const own: EphemeralStatus = {name: added.name, image: added.image, state: {waiting: {reason: 'ContainerCreating'}}}
    status.ephemeralContainerStatuses = [...(status.ephemeralContainerStatuses ?? []), own]
    setTimeout(() => {
      own.state =
        added.image === missingImage
          ? {waiting: {reason: 'ErrImagePull', message: `failed to pull image "${added.image}"`}}
          : {running: {startedAt: new Date().toISOString()}}
    }, startMs).unref()
  }
}

export function statusesOf(pod: KubernetesObject): EphemeralStatus[] {
  return (pod as unknown as WithEphemeral).status.ephemeralContainerStatuses ?? []
}

/** Its first process was ended. */
export function endEphemeralContainer(pod: KubernetesObject, name: string): void {
  const own = statusesOf(pod).find(status => status.name === name)
  if (own) own.state = {terminated: {reason: 'Completed', exitCode: 0}}
}
