/** A frame of `promfleet lag --watch`: the table with what each queue did lately, what changed, the verdict. Pure. */
import type {LagChange} from '../../diagnose/lag/changes.ts'
import type {LagFrame, LiveRow} from '../../diagnose/lag/history.ts'
import type {LagReport, LagRow} from '../../diagnose/lag/lag-report.ts'
import {formatClockSeconds, formatCount, formatNumberOf, formatSeconds} from '../../units.ts'
import {unpainted} from '../figures-table.ts'
import {createStyle, type Style, type TerminalOptions} from '../style.ts'
import {clean, widthOf, wrap} from '../text.ts'
import {type Decorate, type LagCells, lagCells} from './cells.ts'
import {contradictionLines} from './contradictions.ts'
import {lagLines, remarkLines} from './lag.ts'
import {sparkline} from './sparkline.ts'
import {lagTable, leftOutHeads} from './table.ts'
import {countsLines, lagVerdictLines, restartLines} from './verdict.ts'

export interface LiveOptions extends TerminalOptions {
  /** Lines that the terminal shows. */
  screenLines: number
  /** What the looks are apart. */
  intervalSeconds: number
}

const APPENDED_COLUMNS = 160

/**
 * No more lines than the screen has. What must not go missing is placed first: the verdict, the worst rows, what must not be restarted;
 * then remarks and what changed lately, as far as there is room. `changes`: newest last.
 */
export function renderFrame(frame: LagFrame, changes: readonly LagChange[], options: LiveOptions): string {
  const style = createStyle(options)
  const {report} = frame
  // The line break that ends a frame leaves the cursor on a line of its own.
  const room = Math.max(1, options.screenLines - 1)
  const verdict = countsLines(report, style).slice(0, room)
  const forTable = Math.min(Math.ceil(room / 2), tableOf(frame, room, options, style).length)
  let left = room - verdict.length - forTable
  const fitting = (lines: readonly string[]) => {
    const fit = cutTo(lines, left, style)
    left -= fit.length
    return fit
  }
  const time = fitting(timeLines(frame, options, style))
  const blank = fitting([''])
  const warnings = fitting(restartLines(report, style))
  const remarks = fitting(
    inOneLineEach([...remarkLines(report, unbroken(style)), ...contradictionHeads(report, style)], style),
  )
  const changed = changesLines(changes, style, Math.min(5, left, Math.floor(room / 5)))
  const below = [...blank, ...changed, ...remarks, ...warnings, ...verdict, ...time]
  const table = tableOf(frame, room - below.length, options, style)
  const leftOut = leftOutLines(unpainted(table[0] ?? ''), options, style)
  const isRoom = leftOut.length <= room - below.length - table.length
  return [...table, ...(isRoom ? leftOut : []), ...below].join('\n')
}

/** The last of those that fit says that there are more. */
function cutTo(lines: readonly string[], most: number, style: Style): readonly string[] {
  if (lines.length <= most) return lines
  return most <= 0
    ? []
    : [...lines.slice(0, most - 1), cut(`${unpainted(lines[most - 1] ?? '')} ${style.ellipsis}`, style)]
}

/** When the watching ends: the whole table, however long. */
export function renderLastFrame(frame: LagFrame, changes: readonly LagChange[], options: TerminalOptions): string {
  const style = createStyle(options)
  const lines = lagLines(withRows(frame, frame.rows), options, style, decorateLive(frame, options, style))
  const told = changesLines(changes, style, changes.length)
  return `${[...told, ...(told.length > 0 ? [''] : []), ...lines].join('\n')}\n`
}

/** Where there is no terminal, after the last rows: what a single look says below its table. Ends in a line break. */
export function renderEnd({report}: LagFrame, options: TerminalOptions): string {
  const style = createStyle({...options, columns: APPENDED_COLUMNS})
  const lines = [...remarkLines(report, style), ...contradictionLines(report, style), ...lagVerdictLines(report, style)]
  return `${lines.join('\n')}\n`
}

/** Where there is no terminal: a line for each row, the time in front, and one for each change. Ends in a line break. */
export function renderAppended(frame: LagFrame, options: TerminalOptions): string {
  const style = createStyle({...options, columns: APPENDED_COLUMNS})
  const time = formatClockSeconds(frame.report.takenAt)
  const cells = lagCells(withRows(frame, frame.rows), decorateLive(frame, options, style))
  const lines = [
    ...frame.changes.map(change => `${placeOf(change)}: ${clean(change.what)}`),
    ...cells.map(row => appendedRow(row, style)),
  ]
  return lines.map(line => `${time}  ${line}\n`).join('')
}

function appendedRow(row: LagCells, style: Style): string {
  const name = [row.context, row.agent, row.queue].filter(part => part !== '').join(' ')
  const figures =
    row.lag === ''
      ? []
      : [
          `lag ${row.lag}`,
          ...(row.stored === '' ? [] : [`stored ${row.stored}`]),
          `delivered ${row.delivered}`,
          `pending ${row.pending}`,
          `shards ${row.shards}`,
          `loss ${row.shortLoss}`,
        ]
  const reason = row.reason === '' ? [] : [row.reason]
  return `${style.paintState(row.state, `${style.stateGlyph(row.state)} ${row.state}`)}  ${[name, ...figures, ...reason].join(', ')}`
}

