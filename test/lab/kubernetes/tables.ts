/** The columns that `kubectl get` prints: servers make them, kubectl only aligns. Pods have their own, everything else name and age. */
import type {KubernetesObject} from './objects.ts'

/** True when the client would rather have a Table than the objects (kubectl get without -o). */
export function wantsTable(accept: string | undefined): boolean {
  return (accept ?? '').split(',')[0]?.includes('as=Table') ?? false
}

export function tableOf(objects: KubernetesObject[], resourceVersion: string): unknown {
  const arePods = objects.every(
    object => object.kind === 'Pod' || 'containers' in ((object.spec as object | undefined) ?? {}),
  )
  const names = objects.length > 0 && arePods ? ['Name', 'Ready', 'Status', 'Restarts', 'Age'] : ['Name', 'Age']
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {resourceVersion},
    columnDefinitions: names.map(name => ({
      name,
      type: 'string',
      format: name === 'Name' ? 'name' : '',
      description: name,
      priority: 0,
    })),
    rows: objects.map(object => ({
      cells: names.length === 2 ? [object.metadata.name, ageOf(object)] : podCells(object),
      object: {kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata},
    })),
  }
}

function podCells(pod: KubernetesObject): string[] {
  const status = (pod.status ?? {}) as PodStatus
  const containers = status.containerStatuses ?? []
  const waiting = containers.find(container => container.state?.waiting?.reason)?.state?.waiting?.reason
  const restarts = containers.reduce((sum, container) => sum + container.restartCount, 0)
  const total = (pod.spec as {containers?: unknown[]} | undefined)?.containers?.length ?? 0
  const ready = `${containers.filter(container => container.ready).length}/${total}`
  return [pod.metadata.name, ready, waiting ?? status.phase ?? 'Unknown', String(restarts), ageOf(pod)]
}

function ageOf(object: KubernetesObject): string {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(object.metadata.creationTimestamp ?? '')) / 1000))
  if (seconds < 120) return `${seconds}s`
  return seconds < 7200 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`
}

interface PodStatus {
  phase?: string
  containerStatuses?: {ready: boolean; restartCount: number; state?: {waiting?: {reason?: string}}}[]
}
