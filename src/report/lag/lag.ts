/** `promfleet lag` for people: the table, the sums, what must not be done, the verdict. Ends in a line break. Pure. */
import type {LagReport} from '../../diagnose/lag/lag-report.ts'
import {formatClockSeconds, formatCount, formatNumberOf} from '../../units.ts'
import {emptyContextLines} from '../empty-contexts.ts'
import {errorLines} from '../error-lines.ts'
import {refusedContextLines} from '../refused-contexts.ts'
import {createStyle, type Style, type TerminalOptions} from '../style.ts'
import {clean, wrap} from '../text.ts'
import {type Decorate, isMean, isShort} from './cells.ts'
import {contradictionLines} from './contradictions.ts'
import {lagQueueLines} from './queue-lines.ts'
import {lagTable} from './table.ts'
import {lagTotalsLines} from './totals.ts'
import {lagVerdictLine, lagVerdictLines} from './verdict.ts'

export function renderLag(report: LagReport, options: TerminalOptions): string {
  const style = createStyle(options)
  if (options.quiet && !report.error) return `${lagVerdictLine(report, style)}\n`
  return `${lagLines(report, options, style).join('\n')}\n`
}

/** `live`: what a watch adds to the rows, and how many agents it saw that are gone. */
export function lagLines(
  report: LagReport,
  options: TerminalOptions,
  style: Style,
  live: {decorate?: Decorate; gone?: number} = {},
): string[] {
  const blocks = report.error
    ? [errorLines(report.error, style)]
    : [
        headerLines(report, style),
        lagTable(report, options, style, {decorate: live.decorate}).lines,
        remarkLines(report, style),
        contradictionLines(report, style),
        lagTotalsLines(report, style),
        options.verbose ? lagQueueLines(report, style) : [],
      ]
  return [...blocks, lagVerdictLines(report, style, live.gone)]
    .filter(lines => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

/** What the table does not say of itself. */
export function remarkLines(report: LagReport, style: Style): string[] {
  return [
    ...hiddenLines(report, style),
    ...emptyContextLines(report, style),
    ...refusedContextLines(report, style),
    ...storedUnknownLines(report, style),
    ...roughLines(report, style),
  ]
}

function headerLines(report: LagReport, style: Style): string[] {
  const {summary, contexts, ended} = report
  const [only] = contexts
  const isOfCentral = report.seenFrom === 'central'
  const where = isOfCentral
    ? formatNumberOf(summary.contexts, 'place')
    : contexts.length === 1 && only
      ? `context ${clean(only.name)}`
      : formatNumberOf(summary.contexts, 'context')
  const what = [
    ...(isOfCentral ? ['as the central stores it'] : []),
    where,
    formatNumberOf(summary.agents, 'agent'),
    formatNumberOf(summary.queues, 'queue'),
  ]
  const lines = wrap([...what, ...watchedOf(report)].join(', '), style.columns)
  if (ended === 'timeout') {
    const text = 'The time of the run (--timeout) was up before everything was read: what is missing is unknown.'
    lines.push(...wrap(text, style.columns))
  }
  if (ended === 'interrupted') lines.push('The run was stopped before everything was read: what is missing is unknown.')
  return lines
}

function watchedOf({rows, isSingleScrape, seenFrom}: LagReport): string[] {
  const froms = rows.flatMap(({window}) => window.from ?? []).sort()
  const tos = rows.flatMap(({window}) => window.to ?? []).sort()
  const [from, to] = [froms[0], tos.at(-1)]
  if (from === undefined || to === undefined) return []
  if (isSingleScrape && seenFrom !== 'central')
    return [`looked at once, ${formatClockSeconds(to)} UTC: ~ are means since each process started`]
  const [start, end] = [formatClockSeconds(from), formatClockSeconds(to)]
  return [start === end ? `looked at once, ${end} UTC` : `watched ${start}-${end} UTC`]
}

/** Why STORED shows a question mark: each reason once. */
function storedUnknownLines({rows, seenFrom, storedUnknown = []}: LagReport, style: Style): string[] {
  if (seenFrom !== 'both') return []
  const reasons = [...storedUnknown, ...rows.flatMap(({queue}) => queue?.central?.unknownBecause ?? [])]
  const texts = [...new Set(reasons)].map(reason => `whether it is stored is not known: ${clean(reason)}`)
  // An agent with several queues may send each somewhere else.
  const open = rows.filter(({queue}) => queue !== null && queue.central == null).length
  if (open > 0)
    texts.push(
      `? under STORED: which central ${open === 1 ? 'it leads' : `these ${formatCount(open)} queues lead`} to is not known`,
    )
  return texts.flatMap(text => wrap(text, style.columns)).map(line => style.faint(line))
}

/** Where one scrape was asked for, the first line says so. */
function roughLines({rows, isSingleScrape}: LagReport, style: Style): string[] {
  const texts = [
    ...(isSingleScrape || !rows.some(isMean)
      ? []
      : ['~ is a mean since the process started: of that agent one scrape came']),
    ...(rows.some(isShort)
      ? ['~ is rough: of less than three scrapes, or of a batch or two; a longer --interval tells more']
      : []),
  ]
  return texts.flatMap(text => wrap(text, style.columns)).map(line => style.faint(line))
}

/** --only-behind hides what delivers, and says so. */
function hiddenLines({rows, summary}: LagReport, style: Style): string[] {
  const all = summary.losing + summary.silent + summary.behind + summary.unknown + summary.delivering
  const hidden = all - rows.length
  return hidden <= 0
    ? []
    : [style.faint(`not shown: ${formatNumberOf(hidden, 'row')} that ${hidden === 1 ? 'delivers' : 'deliver'}`)]
}
