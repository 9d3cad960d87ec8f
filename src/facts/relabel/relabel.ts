/** Rules one after the other, as remote write applies them to every series: storage/remote/queue_manager.go, StoreSeries. */
import type {RelabelConfig} from '../config/config.ts'
import {isAtLeast, type PrometheusVersion} from '../process/versions.ts'
import {LabelBuilder, type Labels} from './label-builder.ts'
import {type CompiledRule, compileRule, type RuleDialect} from './rule.ts'

export type {Labels} from './label-builder.ts'

export type CompiledRules =
  | {ok: true; rules: readonly CompiledRule[]}
  /** The first rule that cannot be read; a running Prometheus has none of these. */
  | {ok: false; rule: RelabelConfig; message: string}

/** What rules mean to that release; to the newest when it is not known. */
export function compileRules(configs: readonly RelabelConfig[], version: PrometheusVersion | null): CompiledRules {
  const isVersion3 = version === null || isAtLeast(version, '3.0.0')
  const dialect: RuleDialect = {dotMatchesNewline: isVersion3, anyLabelName: isVersion3}
  const rules: CompiledRule[] = []
  for (const config of configs) {
    try {
      rules.push(compileRule(config, dialect))
    } catch (error) {
      return {ok: false, rule: config, message: (error as Error).message}
    }
  }
  return {ok: true, rules}
}

export interface Relabelled {
  /** Empty when the series is dropped. */
  labels: Labels
  droppedBy: CompiledRule | null
  /** Labels that the rules up to there asked for and that were not known: see LabelBuilder. */
  missed: ReadonlySet<string>
}

const NONE: Labels = new Map()

export function relabel(rules: readonly CompiledRule[], labels: Labels): Relabelled {
  const builder = new LabelBuilder(labels)
  for (const rule of rules) {
    if (!rule.apply(builder)) return {labels: NONE, droppedBy: rule, missed: builder.missed}
  }
  return {labels: builder.labels(), droppedBy: null, missed: builder.missed}
}

/** External labels stand where a series has none of that name, or an empty one; they come before the rules. */
export function withExternalLabels(labels: Labels, externalLabels: Record<string, string>): Labels {
  const missing = Object.entries(externalLabels).filter(([name, value]) => value !== '' && !labels.get(name))
  return missing.length === 0 ? labels : new Map([...labels, ...missing])
}
