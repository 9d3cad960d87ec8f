/** The table of agents: as many columns as fit, the rest as a line under the row. */
import Table from 'cli-table3'
import type {Report} from '../diagnose/report.ts'
import {type AgentRow, agentRows} from './agent-row.ts'
import type {Style, TerminalOptions} from './style.ts'
import {cutMiddle, padEnd, widthOf, wrap} from './text.ts'

type Field = Exclude<keyof AgentRow, 'reason'>

interface Column {
  head: string
  field: Field
  right?: boolean
}

const gap = 2
const shortestName = 10

/** Lines; the columns' heads first. Empty when there is nothing to list. */
export function agentsTable(report: Report, options: TerminalOptions, style: Style): string[] {
  const all = agentRows(report)
  const listed = options.quiet ? all.filter(row => row.state !== 'delivering') : all
  if (listed.length === 0) return []
  const columns = chooseColumns(listed, report, options, style)
  const fitted = options.wide ? listed : cutNames(listed, columns, style)
  const lines = layOut(fitted, columns, style)
  const [head = '', ...rows] = lines
  const reasonColumn = Math.max(0, head.indexOf('STATE')) + widthOf('delivering') + gap
  return [
    style.faint(head.trimEnd()),
    ...rows.flatMap((line, index) => {
      const row = fitted[index]
      return row ? withNotes(line, row, columns, reasonColumn, style) : []
    }),
  ]
}

function chooseColumns(rows: readonly AgentRow[], report: Report, options: TerminalOptions, style: Style): Column[] {
  const narrow = style.columns < 100
  const columns: Column[] = [
    {head: '', field: 'state'},
    {head: 'CONTEXT', field: 'context'},
    {head: 'AGENT', field: 'agent'},
    {head: 'STATE', field: 'state'},
    {head: 'SINCE', field: 'since'},
    {head: 'LAG', field: 'lag', right: true},
    {head: 'DELIVERED', field: 'delivered', right: true},
    {head: 'LOSS', field: narrow ? 'shortLoss' : 'loss'},
  ]
  if (options.wide) {
    columns.push({head: 'PENDING', field: 'pending', right: true}, {head: 'SHARDS', field: 'shards', right: true})
    columns.push({head: 'VERSION', field: 'version'}, {head: 'TRANSPORT', field: 'transport'})
  }
  const dropped = new Set<Field>()
  if (narrow && report.contexts.length === 1) dropped.add('context')
  for (const field of ['lag', 'delivered', 'loss', 'shortLoss', 'pending', 'shards'] as const) {
    if (rows.every(row => row[field] === '')) dropped.add(field)
  }
  if (rows.every(row => row.since === '') || (narrow && !options.wide)) dropped.add('since')
  // -o wide is asked for: it may be wider than the terminal, as kubectl's is.
  for (const field of ['delivered', 'loss', 'shortLoss', 'lag'] as const) {
    if (options.wide || leastWidth(rows, columns, dropped) <= style.columns) break
    dropped.add(field)
  }
  return columns.filter(({field}) => !dropped.has(field))
}

/** With names cut as short as they may be. */
function leastWidth(rows: readonly AgentRow[], columns: readonly Column[], dropped: ReadonlySet<Field>): number {
  return columns
    .filter(({field}) => !dropped.has(field))
    .reduce((sum, column) => {
      const width = naturalWidth(rows, column)
      return sum + gap + (isName(column) ? Math.min(width, shortestName) : width)
    }, -gap)
}

function isName({field}: Column): boolean {
  return field === 'context' || field === 'agent'
}

function naturalWidth(rows: readonly AgentRow[], {head, field}: Column): number {
  if (head === '') return 1 // "ok" of terminals without Unicode takes two: one blank less before the next column
  return Math.max(widthOf(head), ...rows.map(row => widthOf(row[field])))
}

function cutNames(rows: readonly AgentRow[], columns: readonly Column[], style: Style): AgentRow[] {
  const names = columns.filter(isName)
  const others = columns
    .filter(column => !isName(column))
    .reduce((sum, column) => sum + gap + naturalWidth(rows, column), 0)
  const widths = names.map(column => naturalWidth(rows, column))
  let excess = others + widths.reduce((sum, width) => sum + gap + width, 0) - gap - style.columns
  while (excess > 0 && Math.max(...widths, 0) > shortestName) {
    const widest = widths.indexOf(Math.max(...widths))
    widths[widest] = (widths[widest] ?? shortestName) - 1
    excess -= 1
  }
  return rows.map(row => {
    const cut = names.map(({field}, index) => [
      field,
      cutMiddle(row[field], widths[index] ?? shortestName, style.ellipsis),
    ])
    return {...row, ...Object.fromEntries(cut)}
  })
}

const noBorders = {
  ...{top: '', 'top-mid': '', 'top-left': '', 'top-right': ''},
  ...{bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': ''},
  ...{left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' '.repeat(gap)},
}

function layOut(rows: readonly AgentRow[], columns: readonly Column[], style: Style): string[] {
  const table = new Table({
    chars: noBorders,
    style: {head: [], border: [], 'padding-left': 0, 'padding-right': 0},
    head: columns.map(({head}) => head),
    colAligns: columns.map(({right}) => (right ? 'right' : 'left')),
  })
  for (const row of rows) {
    table.push(
      columns.map(({head, field}) => {
        if (head === '') return style.paintState(row.state, style.stateGlyph(row.state))
        return field === 'state' ? style.paintState(row.state, row.state) : row[field]
      }),
    )
  }
  return table.toString().split('\n')
}

function withNotes(
  line: string,
  row: AgentRow,
  columns: readonly Column[],
  reasonColumn: number,
  style: Style,
): string[] {
  const indent = ' '.repeat(2 + gap)
  const hasFigures = row.lag !== '' || row.delivered !== ''
  const notes: string[] = []
  if (row.since !== '' && !columns.some(({field}) => field === 'since')) notes.push(`since ${row.since}`)
  if (row.reason === '') return [line.trimEnd(), ...notes.map(note => style.faint(`${indent}${note}`))]
  if (!hasFigures && row.since === '' && style.columns - reasonColumn >= 30) {
    // Nothing stands to the right of the state: the reason does.
    const [first = '', ...more] = wrap(row.reason, style.columns - reasonColumn)
    const blank = ' '.repeat(reasonColumn)
    return [`${padVisible(line.trimEnd(), reasonColumn)}${first}`, ...more.map(text => `${blank}${text}`)]
  }
  notes.push(row.reason)
  return [
    line.trimEnd(),
    ...notes.flatMap(note => wrap(note, style.columns - indent.length).map(text => `${indent}${text}`)),
  ]
}

/** Colour takes no room. */
function padVisible(line: string, width: number): string {
  const visible = line.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')
  return line + padEnd(visible, width).slice(visible.length)
}
