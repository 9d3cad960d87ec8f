/** ServiceMonitors, PodMonitors and Probes of a cluster, and the Prometheus servers that take some of them. */
import type {Monitors} from '../../evidence/labels.ts'
import type {AgentResource, Collected} from '../../evidence/types.ts'
import {collected} from '../collected.ts'
import type {ApiServer} from '../connections.ts'
import {keepText} from '../redact.ts'
import type {LabelledObject, PrometheusObject} from './kubernetes-objects.ts'
import {labelsOf, MONITOR_KINDS, monitorSelectorsOf} from './operator-selectors.ts'
import {listAll} from './pods.ts'

const MOST_MONITORS = 5000
const MOST_NAMESPACES = 5000

/** Of all namespaces: what one of them lacks another may have. The first list that may not be read is why there is nothing. */
export async function readMonitors(
  api: ApiServer,
  agents: readonly AgentResource[],
  signal: AbortSignal,
): Promise<Collected<Monitors>> {
  const list = <T>(resource: string) =>
    listAll<T>(api, `/apis/monitoring.coreos.com/v1/${resource}`, '', signal, () => true)
  const [servers, ...lists] = await Promise.all([
    list<PrometheusObject>('prometheuses'),
    ...MONITOR_KINDS.map(({resource}) => list<LabelledObject>(resource)),
  ])
  // A cluster may have agents only: that kind of object is then not installed.
  if (!servers.ok && servers.reason !== 'not-found') return servers
  const monitors: Monitors['monitors'] = []
  for (const [index, {kind}] of MONITOR_KINDS.entries()) {
    const listed = lists[index]
    if (listed === undefined) continue
    if (listed.ok) monitors.push(...listed.value.kept.map(object => ({kind, ...placeOf(object)})))
    else if (listed.reason !== 'not-found') return listed
  }
  const taking = servers.ok
    ? servers.value.kept.map(({metadata, spec}) => {
        const {namespace, name} = placeOf({metadata: metadata ?? {}})
        return {namespace, name, selectors: monitorSelectorsOf(spec ?? {})}
      })
    : []
  const selectors = [...taking, ...agents.map(agent => ({selectors: agent.monitorSelectors ?? []}))]
  const needsLabels = selectors.some(taker => taker.selectors.some(({namespaces}) => hasCondition(namespaces)))
  return collected({
    monitors: monitors.slice(0, MOST_MONITORS),
    servers: taking,
    namespaces: needsLabels ? await readNamespaces(api, signal) : null,
    complete: monitors.length <= MOST_MONITORS,
  })
}

function hasCondition(selector: Monitors['servers'][number]['selectors'][number]['namespaces']): boolean {
  return selector !== null && Object.keys(selector.matchLabels).length + selector.matchExpressions.length > 0
}

async function readNamespaces(api: ApiServer, signal: AbortSignal): Promise<Monitors['namespaces']> {
  const listed = await listAll<LabelledObject>(api, '/api/v1/namespaces', '', signal, () => true)
  if (!listed.ok || listed.value.count > MOST_NAMESPACES) return null
  return Object.fromEntries(listed.value.kept.map(object => [placeOf(object).name, placeOf(object).labels]))
}

function placeOf({metadata = {}}: LabelledObject): {namespace: string; name: string; labels: Record<string, string>} {
  return {
    namespace: keepText(metadata.namespace ?? '', 253),
    name: keepText(metadata.name ?? '', 253),
    labels: labelsOf(metadata.labels),
  }
}
