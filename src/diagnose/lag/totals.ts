/** Sums over the queues of a context, and of the fleet. Pure. */

import {worstState} from '../rank.ts'
import type {ContextReport} from '../report.ts'
import type {LagContext, LagRow, LagTotals} from './lag-report.ts'

/** In the order of the contexts. */
export function lagContexts(contexts: readonly ContextReport[], rows: readonly LagRow[]): LagContext[] {
  const own = new Map<string, LagRow[]>(contexts.map(({name}) => [name, []]))
  for (const row of rows) own.get(row.context)?.push(row)
  return contexts.map(context => {
    const ofContext = own.get(context.name) ?? []
    return {...context, state: worstState(ofContext.map(({state}) => state)), totals: lagTotals(ofContext)}
  })
}

/** What is not known of a queue is left out of the sum; what is known of none is null. */
export function lagTotals(rows: readonly LagRow[]): LagTotals {
  const sumOf = (figure: (row: LagRow) => number | null | undefined) => {
    const known = rows.flatMap(row => figure(row) ?? [])
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
  }
  const lags = rows.flatMap(({queue}) => queue?.lagSeconds ?? [])
  return {
    queues: rows.filter(({queue}) => queue !== null).length,
    lagSeconds: lags.length === 0 ? null : lags.reduce((worst, lag) => Math.max(worst, lag), 0),
    deliveredPerSecond: sumOf(({queue}) => queue?.deliveredPerSecond),
    offeredPerSecond: sumOf(({queue}) => queue?.offeredPerSecond),
    pendingSamples: sumOf(({queue}) => queue?.pendingSamples),
    bytesPerSecond: sumOf(({queue}) => queue?.bytesPerSecond),
    retriedBytesPerSecond: sumOf(({retriedBytesPerSecond}) => retriedBytesPerSecond),
  }
}
