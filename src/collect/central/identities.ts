/** What a central holds of each identity: its newest sample, and the last day. A bounded number of queries, whoever is asked for. */
import pLimit from 'p-limit'
import type {CentralDay, CentralIdentity, CentralNewest} from '../../evidence/central.ts'
import type {Collected, Failure} from '../../evidence/types.ts'
import {identityKey} from '../../facts/central/identity.ts'
import {failure} from '../collected.ts'
import {keepText} from '../redact.ts'
import type {QueryApi} from './query-api.ts'
import {stretchesOf} from './stretches.ts'

type Labels = Record<string, string>

const QUERIES_AT_ONCE = 3
/** Of one query: what a URL holds, and what a central answers without notice. */
const IDENTITIES_PER_QUERY = 40
const MOST_IDENTITIES = 2000
/** A day of an identity costs a hundred times what its newest sample does. */
const MOST_DAYS = 400
/** Only where nothing else is seen of them: each reads all its series once. */
const MOST_ASKED_BY_ALL_SERIES = 8
const TIMEOUT_SECONDS = 10

const DAY_SECONDS = 86_400
const STEP_SECONDS = 60
/** An instant vector looks back 5 min: with longer steps samples would be passed over. */
const LONGEST_STEP_SECONDS = 300
/** Points that a range query may make the central hold; its own limit is 50 million (--query.max-samples). */
const MOST_POINTS = 3_000_000

/** Sent of every target, the first by every scrape; the others for agents whose rules let no `up` pass. */
const SELECTORS = [
  'up',
  '{__name__=~"scrape_samples_scraped|process_start_time_seconds|prometheus_build_info|go_info|kube_node_info|node_boot_time_seconds|machine_cpu_cores"}',
] as const
const EVERYTHING = ''

const dayNotAsked = failure('not-applicable', 'its last day is not asked for again and again')

/**
 * Of which identities the last day is asked for: of all, or, where the same is asked again every few seconds, of those that are not
 * seen now.
 */
export type DaysAsked = 'all' | 'unseen'

/** In the order given. */
export async function askIdentities(
  api: QueryApi,
  identities: readonly Labels[],
  signal: AbortSignal,
  daysAsked: DaysAsked = 'all',
): Promise<CentralIdentity[]> {
  const limit = pLimit(QUERIES_AT_ONCE)
  const asked = identities.slice(0, MOST_IDENTITIES)
  const newest = new Map<string, Collected<CentralNewest>>()
  await Promise.all(batchesOf(asked).map(batch => limit(() => askNewest(api, batch, newest, signal))))
  await askByAllSeries(api, asked, newest, signal)
  const tooMany = failure(
    'not-applicable',
    `${identities.length - asked.length} of ${identities.length} agents were not asked for, at most ${MOST_IDENTITIES} are: look at fewer (--context, -n, --agent), or at all of them with "lag --from-central"`,
  )
  const days = new Map<string, Collected<CentralDay>>()
  for (const labels of asked) {
    const seen = newest.get(identityKey(labels))
    if (seen?.ok === true && !isUnseen(seen) && seen.value.selector === EVERYTHING)
      days.set(
        identityKey(labels),
        failure('not-applicable', 'only series of its own are seen, which are not asked for a day of'),
      )
    else if (seen?.ok === false) days.set(identityKey(labels), seen)
    else if (daysAsked === 'unseen' && !isUnseen(seen)) days.set(identityKey(labels), dayNotAsked)
  }
  const open = asked.filter(labels => !days.has(identityKey(labels)))
  // When one was last seen that is not seen now matters more than the holes of one that is.
  const isUnseenNow = (labels: Labels) => isUnseen(newest.get(identityKey(labels)))
  const ofDay = [...open.filter(isUnseenNow), ...open.filter(labels => !isUnseenNow(labels))].slice(0, MOST_DAYS)
  const tooManyDays = failure('not-applicable', `the last day is asked for ${MOST_DAYS} agents at most`)
  await Promise.all(
    batchesBySelector(ofDay, newest).map(({batch, selector, series}) =>
      limit(() => askDay(api, batch, {selector, series}, days, signal)),
    ),
  )
  return identities.map(labels => {
    const key = identityKey(labels)
    return {
      labels: Object.fromEntries(
        Object.entries(labels).map(([name, value]) => [keepText(name, 200), keepText(value, 500)]),
      ),
      newest: newest.get(key) ?? tooMany,
      lastDay: days.get(key) ?? (newest.has(key) ? tooManyDays : tooMany),
    }
  })
}

/** Identities with the same label names, which one query tells apart. */
function batchesOf(identities: readonly Labels[]): Labels[][] {
  const byNames = new Map<string, Labels[]>()
  for (const labels of identities) {
    const names = Object.keys(labels).join(',')
    byNames.set(names, [...(byNames.get(names) ?? []), labels])
  }
  return [...byNames.values()].flatMap(same =>
    Array.from({length: Math.ceil(same.length / IDENTITIES_PER_QUERY)}, (_, index) =>
      same.slice(index * IDENTITIES_PER_QUERY, (index + 1) * IDENTITIES_PER_QUERY),
    ),
  )
}

