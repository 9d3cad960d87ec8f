/**
 * The table of agents. State, lag and deliveries are always shown side by side, because a lag alone looks green while all is
 * refused; what else does not fit goes below the row, and on narrow terminals the name goes above it.
 */
import Table from 'cli-table3'
import type {Report} from '../diagnose/report.ts'
import {type AgentRow, agentRows} from './agent-row.ts'
import type {Style, TerminalOptions} from './style.ts'
import {cutMiddle, padEnd, widthOf, wrap} from './text.ts'

type Field = Exclude<keyof AgentRow, 'reason' | 'lossPhrase'>

interface Column {
  head: string
  field: Field
  right?: boolean
}

const gap = 2
/** Names are cut to the first before the figures of all layouts are tried, to the second only where none fits. */
const shortestNames = [32, 18]
/** Less room than this is not worth a column for prose. */
const leastProse = 50

const glyph: Column = {head: '', field: 'state'}
const context: Column = {head: 'CONTEXT', field: 'context'}
const agent: Column = {head: 'AGENT', field: 'agent'}
const state: Column = {head: 'STATE', field: 'state'}
const since: Column = {head: 'SINCE', field: 'since'}
const lag: Column = {head: 'LAG', field: 'lag', right: true}
const delivered: Column = {head: 'DELIVERED', field: 'delivered', right: true}
const loss: Column = {head: 'LOSS', field: 'loss'}
const shortLoss: Column = {head: 'LOSS', field: 'shortLoss'}
const more: Column[] = [
  {head: 'PENDING', field: 'pending', right: true},
  {head: 'SHARDS', field: 'shards', right: true},
  {head: 'VERSION', field: 'version'},
  {head: 'TRANSPORT', field: 'transport'},
]

/** The first that fits is shown. */
const layouts: Column[][] = [
  [since, lag, delivered, loss],
  [lag, delivered, loss],
  [lag, delivered, shortLoss],
  [lag, delivered],
]

/** Lines; the columns' heads first. Empty when there is nothing to list. */
export function agentsTable(report: Report, options: TerminalOptions, style: Style): string[] {
  const rows = agentRows(report)
  if (rows.length === 0) return []
  const names = report.contexts.length === 1 && style.columns < 100 ? [agent] : [context, agent]
  if (options.wide) {
    // Asked for: it may be wider than the terminal, as kubectl's is.
    return beside(rows, withContent([glyph, context, agent, state, since, lag, delivered, loss, ...more], rows), style)
  }
  for (const shortest of shortestNames) {
    for (const figures of layouts) {
      const columns = withContent([glyph, ...names, state, ...figures], rows)
      const cut = cutNames(rows, columns, shortest, style)
      if (cut !== null) return beside(cut, columns, style)
    }
  }
  return below(rows, names, style)
}

/** A column in which nothing stands is left out. */
function withContent(columns: readonly Column[], rows: readonly AgentRow[]): Column[] {
  return columns.filter(column => column === state || rows.some(row => row[column.field] !== ''))
}

/** One line for each agent, notes below it. */
function beside(rows: readonly AgentRow[], columns: readonly Column[], style: Style): string[] {
  const [head = '', ...lines] = layOut(rows, columns, style)
  const indent = gap + 2
  return [
    style.faint(head.trimEnd()),
    ...lines.flatMap((line, index) => {
      const row = rows[index]
      if (!row) return []
      const used = usedWidth(row, rows, columns)
      const notes = notesOf(row, columns)
      const room = style.columns - used
      const isRoomEnough = room >= leastProse || notes.join('; ').length <= room
      if (hasFigures(row) || row.reason === '' || !isRoomEnough) {
        return [line.trimEnd(), ...indented(notes, indent, style)]
      }
      // Nothing stands to the right of the state: the reason does.
      const [first = '', ...rest] = wrap(notes.join('; '), room)
      return [`${padVisible(line.trimEnd(), used)}${first}`, ...rest.map(text => `${' '.repeat(used)}${text}`)]
    }),
  ]
}

/** The name on a line of its own, the figures indented under it. */
function below(rows: readonly AgentRow[], names: readonly Column[], style: Style): string[] {
  const indent = gap + 2
  const room = style.columns - indent
  const [wide, narrow] = [
    [state, lag, delivered, shortLoss],
    [state, lag, delivered],
  ].map(columns => withContent(columns, rows))
  const columns = wide && naturalWidths(wide, rows) <= room ? wide : (narrow ?? [])
  const [head = '', ...lines] = layOut(rows, columns, style)
  const blank = ' '.repeat(indent)
  const whole = rows.map(row => names.flatMap(({field}) => (row[field] === '' ? [] : [row[field]])).join(' '))
  const cut = whole.map(name => cutMiddle(name, style.columns - 2, style.ellipsis))
  const shown = new Set(cut).size < new Set(whole).size ? whole : cut
  return [
    style.faint(`${blank}${head}`.trimEnd()),
    ...lines.flatMap((line, index) => {
      const row = rows[index]
      if (!row) return []
      return [
        `${glyphOf(row, style)} ${shown[index] ?? ''}`,
        `${blank}${line}`.trimEnd(),
        ...indented(notesOf(row, columns), indent, style),
      ]
    }),
  ]
}

