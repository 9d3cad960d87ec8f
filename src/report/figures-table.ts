/**
 * A table of what is measured, for agents and for queues: the widest of several sets of columns that fits the terminal is shown,
 * what else does not fit goes below the row, names are cut in the middle, and on narrow terminals they stand above the figures.
 */
import type {State} from '../diagnose/report.ts'
import type {Style} from './style.ts'
import {cutMiddle, padEnd, unpainted, widthOf, wrap} from './text.ts'

export type TableRow<Field extends string> = {state: State} & Record<Field, string>

export interface Column<Field extends string> {
  head: string
  field: Field | 'state'
  right?: boolean
}

export interface TablePlan<Field extends string> {
  rows: readonly TableRow<Field>[]
  /** Columns of names, which may be cut as long as no two rows then look alike. */
  names: readonly Column<Field>[]
  /** Columns to the right of the state; the first that fits is shown. */
  layouts: readonly (readonly Column<Field>[])[]
  /** The same where names stand above. */
  narrowLayouts: readonly (readonly Column<Field>[])[]
  /** False for a row that has a reason in place of figures. */
  hasFigures(row: TableRow<Field>): boolean
  /** What these columns do not show, and why it is so: phrases. */
  notes(row: TableRow<Field>, shown: readonly (Field | 'state')[]): string[]
}

export interface FiguresTable {
  /** The columns' heads first. Empty when there is nothing to list. */
  lines: string[]
  /** Heads of the first layout's columns for which there was no room. */
  leftOut: string[]
}

const gap = 2
/** Of what stands below a row or a name. */
const indent = gap + 2
/** Names are cut to the first before the figures of all layouts are tried, to the second only where none fits. */
const shortestNames = [32, 18]
/** Less room than this is not worth a column for prose. */
const leastProse = 50

const glyph = {head: '', field: 'state'} as const
const state = {head: 'STATE', field: 'state'} as const

export function figuresTable<Field extends string>(plan: TablePlan<Field>, style: Style): FiguresTable {
  const {rows, names, layouts} = plan
  if (rows.length === 0) return {lines: [], leftOut: []}
  for (const shortest of shortestNames) {
    for (const figures of layouts) {
      const columns = withContent([glyph, ...names, state, ...figures], rows)
      const cut = cutNames(plan, columns, shortest, style)
      if (cut !== null)
        return {lines: beside({...plan, rows: cut}, columns, style), leftOut: leftOutHeads(plan, columns)}
    }
  }
  const columns = narrowColumns(plan, style)
  return {lines: below(plan, columns, style), leftOut: leftOutHeads(plan, columns)}
}

/** The first layout, however wide: asked for, it may be wider than the terminal, as kubectl's is. */
export function wideTable<Field extends string>(plan: TablePlan<Field>, style: Style): FiguresTable {
  const {rows, names, layouts} = plan
  if (rows.length === 0) return {lines: [], leftOut: []}
  const columns = withContent([glyph, ...names, state, ...(layouts[0] ?? [])], rows)
  return {lines: beside(plan, columns, style), leftOut: []}
}

/** By their heads: a shorter column may stand in for a longer one of the same name. */
function leftOutHeads<Field extends string>(
  {layouts, rows}: TablePlan<Field>,
  shown: readonly Column<Field>[],
): string[] {
  const shownHeads = new Set(shown.map(({head}) => head))
  return withContent(layouts[0] ?? [], rows)
    .map(({head}) => head)
    .filter(head => head !== '' && !shownHeads.has(head))
}

/** A column in which nothing stands is left out. */
function withContent<Field extends string>(
  columns: readonly Column<Field>[],
  rows: readonly TableRow<Field>[],
): Column<Field>[] {
  return columns.filter(({field}) => field === 'state' || rows.some(row => row[field] !== ''))
}

/** One line for each row, notes below it. */
function beside<Field extends string>(
  plan: TablePlan<Field>,
  columns: readonly Column<Field>[],
  style: Style,
): string[] {
  const {rows} = plan
  const [head = '', ...lines] = layOut(rows, columns, style)
  const widths = columns.map(column => naturalWidth(column, rows))
  return [
    style.faint(head.trimEnd()),
    ...lines.flatMap((line, index) => {
      const row = rows[index]
      if (!row) return []
      const notes = plan.notes(row, fieldsOf(columns))
      if (plan.hasFigures(row) || notes.length === 0) return [line.trimEnd(), ...indented(notes, style)]
      const used = usedWidth(row, columns, widths)
      const room = style.columns - used
      const prose = notes.join('; ')
      if (room < leastProse && prose.length > room) return [line.trimEnd(), ...indented(notes, style)]
      // Nothing stands to the right of the state: the reason does.
      const [first = '', ...rest] = wrap(prose, room)
      return [`${padVisible(line.trimEnd(), used)}${first}`, ...rest.map(text => `${' '.repeat(used)}${text}`)]
    }),
  ]
}

/** Those under a name that stands on a line of its own; the last layout where none fits. */
function narrowColumns<Field extends string>({rows, narrowLayouts}: TablePlan<Field>, style: Style): Column<Field>[] {
  const room = style.columns - indent
  const layouts = narrowLayouts.map(columns => withContent([state, ...columns], rows))
  return layouts.find(candidate => naturalWidths(candidate, rows) <= room) ?? layouts.at(-1) ?? []
}

