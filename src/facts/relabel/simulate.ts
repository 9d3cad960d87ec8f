/**
 * What write_relabel_configs do to an agent's own data: the rules run over every target's labels and every metric name that it
 * exposes, external labels first, as remote write does it. What series carry beside is not known: see `assumes`. Pure.
 */
import type {LabelSets, MetricFamilies} from '../../evidence/labels.ts'
import {formatCount, formatNumberOf} from '../../units.ts'
import type {AgentConfig, RelabelConfig, RemoteWriteConfig} from '../config/config.ts'
import type {PrometheusVersion} from '../process/versions.ts'
import {compileRules, type Labels, relabel, withExternalLabels} from './relabel.ts'
import type {CompiledRule} from './rule.ts'
import {REPORT_SERIES, seriesNames} from './series-names.ts'

export interface SimulationInputs {
  config: Pick<AgentConfig, 'externalLabels' | 'scrapeConfigs'>
  write: Pick<RemoteWriteConfig, 'writeRelabelConfigs'>
  version: PrometheusVersion | null
  labelSets: LabelSets
  /** Null: not known; then only what Prometheus adds for each target is simulated. */
  families: MetricFamilies | null
  identityLabels: readonly string[]
}

export interface Simulation {
  /** All, also where a part of them was run. */
  targets: number
  /** Different metric names. */
  names: number
  /** Pairs of target and metric name. What a family has of series beside its names is not known. */
  total: number
  kept: number
  dropped: number
  /** Kept under another name. */
  renamed: number
  rules: RuleEffect[]
  identity: IdentityEffect[]
  /** False: of some jobs only a part was run, or their metrics are not known; numbers are then estimates. */
  complete: boolean
  /** What was run of how much, as ends of a sentence; empty where the evidence holds all of it, and all was run. */
  sample: string[]
}

interface RuleEffect {
  rule: RelabelConfig
  dropped: number
  /** Metric names that it drops, at most five, the most frequent first. */
  examples: string[]
  /** Labels that it asks for and that neither targets nor external labels have: taken for absent, though series may carry them. */
  assumes: string[]
}

interface IdentityEffect {
  label: string
  /** Of what is kept: how much carries it, and with which values, at most five. */
  carried: number
  values: string[]
  /** What would be dropped if the external label were missing; null: no rule goes by it. */
  droppedWithout: number | null
}

/** Pairs that are run at most; with more, each job is run by every n-th of its targets. */
const MOST_PAIRS = 200_000
const MOST_EXAMPLES = 5

export type SimulationResult = {ok: true; simulation: Simulation} | {ok: false; because: string}

export function simulate(inputs: SimulationInputs): SimulationResult {
  const {config, write, version, labelSets, families, identityLabels} = inputs
  const compiled = compileRules(write.writeRelabelConfigs, version)
  if (!compiled.ok) return {ok: false, because: `a rule of write_relabel_configs cannot be read: ${compiled.message}`}
  const plan = planOf(inputs)
  const run = (jobs: readonly PlannedJob[], externalLabels: Record<string, string>) => {
    const tally = new Tally(compiled.rules, identityLabels)
    for (const job of jobs) runJob(job, compiled.rules, externalLabels, tally)
    return tally
  }
  const tally = run(plan.jobs, config.externalLabels)
  const oneOfEach = plan.jobs.map(firstOf)
  const isFilteredBy = (label: string) =>
    write.writeRelabelConfigs.some(
      ({action, sourceLabels}) => /^(?:keep|drop)/.test(action) && sourceLabels.includes(label),
    )
  return {
    ok: true,
    simulation: {
      targets: plan.targets,
      names: plan.names,
      ...tally.totals(),
      rules: tally.rules(),
      identity: identityLabels.map(label => ({
        label,
        ...tally.carried(label),
        droppedWithout: isFilteredBy(label)
          ? run(oneOfEach, {...config.externalLabels, [label]: ''}).totals().dropped
          : null,
      })),
      complete: labelSets.complete && families?.complete === true && plan.complete,
      sample: sampleOf(plan, families),
    },
  }
}

