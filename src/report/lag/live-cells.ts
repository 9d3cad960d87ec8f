/** What the rows of a watch say beside those of a single look: how it went lately, and how old it is. Pure. */
import type {LagFrame, LiveRow} from '../../diagnose/lag/history.ts'
import type {LagReport, LagRow} from '../../diagnose/lag/lag-report.ts'
import {formatSeconds} from '../../units.ts'
import type {Style, TerminalOptions} from '../style.ts'
import type {Decorate, LagCells} from './cells.ts'
import {sparkline} from './sparkline.ts'

/** Rows that the state of the report counts, and what a stale row knew; the rest of the report stays as it is. */
export function withRows({report}: LagFrame, rows: readonly LiveRow[]): LagReport {
  return {...report, rows: [...rows]}
}

/** A lag that is ordinary keeps to the lower half. */
const LAG_FULL_SECONDS = 60

export function decorateLive({rows}: LagFrame, options: TerminalOptions, style: Style): Decorate {
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
export function shownState({problem, state}: LiveRow): LiveRow['state'] {
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