/** The name on a line of its own, the figures indented under it. */
function below<Field extends string>(
  plan: TablePlan<Field>,
  columns: readonly Column<Field>[],
  style: Style,
): string[] {
  const {rows, names} = plan
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
        ...indented(plan.notes(row, fieldsOf(columns)), style),
      ]
    }),
  ]
}

function fieldsOf<Field extends string>(columns: readonly Column<Field>[]): (Field | 'state')[] {
  return columns.map(({field}) => field)
}

/** On one line where they fit. */
function indented(notes: readonly string[], style: Style): string[] {
  const room = style.columns - indent
  const joined = notes.join('; ')
  const paragraphs = notes.length === 0 || widthOf(joined) <= room ? notes.slice(0, 1).map(() => joined) : notes
  return paragraphs.flatMap(note => wrap(note, room)).map(line => `${' '.repeat(indent)}${line}`)
}

/** Up to where the row's line is filled; only for rows without figures, which stand to the right of everything else. */
function usedWidth<Field extends string>(
  row: TableRow<Field>,
  columns: readonly Column<Field>[],
  widths: readonly number[],
): number {
  const filled = columns.findLastIndex(column => row[column.field] !== '') + 1
  return widths.slice(0, filled).reduce((sum, width) => sum + width + gap, 0)
}

function naturalWidths<Field extends string>(
  columns: readonly Column<Field>[],
  rows: readonly TableRow<Field>[],
): number {
  return columns.reduce((sum, column) => sum + gap + naturalWidth(column, rows), -gap)
}

function naturalWidth<Field extends string>({head, field}: Column<Field>, rows: readonly TableRow<Field>[]): number {
  if (head === '' && field === 'state') return 1 // "ok" of terminals without Unicode takes two: one blank less before the next column
  return Math.max(widthOf(head), widestCell(field, rows))
}

/** Each set of columns asks for the same cells again, of which a fleet has a hundred thousand. */
const widestCells = new WeakMap<readonly object[], Map<string, number>>()

function widestCell<Field extends string>(field: Field | 'state', rows: readonly TableRow<Field>[]): number {
  const known = widestCells.get(rows) ?? new Map<string, number>()
  widestCells.set(rows, known)
  const width = known.get(field) ?? rows.reduce((widest, row) => Math.max(widest, widthOf(row[field])), 0)
  known.set(field, width)
  return width
}

/** The rows with names short enough for the terminal; null when that is not to be had without making two of them look alike. */
function cutNames<Field extends string>(
  {rows, names}: TablePlan<Field>,
  columns: readonly Column<Field>[],
  shortest: number,
  style: Style,
): TableRow<Field>[] | null {
  const cuttable = columns.filter(column => names.includes(column))
  const widths = cuttable.map(column => naturalWidth(column, rows))
  let excess = naturalWidths(columns, rows) - style.columns
  if (excess <= 0) return [...rows]
  while (excess > 0) {
    const widest = Math.max(0, ...widths)
    if (widest <= shortest) return null
    widths[widths.indexOf(widest)] = widest - 1
    excess -= 1
  }
  const cut = rows.map(row => {
    const texts = cuttable.map(({field}, index) => [field, cutMiddle(row[field], widths[index] ?? 0, style.ellipsis)])
    return {...row, ...Object.fromEntries(texts)} as TableRow<Field>
  })
  const told = (shown: readonly TableRow<Field>[]) =>
    new Set(shown.map(row => cuttable.map(({field}) => row[field]).join(' '))).size
  return told(cut) < told(rows) ? null : cut
}

/** The heads, then one line for each row; by hand, because the time that cli-table3 takes grows with the square of the rows. */
function layOut<Field extends string>(
  rows: readonly TableRow<Field>[],
  columns: readonly Column<Field>[],
  style: Style,
): string[] {
  const laid = columns.map(({head, field, right}) => {
    const isGlyph = head === '' && field === 'state'
    const textOf = (row: TableRow<Field>) => (isGlyph ? style.stateGlyph(row.state) : row[field])
    const width = rows.reduce((widest, row) => Math.max(widest, widthOf(textOf(row))), widthOf(head))
    const pad = (text: string, painted = text) => {
      const blank = ' '.repeat(width - widthOf(text))
      return right ? blank + painted : painted + blank
    }
    const cellOf = (row: TableRow<Field>) => {
      const text = textOf(row)
      return pad(text, field === 'state' ? style.paintState(row.state, text) : text)
    }
    return {head: pad(head), cellOf}
  })
  const between = ' '.repeat(gap)
  // Line by line: the cells of a large fleet would take more memory than all that is known of it.
  return [
    laid.map(({head}) => head).join(between),
    ...rows.map(row => laid.map(({cellOf}) => cellOf(row)).join(between)),
  ]
}

function glyphOf({state: own}: {state: State}, style: Style): string {
  return style.paintState(own, style.stateGlyph(own))
}

/** Colour takes no room. */
function padVisible(line: string, width: number): string {
  const visible = unpainted(line)
  return line + padEnd(visible, width).slice(visible.length)
}
