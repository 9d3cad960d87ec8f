/**
 * Finds agents among pods. Pure. An agent is known by the PrometheusAgent resource that it belongs to, by the labels of the
 * Prometheus Operator, by its arguments (`--agent` since 3.0, `--enable-feature=agent` in 2.32-2.55), or, as an intention
 * only, by a name that says agent. Senders of other makes are recognised and set aside.
 */
import type {AgentEvidence, AgentResource, AgentSign, LookAlikeKind, OtherPod} from '../../evidence/types.ts'
import type {ContainerObject, PodObject} from './kubernetes-objects.ts'
import {commandLineFlags, webEndpoint} from './web-endpoint.ts'

export interface DiscoveredAgent
  extends Pick<AgentEvidence, 'namespace' | 'container' | 'name' | 'workload' | 'shard' | 'replica' | 'signs' | 'web'> {
  /** null for a PrometheusAgent that has no pod. */
  pod: PodObject | null
}

export interface Discovery {
  agents: DiscoveredAgent[]
  servers: OtherPod[]
  lookAlikes: (OtherPod & {kind: LookAlikeKind})[]
}

export interface DiscoveryOptions {
  includeServers: boolean
  /** Names given by --agent: pods, workloads or PrometheusAgent resources, also as namespace/name; empty means all. */
  agents: string[]
  /** Whether the pods of a namespace could be listed whole: only there a PrometheusAgent without pods is known to have none. */
  podsKnown(namespace: string): boolean
}

/** Sorted by namespace and pod. */
export function discover(pods: PodObject[], resources: AgentResource[], options: DiscoveryOptions): Discovery {
  const found: Discovery = {agents: [], servers: [], lookAlikes: []}
  for (const pod of withoutReplacedPods(pods)) discoverInPod(pod, resources, options, found)
  for (const resource of resources) {
    const isNamed = isWanted(options.agents, resource.namespace, [resource.name])
    const hasPods = found.agents.some(({namespace, name}) => namespace === resource.namespace && name === resource.name)
    if (isNamed && !hasPods && options.podsKnown(resource.namespace)) found.agents.push(withoutPods(resource))
  }
  const place = ({namespace, pod}: {namespace: string; pod: PodObject | null | string}) =>
    `${namespace}/${typeof pod === 'string' ? pod : (pod?.metadata?.name ?? '')}`
  const byPlace = (a: Parameters<typeof place>[0], b: Parameters<typeof place>[0]) => (place(a) < place(b) ? -1 : 1)
  found.agents.sort(byPlace)
  found.servers.sort(byPlace)
  found.lookAlikes.sort(byPlace)
  return found
}

/** True for pods worth keeping while a large list is read page by page. */
export function mayHoldSender(pod: PodObject): boolean {
  if (labelSaysAgent(pod)) return true
  return allContainers(pod).some(container => isPrometheus(container) || lookAlikeKind(container) !== null)
}

