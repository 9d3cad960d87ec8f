/** A frame of `promfleet lag --watch`: the table with what each queue did lately, what changed, the verdict. Pure. */
import type {LagChange} from '../../diagnose/lag/changes.ts'
import type {LagFrame, LiveRow} from '../../diagnose/lag/history.ts'
import type {LagReport} from '../../diagnose/lag/lag-report.ts'
import {formatClockSeconds, formatCount, formatNumberOf, formatSeconds} from '../../units.ts'
import type {FiguresTable} from '../figures-table.ts'
import {worstFirst} from '../state-order.ts'
import {createStyle, type Style, type TerminalOptions} from '../style.ts'
import {clean, cutEnd, linesOnScreen, unpainted, widthOf, wrap} from '../text.ts'
import {type LagCells, lagCells} from './cells.ts'
import {contradictionLines} from './contradictions.ts'
import {lagLines, remarkLines} from './lag.ts'
import {decorateLive, shownState, withRows} from './live-cells.ts'
import {lagTable} from './table.ts'
import {countsLines, lagVerdictLines, restartLines} from './verdict.ts'

export interface LiveOptions extends TerminalOptions {
  /** Lines that the terminal shows. */
  screenLines: number
  /** What the looks are apart. */
  intervalSeconds: number
}

const APPENDED_COLUMNS = 160
const MOST_GONE_NAMES = 5

/**
 * No more lines than the screen has. What must not go missing is placed first: the verdict, the worst rows, what must not be restarted;
 * then remarks and what changed lately, as far as there is room. `changes`: newest last.
 */
