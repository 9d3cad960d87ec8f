/**
 * Finds pods whose web server answers queries about the whole fleet: a Prometheus that takes remote writes, and the parts of
 * VictoriaMetrics, Mimir and Thanos that answer queries. Pure.
 */
import type {WebEndpoint} from '../../evidence/types.ts'
import {argumentsSayAgent, imageRepository, isPrometheus, workloadOf} from './discover.ts'
import type {ContainerObject, PodObject} from './kubernetes-objects.ts'
import {commandLineFlags, webEndpoint} from './web-endpoint.ts'
import {whyNotRunning} from './workload.ts'

type CentralKind = 'prometheus' | 'victoria-metrics' | 'mimir' | 'thanos'

export interface CentralPod {
  namespace: string
  pod: string
  container: string
  kind: CentralKind
  /** Pods of one workload hold the same data, or halves of an HA pair. */
  workload: string
  web: WebEndpoint
  /** A Prometheus that does not say that it takes remote writes: the central only where nothing else may be one. */
  isReceiver: boolean
  /** Of its labels: for an agent's URL that names a service. */
  labels: Record<string, string>
  /** Of its container's ports, by name. */
  portNames: Record<string, number>
  /** Of the pod: nobody else's while it runs. */
  addresses: string[]
  /** Where it runs, and that node's address. */
  node: {name: string; address: string} | null
  /** As the end of a sentence; null when it runs. */
  notRunning: string | null
}

/** Sorted: those that surely are a central first, then running ones, then by namespace and name. */
export function findCentralPods(pods: PodObject[]): CentralPod[] {
  const found = pods.flatMap(pod =>
    (pod.spec?.containers ?? []).flatMap(container => {
      const known = knownCentral(container)
      if (known === null) return []
      const {namespace = 'default', name = '', labels = {}} = pod.metadata ?? {}
      const workload = workloadOf(pod)
      return {
        ...known,
        namespace,
        pod: name,
        container: container.name ?? '',
        workload: workload === null ? name : `${workload.kind}/${workload.name}`,
        labels,
        portNames: portNamesOf(container),
        addresses: addressesOf(pod),
        node: nodeOf(pod),
        notRunning: whyNotRunning(pod, container.name ?? ''),
      }
    }),
  )
  const rank = ({isReceiver, notRunning}: CentralPod) => (isReceiver ? 0 : 2) + (notRunning === null ? 0 : 1)
  const place = ({namespace, pod}: CentralPod) => `${namespace}/${pod}`
  return found.sort((a, b) => rank(a) - rank(b) || (place(a) < place(b) ? -1 : 1))
}

/** With hostNetwork a pod has the addresses of its node, which others share. */
export function addressesOf({spec, status}: PodObject): string[] {
  if (spec?.hostNetwork === true) return []
  const all = [status?.podIP, ...(status?.podIPs ?? []).map(({ip}) => ip)]
  return [...new Set(all.filter(address => typeof address === 'string' && address !== ''))] as string[]
}

function portNamesOf({ports = []}: ContainerObject): Record<string, number> {
  const named = ports.flatMap(({name, containerPort}): [string, number][] =>
    name === undefined || containerPort === undefined ? [] : [[name, containerPort]],
  )
  return Object.fromEntries(named)
}

function nodeOf({spec, status}: PodObject): CentralPod['node'] {
  return spec?.nodeName === undefined ? null : {name: spec.nodeName, address: status?.hostIP ?? ''}
}

/** For a list that is read page by page. */
export function mayAnswerQueries(pod: PodObject): boolean {
  return (pod.spec?.containers ?? []).some(container => knownCentral(container) !== null)
}

function knownCentral(container: ContainerObject): Pick<CentralPod, 'kind' | 'web' | 'isReceiver'> | null {
  const image = imageRepository(container)
  const flags = commandLineFlags(container)
  const value = (name: string) => flags.find(flag => flag.name === name)?.value
  const words = [...(container.command ?? []), ...(container.args ?? [])]
  const listening = (address: string | undefined, port: number, routePrefix: string): WebEndpoint => ({
    scheme: 'http',
    port: portOf(address) ?? port,
    routePrefix,
    localOnly: false,
  })
  if (isPrometheus(container)) {
    if (argumentsSayAgent(container)) return null
    return {kind: 'prometheus', web: webEndpoint(container), isReceiver: takesRemoteWrites(flags)}
  }
  // https://docs.victoriametrics.com: a single node answers on 8428, of a cluster vmselect on 8481 for tenant 0.
  if (/(?:^|[/-])victoria-?metrics$/.test(image)) {
    const prefix = (value('http.pathPrefix') ?? '').replace(/\/+$/, '')
    return {kind: 'victoria-metrics', web: listening(value('httpListenAddr'), 8428, prefix), isReceiver: true}
  }
  if (/(?:^|[/-])vmselect$/.test(image)) {
    const web = listening(value('httpListenAddr'), 8481, '/select/0/prometheus')
    return {kind: 'victoria-metrics', web, isReceiver: true}
  }
  if (/(?:^|[/-])thanos$/.test(image) && words.some(word => word === 'query')) {
    const prefix = (value('web.route-prefix') ?? value('web.external-prefix') ?? '').replace(/^\/*|\/+$/g, '')
    const web = listening(value('http-address'), 10902, prefix === '' ? '' : `/${prefix}`)
    return {kind: 'thanos', web, isReceiver: true}
  }
  if (/(?:^|[/-])mimir$/.test(image) && /^(?:|all|query-frontend|read)$/.test(value('target') ?? '')) {
    const prefix = value('http.prometheus-http-prefix') ?? '/prometheus'
    return {kind: 'mimir', web: listening(`:${value('server.http-listen-port') ?? ''}`, 8080, prefix), isReceiver: true}
  }
  return null
}

/** The flag since 2.33, the feature before; the operator's enableRemoteWriteReceiver sets one of them. */
function takesRemoteWrites(flags: {name: string; value: string}[]): boolean {
  return flags.some(
    ({name, value}) =>
      (name === 'web.enable-remote-write-receiver' && value !== 'false') ||
      (name === 'enable-feature' && value.split(',').some(feature => feature.trim() === 'remote-write-receiver')),
  )
}

function portOf(address: string | undefined): number | null {
  const port = Number(/:(\d+)$/.exec(address ?? '')?.[1])
  return port > 0 && port < 65_536 ? port : null
}
