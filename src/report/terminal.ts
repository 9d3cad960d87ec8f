/**
 * The report for people, in the order of their questions: is data arriving, what is the one cause, how long until loss, what to
 * do and what not.
 */
import type {FindingReport, Report} from '../diagnose/report.ts'
import {formatClockSeconds, formatNumberOf} from '../units.ts'
import {podName} from './agent-name.ts'
import {agentsTable} from './agents-table.ts'
import {centralLines} from './central-lines.ts'
import {errorLines} from './error-lines.ts'
import {findingHeadline, findingLines} from './finding-lines.ts'
import {endpointLines} from './probe/endpoint.ts'
import {queueLines} from './queue-lines.ts'
import {resourceLines} from './resource-lines.ts'
import {createStyle, type Style, type TerminalOptions} from './style.ts'
import {clean, wrap} from './text.ts'
import {verdictLine, verdictLines} from './verdict-lines.ts'

export type {TerminalOptions} from './style.ts'

/** Ends in a line break. */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const style = createStyle(options)
  if (options.quiet && !report.error) return `${verdictLine(report, style)}\n`
  const blocks = report.error
    ? [errorLines(report.error, style)]
    : [
        headerLines(report, style),
        agentsTable(report, options, style),
        groupLines(report, style),
        options.verbose ? queueLines(report, style) : [],
        options.verbose ? centralLines(report, style) : [],
        options.verbose ? resourceLines(report, style) : [],
        ...findingBlocks(report, options, style),
        ...probeBlocks(report, options, style),
        remarkLines(report, options, style),
      ]
  return `${[...blocks, verdictLines(report, style)]
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

/** Ways that were tried: what they say of the causes above stands there already. */
function probeBlocks({probes = []}: Report, options: TerminalOptions, style: Style): string[][] {
  return probes.map(endpoint => endpointLines(endpoint, {...options, brief: !options.verbose}, style))
}

function headerLines(report: Report, style: Style): string[] {
  const {contexts, agents, queues} = report.summary
  const [only] = report.contexts
  const where = contexts === 1 && only ? `context ${clean(only.name)}` : formatNumberOf(contexts, 'context')
  const what = [where, formatNumberOf(agents, 'agent'), formatNumberOf(queues, 'queue'), watchedOf(report)]
  const lines = wrap(what.filter(part => part !== '').join(', '), style.columns)
  if (report.ended === 'timeout')
    lines.push(
      ...wrap(
        'The time of the run (--timeout) was up before everything was read: what is missing is unknown.',
        style.columns,
      ),
    )
  if (report.ended === 'interrupted')
    lines.push('The run was stopped before everything was read: what is missing is unknown.')
  return lines
}

function watchedOf({agents}: Report): string {
  const froms = agents.flatMap(({window}) => window.from ?? []).sort()
  const tos = agents.flatMap(({window}) => window.to ?? []).sort()
  const [from, to] = [froms[0], tos.at(-1)]
  if (from === undefined || to === undefined) return ''
  const [start, end] = [formatClockSeconds(from), formatClockSeconds(to)]
  return start === end ? `looked at once, ${end} UTC` : `watched ${start}-${end} UTC`
}

/** Replicas send the same data: what one does not send, another does. Where none delivers the table says all. */
function groupLines(report: Report, style: Style): string[] {
  return report.groups
    .filter(({redundancy, state}) => redundancy === 'lost' && state === 'delivering')
    .flatMap(({members}) => {
      const agents = report.agents.filter(({key}) => members.includes(key))
      const [first] = agents
      if (!first) return []
      const names = (delivers: boolean) =>
        someOf(agents.filter(({state}) => (state === 'delivering') === delivers).map(agent => podName(agent, report)))
      const place = clean(`${first.context} ${first.namespace}`)
      return wrap(`redundancy lost: ${place}: ${names(true)} still delivering, not ${names(false)}`, style.columns)
    })
}

function someOf(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ')
}

/**
 * Causes, each with what it explains folded under it. Findings of one check that can wait are shown once for all agents; while
 * something is failing, warnings that do not account for it are titles only: nobody mends labels during an outage.
 */
function findingBlocks(report: Report, {verbose = false}: TerminalOptions, style: Style): string[][] {
  const causes = report.findings.filter(({explainedBy}) => explainedBy === undefined)
  const shown = verbose ? causes : causes.filter(finding => !isRemark(finding, foldedUnder(finding, report)))
  const inFull = (finding: FindingReport, also: readonly FindingReport[]) => {
    return findingLines(finding, foldedUnder(finding, report), also, report, style)
  }
  if (verbose) return shown.map(finding => inFull(finding, []))
  const failing = shown.some(({group, severity}) => group === 'state' && severity === 'error')
  const blocks: string[][] = []
  const titles: string[] = []
  for (const [finding, ...others] of alike(shown)) {
    if (!finding) continue
    // What may not be read may be why a reason is not visible.
    const waits = finding.severity !== 'error' && !finding.id.startsWith('access/')
    if (failing && finding.group === 'rest' && waits) {
      titles.push(...findingHeadline(finding, others, style))
    } else blocks.push(inFull(finding, others))
  }
  return [...blocks, titles]
}

/** So many findings of one check are shown one by one when they account for the state. */
const mostAlike = 3

/** Findings of one check and severity together, at the place of the first. */
function alike(findings: readonly FindingReport[]): FindingReport[][] {
  const groups = new Map<string, FindingReport[]>()
  for (const finding of findings) {
    const {group, id, severity} = finding
    const same = findings.filter(other => other.group === group && other.id === id && other.severity === severity)
    const alone = group !== 'rest' && same.length <= mostAlike
    const key = alone ? finding.key : [group, id, severity].join(' ')
    groups.set(key, [...(groups.get(key) ?? []), finding])
  }
  return [...groups.values()]
}

function foldedUnder(finding: FindingReport, report: Report): FindingReport[] {
  return report.findings.filter(({explainedBy}) => explainedBy === finding.key)
}

function isRemark(finding: FindingReport, folded: readonly FindingReport[]): boolean {
  return [finding, ...folded].every(({severity}) => severity === 'info')
}

function remarkLines(report: Report, {verbose = false}: TerminalOptions, style: Style): string[] {
  const lines = verbose
    ? unjudgedInFull(report, style)
    : [...remarks(report), ...unjudged(report)].flatMap(line => wrap(line, style.columns))
  return lines.map(line => style.faint(line))
}

function remarks(report: Report): string[] {
  const folded = report.findings.filter(
    finding => finding.explainedBy === undefined && isRemark(finding, foldedUnder(finding, report)),
  )
  if (folded.length === 0) return []
  const subjects = [...new Set(folded.map(({id}) => id.split('/')[0]))].join(', ')
  return [
    `${formatNumberOf(folded.length, 'remark')} (info) on ${subjects}: -v shows ${folded.length === 1 ? 'it' : 'them'}.`,
  ]
}

/** The agent, or the context where the whole of it is meant. */
function placeOf({context = 'the fleet', namespace, pod, agent}: FindingReport['scope']): string {
  return clean(namespace === undefined ? context : `${context} ${namespace}/${pod ?? agent ?? '*'}`)
}

/** Never counted as healthy, so never silent. */
function unjudged({checks}: Report): string[] {
  const ids = new Set(checks.unknown.map(({id}) => id))
  if (ids.size === 0) return []
  const places = [...new Set(checks.unknown.map(({scope}) => placeOf(scope)))]
  // Whoever named a central wants to know what is stored, and what keeps it from being seen.
  const central = checks.unknown.flatMap(({id, reason}) => (id === 'central/unreachable' ? `? ${clean(reason)}` : []))
  return [
    ...central,
    `${formatNumberOf(ids.size, 'check')} could not be made for ${someOf(places)} for lack of evidence: -v tells which and why.`,
  ]
}

function unjudgedInFull({checks}: Report, style: Style): string[] {
  const idsByReason = new Map<string, string[]>()
  for (const {id, reason} of checks.unknown) idsByReason.set(reason, [...(idsByReason.get(reason) ?? []), id])
  const catalogue = [...checks.passed, ...checks.found, ...[...checks.skipped, ...checks.unknown].map(({id}) => id)]
  return [...idsByReason].flatMap(([reason, ids]) => {
    const [first = '', ...more] = wrap(`? ${clean(reason)}`, style.columns - 2)
    const names = wrap(`not judged: ${inSubjects(ids, catalogue).join(', ')}`, style.columns - 4)
    return [first, ...more.map(line => `  ${line}`), ...names.map(line => `    ${line}`)]
  })
}

/** "receiver/*" for a subject of which all is named. */
function inSubjects(ids: readonly string[], catalogue: readonly string[]): string[] {
  const isWhole = (subject: string) => catalogue.every(id => !id.startsWith(`${subject}/`) || ids.includes(id))
  const names = ids.map(id => {
    const [subject = ''] = id.split('/')
    return isWhole(subject) ? `${subject}/*` : id
  })
  return [...new Set(names)]
}
