/** What Kubernetes says about one agent: its pod, events and volume claims, as evidence. Pure; texts are cleaned and redacted. */
import type {
  AgentResource,
  ClaimEvidence,
  ContainerEvidence,
  ContainerState,
  EventEvidence,
  PodEvidence,
  VolumeEvidence,
} from '../../evidence/types.ts'
import {readTimestamp} from '../../units.ts'
import {keepText} from '../redact.ts'
import type {
  ClaimObject,
  ContainerObject,
  ContainerStateObject,
  ContainerStatusObject,
  EventObject,
  PodObject,
  PrometheusAgentObject,
  VolumeObject,
} from './kubernetes-objects.ts'
import {labelFieldsOf} from './operator-selectors.ts'
import {proxyVariablesOf} from './proxy-variables.ts'
import {quantity} from './quantity.ts'

const MESSAGE_LENGTH = 1000
const MESH_SIDECARS = /^(?:istio-proxy|linkerd-proxy|envoy-sidecar|consul-dataplane|kuma-sidecar)$/

/** Containers: the agent's own first, then the others, native side cars (restarting init containers) included. */
export function podEvidence(pod: PodObject, agentContainer: string): PodEvidence {
  const {metadata = {}, spec = {}, status = {}} = pod
  const specs = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  const statuses = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]
  const own = specs.find(container => container.name === agentContainer)
  const ordered = own === undefined ? specs : [own, ...specs.filter(container => container !== own)]
  return {
    phase: word(status.phase) ?? 'Unknown',
    reason: message(status.reason),
    message: message(status.message),
    node: word(spec.nodeName),
    createdAt: readTimestamp(metadata.creationTimestamp) ?? new Date(0).toISOString(),
    startedAt: readTimestamp(status.startTime),
    deletedAt: readTimestamp(metadata.deletionTimestamp),
    labels: Object.fromEntries(
      Object.entries(metadata.labels ?? {}).map(([key, value]) => [keepText(key, 317), keepText(String(value), 63)]),
    ),
    conditions: (status.conditions ?? []).map(condition => ({
      type: word(condition.type) ?? '',
      status: word(condition.status) ?? '',
      reason: message(condition.reason),
      message: message(condition.message),
      since: readTimestamp(condition.lastTransitionTime),
    })),
    containers: ordered.map(container =>
      containerEvidence(
        container,
        statuses.find(({name}) => name === container.name),
      ),
    ),
    volumes: (spec.volumes ?? []).map(volume => volumeEvidence(volume, metadata.name ?? '', own)),
    meshSidecar: specs.map(({name}) => name ?? '').find(name => MESH_SIDECARS.test(name)) ?? null,
  }
}

/** How often the container was started again; 0 when the kubelet has not said. */
export function restartsOf(pod: PodObject, container: string): number {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  return statuses.find(({name}) => name === container)?.restartCount ?? 0
}

/** Why the container cannot be asked anything now, as the end of a sentence; null when it runs. */
export function whyNotRunning(pod: PodObject, container: string): string | null {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  const state = statuses.find(({name}) => name === container)?.state
  const phase = word(pod.status?.phase) ?? 'Unknown'
  if (state?.running !== undefined) return null
  if (state?.waiting !== undefined) return `is waiting: ${message(state.waiting.reason) ?? 'no reason given'}`
  if (state?.terminated !== undefined) return `has ended: ${message(state.terminated.reason) ?? 'no reason given'}`
  return phase === 'Running' ? null : `was never started, the pod is ${phase}`
}

function containerEvidence(container: ContainerObject, status: ContainerStatusObject | undefined): ContainerEvidence {
  const {limits = {}, requests = {}} = container.resources ?? {}
  return {
    name: word(container.name) ?? '',
    image: keepText(container.image ?? '', 500),
    args: redactedWords([...(container.command ?? []), ...(container.args ?? [])]),
    restarts: status?.restartCount ?? 0,
    state: containerState(status?.state),
    lastState: containerState(status?.lastState),
    memoryLimitBytes: quantity(limits.memory),
    memoryRequestBytes: quantity(requests.memory),
    cpuLimitCores: quantity(limits.cpu),
    cpuRequestCores: quantity(requests.cpu),
    ...proxyVariablesOf(container),
  }
}