/** The first selector that shows an identity decides. */
async function askNewest(
  api: QueryApi,
  batch: readonly Labels[],
  newest: Map<string, Collected<CentralNewest>>,
  signal: AbortSignal,
): Promise<void> {
  let left = [...batch]
  for (const selector of SELECTORS) {
    if (left.length === 0) return
    const by = namesOf(left)
    const vector = seriesOf(selector, left)
    const options = {signal, timeoutSeconds: TIMEOUT_SECONDS}
    const [times, counts] = await Promise.all([
      api.query(`max by (${by}) (timestamp(${vector}))`, options),
      api.query(`count by (${by}) (${vector})`, options),
    ])
    const refused = [times, counts].find(answer => !answer.ok)
    for (const labels of left) {
      const key = identityKey(labels)
      if (refused !== undefined && !refused.ok) newest.set(key, refused)
      if (!times.ok || !counts.ok) continue
      const time = times.value.samples.find(sample => isOf(sample.labels, labels))?.value ?? null
      const series = counts.value.samples.find(sample => isOf(sample.labels, labels))?.value ?? 0
      newest.set(key, {
        ...times,
        value: {selector: selector === 'up' ? 'up' : 'others', newestSeconds: finite(time), series},
      })
    }
    if (refused !== undefined) return
    left = left.filter(labels => isUnseen(newest.get(identityKey(labels))))
  }
}

/** The last word before somebody is told that nothing is stored. */
async function askByAllSeries(
  api: QueryApi,
  identities: readonly Labels[],
  newest: Map<string, Collected<CentralNewest>>,
  signal: AbortSignal,
): Promise<void> {
  const unseen = identities.filter(labels => isUnseen(newest.get(identityKey(labels))))
  for (const [index, labels] of unseen.entries()) {
    const key = identityKey(labels)
    if (index >= MOST_ASKED_BY_ALL_SERIES) {
      newest.set(
        key,
        failure('not-applicable', 'none of the usual series is seen, and not all are asked for all series'),
      )
      continue
    }
    const answer = await api.query(`max(timestamp(${seriesOf(EVERYTHING, [labels])}))`, {
      signal,
      timeoutSeconds: TIMEOUT_SECONDS,
    })
    const time = answer.ok ? finite(answer.value.samples[0]?.value ?? null) : null
    newest.set(key, answer.ok ? {...answer, value: {selector: EVERYTHING, newestSeconds: time, series: 0}} : answer)
  }
}

interface Asked {
  selector: string
  /** Of all in the batch together. */
  series: number
}

function batchesBySelector(
  identities: readonly Labels[],
  newest: ReadonlyMap<string, Collected<CentralNewest>>,
): ({batch: Labels[]} & Asked)[] {
  const groups = new Map<string, Labels[]>()
  for (const labels of identities) {
    const seen = newest.get(identityKey(labels))
    if (seen === undefined || !seen.ok || (seen.value.selector === EVERYTHING && !isUnseen(seen))) continue
    // Of one that is not seen now, when it was last seen tells the usual series.
    const selector = seen.value.selector === 'others' ? SELECTORS[1] : SELECTORS[0]
    groups.set(selector, [...(groups.get(selector) ?? []), labels])
  }
  const seriesIn = (batch: readonly Labels[]) =>
    batch.reduce((sum, labels) => {
      const seen = newest.get(identityKey(labels))
      return sum + (seen?.ok ? seen.value.series : 0)
    }, 0)
  return [...groups].flatMap(([selector, members]) =>
    batchesOf(members).map(batch => ({batch, selector, series: seriesIn(batch)})),
  )
}

async function askDay(
  api: QueryApi,
  batch: readonly Labels[],
  {selector, series}: Asked,
  days: Map<string, Collected<CentralDay>>,
  signal: AbortSignal,
): Promise<void> {
  const answerAll = (answer: Failure) => {
    for (const labels of batch) days.set(identityKey(labels), answer)
  }
  const stepSeconds =
    Math.ceil(Math.max(STEP_SECONDS, (series * DAY_SECONDS) / MOST_POINTS) / STEP_SECONDS) * STEP_SECONDS
  if (stepSeconds > LONGEST_STEP_SECONDS)
    return answerAll(failure('not-applicable', `${series} series are too many to ask for a day of them`))
  const toSeconds = Math.floor(Date.now() / 1000 + (api.clockSkewSeconds() ?? 0))
  const range = {fromSeconds: toSeconds - DAY_SECONDS, toSeconds, stepSeconds}
  const promql = `max by (${namesOf(batch)}) (timestamp(${seriesOf(selector, batch)}))`
  const answer = await api.queryRange(promql, range, {signal, timeoutSeconds: TIMEOUT_SECONDS})
  if (!answer.ok) return answerAll(answer)
  for (const labels of batch) {
    const found = answer.value.series.find(each => isOf(each.labels, labels))
    const times = (found?.samples ?? []).map(([, value]) => value)
    const value = {selector: selector === 'up' ? 'up' : 'others', ...range, ...stretchesOf(times, stepSeconds)}
    days.set(identityKey(labels), {ok: true, value, at: answer.at})
  }
}

function isUnseen(newest: Collected<CentralNewest> | undefined): boolean {
  return newest?.ok === true && newest.value.newestSeconds === null
}

function namesOf([first = {}]: readonly Labels[]): string {
  return Object.keys(first).map(quotedName).join(', ')
}

/** Series that carry the labels of any of these identities, which have the same names; more may match, and are told apart by name. */
function seriesOf(selector: string, batch: readonly Labels[]): string {
  const [first = {}] = batch
  const matchers = Object.keys(first).map(name => {
    const values = [...new Set(batch.map(labels => labels[name] ?? ''))]
    const [only = ''] = values
    return values.length === 1
      ? `${quotedName(name)}=${JSON.stringify(only)}`
      : `${quotedName(name)}=~${JSON.stringify(values.map(escapeRegex).join('|'))}`
  })
  const own = selector.startsWith('{') ? [selector.slice(1, -1)] : []
  return `${selector.startsWith('{') ? '' : selector}{${[...own, ...matchers].join(',')}}`
}

/** Since 3.0 a label may be called anything; older ones never meet such a name. */
function quotedName(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name)
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

function isOf(found: Labels, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => found[name] === value)
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null
}
