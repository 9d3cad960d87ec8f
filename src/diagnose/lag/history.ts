/**
 * What successive looks at the fleet tell together: figures of each queue over time, what changed since the look before, and the last
 * good rows of contexts that do not answer now. Pure: time is the reports' own. What it holds does not grow with the looks.
 */
import type {Timestamp} from '../../evidence/types.ts'
import {secondsOf} from '../../units.ts'
import {watchCentralProblem} from './central-problem.ts'
import {agentChanges, contextChanges, isUnread, type LagChange, pairQueues, versionOf} from './changes.ts'
import type {LagReport, LagRow} from './lag-report.ts'

/** One value per frame, oldest first; null: not known then. */
interface LagTrend {
  lagSeconds: (number | null)[]
  deliveredPerSecond: (number | null)[]
  offeredPerSecond: (number | null)[]
}

export interface LiveRow extends LagRow {
  trend: LagTrend
  /** How old the figures are, where they are not of this frame; null: they are. The loss clock is counted down by it. */
  staleSeconds: number | null
  /** Why its context cannot be read now; null: it can. The row is then the last that could be. */
  problem: string | null
}

export interface LagFrame {
  report: LagReport
  /** The report's rows, and after them the last good ones of contexts that cannot be read now. */
  rows: LiveRow[]
  /** Since the frame before; empty in the first. */
  changes: LagChange[]
  /** Agents that an earlier frame had, and that are gone since; at most MOST_GONE. */
  gone: number
}

/** `lookedAt`: by context, when the figures in the report were read; a context that is not in it was read for this very report. */
export type NextLagFrame = (report: LagReport, lookedAt: ReadonlyMap<string, Timestamp>) => LagFrame

/** Ten minutes at the usual period, and more than a terminal row has room for. */
const FRAMES_KEPT = 60
/** Agents that are gone are counted up to here, as pods that are replaced for days all have names of their own. */
const MOST_GONE = 10_000

interface KnownAgent {
  context: string
  rows: LagRow[]
  /** The last rows that had figures, with these over time; by queue. */
  queues: Map<string, {row: LagRow; trend: LagTrend}>
  readAt: Timestamp
  /** The frame in which it was last there. */
  frame: number
  /** It was told that its state is not known, and still is not: that it is again will be told, too. */
  toldUnknown: boolean
}

export function rememberFrames(): NextLagFrame {
  const agents = new Map<string, KnownAgent>()
  const gone = new Set<string>()
  let before: LagReport | null = null
  const atCentral = watchCentralProblem()
  let frame = 0
  return (report, lookedAt) => {
    frame += 1
    const {takenAt} = report
    const central = atCentral(report)
    const changes = before === null ? [] : [...contextChanges(before, report), ...central.changes]
    const seen = rowsByAgent(report.rows)
    for (const [key, rows] of seen) {
      const context = rows[0]?.context ?? ''
      const known = agents.get(key)
      gone.delete(key)
      // Half an answer calls agents by other names, for want of what tells their queues apart.
      if (known === undefined && central.blindFor !== null) continue
      const isThere = known?.frame === frame - 1
      const [lastRead] = known?.queues.values() ?? []
      // Of a context that is read for the first time, everything would be new.
      const news =
        isThere || wasRead(context, before)
          ? agentChanges(isThere ? known.rows : null, rows, takenAt, versionOf(lastRead?.row)).filter(change =>
              isNews(change, known?.toldUnknown === true),
            )
          : []
      changes.push(...news)
      const queues = continueQueues(known?.queues ?? new Map(), rows)
      const becameUnknown = news.some(({states}) => states?.to === 'unknown')
      const isUnknown = rows.some(({state}) => state === 'unknown')
      const toldUnknown = isUnknown && (becameUnknown || known?.toldUnknown === true)
      agents.set(key, {context, rows, queues, readAt: lookedAt.get(context) ?? takenAt, frame, toldUnknown})
    }
    const problems = new Map(report.contexts.map(({name, problem}) => [name, problem ?? null]))
    const stale = new Map<string, LiveRow[]>()
    const contextsSeen = new Set(report.rows.map(({context}) => context))
    for (const [key, known] of agents) {
      if (seen.has(key)) continue
      const {blindFor} = central
      const problem = blindFor?.problem ?? problems.get(known.context) ?? null
      const wasThere = known.frame === frame - 1
      if (wasThere && problem !== null) {
        known.frame = frame
        const age = ageSeconds(known.readAt, takenAt)
        const rows = known.rows.map(row => ({
          ...countedDown(row, age),
          trend: emptyTrend(),
          staleSeconds: age,
          problem,
        }))
        const below = blindFor?.name ?? known.context
        const isSeenOtherwise = blindFor !== null && contextsSeen.has(known.context)
        if (!isSeenOtherwise) stale.set(below, [...(stale.get(below) ?? []), ...rows])
      } else if (wasThere) {
        changes.push(...agentChanges(known.rows, null, takenAt))
        if (gone.size < MOST_GONE) gone.add(key)
      }
      if (frame - known.frame > FRAMES_KEPT) agents.delete(key)
    }
    for (const [key, {queues, context, rows}] of agents) {
      const isOfNow = seen.has(key) && !lookedAt.has(context)
      for (const {row, trend} of queues.values()) addPoint(trend, isOfNow && rows.includes(row) ? row : null)
    }
    before = report
    const fresh = (row: LagRow): LiveRow => {
      const at = lookedAt.get(row.context)
      const age = at === undefined ? null : ageSeconds(at, takenAt)
      return {...(age === null ? row : countedDown(row, age)), trend: emptyTrend(), staleSeconds: age, problem: null}
    }
    const rows = report.rows.flatMap(row => [
      fresh(row),
      ...(row.of === 'context' ? (stale.get(row.context) ?? []) : []),
    ])
    return {report, changes, gone: gone.size, rows: rows.map(row => ({...row, trend: trendOf(row, agents)}))}
  }
}