export function renderFrame(frame: LagFrame, changes: readonly LagChange[], options: LiveOptions): string {
  const style = createStyle(options)
  const {report} = frame
  // The line break that ends a frame leaves the cursor on a line of its own.
  const room = Math.max(1, options.screenLines - 1)
  const heightOf = (lines: readonly string[]) => linesOnScreen(lines, style.columns)
  const verdict = topOf(countsLines(report, style, frame.gone), room, style)
  const forTable = Math.min(Math.ceil(room / 2), heightOf(tableOf(frame, room, options, style).lines))
  let left = room - heightOf(verdict) - forTable
  const fitting = (lines: readonly string[]) => {
    const fit = cutTo(lines, left, style)
    left -= heightOf(fit)
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
  const table = tableOf(frame, room - heightOf(below), options, style)
  const leftOut = leftOutLines(table, style)
  const isRoom = heightOf(leftOut) <= room - heightOf(below) - heightOf(table.lines)
  return [...table.lines, ...(isRoom ? leftOut : []), ...below].join('\n')
}

/** What the terminal has lines for; the last of those that fit says that there are more. */
function cutTo(lines: readonly string[], most: number, style: Style): readonly string[] {
  const {columns, ellipsis} = style
  if (linesOnScreen(lines, columns) <= most) return lines
  if (most <= 0) return []
  let count = 0
  while (linesOnScreen(lines.slice(0, count + 1), columns) < most) count += 1
  return [...lines.slice(0, count), cut(`${unpainted(lines[count] ?? '')} ${ellipsis}`, style)]
}

/** What the terminal has lines for, from the top; a line that reaches below them is cut. */
function topOf(lines: readonly string[], most: number, {columns, ellipsis}: Style): string[] {
  let left = most
  return lines.flatMap(line => {
    if (left <= 0) return []
    const fit = linesOnScreen([line], columns) <= left ? line : cutEnd(unpainted(line), left * columns, ellipsis)
    left -= linesOnScreen([fit], columns)
    return [fit]
  })
}

/** When the watching ends: the whole table, however long. */
export function renderLastFrame(frame: LagFrame, changes: readonly LagChange[], options: TerminalOptions): string {
  const style = createStyle(options)
  const live = {decorate: decorateLive(frame, options, style), gone: frame.gone}
  const lines = lagLines(withRows(frame, frame.rows), options, style, live)
  const told = changesLines(changes, style, changes.length)
  return `${[...told, ...(told.length > 0 ? [''] : []), ...lines].join('\n')}\n`
}

/** Where there is no terminal, after the last rows: what a single look says below its table. Ends in a line break. */
export function renderEnd({report, gone}: LagFrame, options: TerminalOptions): string {
  const style = createStyle({...options, columns: APPENDED_COLUMNS})
  const verdict = lagVerdictLines(report, style, gone)
  const lines = [...remarkLines(report, style), ...contradictionLines(report, style), ...verdict]
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

/** As many rows as fit, from the top; then how many are not shown. A row may be wider than the terminal (-o wide). */
function tableOf(frame: LagFrame, lines: number, options: TerminalOptions, style: Style): FiguresTable {
  if (lines <= 0) return {lines: [], leftOut: []}
  const decorate = decorateLive(frame, options, style)
  const table = (rows: readonly LiveRow[], reasons: 'usual' | 'none') =>
    lagTable(withRows(frame, rows), options, style, {decorate, reasons})
  const heightOf = (shown: readonly string[]) => linesOnScreen(shown, style.columns)
  const whole = frame.rows.length <= lines ? table(frame.rows, 'usual') : null
  if (whole !== null && whole.lines.length > 0 && heightOf(whole.lines) <= lines) return whole
  let count = Math.min(frame.rows.length, lines)
  // More of the worst rows say more than why each of them is bad.
  let shown = table(frame.rows.slice(0, count), 'none')
  while (heightOf(shown.lines) + (count < frame.rows.length ? 1 : 0) > lines && count > 1) {
    const excess = heightOf(shown.lines) + 1 - lines
    const tallest = Math.max(3, ...shown.lines.map(line => heightOf([line])))
    count = Math.max(1, count - Math.max(1, Math.floor(excess / tallest)))
    shown = table(frame.rows.slice(0, count), 'none')
  }
  const hidden = frame.rows.slice(count)
  if (hidden.length === 0 && heightOf(shown.lines) <= lines) return shown
  // The worst row, rather than the heads.
  const isHeadTooTall = heightOf(shown.lines.slice(0, 2)) + (hidden.length === 0 ? 0 : 1) > lines
  const body = isHeadTooTall ? {lines: shown.lines.slice(1), leftOut: []} : shown
  if (hidden.length === 0 || lines <= 2) return {...body, lines: topOf(body.lines, lines, style)}
  return {...body, lines: [...topOf(body.lines, lines - 1, style), style.faint(cut(hiddenText(hidden), style))]}
}

function hiddenText(rows: readonly LiveRow[]): string {
  const counts = worstFirst.flatMap(state => {
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
function leftOutLines({leftOut}: FiguresTable, style: Style): string[] {
  const text = `no room for ${leftOut.join(', ')}: see -o wide`
  return leftOut.length === 0 ? [] : wrap(text, style.columns).map(line => style.faint(line))
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
  const told: string[][] = [...groups.values()].map(group => {
    const [first] = group
    if (first === undefined) return []
    if (first.what === 'gone') return goneLines(group, formatClockSeconds(first.at), style)
    const where = group.length === 1 ? placeOf(first) : `${formatCount(group.length)} alike, first ${placeOf(first)}`
    return [cut(`${formatClockSeconds(first.at)}  ${where}: ${clean(first.what)}`, style)]
  })
  let left = most
  const fitting = told.toReversed().map(lines => {
    const fit = cutTo(lines, left, style)
    left -= fit.length
    return fit
  })
  return fitting.toReversed().flat()
}

/** "gone: a, b and 3 more": no row below shows any of them. */
function goneLines(group: readonly LagChange[], time: string, style: Style): string[] {
  const more = group.length > MOST_GONE_NAMES ? ` and ${formatCount(group.length - MOST_GONE_NAMES)} more` : ''
  const text = `gone: ${group.slice(0, MOST_GONE_NAMES).map(placeOf).join(', ')}${more}`
  const indent = ' '.repeat(time.length + 2)
  return wrap(text, style.columns - indent.length).map((line, index) => `${index === 0 ? `${time}  ` : indent}${line}`)
}

function placeOf({context, agent, queue}: LagChange): string {
  return clean([context, agent, queue].filter(part => part !== null && part !== '').join(' '))
}

function cut(line: string, {columns, ellipsis}: Style): string {
  const [first = '', ...rest] = wrap(line, columns - ellipsis.length - 1)
  return rest.length === 0 ? cutEnd(first, columns, ellipsis) : `${cutEnd(first, columns - 2, ellipsis)} ${ellipsis}`
}
