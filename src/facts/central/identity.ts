/**
 * Under which labels an agent's series stand at its central: its external labels as write_relabel_configs leave them, without
 * those that tell replicas apart, which a deduplicating receiver drops. Pure.
 */
import type {AgentConfig, RelabelConfig, RemoteWriteConfig, ScrapeConfig} from '../config/config.ts'
import {REPLICA_LABELS} from '../groups.ts'
import type {PrometheusVersion} from '../process/versions.ts'
import {LabelBuilder} from '../relabel/label-builder.ts'
import {compileRules} from '../relabel/relabel.ts'

export type Identity = {labels: Record<string, string>} | {labels: null; because: string}

export interface Sender {
  config: Pick<AgentConfig, 'externalLabels' | 'scrapeConfigs'>
  remoteWrite: Pick<RemoteWriteConfig, 'writeRelabelConfigs'>
  version: PrometheusVersion | null
  /** Its targets are its own: then its replica label is what tells it from its siblings. */
  isShard: boolean
}

export function identityOf({config, remoteWrite, version, isShard}: Sender): Identity {
  const {externalLabels, scrapeConfigs} = config
  const names = Object.keys(externalLabels)
  if (names.length === 0) return unknown('it has no external labels')
  const overridden = names.filter(name => isOverridden(name, externalLabels, scrapeConfigs))
  if (overridden.length > 0)
    return unknown(
      `its targets bring the label ${overridden.join(', ')} themselves, which wins over the external label`,
    )
  const labels = afterRelabelling(externalLabels, remoteWrite.writeRelabelConfigs, version)
  if (typeof labels === 'string') return unknown(labels)
  const kept = [...labels].filter(([name]) => isShard || !REPLICA_LABELS.includes(name))
  if (kept.length === 0) return unknown('nothing is left of its external labels but what names the replica')
  return {labels: Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)))}
}

/** One text for equal identities. */
export function identityKey(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function unknown(because: string): Identity {
  return {labels: null, because}
}

/** Every series has this label already, with another value than the external label's or one that is not known. */
function isOverridden(name: string, external: Record<string, string>, jobs: readonly ScrapeConfig[]): boolean {
  return (
    jobs.length > 0 &&
    jobs.every(({staticLabels, relabelConfigs, metricRelabelConfigs}) => {
      const ofRules = [...relabelConfigs, ...metricRelabelConfigs]
        .filter(rule => rule.targetLabel === name && rule.action === 'replace')
        .map(rule => (isConstant(rule) ? rule.replacement : null))
      const values = [...staticLabels.flatMap(labels => labels[name] ?? []), ...ofRules]
      return values.length > 0 && values.at(-1) !== external[name]
    })
  )
}

/** The rule sets its replacement whatever the series holds. */
function isConstant({regex, replacement, sourceLabels}: RelabelConfig): boolean {
  return !replacement.includes('$') && (sourceLabels.length === 0 || ['(.*)', '.*'].includes(regex))
}

/**
 * The external labels that are left, with the values that they then have. A sentence where that depends on what else a series
 * carries: `missed` tells that a rule asked for a label of which external labels know nothing.
 */
function afterRelabelling(
  external: Record<string, string>,
  configs: readonly RelabelConfig[],
  version: PrometheusVersion | null,
): Map<string, string> | string {
  const compiled = compileRules(configs, version)
  if (!compiled.ok) return `a rule of write_relabel_configs cannot be read: ${compiled.message}`
  let labels = new Map(Object.entries(external).filter(([, value]) => value !== ''))
  for (const rule of compiled.rules) {
    const builder = new LabelBuilder(labels)
    const passes = rule.apply(builder)
    const unknownLabels = [...builder.missed].filter(name => !(name in external))
    if (FILTERS.includes(rule.config.action)) {
      // What the rule reads of each series decides for that series alone.
      if (!passes && unknownLabels.length === 0) return 'write_relabel_configs drop everything with its external labels'
      continue
    }
    const after = new Map([...builder.labels()].filter(([name]) => name in external))
    if (unknownLabels.length > 0 && !isConstant(rule.config) && !isSame(labels, after))
      return `write_relabel_configs set ${rule.config.targetLabel} from other labels of each series`
    labels = after
  }
  return labels
}

const FILTERS = ['keep', 'drop', 'keepequal', 'dropequal']

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value)
}
