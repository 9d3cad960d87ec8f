/** What one agent's row of the table says: texts without layout or colour. */
import type {AgentReport, QueueReport, Report, State} from '../diagnose/report.ts'
import {formatClock, formatClockWithAge, formatCount, formatRate, formatSeconds, formatSecondsRange} from '../units.ts'
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
  version: string
  transport: string
  pending: string
  shards: string
  /** Why, where the figures do not say it: below the row, or in place of the figures when there are none. */
  reason: string
}

/** One row per agent and per context that could not be read; the worst first, else in the report's order. */
export function agentRows(report: Report): AgentRow[] {
  const rows = report.agents.map(agent => rowOf(agent, report.takenAt))
  for (const {name, problem} of report.contexts) {
    if (problem === undefined) continue
    rows.push({
      ...emptyRow,
      context: clean(name),
      state: 'unknown',
      reason: clean(problem),
    })
  }
  return rows.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
}

const order: readonly State[] = ['losing', 'silent', 'behind', 'unknown', 'delivering']

const emptyRow: AgentRow = {
  ...{state: 'unknown', context: '', agent: '', since: '', lag: '', delivered: '', loss: '', shortLoss: ''},
  ...{version: '', transport: '', pending: '', shards: '', reason: ''},
}

function rowOf(agent: AgentReport, now: string): AgentRow {
  const queue = worstQueue(agent)
  const figures = queue ? figuresOf(queue, now) : {}
  const figuresSayIt =
    queue !== null && agent.queues.length === 1 && agent.state !== 'unknown' && agent.state !== 'silent'
  return {
    ...emptyRow,
    state: agent.state,
    context: clean(agent.context),
    agent: clean(`${agent.namespace}/${agent.pod === '' ? agent.name : agent.pod}`),
    since: agent.since === null ? '' : formatClockWithAge(agent.since, now),
    version: clean(agent.version ?? '?'),
    transport: agent.transport ?? '-',
    reason: agent.state === 'delivering' || figuresSayIt ? '' : clean(agent.stateReason),
    ...figures,
  }
}

/** The queue whose row of the decision table is the agent's; the first one for an agent that delivers on all. */
function worstQueue({queues, state, stateRow}: AgentReport): QueueReport | null {
  return queues.find(queue => queue.state === state && queue.stateRow === stateRow) ?? queues[0] ?? null
}

function figuresOf(queue: QueueReport, now: string): Partial<AgentRow> {
  const {current, max} = queue.shards
  return {
    lag: lagOf(queue),
    delivered: queue.deliveredPerSecond === null ? '?' : formatRate(queue.deliveredPerSecond, queue.offeredPerSecond),
    loss: lossOf(queue, now, false),
    shortLoss: lossOf(queue, now, true),
    pending: queue.pendingSamples === null ? '?' : formatCount(queue.pendingSamples),
    shards: current === null ? '?' : `${current}${max === null ? '' : ` of ${max}`}`,
  }
}

function lagOf({lagSeconds, lagSource}: QueueReport): string {
  if (lagSeconds === null) return '?'
  return `${lagSource === 'uptime-lower-bound' ? '> ' : ''}${formatSeconds(lagSeconds)}`
}

/** What is being lost, or when that begins. Only a clock that was computed gives a time. */
function lossOf(queue: QueueReport, now: string, short: boolean): string {
  const {state, lossClock, losses, catchUp} = queue
  switch (state) {
    case 'delivering':
      return 'none'
    case 'silent':
      return 'nothing is sent'
    case 'unknown':
      return '?'
    case 'losing': {
      const loss = losses.at(-1)
      if (!loss) return 'now'
      const amount = loss.samples === null ? '' : `${formatCount(loss.samples)} samples`
      const since = `since ${formatClock(loss.from, now)}`
      if (short) return loss.samples === null ? 'now' : `${formatCount(loss.samples)} lost`
      return amount === '' ? since : `${since}, ${amount}`
    }
    case 'behind':
      if (lossClock.status === 'known') return lossAhead(lossClock, now, short)
      if (catchUp.verdict === 'yes' && catchUp.seconds !== null)
        return `none, level in ${formatSeconds(catchUp.seconds)}`
      return lossClock.status === 'lost' ? 'has begun' : 'when is not known'
  }
}

function lossAhead(clock: QueueReport['lossClock'], now: string, short: boolean): string {
  const {earliestAt, latestAt, earliestSeconds, latestSeconds} = clock
  if (earliestAt === null || earliestSeconds === null) return 'when is not known'
  if (latestAt === null || latestSeconds === null) {
    const soonest = formatSeconds(earliestSeconds)
    return short ? `in ${soonest} or later` : `begins ${formatClock(earliestAt, now)} (in ${soonest}) or later`
  }
  const span = formatSecondsRange(earliestSeconds, latestSeconds)
  if (short) return `in ${span}`
  const [from, to] = [formatClock(earliestAt, now), formatClock(latestAt, now)]
  return `begins ${from === to ? from : `${from}-${to}`} (in ${span})`
}
