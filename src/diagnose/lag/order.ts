/** In which order lag shows its rows: worst first, or by the figure that --sort names. Pure. */

import {rankOf} from '../rank.ts'
import type {LagRow} from './lag-report.ts'

export const LAG_SORTS = [
  'state',
  'lag',
  'loss',
  'context',
  'delivered',
  'pending',
  'network',
  'failed',
  'retried',
] as const
export type LagSort = (typeof LAG_SORTS)[number]

/** Worst first by the figure, rows of which it is not known last; where equal, by state, loss clock, lag and name. */
export function inOrder(rows: readonly LagRow[], sort: LagSort): LagRow[] {
  const compare = comparisons[sort]
  return [...rows].sort((a, b) => compare(a, b) || byState(a, b) || byLoss(a, b) || byLateness(a, b) || byName(a, b))
}

/** Two of the usual scrape intervals. */
const ORDINARY_LAG_SECONDS = 30

type Comparison = (a: LagRow, b: LagRow) => number

const byState: Comparison = (a, b) => rankOf(a.state) - rankOf(b.state)
const byLag = descending(({queue}) => queue?.lagSeconds ?? null)
/** A lag that comes and goes with each scrape puts no row before another: seen again and again, they would change places. */
const byLateness = descending(({queue}) => {
  const lag = queue?.lagSeconds ?? null
  return lag !== null && lag < ORDINARY_LAG_SECONDS ? 0 : lag
})
const byLoss = ascending(lossSeconds)
const byName: Comparison = (a, b) => {
  return compareTexts(a.context, b.context) || compareTexts(a.key, b.key) || compareTexts(queueName(a), queueName(b))
}

const comparisons: Record<LagSort, Comparison> = {
  state: byState,
  lag: byLag,
  loss: byLoss,
  context: (a, b) => compareTexts(a.context, b.context),
  // The share that does not arrive: a small agent that delivers nothing is worse off than a large one that delivers most.
  delivered: descending(({queue}) => undeliveredRatio(queue)),
  pending: descending(({queue}) => queue?.pendingSamples ?? null),
  network: descending(({queue, retriedBytesPerSecond}) => {
    return queue?.bytesPerSecond == null ? null : queue.bytesPerSecond + (retriedBytesPerSecond ?? 0)
  }),
  failed: descending(({queue}) => queue?.failureRatio ?? null),
  retried: descending(({queue}) => queue?.retryRatio ?? null),
}

/** Until data is lost, or would be if the central is a plain Prometheus: 0 while it is being lost; null where no clock runs. */
function lossSeconds({state, queue}: LagRow): number | null {
  if (state === 'losing') return 0
  if (queue === null) return null
  const {earliestSeconds, latestSeconds, atPlainPrometheusSeconds = null} = queue.lossClock
  const begins = earliestSeconds ?? latestSeconds
  const {verdict, seconds} = queue.catchUp
  const isLevelBefore = verdict === 'yes' && seconds !== null && seconds < (begins ?? Infinity)
  const sooner = state === 'behind' && !isLevelBefore ? atPlainPrometheusSeconds : null
  return begins === null || sooner === null ? (begins ?? sooner) : Math.min(begins, sooner)
}

function undeliveredRatio(queue: LagRow['queue']): number | null {
  if (queue === null || queue.deliveredPerSecond === null || queue.offeredPerSecond === null) return null
  return queue.offeredPerSecond > 0 ? 1 - queue.deliveredPerSecond / queue.offeredPerSecond : 0
}

function descending(figure: (row: LagRow) => number | null): Comparison {
  return ascending(row => {
    const value = figure(row)
    return value === null ? null : -value
  })
}

/** What is not known comes last. */
function ascending(figure: (row: LagRow) => number | null): Comparison {
  return (a, b) => {
    const [left, right] = [figure(a), figure(b)]
    if (left === null || right === null) return Number(left === null) - Number(right === null)
    return left - right
  }
}

function queueName({queue}: LagRow): string {
  return queue?.name ?? ''
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