/** Arguments one by one, each read with the flag before it: `--token VALUE` may be two of them. */
function redactedWords(words: string[]): string[] {
  return words.slice(0, 200).map((word, index) => {
    const previous = String(words[index - 1] ?? '')
    const lead = /^--?[\w.-]{1,100}$/.test(previous) ? `${previous} ` : ''
    const pair = keepText(`${lead}${word}`, lead.length + 2000)
    return pair.startsWith(lead) ? pair.slice(lead.length) : keepText(String(word), 2000)
  })
}

function containerState(state: ContainerStateObject | undefined): ContainerState | null {
  const kind = (['running', 'waiting', 'terminated'] as const).find(candidate => state?.[candidate] !== undefined)
  if (state === undefined || kind === undefined) return null
  return {
    kind,
    reason: message(state.waiting?.reason ?? state.terminated?.reason),
    message: message(state.waiting?.message ?? state.terminated?.message),
    exitCode: state.terminated?.exitCode ?? null,
    startedAt: readTimestamp(state.running?.startedAt ?? state.terminated?.startedAt),
    finishedAt: readTimestamp(state.terminated?.finishedAt),
  }
}

function volumeEvidence(volume: VolumeObject, podName: string, container: ContainerObject | undefined): VolumeEvidence {
  const name = word(volume.name) ?? ''
  const isClaim = volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined
  const source = volumeSource(volume)
  return {
    name,
    kind: isClaim ? 'claim' : volume.emptyDir ? 'empty-dir' : volume.hostPath ? 'host-path' : 'other',
    // A generic ephemeral volume's claim is called <pod>-<volume> and lives as long as the pod.
    claim:
      word(volume.persistentVolumeClaim?.claimName) ?? (volume.ephemeral !== undefined ? `${podName}-${name}` : null),
    mountPath: word(container?.volumeMounts?.find(mount => mount.name === volume.name)?.mountPath),
    ...(source !== null && {source}),
  }
}

/** Of a projected volume only where it shows nothing else. */
function volumeSource({configMap, secret, projected}: VolumeObject): NonNullable<VolumeEvidence['source']> | null {
  const sources = [
    {configMap, secret: {name: secret?.secretName}},
    ...(Array.isArray(projected?.sources) ? projected.sources : []),
  ]
  const named = sources.flatMap(source => [
    {kind: 'ConfigMap' as const, name: word(source?.configMap?.name)},
    {kind: 'Secret' as const, name: word(source?.secret?.name)},
  ])
  const [first, ...more] = named.filter(({name}) => name !== null)
  return first?.name && more.length === 0 ? {kind: first.kind, name: first.name} : null
}

export function claimEvidence(claim: ClaimObject): ClaimEvidence {
  return {
    name: word(claim.metadata?.name) ?? '',
    phase: word(claim.status?.phase) ?? 'Unknown',
    capacityBytes: quantity(claim.status?.capacity?.storage),
    storageClass: word(claim.spec?.storageClassName),
  }
}

/** Newest last. */
export function eventEvidence(events: EventObject[]): EventEvidence[] {
  return events
    .map(event => ({
      type: word(event.type) ?? 'Normal',
      reason: word(event.reason) ?? '',
      message: keepText(event.message ?? '', MESSAGE_LENGTH),
      count: event.series?.count ?? event.count ?? 1,
      last: readTimestamp(
        event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp,
      ),
    }))
    .sort((a, b) => (a.last ?? '').localeCompare(b.last ?? ''))
}

export function agentResourceEvidence(resource: PrometheusAgentObject): AgentResource {
  const {metadata = {}, spec = {}} = resource
  return {
    namespace: word(metadata.namespace) ?? '',
    name: word(metadata.name) ?? '',
    mode: word(spec.mode) ?? 'StatefulSet',
    replicas: spec.replicas ?? 1,
    shards: spec.shards ?? 1,
    paused: spec.paused === true,
    remoteWriteUrls: (spec.remoteWrite ?? []).map(({url}) => keepText(url ?? '', 2000)),
    maxRetries: (spec.remoteWrite ?? []).flatMap(({queueConfig}) =>
      typeof queueConfig?.maxRetries === 'number' ? [queueConfig.maxRetries] : [],
    ),
    ...labelFieldsOf(spec),
  }
}

function word(text: string | undefined): string | null {
  return text === undefined ? null : keepText(String(text), 300)
}

function message(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : keepText(text, MESSAGE_LENGTH)
}
