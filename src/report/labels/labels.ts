/** Labels for people: who writes under which, what is done to them on the way, and what is wrong with that. */
import type {LabelsReport} from '../../diagnose/labels/labels-report.ts'
import type {FindingReport, Report} from '../../diagnose/report.ts'
import {formatNumberOf} from '../../units.ts'
import {emptyContextLines} from '../empty-contexts.ts'
import {errorLines} from '../error-lines.ts'
import {findingHeadline, findingLines} from '../finding-lines.ts'
import {refusedContextLines} from '../refused-contexts.ts'
import {createStyle, type Style, type TerminalOptions} from '../style.ts'
import {clean, wrap} from '../text.ts'
import {agentsTable} from './agents.ts'
import {ruleLines} from './rules.ts'

/** `report` is the doctor's about the same facts, which findings refer to. Ends in a line break. */
export function renderLabels(labels: LabelsReport, report: Report | null, options: TerminalOptions): string {
  const style = createStyle(options)
  if (labels.error) return `${errorLines(labels.error, style).join('\n')}\ncould not start (exit ${labels.exitCode})\n`
  const {verbose = false, wide = false} = options
  const blocks = options.quiet
    ? []
    : [
        headerLines(labels, style),
        agentsTable(labels, wide, style),
        ruleLines(labels, wide || verbose, style),
        ...(report === null ? [] : findingBlocks(labels.findings, report, verbose, style)),
        problemLines(labels, style),
      ]
  return `${[...blocks, verdictLines(labels, style)]
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function headerLines({summary, contexts, identityLabels, keys, ended}: LabelsReport, style: Style): string[] {
  const [only] = contexts
  const where =
    contexts.length === 1 && only ? `context ${clean(only.name)}` : formatNumberOf(contexts.length, 'context')
  const words = [
    `${where}, ${formatNumberOf(summary.agents, 'agent')}; told apart by ${identityLabels.map(clean).join(' or ')} (--identity-label)`,
  ]
  const shared = keys.filter(({agents}) => agents === summary.agents && summary.agents > 0).map(({name}) => clean(name))
  const partly = keys.filter(({agents}) => agents > 0 && agents < summary.agents)
  if (summary.agents > 1) {
    words.push(`on all: ${shared.length === 0 ? 'no external label' : shared.join(', ')}`)
    if (partly.length > 0)
      words.push(
        `on some: ${partly.map(({name, agents}) => `${clean(name)} (${agents} of ${summary.agents})`).join(', ')}`,
      )
  }
  if (ended !== 'complete')
    words.push(
      ended === 'timeout'
        ? 'The time of the run (--timeout) was up before everything was read: what is missing is unknown.'
        : 'The run was stopped before everything was read: what is missing is unknown.',
    )
  return words.flatMap(line => wrap(line, style.columns))
}

/** Causes, each with what it explains; of one check and severity the first in full. Remarks (info) with -v. */
function findingBlocks(findings: readonly FindingReport[], report: Report, verbose: boolean, style: Style): string[][] {
  const causes = findings.filter(({explainedBy}) => explainedBy === undefined)
  const shown = causes.filter(({severity}) => verbose || severity !== 'info')
  const groups = new Map<string, FindingReport[]>()
  for (const finding of shown) {
    const key = verbose ? finding.key : `${finding.id} ${finding.severity}`
    groups.set(key, [...(groups.get(key) ?? []), finding])
  }
  const blocks = [...groups.values()].flatMap(([first, ...also]) => {
    if (first === undefined) return []
    return [
      findingLines(
        first,
        findings.filter(({explainedBy}) => explainedBy === first.key),
        also,
        report,
        style,
      ),
    ]
  })
  const remarks = verbose ? [] : causes.filter(({severity}) => severity === 'info')
  return [...blocks, remarks.flatMap(finding => findingHeadline(finding, [], style))]
}

function problemLines({contexts}: LabelsReport, style: Style): string[] {
  const lines = contexts.flatMap(({name, problem}) => (problem === undefined ? [] : [`? ${name}: ${problem}`]))
  return [
    ...lines.flatMap(line => wrap(clean(line), style.columns)),
    ...emptyContextLines({contexts}, style),
    ...refusedContextLines({contexts}, style),
  ]
}

function verdictLines({summary, exitCode, contexts}: LabelsReport, style: Style): string[] {
  const {agents, error, warning, unknown} = summary
  const blind = unknown + contexts.filter(({problem}) => problem !== undefined).length
  const parts = [
    error > 0 ? formatNumberOf(error, 'error') : '',
    warning > 0 ? formatNumberOf(warning, 'warning') : '',
    blind > 0 ? `${blind} not known` : '',
  ].filter(part => part !== '')
  const words =
    parts.length > 0
      ? parts.join(', ')
      : agents === 0
        ? 'no agent was found'
        : `labels of ${formatNumberOf(agents, 'agent')} are in order`
  const state = error > 0 ? 'losing' : warning > 0 ? 'behind' : blind > 0 || agents === 0 ? 'unknown' : 'delivering'
  return wrap(`${words} (exit ${exitCode})`, style.columns - 2).map((line, index) =>
    index === 0
      ? `${style.paintState(state, style.stateGlyph(state))} ${style.strong(line)}`
      : `  ${style.strong(line)}`,
  )
}
