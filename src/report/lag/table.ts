/** The table of queues, as wide as the terminal lets it be; state, lag and deliveries always stand side by side. */
import type {LagReport} from '../../diagnose/lag/lag-report.ts'
import {formatNumberOf} from '../../units.ts'
import {type Column, type FiguresTable, figuresTable, type TablePlan, wideTable} from '../figures-table.ts'
import {soonerLines} from '../sooner-lines.ts'
import type {Style, TerminalOptions} from '../style.ts'
import {type Decorate, type LagCells, lagCells} from './cells.ts'

type Field = Exclude<keyof LagCells, 'state'>

const context: Column<Field> = {head: 'CONTEXT', field: 'context'}
const agent: Column<Field> = {head: 'AGENT', field: 'agent'}
const queue: Column<Field> = {head: 'QUEUE', field: 'queue'}
const lag: Column<Field> = {head: 'LAG', field: 'lag', right: true}
const stored: Column<Field> = {head: 'STORED', field: 'stored', right: true}
const lagTrend: Column<Field> = {head: '', field: 'lagTrend'}
const delivered: Column<Field> = {head: 'DELIVERED', field: 'delivered', right: true}
const deliveredTrend: Column<Field> = {head: '', field: 'deliveredTrend'}
const failed: Column<Field> = {head: 'FAILED', field: 'failed', right: true}
const retried: Column<Field> = {head: 'RETRIED', field: 'retried', right: true}
const pending: Column<Field> = {head: 'PENDING', field: 'pending', right: true}
const pendingOf: Column<Field> = {head: 'PENDING', field: 'pendingOf', right: true}
const shards: Column<Field> = {head: 'SHARDS', field: 'shards', right: true}
const unread: Column<Field> = {head: 'UNREAD', field: 'unread', right: true}
const catchUp: Column<Field> = {head: 'CATCH-UP', field: 'catchUp', right: true}
const loss: Column<Field> = {head: 'LOSS', field: 'loss'}
const shortLoss: Column<Field> = {head: 'LOSS', field: 'shortLoss'}
const briefLoss: Column<Field> = {head: 'LOSS', field: 'briefLoss'}

const layouts = [
  [lag, stored, lagTrend, delivered, deliveredTrend, failed, retried, pendingOf, shards, unread, catchUp, shortLoss],
  [lag, stored, lagTrend, delivered, deliveredTrend, failed, retried, pending, shards, shortLoss],
  [lag, stored, lagTrend, delivered, deliveredTrend, pending, shards, shortLoss],
  [lag, stored, lagTrend, delivered, deliveredTrend, pending, shards, briefLoss],
  [lag, stored, lagTrend, delivered, deliveredTrend, shards, briefLoss],
  [lag, stored, lagTrend, delivered, deliveredTrend, briefLoss],
  [lag, stored, lagTrend, delivered, briefLoss],
  [lag, stored, delivered, briefLoss],
]
const narrowLayouts = [
  [lag, stored, lagTrend, delivered, deliveredTrend, pending, shards, shortLoss],
  [lag, stored, lagTrend, delivered, deliveredTrend, briefLoss],
  [lag, stored, lagTrend, delivered, briefLoss],
  [lag, stored, delivered, briefLoss],
  [lag, delivered],
]
const wideLayout = [
  lag,
  stored,
  lagTrend,
  delivered,
  deliveredTrend,
  failed,
  retried,
  pendingOf,
  shards,
  unread,
  catchUp,
  loss,
  {head: 'NETWORK', field: 'bytes', right: true},
  {head: 'PER SAMPLE', field: 'bytesPerSample', right: true},
  {head: 'RETRIES COST', field: 'retriedBytes', right: true},
  {head: 'VERSION', field: 'version'},
  {head: 'TRANSPORT', field: 'transport'},
] satisfies Column<Field>[]

/** With more rows in trouble than this, only -v says below each of them why. */
const usualReasons = 10

export interface LagTableView {
  /** What a live view adds to the rows. */
  decorate?: Decorate | undefined
  /** `none`: a line for each row, where lines are few; left out: `usual`. */
  reasons?: 'usual' | 'none'
}

export function lagTable(
  report: LagReport,
  options: TerminalOptions,
  style: Style,
  {decorate, reasons = 'usual'}: LagTableView = {},
): FiguresTable {
  const rows = lagCells(report, decorate)
  const isTroubled = ({state, lag: lagText}: LagCells) => state !== 'delivering' && lagText !== ''
  const troubled = rows.filter(isTroubled).length
  const isAsked = options.verbose === true || options.wide === true
  const saysWhy = reasons === 'none' ? troubled === 0 : isAsked || troubled <= usualReasons
  const plan: TablePlan<Field> = {
    rows,
    names: namesOf(report, rows, options, style),
    layouts: options.wide ? [wideLayout] : layouts,
    narrowLayouts,
    hasFigures: row => row.lag !== '',
    notes: (row, shown) => notesOf(row, shown, saysWhy),
  }
  const {lines, leftOut} = options.wide ? wideTable(plan, style) : figuresTable(plan, style)
  const queues = report.rows.flatMap(({queue}) => queue ?? [])
  const below = soonerLines(queues, style.columns)
  if (reasons === 'usual' && !saysWhy) below.push(`-v says why of each of these ${formatNumberOf(troubled, 'queue')}`)
  return {lines: [...lines, ...below.map(line => style.faint(line))], leftOut}
}

/** A single context goes without saying where room is short; queues need a name where an agent has several. */
function namesOf(
  {contexts}: LagReport,
  rows: readonly LagCells[],
  {wide}: TerminalOptions,
  {columns}: Style,
): Column<Field>[] {
  const isShort = columns < 100 && !wide
  const agents = new Set(rows.map(row => `${row.context}\n${row.agent}`))
  return [
    ...(contexts.length === 1 && isShort ? [] : [context]),
    agent,
    ...(agents.size === rows.length && isShort && contexts.length > 1 ? [] : [queue]),
  ]
}

/** What has no column here, and why it is so. */
function notesOf(row: Record<Field, string>, shown: readonly (Field | 'state')[], saysWhy: boolean): string[] {
  const hasLoss = (['loss', 'shortLoss', 'briefLoss'] as const).some(field => shown.includes(field))
  const isSaid = row.lag === '' || saysWhy
  return [
    ...(row.lossPhrase === '' || hasLoss ? [] : [row.lossPhrase]),
    ...(row.reason === '' || !isSaid ? [] : [row.reason]),
    ...(row.advice === '' || !isSaid ? [] : [row.advice]),
  ]
}
