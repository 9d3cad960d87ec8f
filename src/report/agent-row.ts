/** What one agent's row of the table says: texts without layout or colour. */
import type {AgentReport, QueueReport, Report, State} from '../diagnose/report.ts'
import {
  formatBeginning,
  formatClock,
  formatClockWithAge,
  formatCount,
  formatRate,
  formatSeconds,
  secondsOf,
} from '../units.ts'
import {agentName} from './agent-name.ts'
import {worstFirst} from './state-order.ts'
import {clean} from './text.ts'

export interface AgentRow {
  state: State
  context: string
  agent: string
  since: string
  lag: string
  delivered: string
  loss: string
  /** The same in few words, for narrow terminals. */
  shortLoss: string
  /** The same as a phrase of its own, for below the row; '' where there is nothing to say. */
  lossPhrase: string
  version: string
  transport: string
  pending: string
  shards: string
  /** Why, where neither the figures nor a finding below say it: below the row, or in place of the figures when there are none. */
  reason: string
}

/** One row per agent and per context that could not be read; the worst first, else in the report's order. */
export function agentRows(report: Report): AgentRow[] {
  const rows = report.agents.map(agent => rowOf(agent, report))
  for (const {name, problem} of report.contexts) {
    if (problem === undefined) continue
    rows.push({
      ...emptyRow,
      context: clean(name),
      state: 'unknown',
      reason: clean(problem),
    })
  }
  return rows.sort((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state))
}

const emptyRow: AgentRow = {
  state: 'unknown',
  context: '',
  agent: '',
  since: '',
  lag: '',
  delivered: '',
  loss: '',
  shortLoss: '',
  lossPhrase: '',
  version: '',
  transport: '',
  pending: '',
  shards: '',
  reason: '',
}

function rowOf(agent: AgentReport, report: Report): AgentRow {
  const queue = worstQueue(agent)
  return {
    ...emptyRow,
    state: agent.state,
    context: clean(agent.context),
    agent: agentName(agent, report),
    since: agent.since === null ? '' : formatClockWithAge(agent.since, report.takenAt),
    version: clean(agent.version ?? '?'),
    transport: agent.transport ?? '-',
    reason: reasonOf(agent, report),
    ...(queue && {...figuresOf(queue), ...lossTexts(worstLoss(agent, queue), report.takenAt)}),
  }
}

/**
 * For how long nothing has been delivered; null while something is. The beginning of `behind` is known for a queue that finishes
 * nothing only (see since.ts): one that is merely slow has none.
 */
export function outageSeconds({state, since}: AgentReport, now: string): number | null {
  return state === 'behind' && since !== null ? Math.max(0, secondsOf(now) - secondsOf(since)) : null
}

function reasonOf(agent: AgentReport, report: Report): string {
  if (!saysItself(agent, report)) return clean(agent.stateReason)
  const seconds = outageSeconds(agent, report.takenAt)
  return seconds === null ? '' : `nothing delivered for ${formatSeconds(seconds)}`
}

/** Figures of one queue, and a finding below that accounts for them: nothing is left to be said in the row. */
function saysItself({state, queues, key}: AgentReport, {findings}: Report): boolean {
  if (state === 'delivering') return true
  if (state === 'unknown' || state === 'silent' || queues.length !== 1) return false
  return findings.some(({group, agents}) => group === 'state' && agents.includes(key))
}

/** The queue whose row of the decision table is the agent's; the first one for an agent that delivers on all. */
function worstQueue({queues, state, stateRow}: AgentReport): QueueReport | null {
  return queues.find(queue => queue.state === state && queue.stateRow === stateRow) ?? queues[0] ?? null
}

function figuresOf(queue: QueueReport): Partial<AgentRow> {
  const {current, max} = queue.shards
  return {
    lag: lagOf(queue),
    delivered: queue.deliveredPerSecond === null ? '?' : formatRate(queue.deliveredPerSecond, queue.offeredPerSecond),
    pending: queue.pendingSamples === null ? '?' : formatCount(queue.pendingSamples),
    shards: current === null ? '?' : `${current}${max === null ? '' : ` of ${max}`}`,
  }
}

/** The queue whose loss its row tells; null without queues. */
export function queueOfLoss(agent: AgentReport): QueueReport | null {
  const queue = worstQueue(agent)
  return queue && worstLoss(agent, queue)
}

/** Where its worst queue loses nothing, the queue that lost most. */
function worstLoss({queues}: AgentReport, worst: QueueReport): QueueReport {
  if (worst.state !== 'delivering' && !isLevelBefore(worst)) return worst
  const lost = ({losses}: QueueReport) => losses.reduce((sum, {samples}) => sum + (samples ?? 0), 0)
  const [most] = queues
    .filter(({state, losses}) => state === 'delivering' && losses.length > 0)
    .sort((one, other) => lost(other) - lost(one))
  return most ?? worst
}