/** As many rows as fit, from the top; then how many are not shown. */
function tableOf(frame: LagFrame, lines: number, options: TerminalOptions, style: Style): string[] {
  if (lines <= 0) return []
  const decorate = decorateLive(frame, options, style)
  const table = (rows: readonly LiveRow[], reasons?: number) =>
    lagTable(withRows(frame, rows), options, style, decorate, reasons)
  const whole = frame.rows.length <= lines ? table(frame.rows) : []
  if (whole.length > 0 && whole.length <= lines) return whole
  let count = Math.min(frame.rows.length, lines)
  // More of the worst rows say more than why each of them is bad.
  let shown = table(frame.rows.slice(0, count), 0)
  while (shown.length + (count < frame.rows.length ? 1 : 0) > lines && count > 1) {
    const excess = shown.length + 1 - lines
    count = Math.max(1, count - Math.max(1, Math.floor(excess / 3)))
    shown = table(frame.rows.slice(0, count), 0)
  }
  const hidden = frame.rows.slice(count)
  if (hidden.length === 0) return shown.slice(0, lines)
  if (lines <= 2) return shown.slice(1, 1 + lines) // the worst row, rather than heads and counts
  return [...shown.slice(0, lines - 1), style.faint(cut(hiddenText(hidden), style))]
}

const states = ['losing', 'silent', 'behind', 'unknown', 'delivering'] as const

function hiddenText(rows: readonly LiveRow[]): string {
  const counts = states.flatMap(state => {
    const count = rows.filter(row => shownState(row) === state).length
    return count === 0 ? [] : [`${formatCount(count)} ${state}`]
  })
  return `${formatNumberOf(rows.length, 'more row')}: ${counts.join(', ')} (promfleet lag shows all)`
}

function timeLines({report}: LagFrame, {intervalSeconds}: LiveOptions, style: Style): string[] {
  const time = `${formatClockSeconds(report.takenAt)} UTC, every ${formatSeconds(intervalSeconds)}; q ends`
  return wrap(time, style.columns).map(line => style.faint(line))
}

/** Columns that are not there for want of width. */
function leftOutLines(head: string, {wide}: TerminalOptions, style: Style): string[] {
  const heads = wide ? [] : leftOutHeads(head)
  const text = `no room for ${heads.join(', ')}: see -o wide`
  return heads.length === 0 ? [] : wrap(text, style.columns).map(line => style.faint(line))
}

/** What each contradiction between agents and central is; the last table says what it means. */
function contradictionHeads(report: LagReport, style: Style): string[] {
  return contradictionLines(report, unbroken(style)).filter(line => line !== '' && !line.startsWith('  '))
}

function unbroken(style: Style): Style {
  return {...style, columns: Number.MAX_SAFE_INTEGER}
}

function inOneLineEach(lines: readonly string[], style: Style): string[] {
  return lines.map(line =>
    widthOf(unpainted(line)) <= style.columns ? line : style.faint(cut(unpainted(line), style)),
  )
}

/** The newest, oldest first; alike ones of one moment are one line. */
function changesLines(changes: readonly LagChange[], style: Style, most: number): string[] {
  const groups = new Map<string, LagChange[]>()
  for (const change of changes) {
    const key = `${change.at} ${change.what}`
    groups.set(key, [...(groups.get(key) ?? []), change])
  }
  const lines = [...groups.values()].map(group => {
    const [first] = group
    if (first === undefined) return ''
    const where = group.length === 1 ? placeOf(first) : `${formatCount(group.length)} alike, first ${placeOf(first)}`
    return cut(`${formatClockSeconds(first.at)}  ${where}: ${clean(first.what)}`, style)
  })
  return most <= 0 ? [] : lines.slice(-most)
}

function placeOf({context, agent, queue}: LagChange): string {
  return clean([context, agent, queue].filter(part => part !== null && part !== '').join(' '))
}

function cut(line: string, {columns, ellipsis}: Style): string {
  const [first = '', ...rest] = wrap(line, columns - ellipsis.length - 1)
  return rest.length === 0 ? first : `${first} ${ellipsis}`
}

/** Rows that the state of the report counts, and what a stale row knew; the rest of the report stays as it is. */
function withRows({report}: LagFrame, rows: readonly LiveRow[]): LagReport {
  return {...report, rows: [...rows]}
}

/** A lag that is ordinary keeps to the lower half. */
const LAG_FULL_SECONDS = 60

function decorateLive({rows}: LagFrame, options: TerminalOptions, style: Style): Decorate {
  const live = new Map<LagRow, LiveRow>(rows.map(row => [row, row]))
  const width = style.columns >= 130 ? 20 : style.columns >= 100 ? 12 : 5
  return row => {
    const own = live.get(row)
    if (own === undefined) return {}
    const {lagSeconds, deliveredPerSecond, offeredPerSecond} = own.trend
    const most = [...offeredPerSecond, ...deliveredPerSecond].reduce<number>(
      (sofar, rate) => Math.max(sofar, rate ?? 0),
      0,
    )
    const bars = {width, unicode: options.unicode}
    return {
      lagTrend: sparkline(lagSeconds, {...bars, fullAtLeast: LAG_FULL_SECONDS}),
      deliveredTrend: sparkline(deliveredPerSecond, {...bars, fullAtLeast: most}),
      ...staleCells(own),
    }
  }
}

/** Of what cannot be read now nothing is known. */
function shownState({problem, state}: LiveRow): LiveRow['state'] {
  return problem === null ? state : 'unknown'
}

/** What was seen last stays, and does not look as if it were seen now. */
function staleCells({staleSeconds, problem, state, queue}: LiveRow): Partial<LagCells> {
  if (staleSeconds === null) return {}
  const age = `${formatSeconds(staleSeconds)} old`
  if (problem === null) return queue === null ? {} : {reason: `figures are ${age}, its API server is slow`}
  // What was behind has the same time left as before, less its age; of what delivered, nothing is known now.
  const unknownLoss = {loss: '?', shortLoss: '?', briefLoss: '?', lossPhrase: ''}
  return {
    state: 'unknown',
    reason: `figures are ${age}, it was ${state}`,
    ...(state === 'delivering' && unknownLoss),
  }
}
