/** A frame of `promfleet lag --watch`: the table with what each queue did lately, what changed, the verdict. Pure. */
import type {LagChange} from '../../diagnose/lag/changes.ts'
import type {LagFrame, LiveRow} from '../../diagnose/lag/history.ts'
import type {LagReport, LagRow} from '../../diagnose/lag/lag-report.ts'
import {formatClockSeconds, formatCount, formatSeconds} from '../../units.ts'
import {createStyle, type Style, type TerminalOptions} from '../style.ts'
import {clean, wrap} from '../text.ts'
import {type Decorate, type LagCells, lagCells} from './cells.ts'
import {lagLines} from './lag.ts'
import {sparkline} from './sparkline.ts'
import {lagTable} from './table.ts'
import {lagVerdictLines} from './verdict.ts'

export interface LiveOptions extends TerminalOptions {
  /** Lines that the terminal shows. */
  screenLines: number
  /** What the looks are apart. */
  intervalSeconds: number
}

/** No more lines than the screen has: what does not fit is counted, the best rows first. `changes`: newest last. */
export function renderFrame(frame: LagFrame, changes: readonly LagChange[], options: LiveOptions): string {
  const style = createStyle(options)
  // The line break that ends a frame leaves the cursor on a line of its own.
  const room = Math.max(4, options.screenLines - 1)
  const below = [
    ...changesLines(changes, style, Math.min(5, Math.floor(room / 5))),
    ...footerLines(frame, options, style),
  ]
  const left = room - below.length - (below.length > 0 ? 1 : 0)
  return [...tableOf(frame, left, options, style), ...(below.length > 0 ? [''] : []), ...below].slice(-room).join('\n')
}

/** When the watching ends: the whole table, however long. */
export function renderLastFrame(frame: LagFrame, changes: readonly LagChange[], options: TerminalOptions): string {
  const style = createStyle(options)
  const lines = lagLines(withRows(frame, frame.rows), options, style, decorateLive(frame, options, style))
  const told = changesLines(changes, style, changes.length)
  return `${[...told, ...(told.length > 0 ? [''] : []), ...lines].join('\n')}\n`
}

/** Where there is no terminal: a line for each row, the time in front, and one for each change. Ends in a line break. */
export function renderAppended(frame: LagFrame, options: TerminalOptions): string {
  const style = createStyle({...options, columns: 160})
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
  const decorate = decorateLive(frame, options, style)
  const table = (rows: readonly LiveRow[]) => lagTable(withRows(frame, rows), options, style, decorate)
  let count = Math.min(frame.rows.length, Math.max(1, lines))
  let shown = table(frame.rows.slice(0, count))
  while (shown.length + (count < frame.rows.length ? 1 : 0) > lines && count > 1) {
    const excess = shown.length + 1 - lines
    count = Math.max(1, count - Math.max(1, Math.floor(excess / 3)))
    shown = table(frame.rows.slice(0, count))
  }
  const hidden = frame.rows.slice(count)
  return hidden.length === 0 ? shown : [...shown, style.faint(hiddenText(hidden))]
}

const states = ['losing', 'silent', 'behind', 'unknown', 'delivering'] as const

function hiddenText(rows: readonly LiveRow[]): string {
  const counts = states.flatMap(state => {
    const count = rows.filter(row => row.state === state).length
    return count === 0 ? [] : [`${formatCount(count)} ${state}`]
  })
  return `and ${formatCount(rows.length)} more: ${counts.join(', ')}`
}

function footerLines({report}: LagFrame, {intervalSeconds}: LiveOptions, style: Style): string[] {
  const time = `${formatClockSeconds(report.takenAt)} UTC, every ${formatSeconds(intervalSeconds)}; q ends`
  return [...lagVerdictLines(report, style), ...wrap(time, style.columns).map(line => style.faint(line))]
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