interface PlannedJob {
  /** Each stands for `weight` targets of its job. */
  sets: {labels: Labels; weight: number}[]
  names: {name: string; weight: number}[]
  metricRules: readonly CompiledRule[]
}

interface Plan {
  jobs: PlannedJob[]
  names: number
  /** All, and how many of them are run. */
  targets: number
  run: number
  /** How many have targets, and of how many of them the metrics are known. */
  jobCount: number
  jobsWithNames: number
  complete: boolean
}

function planOf({config, version, labelSets, families}: SimulationInputs): Plan {
  const namesByJob = new Map(
    families?.jobs.map(job => {
      const share =
        (job.familyCount ?? job.families.length) / Math.max(1, job.families.length) / Math.max(1, job.targets)
      const names = job.families.flatMap(family =>
        seriesNames(family.name, family.type).map(name => ({name, weight: family.targets * share})),
      )
      return [job.job, names]
    }),
  )
  const counted = new Map(labelSets.groups?.map(({pool, job, targets}) => [JSON.stringify([pool, job]), targets]))
  const reports = REPORT_SERIES.map(name => ({name, weight: 1}))
  const pools = new Map<string, {pool: string; job: string; targets: number; sets: Labels[]}>()
  for (const {pool, labels} of labelSets.sets) {
    const job = labels.job ?? ''
    const key = JSON.stringify([pool, job])
    const known = pools.get(key) ?? {pool, job, targets: 0, sets: []}
    known.sets.push(new Map(Object.entries(labels)))
    known.targets = Math.max(known.sets.length, counted.get(key) ?? 0)
    pools.set(key, known)
  }
  const groups = [...pools.values()].map(group => ({
    ...group,
    names: [...(namesByJob.get(group.job) ?? []), ...reports],
  }))
  const pairs = groups.reduce((sum, {sets, names}) => sum + sets.length * names.length, 0)
  const every = Math.max(1, Math.ceil(pairs / MOST_PAIRS))
  const jobs = groups.map(({pool, targets, sets, names}): PlannedJob => {
    const some = sets.filter((_, index) => index % every === 0)
    const rules = config.scrapeConfigs.find(({jobName}) => jobName === pool)?.metricRelabelConfigs ?? []
    const compiled = compileRules(rules, version)
    return {
      sets: some.map(labels => ({labels, weight: targets / some.length})),
      names,
      metricRules: compiled.ok ? compiled.rules : [],
    }
  })
  const allJobs = [...new Set(groups.map(({job}) => job))]
  const jobsWithNames = allJobs.filter(job => namesByJob.has(job)).length
  return {
    jobs,
    jobCount: allJobs.length,
    jobsWithNames,
    names: new Set(groups.flatMap(({names}) => names.map(({name}) => name))).size,
    targets: labelSets.groups?.reduce((sum, {targets}) => sum + targets, 0) ?? labelSets.sets.length,
    run: jobs.reduce((sum, {sets}) => sum + sets.length, 0),
    complete: every === 1 && jobsWithNames === allJobs.length,
  }
}

function sampleOf({targets, run, jobCount, jobsWithNames}: Plan, families: MetricFamilies | null): string[] {
  const known = families?.jobs.reduce((sum, job) => sum + job.families.length, 0) ?? 0
  const all = families?.jobs.reduce((sum, job) => sum + (job.familyCount ?? job.families.length), 0) ?? 0
  return [
    ...(run < targets ? [`${formatCount(run)} of its ${formatCount(targets)} targets`] : []),
    ...(known < all ? [`${formatCount(known)} of their ${formatCount(all)} metric families, job by job`] : []),
    // Of others only what Prometheus adds for each target, which is all there is of targets that are down.
    ...(families !== null && jobsWithNames < jobCount
      ? [`the metrics of ${formatCount(jobsWithNames)} of its ${formatNumberOf(jobCount, 'job')}`]
      : []),
  ]
}

/** The first target for all of its job: for what is the same of each. */
function firstOf(job: PlannedJob): PlannedJob {
  const weight = job.sets.reduce((sum, set) => sum + set.weight, 0)
  return {...job, sets: job.sets.slice(0, 1).map(({labels}) => ({labels, weight}))}
}

