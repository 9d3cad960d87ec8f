/** What one row of lag says: texts without layout or colour. */
import type {LagReport, LagRow} from '../../diagnose/lag/lag-report.ts'
import type {QueueReport, State} from '../../diagnose/report.ts'
import {formatBytes, formatCount, formatPercent, formatRate, formatSeconds} from '../../units.ts'
import {lagOf, lossOf, soonerSeconds, withStar} from '../agent-row.ts'
import {clean} from '../text.ts'
import {agentNamer} from './names.ts'

export interface LagCells {
  state: State
  context: string
  agent: string
  queue: string
  lag: string
  /** Age of the newest sample at the central, where it was looked at beside the agents; '' else. */
  stored: string
  /** How the lag went lately, where it was watched; '' else. */
  lagTrend: string
  delivered: string
  deliveredTrend: string
  failed: string
  retried: string
  pending: string
  /** The same with how much the shards hold. */
  pendingOf: string
  shards: string
  unread: string
  catchUp: string
  /** When loss begins, as clock times too. */
  loss: string
  shortLoss: string
  /** A word or two. */
  briefLoss: string
  bytes: string
  bytesPerSample: string
  retriedBytes: string
  version: string
  transport: string
  /** Why it is in that state; '' where the figures say it. */
  reason: string
  /** What else is to be said below the row. */
  advice: string
  /** The loss, for below a row that has no column for it. */
  lossPhrase: string
}

/** What a live view puts into a row beside, or in place of, what a single look tells. */
export type Decorate = (row: LagRow) => Partial<LagCells>

/** In the report's order. */
export function lagCells(report: LagReport, decorate?: Decorate): LagCells[] {
  const nameOf = agentNamer(report.rows)
  return report.rows.map(row => {
    // What is spread stands last: spread first, it takes ten times the memory, of ten thousand rows 70 MB.
    const cells: LagCells = {
      state: row.state,
      context: clean(row.context),
      agent: nameOf(row),
      version: clean(row.version ?? ''),
      transport: row.transport ?? '',
      reason: clean(reasonOf(row)),
      advice: adviceOf(row),
      stored: report.seenFrom === 'both' && row.queue !== null ? storedOf(row) : '',
      lagTrend: '',
      deliveredTrend: '',
      ...(row.queue === null ? noFigures : figuresOf(row, row.queue, report.takenAt)),
    }
    return decorate === undefined ? cells : Object.assign(cells, decorate(row))
  })
}

function adviceOf({suggestion, deliveringReplica}: LagRow): string {
  const replica = deliveringReplica === undefined ? [] : [`its replica ${deliveringReplica} delivers the same data`]
  return clean([...replica, ...(suggestion === null ? [] : [suggestion.text])].join('; '))
}

/** "12 s ago", "none"; "?" where it is not known under which labels the central stores it, or the central did not say. */
function storedOf({central}: LagRow): string {
  if (central === null) return '?'
  if (central.newestSampleAt === null) return 'none'
  // Clocks differ by more than its fractions.
  return central.ageSeconds === null ? '?' : `${formatSeconds(Math.round(central.ageSeconds))} ago`
}

/** Without the lag, which has a column. */
function reasonOf({state, stateReason, queue}: LagRow): string {
  if (state === 'delivering') return ''
  if (queue === null || queue.lagSeconds === null) return stateReason
  const behind = `${formatSeconds(queue.lagSeconds)} behind`
  const isMereLag = stateReason === behind || stateReason === `at least ${behind}`
  return isMereLag ? '' : stateReason.replace(`, ${behind}`, '').replace(`${behind}, `, '')
}

const noFigures: Omit<LagCells, NotOfQueue> = {
  queue: '',
  lag: '',
  delivered: '',
  failed: '',
  retried: '',
  pending: '',
  pendingOf: '',
  shards: '',
  unread: '',
  catchUp: '',
  loss: '',
  shortLoss: '',
  briefLoss: '',
  lossPhrase: '',
  bytes: '',
  bytesPerSample: '',
  retriedBytes: '',
}

