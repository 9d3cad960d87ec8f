/** Which metric families the targets expose, from /api/v1/targets/metadata: asked for all at once, or, on a large agent, of one target per job. */
import type {LabelSets, MetricFamilies} from '../../evidence/labels.ts'
import type {Collected} from '../../evidence/types.ts'
import {collected, failure} from '../collected.ts'
import type {AgentConnection} from '../connections.ts'
import {isRecord} from '../is-record.ts'
import {keepText} from '../redact.ts'
import {apiData} from './answers.ts'

const TIMEOUT_SECONDS = 20
const MAX_BYTES = 32 * 2 ** 20
/** The agent makes the whole answer in memory before it sends the first byte: some 10 MB. */
const MOST_ENTRIES = 40_000
const MOST_ENTRIES_OF_A_JOB = 5000
/** Asked one by one when all at once would be too much. */
const MOST_JOBS = 40

interface CountedJob {
  targets: Set<string>
  families: Map<string, {type: string; targets: number}>
}

export async function readMetricFamilies(
  connection: AgentConnection,
  prefix: string,
  {labelSets, mostBytes}: {labelSets: Collected<LabelSets> | undefined; mostBytes: number},
  signal: AbortSignal,
): Promise<Collected<MetricFamilies>> {
  const path = `${prefix}/api/v1/targets/metadata`
  const ask = async (query: string) =>
    apiData(
      await connection.get(`${path}?${query}`, {signal, timeoutSeconds: TIMEOUT_SECONDS, maxBytes: MAX_BYTES}),
      path,
    )
  const all = await ask(`limit=${MOST_ENTRIES}`)
  if (!all.ok) return all
  if (!Array.isArray(all.value)) return failure('malformed', `${path} answered no list`)
  if (all.value.length < MOST_ENTRIES) return collected(within(mostBytes, count([all.value], true)))
  const examples = labelSets?.ok ? oneTargetPerJob(labelSets.value.sets) : []
  const answers: unknown[][] = []
  for (const {job, instance} of examples.slice(0, MOST_JOBS)) {
    const selector = `{job=${JSON.stringify(job)},instance=${JSON.stringify(instance)}}`
    const one = await ask(`limit=${MOST_ENTRIES_OF_A_JOB}&match_target=${encodeURIComponent(selector)}`)
    if (one.ok && Array.isArray(one.value)) answers.push(one.value)
    if (signal.aborted) break
  }
  return collected(within(mostBytes, count(answers.length > 0 ? answers : [all.value], false)))
}

function oneTargetPerJob(sets: LabelSets['sets']): {job: string; instance: string}[] {
  const jobs = new Map<string, string>()
  for (const {labels} of sets) {
    const {job, instance} = labels
    if (job !== undefined && instance !== undefined && !jobs.has(job)) jobs.set(job, instance)
  }
  return [...jobs].map(([job, instance]) => ({job, instance}))
}

/** Entries that are not what they should be are passed over. */
function count(answers: readonly unknown[][], complete: boolean): MetricFamilies {
  const jobs = new Map<string, CountedJob>()
  for (const entry of answers.flat()) {
    if (!isRecord(entry) || !isRecord(entry.target) || typeof entry.metric !== 'string') continue
    const {job, instance} = entry.target
    const name = typeof job === 'string' ? job : ''
    const counted: CountedJob = jobs.get(name) ?? {targets: new Set(), families: new Map()}
    jobs.set(name, counted)
    counted.targets.add(String(instance))
    const family = counted.families.get(entry.metric)
    if (family) family.targets += 1
    else counted.families.set(entry.metric, {type: typeof entry.type === 'string' ? entry.type : 'unknown', targets: 1})
  }
  return {
    jobs: [...jobs].sort(byName).map(([job, {targets, families}]) => ({
      job: keepText(job, 300),
      targets: targets.size,
      families: [...families].sort(byName).map(([name, {type, targets: exposing}]) => ({
        name: keepText(name, 300),
        type: keepText(type, 30),
        // Targets that differ in other labels than job and instance count as one above.
        targets: Math.min(exposing, targets.size),
      })),
    })),
    complete,
  }
}

/** Every n-th family of each job, where all would be too much; and of too many jobs the first. */
function within(mostBytes: number, families: MetricFamilies): MetricFamilies {
  const bytes = families.jobs.reduce((sum, job) => sum + bytesOf(job), 0)
  if (bytes <= mostBytes) return families
  const every = Math.ceil(bytes / mostBytes)
  const jobs: MetricFamilies['jobs'] = []
  let room = mostBytes
  for (const job of families.jobs) {
    const some = job.families.filter((_, index) => index % every === 0)
    const thinned = {...job, families: some, familyCount: job.families.length}
    room -= bytesOf(thinned)
    if (room < 0) break
    jobs.push(thinned)
  }
  return {jobs, complete: false}
}

function bytesOf({job, families}: MetricFamilies['jobs'][number]): number {
  return families.reduce((sum, {name, type}) => sum + name.length + type.length + 34, job.length + 50)
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1
}
