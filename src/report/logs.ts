/** The report about logs for people: each kind of line once, what holds now first, the counts last. */
import type {AgentLogReport, LogKind, LogPlace, LogReport} from '../diagnose/logs/log-report.ts'
import {formatClock, formatCount, formatNumberOf} from '../units.ts'
import {errorLines} from './error-lines.ts'
import {expectedMissingLines, expectedMissingWords} from './expected-missing-lines.ts'
import {refusedContextLines} from './refused-contexts.ts'
import {createStyle, type Style, type TerminalOptions} from './style.ts'
import {clean, padEnd, widthOf, wrap} from './text.ts'

const indent = 4
const labelWidth = 6
/** Agents of one kind shown without -v. */
const mostPlaces = 5
/** Of a line that is not recognised; errors are shown whole. */
const longestSample = 600

/** Ends in a line break. */
export function renderLogs(report: LogReport, options: TerminalOptions): string {
  const style = createStyle(options)
  const blocks = report.error
    ? [errorLines(report.error, style)]
    : [
        ...report.kinds.map(kind => kindLines(kind, report, options, style)),
        [...expectedMissingLines(report, style), ...unreadLines(report, style), ...refusedContextLines(report, style)],
        heldBackNote(report, style),
      ]
  return `${[...blocks, lastLines(report, style)]
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

/** "receiver/disabled: 404, the receiver is off"; for lines of no signature what they say themselves. */
export function kindWords({
  cause,
  title,
  signature,
  level,
}: Pick<LogKind, 'cause' | 'title' | 'signature' | 'level'>): string {
  if (signature === null) return `(not recognised, ${level}): ${clean(title)}`
  return cause === null ? clean(title) : `${cause}: ${clean(title)}`
}

/** The glyph of the kind in its colour. */
export function kindGlyph({severity}: Pick<LogKind, 'severity'>, style: Style): string {
  return style.paintSeverity(severity, style.severityGlyph(severity))
}

function kindLines(kind: LogKind, report: LogReport, {verbose = false}: TerminalOptions, style: Style): string[] {
  const lines = headline(kind, report, style)
  const add = (label: string, text: string) => {
    wrap(clean(text), style.columns - indent - labelWidth).forEach((line, index) => {
      const head = style.faint(padEnd(index === 0 ? label : '', labelWidth))
      lines.push(`${' '.repeat(indent)}${head}${line}`.trimEnd())
    })
  }
  const places = verbose ? kind.places : kind.places.slice(0, mostPlaces)
  if (!fitsInHeadline(kind, report, style)) {
    places.forEach((place, index) => {
      add(index === 0 ? 'seen' : '', `${whereWords(place, report)}, ${whenWords(place, report)}`)
    })
  }
  const rest = kind.places.length - places.length
  if (rest > 0) add('', `and in ${formatNumberOf(rest, 'more place')} (-v shows them)`)
  const [newest] = kind.places
  if (newest) add('says', saidWords({...newest, signature: kind.signature}))
  if (verbose && kind.meaning !== null) add('means', kind.meaning)
  if (kind.remedy !== null) add('do', kind.remedy)
  return lines
}

/** With one place, time and place stand behind the words where they fit. */
function headline(kind: LogKind, report: LogReport, style: Style): string[] {
  const [place] = kind.places
  const glyph = kindGlyph(kind, style)
  const words = kindWords(kind)
  if (place && fitsInHeadline(kind, report, style)) {
    const tail = `${whenWords(place, report)}   ${whereWords(place, report)}`
    const gap = ' '.repeat(style.columns - 2 - widthOf(words) - widthOf(tail))
    return [`${glyph} ${style.strong(words)}${gap}${tail}`]
  }
  return wrap(words, style.columns - 2).map((line, index) => `${index === 0 ? glyph : ' '} ${style.strong(line)}`)
}

function fitsInHeadline(kind: LogKind, report: LogReport, style: Style): boolean {
  const [place] = kind.places
  if (!place || kind.places.length !== 1) return false
  const words = [kindWords(kind), whenWords(place, report), whereWords(place, report)]
  return 2 + words.reduce((sum, text) => sum + widthOf(text) + 3, 0) <= style.columns
}

/** "cluster2 monitoring/agent-0, queue 7b9425"; the context only where there are several, the container where the pod holds more. */
function whereWords({context, namespace, pod, container, queue}: LogPlace, {contexts, logs}: LogReport): string {
  const inPod = logs.filter(log => log.context === context && log.namespace === namespace && log.pod === pod)
  const words = [
    `${contexts.length > 1 ? `${clean(context)} ` : ''}${clean(namespace)}/${clean(pod)}`,
    ...(inPod.length > 1 ? [`container ${clean(container)}`] : []),
    ...(queue === null ? [] : [`queue ${clean(queue)}`]),
  ]
  return words.join(', ')
}

/** "since 02:03, at least once a minute"; "02:03-02:14, 4 times"; "02:10, once". */
export function whenWords(
  {first, last, lines, rate, current}: Pick<LogPlace, 'first' | 'last' | 'lines' | 'rate' | 'current'>,
  {takenAt}: {takenAt: string},
): string {
  if (first === null || last === null) return `${timesWords(lines, rate)}, at no known time`
  const [from, to] = [formatClock(first, takenAt), formatClock(last, takenAt)]
  const span = lines > 1 && current ? `since ${from}` : from === to ? from : `${from}-${to}`
  return `${span}, ${timesWords(lines, rate)}`
}

function timesWords(lines: number, rate: LogPlace['rate']): string {
  if (rate === 'at-least-once-a-minute') return 'at least once a minute'
  const times = lines === 1 ? 'once' : `${formatCount(lines)} times`
  return rate === 'lines' ? times : `at least ${times}`
}

/** The error whole where there is one, since it is the receiver's own word; else the line without what stands in front of it. */
export function saidWords({
  error,
  sample,
  signature,
}: {
  error: string | null
  sample: string
  signature: string | null
}): string {
  if (signature !== null && error !== null) return error
  const text = sample.replace(/^(?:\d{4}-\d\S+ )?(?:(?:ts|time|caller|source|level)=\S+ )+/, '')
  return text.length > longestSample ? `${text.slice(0, longestSample)}…` : text
}

/** Never counted as quiet. */
function unreadLines(report: LogReport, style: Style): string[] {
  const texts = [
    ...report.contexts.flatMap(({name, problem}) => (problem === undefined ? [] : [`${name}: ${problem}`])),
    ...report.logs.flatMap(log => unreadText(log, report)),
  ]
  return texts.flatMap(text =>
    wrap(clean(text), style.columns - 2).map(
      (line, index) => `${index === 0 ? style.paintState('unknown', '?') : ' '} ${line}`,
    ),
  )
}

function unreadText(
  {context, namespace, pod, name, problem, complete}: AgentLogReport,
  {previous}: LogReport,
): string[] {
  const place = `${context} ${namespace}/${pod === '' ? name : pod}`
  if (problem !== null) return [`${place}: its ${previous ? 'previous ' : ''}log could not be read: ${problem}`]
  return complete ? [] : [`${place}: only part of its log could be read, lines between may be missing`]
}

const newerFormat = /^(?:\d{4}-\d\S+ )?(?:time=|\{"time":)/

/** Prometheus 3 prints a repeated message once a minute for all queues together, so that silence proves nothing. */
function heldBackNote({kinds}: LogReport, style: Style): string[] {
  const places = kinds
    .flatMap(kind => kind.places)
    .filter(({queue, sample}) => queue !== null && newerFormat.test(sample))
  const agents = new Map<string, Set<string | null>>()
  for (const {context, namespace, pod, queue} of places) {
    const key = `${context} ${namespace}/${pod}`
    agents.set(key, (agents.get(key) ?? new Set()).add(queue))
  }
  if (![...agents.values()].some(queues => queues.size > 1)) return []
  const text =
    'Prometheus 3 prints a repeated message once a minute for all queues together: what one queue says may hide another. "promfleet doctor" judges each by its metrics.'
  return wrap(text, style.columns).map(line => style.faint(line))
}

/** A context that could not be read may well have agents. */
function noneWords({contexts}: LogReport): string {
  const blind = contexts.filter(({problem}) => problem !== undefined)
  const [only] = blind
  if (!only) return 'no agent was found'
  return `which agents there are in ${blind.length === 1 ? clean(only.name) : formatNumberOf(blind.length, 'context')} is not known`
}

function lastLines(report: LogReport, style: Style): string[] {
  const {exitCode, summary, logs, previous} = report
  const {kinds, lines, shownLines} = summary
  if (report.error) return [`could not start (exit ${exitCode})`]
  const missing = expectedMissingWords(report).map(words => `, ${words}`)
  if (logs.length === 0)
    return wrap(
      `${style.paintState('unknown', '?')} ${noneWords(report)}${missing.join('')} (exit ${exitCode})`,
      style.columns,
    )
  const ordinary = lines - shownLines
  const read = logs.filter(({problem}) => problem === null).length
  const words = [
    kinds === 0
      ? `nothing to tell in ${formatNumberOf(lines, 'line')}`
      : `${formatNumberOf(kinds, 'kind')} in ${formatNumberOf(lines, 'line')}`,
    ` of ${read === logs.length ? '' : `${read} of `}${formatNumberOf(logs.length, previous ? 'previous log' : 'log')}`,
    ...missing,
    ordinary > 0 ? `; ${formatNumberOf(ordinary, 'line')} of ordinary work not shown (--raw shows all)` : '',
    ` (exit ${exitCode})`,
  ]
  return wrap(words.join(''), style.columns)
}