function figuresOf(row: LagRow, queue: QueueReport, now: string): Omit<LagCells, NotOfQueue> {
  const {pendingSamples, failureRatio, retryRatio} = queue
  const rough = isRough(row) ? '~' : ''
  const mean = isMean(row) ? '~' : ''
  const pending = pendingSamples === null ? '?' : formatCount(pendingSamples)
  const {loss, shortLoss, briefLoss, lossPhrase} = lossTexts(queue, now)
  return {
    queue: clean(queue.name),
    lag: lagOf(queue),
    delivered: `${rough}${formatRate(queue.deliveredPerSecond, queue.offeredPerSecond)}`,
    failed: `${failureRatio === null ? '' : rough}${ratioOf(failureRatio)}`,
    retried: `${retryRatio === null ? '' : rough}${ratioOf(retryRatio)}`,
    pending,
    pendingOf: row.capacitySamples === null ? pending : `${pending} of ${formatCount(row.capacitySamples)}`,
    shards: shardsOf(queue),
    unread: row.unreadWalBytes === null ? '?' : formatBytes(row.unreadWalBytes),
    catchUp: catchUpOf(queue),
    loss,
    shortLoss,
    briefLoss,
    lossPhrase,
    bytes: queue.bytesPerSecond === null ? '?' : `${rough}${formatBytes(queue.bytesPerSecond)}/s`,
    bytesPerSample: row.bytesPerSample === null ? '?' : `${mean}${Number(row.bytesPerSample.toPrecision(2))} B`,
    retriedBytes: row.retriedBytesPerSecond === null ? '?' : `${rough}${formatBytes(row.retriedBytesPerSecond)}/s`,
  }
}

/** What a tilde tells. */
export function isRough(row: LagRow): boolean {
  return isMean(row) || isShort(row)
}

/** Over so few scrapes or batches that it is too high or too low by one of them. */
export function isShort({queue}: LagRow): boolean {
  return queue?.ratesOver === 'short-window' && queue.deliveredPerSecond !== null
}

/** One scrape tells no present: its rates are of the whole life of the process, and look well for long in an outage. */
export function isMean({queue, window}: LagRow): boolean {
  return window.scrapes < 2 && queue?.ratesOver === 'process-life' && queue.deliveredPerSecond !== null
}

type NotOfQueue =
  | 'state'
  | 'context'
  | 'agent'
  | 'stored'
  | 'lagTrend'
  | 'deliveredTrend'
  | 'version'
  | 'transport'
  | 'reason'
  | 'advice'

/** "-": nothing was attempted, so that there is no ratio. */
function ratioOf(ratio: number | null): string {
  return ratio === null ? '-' : formatPercent(ratio)
}

/** "1 of 50"; "1->3 of 50" where it wants others than it runs. */
function shardsOf({shards: {current, desired, max}}: QueueReport): string {
  if (current === null) return '?'
  const wanted = desired === null ? current : Math.ceil(desired)
  return `${current}${wanted === current ? '' : `->${wanted}`}${max === null ? '' : ` of ${max}`}`
}

/** Words that differ: "level", "in 11 min", "never", "unknown"; "-" where what waits is not the trouble. */
function catchUpOf({state, catchUp: {seconds, verdict}}: QueueReport): string {
  if (state === 'losing' || state === 'silent') return '-'
  if (verdict !== 'yes') return verdict
  return seconds === null || seconds === 0 ? 'level' : `in ${formatSeconds(seconds)}`
}

type LossTexts = Pick<LagCells, 'loss' | 'shortLoss' | 'briefLoss' | 'lossPhrase'>

function lossTexts(queue: QueueReport, now: string): LossTexts {
  const texts = lossOf(queue, now)
  const {shortLoss} = texts
  switch (queue.state) {
    case 'unknown':
      return {...texts, loss: 'unknown', shortLoss: 'unknown', briefLoss: 'unknown'}
    case 'losing':
      return {...texts, shortLoss: shortLoss === 'now' ? 'now' : `now, ${shortLoss}`, briefLoss: 'now'}
    case 'behind':
      if (soonerSeconds(queue) !== null) {
        const starred = withStar(texts, queue)
        return {...starred, briefLoss: starred.shortLoss}
      }
      // "level in 11 min" alone does not say what becomes of the data.
      return queue.catchUp.verdict === 'yes'
        ? {...texts, shortLoss: texts.loss, briefLoss: shortLoss}
        : {...texts, briefLoss: shortLoss}
    default:
      // Seen from the central, nobody knows what waits at the agent.
      return queue.state === 'silent' && queue.lagSource === 'newest-stored'
        ? {...texts, loss: 'unknown', shortLoss: 'unknown', briefLoss: 'unknown'}
        : {...texts, briefLoss: shortLoss}
  }
}
