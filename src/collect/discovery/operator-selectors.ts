/** What a PrometheusAgent or Prometheus object says of labels and of the monitors that it takes, as evidence: cleaned and bounded. */
import type {LabelSelector, MonitorKind, MonitorSelector, ScrapeClass} from '../../evidence/labels.ts'
import type {AgentResource} from '../../evidence/types.ts'
import {isRecord} from '../is-record.ts'
import {keepText, keepValue} from '../redact.ts'
import type {SelectingSpec} from './kubernetes-objects.ts'

const MOST_ENTRIES = 200

export const MONITOR_KINDS: readonly {
  kind: MonitorKind
  resource: string
  field: 'serviceMonitor' | 'podMonitor' | 'probe'
}[] = [
  {kind: 'ServiceMonitor', resource: 'servicemonitors', field: 'serviceMonitor'},
  {kind: 'PodMonitor', resource: 'podmonitors', field: 'podMonitor'},
  {kind: 'Probe', resource: 'probes', field: 'probe'},
]

/** The operator's defaults are `prometheus` and `prometheus_replica`; "" leaves the label out (pkg/prometheus/promcfg.go). */
export function labelFieldsOf(
  spec: SelectingSpec,
): Required<Pick<AgentResource, 'externalLabels' | 'operatorLabels' | 'scrapeClasses' | 'monitorSelectors'>> {
  return {
    externalLabels: labelsOf(spec.externalLabels),
    operatorLabels: {
      resource: text(spec.prometheusExternalLabelName) ?? 'prometheus',
      replica: text(spec.replicaExternalLabelName) ?? 'prometheus_replica',
    },
    scrapeClasses: list(spec.scrapeClasses).map(scrapeClassOf),
    monitorSelectors: monitorSelectorsOf(spec),
  }
}

export function monitorSelectorsOf(spec: SelectingSpec): MonitorSelector[] {
  return MONITOR_KINDS.map(({kind, field}) => ({
    kind,
    labels: selectorOf(spec[`${field}Selector`]),
    namespaces: selectorOf(spec[`${field}NamespaceSelector`]),
  }))
}

export function labelsOf(labels: unknown): Record<string, string> {
  if (!isRecord(labels)) return {}
  const pairs = Object.entries(labels).slice(0, MOST_ENTRIES)
  return Object.fromEntries(pairs.map(([name, value]) => [keepText(name, 300), keepValue(name, String(value), 2000)]))
}

function selectorOf(selector: unknown): LabelSelector | null {
  if (!isRecord(selector)) return null
  return {
    matchLabels: labelsOf(selector.matchLabels),
    matchExpressions: list(selector.matchExpressions).map(({key, operator, values}) => ({
      key: text(key) ?? '',
      operator: text(operator) ?? '',
      values: (Array.isArray(values) ? values : []).slice(0, MOST_ENTRIES).map(value => keepText(String(value), 300)),
    })),
  }
}

function scrapeClassOf(scrapeClass: Record<string, unknown>): ScrapeClass {
  const sets = (rules: unknown, on: 'targets' | 'series') =>
    list(rules).flatMap(({targetLabel, replacement}) => {
      const label = text(targetLabel)
      return label === null ? [] : [{label, replacement: text(replacement) ?? '$1', on}]
    })
  return {
    name: text(scrapeClass.name) ?? '',
    isDefault: scrapeClass.default === true,
    sets: [...sets(scrapeClass.relabelings, 'targets'), ...sets(scrapeClass.metricRelabelings, 'series')],
  }
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.slice(0, MOST_ENTRIES).filter(isRecord) : []
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? keepText(value, 300) : null
}
