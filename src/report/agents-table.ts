/**
 * The table of agents. State, lag and deliveries are always shown side by side, because a lag alone looks green while all is
 * refused; what else does not fit goes below the row, and on narrow terminals the name goes above it.
 */
import type {Report} from '../diagnose/report.ts'
import {type AgentRow, agentRows, queueOfLoss} from './agent-row.ts'
import {type Column, figuresTable, type TablePlan, wideTable} from './figures-table.ts'
import {soonerLines} from './sooner-lines.ts'
import type {Style, TerminalOptions} from './style.ts'

type Field = Exclude<keyof AgentRow, 'state'>

const context: Column<Field> = {head: 'CONTEXT', field: 'context'}
const agent: Column<Field> = {head: 'AGENT', field: 'agent'}
const since: Column<Field> = {head: 'SINCE', field: 'since'}
const lag: Column<Field> = {head: 'LAG', field: 'lag', right: true}
const delivered: Column<Field> = {head: 'DELIVERED', field: 'delivered', right: true}
const loss: Column<Field> = {head: 'LOSS', field: 'loss'}
const shortLoss: Column<Field> = {head: 'LOSS', field: 'shortLoss'}
const more: Column<Field>[] = [
  {head: 'PENDING', field: 'pending', right: true},
  {head: 'SHARDS', field: 'shards', right: true},
  {head: 'VERSION', field: 'version'},
  {head: 'TRANSPORT', field: 'transport'},
]

const layouts = [
  [since, lag, delivered, loss],
  [lag, delivered, loss],
  [lag, delivered, shortLoss],
  [lag, delivered],
]
const narrowLayouts = [
  [lag, delivered, shortLoss],
  [lag, delivered],
]

/** Lines; the columns' heads first. Empty when there is nothing to list. */
export function agentsTable(report: Report, options: TerminalOptions, style: Style): string[] {
  const rows = agentRows(report)
  const plan: TablePlan<Field> = {
    rows,
    names: report.contexts.length === 1 && style.columns < 100 && !options.wide ? [agent] : [context, agent],
    layouts: options.wide ? [[since, lag, delivered, loss, ...more]] : layouts,
    narrowLayouts,
    // Without a reason, nothing is to stand in place of the figures.
    hasFigures: row => row.lag !== '' || row.delivered !== '' || row.reason === '',
    notes: notesOf,
  }
  const {lines} = options.wide ? wideTable(plan, style) : figuresTable(plan, style)
  const below = soonerLines(
    report.agents.flatMap(each => queueOfLoss(each) ?? []),
    style.columns,
  )
  return [...lines, ...below.map(line => style.faint(line))]
}

/** What has no column here, and why it is so. */
function notesOf(row: Record<Field, string>, shown: readonly (Field | 'state')[]): string[] {
  const times = [
    row.since === '' || shown.includes('since') ? '' : `since ${row.since}`,
    row.lossPhrase === '' || shown.includes('loss') || shown.includes('shortLoss') ? '' : row.lossPhrase,
  ].filter(text => text !== '')
  return [...(times.length > 0 ? [times.join('; ')] : []), ...(row.reason === '' ? [] : [row.reason])]
}