/** The second look of an agent tells what one scrape could not; it has not changed. */
function isNews({states}: LagChange, toldUnknown: boolean): boolean {
  return toldUnknown || states?.from !== 'unknown' || states.to !== 'delivering'
}

function wasRead(context: string, before: LagReport | null): boolean {
  return before?.contexts.some(({name, problem}) => name === context && problem === undefined) ?? false
}

function rowsByAgent(rows: readonly LagRow[]): Map<string, LagRow[]> {
  const agents = new Map<string, LagRow[]>()
  for (const row of rows) {
    const own = agents.get(row.key)
    if (row.of === 'context') continue
    if (own === undefined) agents.set(row.key, [row])
    else own.push(row)
  }
  return agents
}

/** Through a rename, and through a time in which the agent could not be looked at. A queue that was taken out is forgotten. */
function continueQueues(known: KnownAgent['queues'], rows: readonly LagRow[]): KnownAgent['queues'] {
  if (isUnread(rows)) return known
  const earlier = [...known.values()].map(({row}) => row)
  return new Map(
    pairQueues(earlier, rows).map(({before, now}) => {
      const trend = before === null ? undefined : known.get(queueKey(before))?.trend
      return [queueKey(now), {row: now, trend: trend ?? emptyTrend()}]
    }),
  )
}

function queueKey({queue}: LagRow): string {
  return `${queue?.name}\u0000${queue?.url}`
}

function emptyTrend(): LagTrend {
  return {lagSeconds: [], deliveredPerSecond: [], offeredPerSecond: []}
}

/** Of one scrape, the rates are means since the process started: no point on a curve. */
function addPoint(trend: LagTrend, row: LagRow | null): void {
  const isWindow = (row?.window.scrapes ?? 0) > 1
  for (const name of ['lagSeconds', 'deliveredPerSecond', 'offeredPerSecond'] as const) {
    const value = isWindow || name === 'lagSeconds' ? (row?.queue?.[name] ?? null) : null
    trend[name].push(value !== null && Number.isFinite(value) ? value : null)
    if (trend[name].length > FRAMES_KEPT) trend[name].shift()
  }
}

/** A copy: later frames add to what is known. */
function trendOf(row: LagRow, agents: ReadonlyMap<string, KnownAgent>): LagTrend {
  const {lagSeconds, deliveredPerSecond, offeredPerSecond} =
    agents.get(row.key)?.queues.get(queueKey(row))?.trend ?? emptyTrend()
  return {
    lagSeconds: [...lagSeconds],
    deliveredPerSecond: [...deliveredPerSecond],
    offeredPerSecond: [...offeredPerSecond],
  }
}

function ageSeconds(at: Timestamp, now: Timestamp): number {
  return Math.max(0, secondsOf(now) - secondsOf(at))
}

/** What begins in ten minutes begins, a minute later, in nine, unless something was delivered since. */
function countedDown(row: LagRow, seconds: number): LagRow {
  if (row.queue === null) return row
  const left = (span: number | null) => (span === null ? null : Math.max(0, span - seconds))
  const {lossClock} = row.queue
  const [earliestSeconds, latestSeconds] = [left(lossClock.earliestSeconds), left(lossClock.latestSeconds)]
  const {atPlainPrometheusSeconds: sooner} = lossClock
  const counted = {...lossClock, earliestSeconds, latestSeconds}
  if (sooner !== undefined) counted.atPlainPrometheusSeconds = Math.max(0, sooner - seconds)
  return {...row, queue: {...row.queue, lossClock: counted}}
}
