/** Which pods the agents' own URLs lead to, with the Services and Ingresses in front of them. Every list that fails is a Failure. */
import type {CentralEvidence, CentralSearch} from '../../evidence/central.ts'
import type {Collected, Failure} from '../../evidence/types.ts'
import type {ApiServer} from '../connections.ts'
import type {CentralPod} from '../discovery/centrals.ts'
import type {IngressObject, ServiceObject} from '../discovery/kubernetes-objects.ts'
import {listAll} from '../discovery/pods.ts'
import {keepText} from '../redact.ts'
import {type ContextPods, type Match, matchSender} from './match.ts'
import type {SeenPods} from './seen-pods.ts'
import type {Sender} from './senders.ts'

/** What is in front of a pod is in its own namespace. */
const MOST_NAMESPACES = 5

/** Lists what may be in front of the context's candidates, into `pods`; says what could not be listed. */
export async function listWays(pods: SeenPods, api: ApiServer, signal: AbortSignal): Promise<CentralSearch> {
  const namespaces = [...new Set(pods.centrals.map(({namespace}) => namespace))].slice(0, MOST_NAMESPACES)
  const list = <T>(group: string, resource: string) =>
    Promise.all(
      namespaces.map(name =>
        listAll<T>(api, `${group}/namespaces/${encodeURIComponent(name)}/${resource}`, '', signal, () => true),
      ),
    )
  const [services, ingresses] = await Promise.all([
    list<ServiceObject>('/api/v1', 'services'),
    list<IngressObject>('/apis/networking.k8s.io/v1', 'ingresses'),
  ])
  pods.services = services.flatMap(listed => (listed.ok ? listed.value.kept : []))
  pods.ingresses = ingresses.flatMap(listed => (listed.ok ? listed.value.kept : []))
  return {context: api.contextName, services: countOf(services), ingresses: countOf(ingresses)}
}

function countOf(lists: Collected<{count: number}>[]): Collected<number> {
  const refused = lists.find(listed => !listed.ok)
  if (refused !== undefined && !refused.ok) return aboutCentral(refused)
  const at = lists.flatMap(listed => (listed.ok ? [listed.at] : [])).at(-1) ?? new Date().toISOString()
  return {ok: true, at, value: lists.reduce((sum, listed) => sum + (listed.ok ? listed.value.count : 0), 0)}
}

/** An API server older than networking.k8s.io/v1 (1.19) has no such Ingresses. */
function aboutCentral(refused: Failure): Failure {
  return {...refused, detail: keepText(`looking for the central behind the agents' URLs: ${refused.detail}`, 500)}
}

/** The pods that senders write to, each once. */
export function matchedPods(senders: readonly Sender[], contexts: readonly ContextPods[]): Match[] {
  const matches = senders.flatMap(sender => matchSender(sender, contexts) ?? [])
  return [...new Map(matches.map(match => [keyOf(match.context, match.pod), match])).values()]
}

/** Addresses that lead to this pod, whichever agent writes to them: one that leads elsewhere from another cluster is left out. */
export function endpointsOf(
  {context, pod}: {context: string; pod: CentralPod},
  senders: readonly Sender[],
  contexts: readonly ContextPods[],
): CentralEvidence['endpoints'] {
  const endpoints = new Map<string, CentralEvidence['endpoints'][number]>()
  const elsewhere = new Set<string>()
  for (const sender of senders) {
    const match = matchSender(sender, contexts)
    const {address} = sender.endpoint
    if (match === null || keyOf(match.context, match.pod) !== keyOf(context, pod)) elsewhere.add(address)
    else
      endpoints.set(address, {address: keepText(address, 500), proof: match.proof, detail: keepText(match.detail, 300)})
  }
  return [...endpoints].flatMap(([address, endpoint]) => (elsewhere.has(address) ? [] : [endpoint]))
}

/** Of --central-url: the same server, and below its path the one that Prometheus takes writes at. */
export function endpointsAt(url: URL, senders: readonly Sender[]): CentralEvidence['endpoints'] {
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  const addresses = new Set(senders.map(({endpoint}) => endpoint.address))
  return [...addresses]
    .filter(address => address === `${base}/api/v1/write`)
    .map(address => ({address, proof: 'given-url', detail: 'the same address as --central-url'}))
}

function keyOf(context: string, {namespace, pod}: CentralPod): string {
  return `${context}/${namespace}/${pod}`
}