function discoverInPod(pod: PodObject, resources: AgentResource[], options: DiscoveryOptions, found: Discovery): void {
  const namespace = pod.metadata?.namespace ?? 'default'
  const podName = pod.metadata?.name ?? ''
  const workload = workloadOf(pod)
  const resource = resourceOf(pod, resources)
  const name = resource ?? operatorName(pod) ?? workload?.name ?? podName
  const named = options.agents.length > 0 && isWanted(options.agents, namespace, [podName, name, workload?.name ?? ''])
  if (options.agents.length > 0 && !named) return
  const containers = allContainers(pod)
  const prometheuses = containers.filter(isPrometheus)
  const lookAlikes = containers.flatMap(container => {
    const kind = lookAlikeKind(container)
    return kind === null ? [] : [{namespace, pod: podName, kind}]
  })
  if (prometheuses.length === 0) {
    found.lookAlikes.push(...lookAlikes.slice(0, 1))
    // A wrapper image without a telling name or argument: the label, or the user who named the pod, vouches for it.
    const main = labelSaysAgent(pod) || named ? mainContainer(pod) : undefined
    if (main !== undefined && lookAlikes.length === 0) prometheuses.push(main)
  }
  for (const container of prometheuses) {
    const signs: AgentSign[] = []
    if (resource !== null) signs.push('resource')
    if (labelSaysAgent(pod)) signs.push('label')
    if (argumentsSayAgent(container)) signs.push('arguments')
    if ([podName, workload?.name, ...namingLabels(pod)].some(saysAgent)) signs.push('name')
    if (signs.length === 0 && (options.includeServers || named)) signs.push('server')
    if (signs.length === 0) {
      found.servers.push({namespace, pod: podName})
      continue
    }
    found.agents.push({
      pod,
      namespace,
      container: container.name ?? '',
      name,
      workload,
      shard: wholeNumber(pod.metadata?.labels?.['operator.prometheus.io/shard']),
      replica: workload?.kind === 'StatefulSet' ? wholeNumber(/-(\d+)$/.exec(podName)?.[1]) : null,
      signs,
      web: webEndpoint(container),
    })
  }
}

function withoutPods(resource: AgentResource): DiscoveredAgent {
  return {
    pod: null,
    namespace: resource.namespace,
    container: 'prometheus',
    name: resource.name,
    // The operator's names: StatefulSet or DaemonSet `prom-agent-<name>` (prometheus-operator pkg/prometheus/agent).
    workload: {kind: resource.mode, name: `prom-agent-${resource.name}`},
    shard: null,
    replica: null,
    signs: ['resource'],
    web: {scheme: 'http', port: 9090, routePrefix: '', localOnly: false},
  }
}

/** Evicted and completed pods stay listed beside the pod that took their place; only the living one counts. */
function withoutReplacedPods(pods: PodObject[]): PodObject[] {
  const isOver = (pod: PodObject) => pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
  const owner = (pod: PodObject) => {
    const workload = workloadOf(pod)
    return workload && `${pod.metadata?.namespace}/${workload.kind}/${workload.name}`
  }
  const living = new Set(pods.filter(pod => !isOver(pod)).map(owner))
  return pods.filter(pod => !isOver(pod) || owner(pod) === null || !living.has(owner(pod)))
}

function isWanted(wanted: string[], namespace: string, names: string[]): boolean {
  return wanted.length === 0 || names.some(name => wanted.includes(name) || wanted.includes(`${namespace}/${name}`))
}

/** Native side cars (init containers that always restart) included. */
function allContainers(pod: PodObject): ContainerObject[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter(container => container.restartPolicy === 'Always')
  return [...(pod.spec?.containers ?? []), ...sidecars]
}

function mainContainer(pod: PodObject): ContainerObject | undefined {
  const containers = pod.spec?.containers ?? []
  const byName = (name: string | undefined) => containers.find(container => container.name === name)
  return (
    byName('prometheus') ??
    byName(pod.metadata?.annotations?.['kubectl.kubernetes.io/default-container']) ??
    containers.find(container => !/reload/.test(container.name ?? ''))
  )
}

/** `quay.io/prometheus/prometheus:v3.5.0@sha256:…` -> `quay.io/prometheus/prometheus`. */
export function imageRepository(container: ContainerObject): string {
  return (container.image ?? '')
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '')
    .toLowerCase()
}

