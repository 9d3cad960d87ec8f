/** Finds the pods that may be agents, and PrometheusAgent resources, wherever the user may list them. */
import type {AgentResource, Collected, ContextEvidence} from '../../evidence/types.ts'
import {collected} from '../collected.ts'
import type {ApiServer} from '../connections.ts'
import {mayHoldSender} from './discover.ts'
import type {ListObject, PodObject, PrometheusAgentObject} from './kubernetes-objects.ts'
import {agentResourceEvidence} from './workload.ts'

const PAGE_SIZE = 500
const MAX_PAGES = 2000
/** With a Role in some namespaces only, each of them is asked; more than this would be a flood. */
const MAX_NAMESPACES = 300

/** Where agents usually live; tried by name when neither pods nor namespaces may be listed in all of the cluster. */
const USUAL_NAMESPACES = [
  'monitoring',
  'prometheus',
  'observability',
  'metrics',
  'kube-prometheus-stack',
  'cattle-monitoring-system',
  'default',
]

export interface FoundPods {
  pods: PodObject[]
  podLists: ContextEvidence['podLists']
  /** Namespaces whose pods were listed whole; '*' for all. */
  listed: Set<string>
  /** Of a given namespace that holds no pod: whether there is such a one; absent: there are pods, or namespaces may not be listed. */
  namespaceExists?: boolean
}

export interface PodScope {
  namespace: string | null
  selector: string | null
  /** --agent: a pod may be named that nothing else tells of. */
  agents: string[]
  /** Which pods of the whole cluster are kept; left out: those that may hold a sender. */
  isKept?(pod: PodObject): boolean
}

/**
 * Pods of the given namespace; else of the whole cluster; where that is forbidden, of every namespace that may be listed; and
 * where namespaces may not be listed either, of the context's own and the usual ones. Of the usual
 * ones only those count that may be listed.
 */
export async function findPods(
  api: ApiServer,
  {namespace, selector, agents, isKept: given = mayHoldSender}: PodScope,
  signal: AbortSignal,
): Promise<FoundPods> {
  const found: FoundPods = {pods: [], podLists: [], listed: new Set()}
  const isKept = namespace !== null || agents.length > 0 ? () => true : given
  const query = selector === null ? '' : `&labelSelector=${encodeURIComponent(selector)}`
  const look = async (place: string, isGuess: boolean): Promise<Collected<unknown>> => {
    const path = place === '*' ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(place)}/pods`
    const listed = await listAll<PodObject>(api, path, query, signal, isKept)
    if (listed.ok) {
      found.pods.push(...listed.value.kept)
      if (selector === null) found.listed.add(place)
    }
    if (listed.ok || !isGuess)
      found.podLists.push({namespace: place, pods: listed.ok ? {...listed, value: listed.value.count} : listed})
    return listed
  }
  if (namespace !== null) {
    const pods = await look(namespace, false)
    // The API server lists the pods of a namespace that does not exist, too: none.
    const isEmpty = pods.ok && found.podLists.every(list => list.pods.ok && list.pods.value === 0)
    const namespaces = isEmpty ? await listNamespaces(api, signal) : null
    return namespaces === null ? found : {...found, namespaceExists: namespaces.includes(namespace)}
  }
  const everywhere = await look('*', false)
  if (everywhere.ok || everywhere.reason !== 'forbidden') return found
  const namespaces = await listNamespaces(api, signal)
  if (namespaces !== null) await Promise.all(namespaces.slice(0, MAX_NAMESPACES).map(name => look(name, false)))
  else {
    const guesses = USUAL_NAMESPACES.filter(name => name !== api.namespace)
    await Promise.all([look(api.namespace, false), ...guesses.map(name => look(name, true))])
  }
  found.podLists.sort((a, b) => (a.namespace < b.namespace ? -1 : 1))
  return found
}

async function listNamespaces(api: ApiServer, signal: AbortSignal): Promise<string[] | null> {
  const listed = await listAll<{metadata?: {name?: string}}>(api, '/api/v1/namespaces', '', signal, () => true)
  return listed.ok ? listed.value.kept.flatMap(({metadata}) => metadata?.name ?? []) : null
}

/** PrometheusAgent resources of all namespaces, or of those in which pods were found where that is forbidden. */
export async function findAgentResources(
  api: ApiServer,
  namespace: string | null,
  fallbackNamespaces: () => Promise<string[]>,
  signal: AbortSignal,
): Promise<Collected<AgentResource[]>> {
  const list = async (place: string | null): Promise<Collected<AgentResource[]>> => {
    const scope = place === null ? '' : `namespaces/${encodeURIComponent(place)}/`
    const path = `/apis/monitoring.coreos.com/v1alpha1/${scope}prometheusagents`
    const listed = await listAll<PrometheusAgentObject>(api, path, '', signal, () => true)
    return listed.ok ? {...listed, value: listed.value.kept.map(agentResourceEvidence)} : listed
  }
  const first = await list(namespace)
  if (first.ok || first.reason !== 'forbidden' || namespace !== null) return first
  const lists = await Promise.all((await fallbackNamespaces()).map(list))
  const usable = lists.filter(each => each.ok)
  return usable.length > 0 ? collected(usable.flatMap(each => each.value)) : first
}

/**
 * A list read page by page: how many items it has, and those that are kept; what is not kept is let go of with its page.
 * Starts again once when the list's token has expired (410 Gone, after five minutes by default).
 */
export async function listAll<T>(
  api: ApiServer,
  path: string,
  query: string,
  signal: AbortSignal,
  isKept: (item: T) => boolean,
): Promise<Collected<{count: number; kept: T[]}>> {
  let kept: T[] = []
  let count = 0
  let token = ''
  let restarted = false
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const next = token === '' ? '' : `&continue=${encodeURIComponent(token)}`
    const answer = await api.getJson<ListObject<T>>(`${path}?limit=${PAGE_SIZE}${query}${next}`, {signal})
    if (!answer.ok) {
      if (token === '' || restarted || !/\b410\b/.test(answer.detail)) return answer
      restarted = true
      token = ''
      kept = []
      count = 0
      continue
    }
    const items = answer.value?.items ?? []
    count += items.length
    kept.push(...items.filter(isKept))
    token = answer.value?.metadata?.continue ?? ''
    if (token === '') break
  }
  return collected({count, kept})
}
