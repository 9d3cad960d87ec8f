/** Sums per context, worst first, where they say more than the rows above them do. */
import type {LagContext, LagReport, LagTotals} from '../../diagnose/lag/lag-report.ts'
import {formatBytes, formatCount, formatRate, formatSeconds} from '../../units.ts'
import {type Column, figuresTable, type TableRow} from '../figures-table.ts'
import {worstFirst} from '../state-order.ts'
import type {Style} from '../style.ts'
import {clean} from '../text.ts'
import {isRough} from './cells.ts'

type Field = 'context' | 'queues' | 'lag' | 'delivered' | 'pending' | 'network' | 'retries'

const columns: Column<Field>[] = [
  {head: 'QUEUES', field: 'queues', right: true},
  {head: 'WORST LAG', field: 'lag', right: true},
  {head: 'DELIVERED', field: 'delivered', right: true},
  {head: 'PENDING', field: 'pending', right: true},
  {head: 'NETWORK', field: 'network', right: true},
  {head: 'RETRIES COST', field: 'retries', right: true},
]

/** Of the contexts with several queues: the sum of one is its row. */
export function lagTotalsLines({contexts, rows: all}: LagReport, style: Style): string[] {
  const rough = new Set(all.filter(isRough).map(({context}) => context))
  const summed = contexts.filter(({totals}) => totals.queues > 1)
  const rows = [...summed]
    .sort((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state))
    .map(context => rowOf(context, rough.has(context.name) ? '~' : ''))
  const names = [{head: 'TOTALS', field: 'context'} as const]
  const layouts = [columns, columns.slice(0, 5), columns.slice(0, 4), columns.slice(0, 3), columns.slice(1, 3)]
  const narrowLayouts = layouts.slice(-1)
  return figuresTable({rows, names, layouts, narrowLayouts, hasFigures: () => true, notes: () => []}, style).lines
}

function rowOf({name, state, totals}: LagContext, rough: string): TableRow<Field> {
  return {state, context: clean(name), ...textsOf(totals, rough)}
}

/** `rough` stands before what is a sum of rough ones. */
function textsOf(totals: LagTotals, rough: string): Record<Exclude<Field, 'context'>, string> {
  const perSecond = (bytes: number | null) => (bytes === null ? '?' : `${rough}${formatBytes(bytes)}/s`)
  return {
    queues: formatCount(totals.queues),
    lag: totals.lagSeconds === null ? '?' : formatSeconds(totals.lagSeconds),
    delivered: `${totals.deliveredPerSecond === null ? '' : rough}${formatRate(totals.deliveredPerSecond, totals.offeredPerSecond)}`,
    pending: totals.pendingSamples === null ? '?' : formatCount(totals.pendingSamples),
    network: perSecond(totals.bytesPerSecond),
    retries: perSecond(totals.retriedBytesPerSecond),
  }
}
