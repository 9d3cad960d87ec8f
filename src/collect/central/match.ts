/**
 * Which pod is behind an agent's URL. Only what leaves no doubt counts: the address of a pod, or a Service, NodePort, load balancer
 * or Ingress with that pod alone behind it. Private addresses repeat from cluster to cluster, so one that another pod in view has, or
 * that the agent's own cluster may give to a pod of its own, proves nothing. Pure.
 */
import type {CentralProof} from '../../evidence/central.ts'
import type {CentralPod} from '../discovery/centrals.ts'
import type {IngressObject, ServiceObject} from '../discovery/kubernetes-objects.ts'
import type {Sender} from './senders.ts'

export interface ContextPods {
  context: string
  centrals: CentralPod[]
  /** Of all pods that were listed, each with how many have it. */
  addresses: ReadonlyMap<string, number>
  /** Of the nodes on which pods were seen. */
  nodes: ReadonlySet<string>
  /** All pods of the cluster were listed: what is not there does not exist. */
  isWhole: boolean
  services: ServiceObject[]
  ingresses: IngressObject[]
}

export interface Match {
  context: string
  pod: CentralPod
  proof: CentralProof
  detail: string
}

/** Null where nothing, or more than one thing, is behind it. */
export function matchSender(sender: Sender, contexts: readonly ContextPods[]): Match | null {
  const matches = contexts.flatMap(pods => [
    ...byPodAddress(sender, pods, contexts),
    ...byService(sender, pods, contexts),
    ...byIngress(sender, pods),
  ])
  const pods = new Set(matches.map(({context, pod}) => `${context}/${pod.namespace}/${pod.pod}`))
  return pods.size === 1 ? (matches[0] ?? null) : null
}

/** Prometheus takes writes below its route prefix (web/api/v1/api.go), a single VictoriaMetrics at the same path. */
function takesWritesAt({kind, web}: CentralPod, path: string): boolean {
  if (kind !== 'prometheus' && kind !== 'victoria-metrics') return false
  return !web.localOnly && path === `${web.routePrefix}/api/v1/write` && !web.routePrefix.startsWith('/select/')
}

function byPodAddress({context, endpoint}: Sender, own: ContextPods, contexts: readonly ContextPods[]): Match[] {
  const {host, port, path} = endpoint
  const pod = own.centrals.find(
    each =>
      each.notRunning === null && each.addresses.includes(host) && each.web.port === port && takesWritesAt(each, path),
  )
  if (pod === undefined || !isOnlyHere(host, context, own, contexts)) return []
  const where = own.context === context ? '' : ` in ${own.context}`
  return [{context: own.context, pod, proof: 'pod-address', detail: `${host} is the address of its pod${where}`}]
}

/** The address is one pod's in all that is in view; and of the agent's own cluster enough is in view to say so. */
function isOnlyHere(host: string, ofAgent: string, own: ContextPods, contexts: readonly ContextPods[]): boolean {
  const holders = contexts.reduce((sum, {addresses}) => sum + (addresses.get(host) ?? 0), 0)
  if (own.context === ofAgent) return (own.addresses.get(host) ?? 0) === 1
  return holders === 1 && contexts.find(({context}) => context === ofAgent)?.isWhole === true
}

/** Services by which the URL leads to exactly one ready Prometheus. */
function byService(sender: Sender, own: ContextPods, contexts: readonly ContextPods[]): Match[] {
  return own.services.flatMap(service => {
    const how = waysTo(service, sender, own, contexts)
    return how.flatMap(({servicePort, proof, detail}) => {
      const pod = podBehind(service, servicePort, own)
      return pod === null || !takesWritesAt(pod, sender.endpoint.path)
        ? []
        : [{context: own.context, pod, proof, detail}]
    })
  })
}

interface Way {
  /** Of spec.ports. */
  servicePort: number
  proof: CentralProof
  detail: string
}

