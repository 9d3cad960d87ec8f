/** Which monitors the Prometheus Operator would give to which agent: selectors, as pkg/prometheus/resource_selector.go reads them. Pure. */
import type {LabelSelector, MonitorSelector, Monitors} from '../evidence/labels.ts'
import type {AgentResource} from '../evidence/types.ts'

export type Monitor = Monitors['monitors'][number]

export interface Taker {
  kind: 'PrometheusAgent' | 'Prometheus'
  namespace: string
  name: string
  selectors: MonitorSelector[]
}

/** Why a taker does not take a monitor; null: it does, or that cannot be told. */
export type Refusal = 'selects none of its kind' | 'labels' | 'namespace'

export function takersOf(agents: readonly AgentResource[], {servers}: Monitors): Taker[] {
  return [
    ...agents.flatMap(({namespace, name, monitorSelectors}): Taker[] =>
      monitorSelectors === undefined ? [] : [{kind: 'PrometheusAgent', namespace, name, selectors: monitorSelectors}],
    ),
    ...servers.map(({namespace, name, selectors}): Taker => ({kind: 'Prometheus', namespace, name, selectors})),
  ]
}

/** `namespaces`: their labels; null where they are not known, and a selector by them may then take any. */
export function whyNotTaken(monitor: Monitor, taker: Taker, namespaces: Monitors['namespaces']): Refusal | null {
  const selector = taker.selectors.find(({kind}) => kind === monitor.kind)
  if (selector === undefined) return null
  if (selector.labels === null) return 'selects none of its kind'
  if (selector.namespaces === null) {
    if (monitor.namespace !== taker.namespace) return 'namespace'
  } else if (namespaces !== null && !selects(selector.namespaces, namespaces[monitor.namespace] ?? {}))
    return 'namespace'
  return selects(selector.labels, monitor.labels) ? null : 'labels'
}

/** An empty selector takes everything. An operator that is not known is taken for one that holds, so that nobody is accused by it. */
export function selects({matchLabels, matchExpressions}: LabelSelector, labels: Record<string, string>): boolean {
  const has = (key: string) => Object.hasOwn(labels, key)
  return (
    Object.entries(matchLabels).every(([key, value]) => has(key) && labels[key] === value) &&
    matchExpressions.every(({key, operator, values}) => {
      if (operator === 'In') return has(key) && values.includes(labels[key] ?? '')
      if (operator === 'NotIn') return !has(key) || !values.includes(labels[key] ?? '')
      if (operator === 'Exists') return has(key)
      return operator !== 'DoesNotExist' || !has(key)
    })
  )
}

/** `release=kps, app in (a, b), !tmp`; `everything` for an empty one. */
export function selectorInWords({matchLabels, matchExpressions}: LabelSelector): string {
  const words = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({key, operator, values}) => {
      if (operator === 'Exists') return key
      if (operator === 'DoesNotExist') return `!${key}`
      return `${key} ${operator === 'NotIn' ? 'notin' : 'in'} (${values.join(', ')})`
    }),
  ]
  return words.length === 0 ? 'everything' : words.join(', ')
}