/** What has no column here, and why it is so. */
function notesOf(row: AgentRow, columns: readonly Column[]): string[] {
  const shown = columns.map(({field}) => field)
  const times = [
    row.since === '' || shown.includes('since') ? '' : `since ${row.since}`,
    row.lossPhrase === '' || shown.includes('loss') || shown.includes('shortLoss') ? '' : row.lossPhrase,
  ].filter(text => text !== '')
  return [...(times.length > 0 ? [times.join('; ')] : []), ...(row.reason === '' ? [] : [row.reason])]
}

/** On one line where they fit. */
function indented(notes: readonly string[], indent: number, style: Style): string[] {
  const room = style.columns - indent
  const joined = notes.join('; ')
  const paragraphs = notes.length === 0 || widthOf(joined) <= room ? notes.slice(0, 1).map(() => joined) : notes
  return paragraphs.flatMap(note => wrap(note, room)).map(line => `${' '.repeat(indent)}${line}`)
}

function hasFigures({lag: lagText, delivered: rate}: AgentRow): boolean {
  return lagText !== '' || rate !== ''
}

/** Up to where the row's line is filled; only for rows without figures, which stand to the right of everything else. */
function usedWidth(row: AgentRow, rows: readonly AgentRow[], columns: readonly Column[]): number {
  const filled = columns.findLastIndex(column => row[column.field] !== '') + 1
  return naturalWidths(columns.slice(0, filled), rows) + gap
}

function naturalWidths(columns: readonly Column[], rows: readonly AgentRow[]): number {
  return columns.reduce((sum, column) => sum + gap + naturalWidth(column, rows), -gap)
}

function naturalWidth({head, field}: Column, rows: readonly AgentRow[]): number {
  if (head === '') return 1 // "ok" of terminals without Unicode takes two: one blank less before the next column
  return Math.max(widthOf(head), ...rows.map(row => widthOf(row[field])))
}

/** The rows with names short enough for the terminal; null when that is not to be had without making two agents look alike. */
function cutNames(
  rows: readonly AgentRow[],
  columns: readonly Column[],
  shortest: number,
  style: Style,
): AgentRow[] | null {
  const names = columns.filter(column => column === context || column === agent)
  const widths = names.map(column => naturalWidth(column, rows))
  let excess = naturalWidths(columns, rows) - style.columns
  while (excess > 0) {
    const widest = Math.max(0, ...widths)
    if (widest <= shortest) return null
    widths[widths.indexOf(widest)] = widest - 1
    excess -= 1
  }
  const cut = rows.map(row => {
    const texts = names.map(({field}, index) => [field, cutMiddle(row[field], widths[index] ?? 0, style.ellipsis)])
    return {...row, ...Object.fromEntries(texts)}
  })
  return namesOf(cut) < namesOf(rows) ? null : cut
}

function namesOf(rows: readonly AgentRow[]): number {
  return new Set(rows.map(row => `${row.context} ${row.agent}`)).size
}

const noBorders = {
  ...{top: '', 'top-mid': '', 'top-left': '', 'top-right': ''},
  ...{bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': ''},
  ...{left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' '.repeat(gap)},
}

/** The heads, then one line for each row. */
function layOut(rows: readonly AgentRow[], columns: readonly Column[], style: Style): string[] {
  const table = new Table({
    chars: noBorders,
    style: {head: [], border: [], 'padding-left': 0, 'padding-right': 0},
    head: columns.map(({head}) => head),
    colAligns: columns.map(({right}) => (right ? 'right' : 'left')),
  })
  for (const row of rows) {
    table.push(
      columns.map(column => {
        if (column === glyph) return glyphOf(row, style)
        return column === state ? style.paintState(row.state, row.state) : row[column.field]
      }),
    )
  }
  return table.toString().split('\n')
}

function glyphOf(row: AgentRow, style: Style): string {
  return style.paintState(row.state, style.stateGlyph(row.state))
}

/** Colour takes no room. */
function padVisible(line: string, width: number): string {
  const visible = line.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')
  return line + padEnd(visible, width).slice(visible.length)
}
