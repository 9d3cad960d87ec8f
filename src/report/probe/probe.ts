/** Ways to receivers for people: per endpoint a table of places and layers, what fails, whom to believe, and what to do. */
import type {ProbeVerdict} from '../../diagnose/probe/endpoint-probe.ts'
import type {ProbeReport} from '../../diagnose/probe/probe-report.ts'
import {formatNumberOf} from '../../units.ts'
import {emptyContextLines} from '../empty-contexts.ts'
import {errorLines} from '../error-lines.ts'
import {expectedMissingLines, expectedMissingWords} from '../expected-missing-lines.ts'
import {refusedContextLines} from '../refused-contexts.ts'
import {createStyle, type Style, type TerminalOptions} from '../style.ts'
import {clean, wrap} from '../text.ts'
import {canaryWords} from './canary-words.ts'
import {endpointLines} from './endpoint.ts'
import {endpointInBrief} from './in-brief.ts'
import {noRemoteWriteLines, noRemoteWriteWords} from './no-remote-write.ts'
import {notStoredLines} from './stored.ts'

/** Ends in a line break. */
export function renderProbe(report: ProbeReport, options: TerminalOptions): string {
  const style = createStyle(options)
  if (report.error) return `${errorLines(report.error, style).join('\n')}\ncould not start (exit ${report.exitCode})\n`
  if (options.quiet && report.endpoints.length > 0)
    return `${[
      ...report.endpoints.map(endpoint => endpointInBrief(endpoint, style)),
      ...noRemoteWriteLines(report, style),
      ...expectedMissingLines(report, style),
      ...problemLines(report, style),
    ].join('\n')}\n`
  const blocks = options.quiet
    ? []
    : [
        headerLines(report, style),
        ...report.endpoints.map(endpoint =>
          endpointLines(endpoint, {...options, hasCentral: isCentralRead(report)}, style),
        ),
        notStoredLines(report).flatMap(line =>
          wrap(clean(line), style.columns - 2).map((part, index) => `${index === 0 ? '' : '  '}${part}`),
        ),
        [
          ...noRemoteWriteLines(report, style),
          ...expectedMissingLines(report, style),
          ...problemLines(report, style),
          ...emptyContextLines(report, style),
          ...refusedContextLines(report, style),
        ],
      ]
  return `${[...blocks, verdictLines(report, style)]
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function isCentralRead({central, otherCentrals = []}: ProbeReport): boolean {
  return central !== undefined && [central, ...otherCentrals].some(({problem}) => problem === null)
}

function headerLines({summary, contexts, ended}: ProbeReport, style: Style): string[] {
  const [only] = contexts
  const where =
    contexts.length === 1 && only ? `context ${clean(only.name)}` : formatNumberOf(contexts.length, 'context')
  const words = `${where}, ${formatNumberOf(summary.agents, 'agent')}, ${formatNumberOf(summary.endpoints, 'endpoint')}`
  const early = {
    complete: [],
    timeout: ['The time of the run (--timeout) was up before everything was tried: what is missing is unknown.'],
    interrupted: ['The run was stopped before everything was tried: what is missing is unknown.'],
  }
  return [words, ...early[ended]].flatMap(line => wrap(line, style.columns))
}

function problemLines({contexts}: ProbeReport, style: Style): string[] {
  return contexts.flatMap(({name, problem}) =>
    problem === undefined
      ? []
      : wrap(clean(`${name}: ${problem}`), style.columns - 2).map(
          (line, index) => `${index === 0 ? style.paintState('unknown', '?') : ' '} ${line}`,
        ),
  )
}

function verdictLines(report: ProbeReport, style: Style): string[] {
  const {summary, exitCode, endpoints, contexts, storedUnknown} = report
  // By the exit code: what could not be proven is no success.
  const state = summary.broken > 0 ? 'losing' : exitCode === 0 ? 'delivering' : 'unknown'
  const counts = (['broken', 'unknown', 'works'] as const).flatMap(outcome =>
    summary[outcome] > 0
      ? `${summary[outcome]} ${outcome === 'works' ? (summary.works === 1 ? 'works' : 'work') : outcome}`
      : [],
  )
  const unread = contexts.filter(({problem}) => problem !== undefined).length
  const hasCanaries = endpoints.some(({canaries: own = []}) => own.length > 0)
  // Of what is broken nothing arrives that could be stored.
  const storedWords =
    storedUnknown === undefined || summary.works + summary.unknown === 0
      ? []
      : [hasCanaries ? 'what agents send is not known to be stored' : 'not known to be stored']
  const unproven = [
    ...canaryWords(endpoints.flatMap(({canaries: own = []}) => own)),
    ...storedWords,
    ...(unread > 0 ? [`${formatNumberOf(unread, 'context')} not read`] : []),
    ...noRemoteWriteWords(report),
    ...expectedMissingWords(report),
  ]
  const first = endpoints[0]
  const layer: ProbeVerdict['layer'] = summary.broken > 0 ? (first?.verdict.layer ?? null) : null
  const words =
    summary.endpoints === 0
      ? ['no endpoint was found to look at', ...noRemoteWriteWords(report), ...expectedMissingWords(report)].join(', ')
      : `${[...counts, ...unproven].join(', ')}${layer === null ? '' : `; first failing layer: ${layer}`}`
  return wrap(`${words} (exit ${exitCode})`, style.columns - 2).map((line, index) =>
    index === 0 ? `${style.paintState(state, style.stateGlyph(state))} ${line}` : `  ${line}`,
  )
}
