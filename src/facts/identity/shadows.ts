/** External labels that lose against labels of targets: remote write adds one only where a series has none of that name. Pure. */
import type {RelabelConfig, ScrapeConfig} from '../config/config.ts'
import type {AgentFacts} from '../types.ts'

export interface Shadow {
  label: string
  /** Of the external label. */
  value: string
  /** Other values that targets bring, most targets first; at most five. */
  values: string[]
  /** How many targets bring another value; null: not counted, it is known by the configuration alone. */
  targets: number | null
  /** Of all active targets. */
  active: number | null
  /** Examples. */
  jobs: string[]
  /** What sets it, as far as the configuration tells. */
  setBy: 'labels of static_configs' | 'relabel_configs' | 'metric_relabel_configs' | null
}

/** By the targets where their labels were recorded, else by what the configuration sets without a condition. */
export function readShadows({config, targets}: Pick<AgentFacts, 'config' | 'targets'>): Shadow[] {
  if (config === null) return []
  const {externalLabels, scrapeConfigs} = config
  return Object.entries(externalLabels).flatMap(([label, value]) => {
    if (value === '') return []
    const configured = scrapeConfigs.flatMap(job => setBy(job, label).filter(set => set.value !== value))
    const onSeries = configured.filter(set => set.by === 'metric_relabel_configs')
    const seen = targets?.labels?.names.find(({name}) => name === label)
    if (targets?.labels !== undefined && seen === undefined && onSeries.length === 0) return []
    const own = seen?.values.find(same => same.value === value)?.targets ?? 0
    const others = seen === undefined ? 0 : seen.targets - own
    if (seen !== undefined && others === 0 && onSeries.length === 0) return []
    const known = seen === undefined || others === 0 ? null : seen
    const sets = known === null ? (targets?.labels === undefined ? configured : onSeries) : configured
    if (known === null && sets.length === 0) return []
    return [
      {
        label,
        value,
        values:
          known === null
            ? distinct(sets.map(set => set.value))
            : known.values.map(other => other.value).filter(other => other !== value),
        targets: known === null ? null : others,
        active: targets?.active ?? null,
        jobs: known === null ? distinct(sets.map(({job}) => job)).slice(0, 3) : known.jobs,
        setBy: sets[0]?.by ?? null,
      },
    ]
  })
}

interface Setting {
  job: string
  value: string
  by: NonNullable<Shadow['setBy']>
}

function setBy({jobName, staticLabels, relabelConfigs, metricRelabelConfigs}: ScrapeConfig, label: string): Setting[] {
  const of = (by: Setting['by'], values: (string | undefined)[]) =>
    values.flatMap(value => (value === undefined || value === '' ? [] : [{job: jobName, value, by}]))
  return [
    ...of(
      'labels of static_configs',
      staticLabels.map(labels => labels[label]),
    ),
    ...of(
      'relabel_configs',
      relabelConfigs.map(rule => constantOf(rule, label)),
    ),
    ...of(
      'metric_relabel_configs',
      metricRelabelConfigs.map(rule => constantOf(rule, label)),
    ),
  ]
}

/** What the rule sets the label to, whatever else the target has; at `relabel_configs` no label `__name__` exists, and it is empty. */
function constantOf(
  {action, targetLabel, replacement, regex, sourceLabels}: RelabelConfig,
  label: string,
): string | undefined {
  if (action !== 'replace' || targetLabel !== label || replacement.includes('$')) return undefined
  return sourceLabels.length === 0 || ['(.*)', '.*'].includes(regex) ? replacement : undefined
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].slice(0, 5)
}
