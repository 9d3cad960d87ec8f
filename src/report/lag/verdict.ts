/** The end of lag's screen: what must not be done now, and the counts with the exit code as the very last line. */
import type {LagFailOver, LagReport, LagRow} from '../../diagnose/lag/lag-report.ts'
import type {State} from '../../diagnose/report.ts'
import {formatCount, formatNumberOf, formatSeconds} from '../../units.ts'
import {restartWarnings} from '../restart-warnings.ts'
import {toldInVerdict} from '../state-order.ts'
import type {Style} from '../style.ts'
import {clean, wrap} from '../text.ts'
import {fullAgentNamer} from './names.ts'

const mostNames = 3

/** `gone`: agents that a watch saw before and sees no more. */
export function lagVerdictLines(report: LagReport, style: Style, gone = 0): string[] {
  return [...restartLines(report, style), ...countsLines(report, style, gone)]
}

/** How many are in which state, and the exit code. */
export function countsLines(report: LagReport, style: Style, gone = 0): string[] {
  const glyph = glyphOf(report, style)
  const pad = ' '.repeat(style.stateGlyph(stateOf(report)).length + 1)
  const [first = '', ...more] = wrap(verdictText(report, gone), style.columns - pad.length)
  return [`${glyph} ${style.strong(first)}`, ...more.map(line => `${pad}${style.strong(line)}`)]
}

/** On one line, however long, with what it is about: there is no table above it. */
export function lagVerdictLine(report: LagReport, style: Style, gone = 0): string {
  const nameOf = fullAgentNamer(report.rows)
  const names = [...new Set(report.rows.filter(({state}) => state !== 'delivering').map(nameOf))]
  const more = names.length > mostNames ? ` and ${formatCount(names.length - mostNames)} more` : ''
  const about = names.length === 0 ? '' : `: ${names.slice(0, mostNames).join(', ')}${more}`
  return `${glyphOf(report, style)} ${style.strong(verdictText(report, gone))}${about}`
}

/** What must not be restarted now; [] where nothing large would be lost. */
export function restartLines({rows}: LagReport, style: Style): string[] {
  const nameOf = fullAgentNamer(rows)
  const costs = rows.flatMap(row =>
    row.queue?.restartCost.seconds == null ? [] : [costOf(row, row.queue, nameOf(row))],
  )
  return restartWarnings(costs, style)
}

function costOf({state}: LagRow, {restartCost}: NonNullable<LagRow['queue']>, agent: string) {
  return {agent, state, ...restartCost}
}

function glyphOf(report: LagReport, style: Style): string {
  const state = stateOf(report)
  return style.paintState(state, style.stateGlyph(state))
}

/** Its glyph never looks better than the exit code. */
function stateOf({exitCode, state, ended}: LagReport): State {
  if (exitCode >= 130 && ended === 'complete') return state // a watch that was ended between two looks
  if (exitCode === 0) return state === 'delivering' ? 'delivering' : 'behind'
  return exitCode === 1 && state === 'delivering' ? 'behind' : state === 'delivering' ? 'unknown' : state
}

function verdictText(report: LagReport, gone: number): string {
  const {exitCode, summary, error} = report
  if (error) return `could not start (exit ${exitCode})`
  const counts = toldInVerdict.flatMap(state =>
    summary[state] === 0 ? [] : [`${formatCount(summary[state])} ${state}`],
  )
  const seen = counts.length === 0 ? 'no agent was found' : counts.join(', ')
  const more = gone === 0 ? '' : `; ${goneInWords(gone)}`
  return `${seen}${more} (exit ${exitCode}${meaningOf(report)})`
}

function goneInWords(gone: number): string {
  return `${formatNumberOf(gone, 'agent')} that ${gone === 1 ? 'was seen before is' : 'were seen before are'} gone`
}

function meaningOf(report: LagReport): string {
  const {exitCode, ended, summary, failOver, failOverSeconds, storedUnknown = [], findings} = report
  if (exitCode >= 130) return ended === 'complete' ? ': stopped' : ': stopped before everything was looked at'
  if (failOver !== undefined && failOverSeconds !== null) {
    const unstored = storedUnknown.length > 0 ? '; whether it is stored is not known' : ''
    return `: ${failOverInWords(failOver, formatSeconds(failOverSeconds), report)}${unstored}`
  }
  if (exitCode !== 3) return ''
  const unstored = findings.filter(({id}) => id === 'central/not-fresh').length
  const blind = [
    ...(summary.unknown > 0 ? [`${formatNumberOf(summary.unknown, 'row')} could not be judged`] : []),
    ...(storedUnknown.length > 0 ? ['whether it is stored is not known'] : []),
    ...(unstored > 0 ? [`the central has nothing fresh of ${formatNumberOf(unstored, 'queue')}`] : []),
  ].join(', and ')
  return `: nothing failing was seen${blind === '' ? '' : `, but ${blind}`}${ended === 'timeout' ? ' in the time of the run' : ''}`
}

/** Which rule of --fail-over applied, for which row, and for how many more. */
function failOverInWords(failOver: LagFailOver, limit: string, {contexts}: LagReport): string {
  const {rule, key, queue, lagSeconds, others} = failOver
  const who = clean([key ?? '', ...(queue === null ? [] : [`queue ${queue}`])].join(' '))
  const lag = lagSeconds === null ? '' : formatSeconds(lagSeconds)
  const more = others === 0 ? '' : `; and ${formatCount(others)} more`
  switch (rule) {
    case 'losing':
      return `${who} loses data, whatever its lag${more === '' ? '' : `${more} that ${others === 1 ? 'fails' : 'fail'}`}`
    case 'silent':
      return `${who} sends nothing${more === '' ? '' : `${more} that ${others === 1 ? 'fails' : 'fail'}`}`
    case 'over':
      return `${who} is ${lag} behind, over the limit of ${limit}${more}`
    case 'unknown': {
      const known = lag === '' ? 'is not known' : `is at least ${lag}, how much more is not known`
      return `no lag over ${limit} was seen, but that of ${who} ${known}${more}`
    }
    case 'none-over':
      return `no lag over ${limit}, the largest is ${lag}`
    case 'nothing-seen': {
      const empty = contexts.flatMap(({noAgents}) => noAgents?.why ?? [])
      return `nothing was looked at: ${clean(empty[0] ?? 'no agent was found')}${empty.length > 1 ? ` and ${formatCount(empty.length - 1)} more contexts without agents` : ''}`
    }
  }
}
