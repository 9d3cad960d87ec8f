/** The labels that everything of one remote_write entry carries: external labels as write_relabel_configs leave them. Pure. */
import type {RelabelConfig, RemoteWriteConfig} from '../config/config.ts'
import type {PrometheusVersion} from '../process/versions.ts'
import {LabelBuilder} from '../relabel/label-builder.ts'
import {compileRules, type Labels, relabel} from '../relabel/relabel.ts'

export interface SentLabels {
  labels: Record<string, string>
  /** Those among `labels` that every series carries with this value, whatever else is on it. */
  ofAll: Record<string, string>
  /** Per external label that is gone or changed afterwards: the rule that did it last, and what it asked for in vain on the way. */
  changed: {label: string; from: string; to: string | null; rule: RelabelConfig; dependsOn: string[]}[]
}

const FILTERS = ['keep', 'drop', 'keepequal', 'dropequal']
/** What every series has, with values that no rule tests for. */
const OF_EVERY_SERIES: [string, string][] = [
  ['__name__', 'up'],
  ['job', 'a job'],
  ['instance', 'an instance'],
]
/** The same of another series, as unlike it as can be: what then comes out otherwise depends on the series. */
const OF_ANOTHER_SERIES: [string, string][] = [
  ['__name__', 'Other:0_total'],
  ['job', '0/Other'],
  ['instance', '[2001:db8::7]:9'],
]

/**
 * By the rules that change labels: what others filter out is another question. Null when a rule cannot be read, which a running
 * Prometheus does not have.
 */
export function readSentLabels(
  externalLabels: Record<string, string>,
  {writeRelabelConfigs}: Pick<RemoteWriteConfig, 'writeRelabelConfigs'>,
  version: PrometheusVersion | null,
): SentLabels | null {
  const external = Object.entries(externalLabels).filter(([, value]) => value !== '')
  const configs = writeRelabelConfigs.filter(({action}) => !FILTERS.includes(action))
  if (configs.length === 0) {
    const labels = Object.fromEntries(external)
    return {labels, ofAll: labels, changed: []}
  }
  const compiled = compileRules(configs, version)
  if (!compiled.ok) return null
  let labels: Labels = new Map([...OF_EVERY_SERIES, ...external])
  const changed = new Map<string, SentLabels['changed'][number]>()
  for (const rule of compiled.rules) {
    const builder = new LabelBuilder(labels)
    rule.apply(builder)
    const after = builder.labels()
    for (const [label, from] of external) {
      const to = after.get(label) ?? null
      if (to === (labels.get(label) ?? null)) continue
      if (to === from) changed.delete(label)
      else
        changed.set(label, {label, from, to, rule: rule.config, dependsOn: [...builder.missed].filter(canBeOnSeries)})
    }
    labels = after
  }
  const ofSeries = new Map(OF_EVERY_SERIES)
  const sent = [...labels].filter(([name]) => !ofSeries.has(name))
  const ofAnother = [...OF_ANOTHER_SERIES, ...readOnly(configs), ...external]
  const another = relabel(compiled.rules, new Map(ofAnother)).labels
  return {
    labels: Object.fromEntries(sent),
    ofAll: Object.fromEntries(sent.filter(([name, value]) => another.get(name) === value)),
    changed: [...changed.values()],
  }
}

/** Labels that rules read and none sets, which a series may have or not: each with a value. */
function readOnly(configs: readonly RelabelConfig[]): [string, string][] {
  const ours = new Set([...OF_ANOTHER_SERIES.map(([name]) => name), ...configs.map(({targetLabel}) => targetLabel)])
  const read = configs.flatMap(({sourceLabels}) => sourceLabels).filter(name => !ours.has(name))
  return read.map(name => [name, 'of this series'])
}

/** Names that begin with two underscores are Prometheus's own, and gone before a sample is stored. */
function canBeOnSeries(name: string): boolean {
  return !name.startsWith('__')
}