function waysTo(
  {metadata, spec, status}: ServiceObject,
  {context, namespace, endpoint}: Sender,
  own: ContextPods,
  contexts: readonly ContextPods[],
): Way[] {
  const {host, port} = endpoint
  const {name = '', namespace: place = 'default'} = metadata ?? {}
  const what = `Service ${place}/${name}`
  const ports = spec?.ports ?? []
  const sameCluster = own.context === context
  const byPort = ports.filter(each => each.port === port).map(each => each.port ?? 0)
  const at = (proof: CentralProof, detail: string): Way[] => byPort.map(servicePort => ({servicePort, proof, detail}))
  if (sameCluster && [spec?.clusterIP, ...(spec?.clusterIPs ?? [])].includes(host))
    return at('service', `cluster IP of ${what}`)
  if (sameCluster && namesOf(name, place, namespace).includes(withoutDot(host)))
    return at('service', `DNS name of ${what}`)
  const balancers = (status?.loadBalancer?.ingress ?? []).flatMap(({ip, hostname}) => [ip ?? [], hostname ?? []].flat())
  if (balancers.some(each => each.toLowerCase() === withoutDot(host)) && isNobodysPod(host, contexts))
    return at('load-balancer', `load balancer of ${what}`)
  if (own.nodes.has(host) && contexts.filter(({nodes}) => nodes.has(host)).length === 1)
    return ports.flatMap(each =>
      each.nodePort === port && each.port !== undefined
        ? [{servicePort: each.port, proof: 'node-port' as const, detail: `NodePort of ${what} at node ${host}`}]
        : [],
    )
  return []
}

function isNobodysPod(host: string, contexts: readonly ContextPods[]): boolean {
  return contexts.every(({addresses}) => !addresses.has(host))
}

/** `name` alone in its own namespace, and the longer forms (https://kubernetes.io/docs/concepts/services-networking/dns-pod-service). */
function namesOf(name: string, place: string, ofAgent: string): string[] {
  const long = [`${name}.${place}`, `${name}.${place}.svc`, `${name}.${place}.svc.cluster.local`]
  return place === ofAgent ? [name, ...long] : long
}

function withoutDot(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

/** The one pod that the Service's selector takes; null where there are several, or its port is not the pod's web server. */
function podBehind({metadata, spec}: ServiceObject, servicePort: number, {centrals}: ContextPods): CentralPod | null {
  const selector = Object.entries(spec?.selector ?? {})
  if (selector.length === 0) return null
  const taken = centrals.filter(
    ({namespace, labels}) =>
      namespace === (metadata?.namespace ?? 'default') && selector.every(([name, value]) => labels[name] === value),
  )
  const [only, ...others] = taken.filter(({notRunning}) => notRunning === null)
  if (only === undefined || others.length > 0) return null
  const target = (spec?.ports ?? []).find(({port}) => port === servicePort)?.targetPort ?? servicePort
  const leadsToWeb = typeof target === 'number' ? target === only.web.port : only.portNames[target] === only.web.port
  return leadsToWeb ? only : null
}

function byIngress({endpoint}: Sender, own: ContextPods): Match[] {
  const {host, path} = endpoint
  return own.ingresses.flatMap(({metadata, spec}) => {
    const rule = (spec?.rules ?? []).find(each => each.host?.toLowerCase() === withoutDot(host))
    const longest = (rule?.http?.paths ?? [])
      .filter(each => isBelow(path, each.path ?? '/'))
      .sort((a, b) => (b.path ?? '').length - (a.path ?? '').length)[0]
    const backend = longest?.backend?.service
    const place = metadata?.namespace ?? 'default'
    const service = own.services.find(
      each => each.metadata?.name === backend?.name && (each.metadata?.namespace ?? 'default') === place,
    )
    if (backend === undefined || service === undefined) return []
    const port = (service.spec?.ports ?? []).find(
      each => each.port === backend.port?.number || (each.name !== undefined && each.name === backend.port?.name),
    )?.port
    const pod = port === undefined ? null : podBehind(service, port, own)
    if (pod === null || !takesWritesAt(pod, path)) return []
    const detail = `Ingress ${place}/${metadata?.name ?? ''} in front of Service ${place}/${backend.name ?? ''}`
    return [{context: own.context, pod, proof: 'ingress' as const, detail}]
  })
}

function isBelow(path: string, prefix: string): boolean {
  const base = prefix.replace(/\/+$/, '')
  return base === '' || path === base || path.startsWith(`${base}/`)
}