function commandName(container: ContainerObject): string {
  return (container.command?.[0] ?? '').replace(/^.*\//, '')
}

/** By image (mirrors are called `mirrored-prometheus-prometheus` and the like), by command, or by flags nobody else has. */
export function isPrometheus(container: ContainerObject): boolean {
  if (lookAlikeKind(container) !== null) return false
  const words = `${(container.command ?? []).join(' ')} ${(container.args ?? []).join(' ')}`
  return (
    (isPrometheusImage(container) && (!container.command?.length || /(?:^|[\s/])prometheus(?:\s|$)/.test(words))) ||
    commandName(container) === 'prometheus' ||
    /--storage\.(?:agent|tsdb)\.path|--web\.enable-remote-write-receiver|(?:^|[\s/])prometheus\s.*--config\.file/.test(
      words,
    ) ||
    (argumentsSayAgent(container) && /--config\.file/.test(words))
  )
}

/** Its image alone: with a command of its own the container may be anything (promtool, a shell that waits). */
function isPrometheusImage(container: ContainerObject): boolean {
  return /(?:^|[/-])prometheus$/.test(imageRepository(container))
}

export function argumentsSayAgent(container: ContainerObject): boolean {
  return commandLineFlags(container).some(
    ({name, value}) =>
      (name === 'agent' && value !== 'false') ||
      (name === 'enable-feature' && value.split(',').some(feature => feature.trim() === 'agent')) ||
      name === 'storage.agent.path',
  )
}

const LOOK_ALIKES: [LookAlikeKind, RegExp][] = [
  ['alloy', /(?:^|[/-])alloy$/],
  ['grafana-agent', /grafana\/agent$|(?:^|[/-])grafana-agent$/],
  ['vmagent', /(?:^|[/-])vmagent$/],
  ['opentelemetry-collector', /opentelemetry-collector|(?:^|[/-])otelcol/],
]

function lookAlikeKind(container: ContainerObject): LookAlikeKind | null {
  const names = [imageRepository(container), commandName(container)]
  return LOOK_ALIKES.find(([, pattern]) => names.some(name => pattern.test(name)))?.[0] ?? null
}

/** `app.kubernetes.io/name=prometheus-agent` is on every pod of the operator's agents; the mode label on workloads. */
function labelSaysAgent(pod: PodObject): boolean {
  const labels = pod.metadata?.labels ?? {}
  return labels['app.kubernetes.io/name'] === 'prometheus-agent' || labels['operator.prometheus.io/mode'] === 'agent'
}

function namingLabels(pod: PodObject): (string | undefined)[] {
  const labels = pod.metadata?.labels ?? {}
  return [
    'app.kubernetes.io/name',
    'app.kubernetes.io/instance',
    'app',
    'prometheus',
    'operator.prometheus.io/name',
  ].map(key => labels[key])
}

function saysAgent(name: string | undefined): boolean {
  return name !== undefined && /(?:^|[^a-z])agent(?:$|[^a-z])/i.test(name)
}

function operatorName(pod: PodObject): string | null {
  return labelSaysAgent(pod) ? (pod.metadata?.labels?.['operator.prometheus.io/name'] ?? null) : null
}

function resourceOf(pod: PodObject, resources: AgentResource[]): string | null {
  const labels = pod.metadata?.labels ?? {}
  const owner = pod.metadata?.ownerReferences?.find(reference => reference.kind === 'PrometheusAgent')?.name
  const name =
    owner ?? (labels['app.kubernetes.io/name'] === 'prometheus' ? undefined : labels['operator.prometheus.io/name'])
  if (name === undefined) return null
  const exists = resources.some(resource => resource.namespace === pod.metadata?.namespace && resource.name === name)
  return exists || owner !== undefined ? name : null
}

/** The controller that people know: of a ReplicaSet its Deployment, whose name is the ReplicaSet's without the template hash. */
export function workloadOf(pod: PodObject): {kind: string; name: string} | null {
  const owners = pod.metadata?.ownerReferences ?? []
  const owner = owners.find(reference => reference.controller === true) ?? owners[0]
  if (owner?.kind === undefined || owner.name === undefined) return null
  if (owner.kind !== 'ReplicaSet') return {kind: owner.kind, name: owner.name}
  const hash = pod.metadata?.labels?.['pod-template-hash']
  return hash !== undefined && owner.name.endsWith(`-${hash}`)
    ? {kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1)}
    : {kind: 'ReplicaSet', name: owner.name}
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null
}