function runJob(
  {sets, names, metricRules}: PlannedJob,
  rules: readonly CompiledRule[],
  externalLabels: Record<string, string>,
  tally: Tally,
): void {
  for (const set of sets) {
    const sent = withExternalLabels(set.labels, externalLabels)
    for (const {name, weight} of names) {
      const scraped = new Map(metricRules.length === 0 ? sent : set.labels).set('__name__', name)
      let labels: Labels = scraped
      // Reports of a scrape are not relabelled by its metric_relabel_configs.
      if (metricRules.length > 0) {
        const stored = REPORT_SERIES.includes(name) ? null : relabel(metricRules, scraped)
        if (stored !== null && stored.droppedBy !== null) continue
        labels = withExternalLabels(stored === null ? scraped : stored.labels, externalLabels)
      }
      tally.add(labels.get('__name__') ?? name, weight * set.weight, relabel(rules, labels))
    }
  }
}

class Tally {
  readonly #effects: Map<CompiledRule, {dropped: number; names: Map<string, number>; assumes: Set<string>}>
  readonly #identity: Map<string, {carried: number; values: Map<string, number>}>
  readonly #noted = new Set<string>()
  #kept = 0
  #dropped = 0
  #renamed = 0

  constructor(rules: readonly CompiledRule[], identityLabels: readonly string[]) {
    this.#effects = new Map(rules.map(rule => [rule, {dropped: 0, names: new Map(), assumes: new Set()}]))
    this.#identity = new Map(identityLabels.map(label => [label, {carried: 0, values: new Map()}]))
  }

  add(name: string, weight: number, {labels, droppedBy, missed}: ReturnType<typeof relabel>): void {
    if (missed.size > 0) this.#note(missed)
    if (droppedBy !== null) {
      this.#dropped += weight
      const effect = this.#effects.get(droppedBy)
      if (effect === undefined) return
      effect.dropped += weight
      effect.names.set(name, (effect.names.get(name) ?? 0) + weight)
      return
    }
    this.#kept += weight
    if (labels.get('__name__') !== name) this.#renamed += weight
    for (const [label, effect] of this.#identity) {
      const value = labels.get(label)
      if (value === undefined) continue
      effect.carried += weight
      if (effect.values.size < 1000 || effect.values.has(value))
        effect.values.set(value, (effect.values.get(value) ?? 0) + weight)
    }
  }

  /** Names with two underscores are on no series. */
  #note(missed: ReadonlySet<string>): void {
    for (const label of missed) {
      if (label.startsWith('__') || this.#noted.has(label)) continue
      this.#noted.add(label)
      for (const [{config}, {assumes}] of this.#effects) if (readsLabel(config, label)) assumes.add(label)
    }
  }

  totals(): Pick<Simulation, 'total' | 'kept' | 'dropped' | 'renamed'> {
    const [kept, dropped] = [Math.round(this.#kept), Math.round(this.#dropped)]
    return {total: kept + dropped, kept, dropped, renamed: Math.round(this.#renamed)}
  }

  rules(): RuleEffect[] {
    return [...this.#effects].map(([{config}, {dropped, names, assumes}]) => ({
      rule: config,
      dropped: Math.round(dropped),
      examples: mostFrequent(names),
      assumes: [...assumes].sort(),
    }))
  }

  carried(label: string): Pick<IdentityEffect, 'carried' | 'values'> {
    const effect = this.#identity.get(label)
    return {carried: Math.round(effect?.carried ?? 0), values: mostFrequent(effect?.values ?? new Map())}
  }
}

function readsLabel({action, sourceLabels, targetLabel}: RelabelConfig, label: string): boolean {
  return sourceLabels.includes(label) || (/equal$/.test(action) && targetLabel === label)
}

function mostFrequent(counts: ReadonlyMap<string, number>): string[] {
  return [...counts]
    .sort(([a, counted], [b, other]) => other - counted || (a < b ? -1 : 1))
    .slice(0, MOST_EXAMPLES)
    .map(([name]) => name)
}