/** "41 min"; "> 10 min" where that is a lower bound. */
export function lagOf({lagSeconds, lagSource}: QueueReport): string {
  if (lagSeconds === null) return '?'
  return `${lagSource === 'uptime-lower-bound' ? '> ' : ''}${formatSeconds(lagSeconds)}`
}

type LossTexts = Pick<AgentRow, 'loss' | 'shortLoss' | 'lossPhrase'>

function lossTexts(queue: QueueReport, now: string): LossTexts {
  return withStar(lossOf(queue, now), queue)
}

/** With a * where a line below the table tells of a sooner clock. */
export function withStar({loss, shortLoss, lossPhrase}: LossTexts, queue: QueueReport): LossTexts {
  const star = soonerSeconds(queue) === null ? '' : '*'
  return {loss: `${loss}${star}`, shortLoss: `${shortLoss}${star}`, lossPhrase: `${lossPhrase}${star}`}
}

/** What is being lost, or when that begins. Only a clock that was computed gives a time. */
export function lossOf(queue: QueueReport, now: string): LossTexts {
  switch (queue.state) {
    case 'delivering':
      return lossBefore(queue, now)
    case 'silent':
      return {loss: 'nothing is sent', shortLoss: 'nothing sent', lossPhrase: ''}
    case 'unknown':
      return {loss: '?', shortLoss: '?', lossPhrase: ''}
    case 'losing':
      return lossGoingOn(queue, now)
    case 'behind':
      return lossAhead(queue, now)
  }
}

/** What is gone stays gone, though nothing is lost now; `by`: not later than then, where nothing tells the time more closely. */
function lossBefore({losses}: QueueReport, now: string): LossTexts {
  const [first] = losses
  if (!first) return {loss: 'none', shortLoss: 'none', lossPhrase: ''}
  const end = formatClock(
    losses
      .map(({to}) => to)
      .sort()
      .at(-1) ?? first.to,
    now,
  )
  const when =
    losses.length === 1 && !first.beganBefore && formatClock(first.from, now) === end ? `at ${end}` : `by ${end}`
  const counts = losses.flatMap(({samples}) => samples ?? [])
  const samples = counts.length === 0 ? 'some' : formatCount(counts.reduce((sum, count) => sum + count, 0))
  return {loss: `${samples} ${when}`, shortLoss: `${samples} lost`, lossPhrase: `${samples} lost ${when}`}
}

function lossGoingOn({losses}: QueueReport, now: string): LossTexts {
  const loss = losses.at(-1)
  if (!loss) return {loss: 'now', shortLoss: 'now', lossPhrase: 'data is lost now'}
  const isDated = loss.isDated ?? true
  const since = isDated ? `since ${loss.beganBefore ? 'before ' : ''}${formatClock(loss.from, now)}` : 'now'
  if (loss.samples === null || loss.isLeast === true)
    return {loss: since, shortLoss: 'now', lossPhrase: `data is lost ${since}`}
  const samples = formatCount(loss.samples)
  if (!isDated)
    return {loss: `now, ${samples} lost`, shortLoss: `${samples} lost`, lossPhrase: `${samples} samples lost`}
  return {loss: `${since}, ${samples} samples`, shortLoss: `${samples} lost`, lossPhrase: `${samples} samples lost`}
}

/** Seconds until loss begins if the central is a plain Prometheus, where that is sooner than the clock says; null where it is not. */
export function soonerSeconds(queue: QueueReport): number | null {
  if (queue.state !== 'behind' || isLevelBefore(queue)) return null
  return queue.lossClock.atPlainPrometheusSeconds ?? null
}

function isLevelBefore({lossClock: {earliestSeconds, latestSeconds}, catchUp}: QueueReport): boolean {
  return (
    catchUp.verdict === 'yes' &&
    catchUp.seconds !== null &&
    catchUp.seconds < (earliestSeconds ?? latestSeconds ?? Infinity)
  )
}

function lossAhead(queue: QueueReport, now: string): LossTexts {
  const {lossClock, catchUp} = queue
  const {status, earliestAt, latestAt, earliestSeconds, latestSeconds} = lossClock
  if (isLevelBefore(queue)) {
    const level = `level in ${formatSeconds(catchUp.seconds ?? 0)}`
    return {loss: `none, ${level}`, shortLoss: level, lossPhrase: `no loss, ${level}`}
  }
  const isKnown = status === 'known' && (earliestSeconds ?? latestSeconds) !== null
  const when = isKnown ? formatBeginning(earliestSeconds, latestSeconds) : null
  if (status === 'lost' || (isKnown && when === null))
    return {loss: 'has begun', shortLoss: 'has begun', lossPhrase: 'loss has begun'}
  if (when !== null) {
    const [from, to] = [earliestAt, latestAt].map(at => (at === null ? '' : formatClock(at, now)))
    const at = from === '' ? `by ${to}` : to === '' || from === to ? from : `${from}-${to}`
    return {loss: `begins ${at} (${when})`, shortLoss: when, lossPhrase: `loss begins ${when}`}
  }
  return {loss: 'when is not known', shortLoss: 'not known', lossPhrase: 'when loss begins is not known'}
}
