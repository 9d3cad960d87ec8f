/** The end of the report: what must not be done now, and the verdict with its exit code as the very last line. */
import type {AgentReport, Report, State} from '../diagnose/report.ts'
import {formatCount, formatNumberOf, formatSeconds} from '../units.ts'
import {agentName} from './agent-name.ts'
import {outageSeconds} from './agent-row.ts'
import {restartWarnings} from './restart-warnings.ts'
import {toldInVerdict} from './state-order.ts'
import type {Style} from './style.ts'
import {clean, wrap} from './text.ts'

export function verdictLines(report: Report, style: Style): string[] {
  const pad = ' '.repeat(style.stateGlyph(verdictState(report)).length + 1)
  const [first = '', ...more] = wrap(verdictText(report), style.columns - 3)
  return [...warningsOf(report, style), withGlyph(first, report, style), ...more.map(line => `${pad}${line}`)]
}

/** On one line, however long, with the agents that it is about: there is no table above it. */
export function verdictLine(report: Report, style: Style): string {
  return withGlyph(verdictText(report), report, style) + concernedAgents(report)
}

const mostNames = 3

/** ": cluster2 monitoring/agent-0, cluster3 monitoring/agent-1 and 4 more", worst first, expected ones too; '' when all deliver. */
function concernedAgents(report: Report): string {
  const concerned = toldInVerdict.flatMap(state => {
    if (state === 'delivering') return []
    const own = report.agents.filter(agent => agent.state === state)
    const names = own.map(agent => `${clean(agent.context)} ${agentName(agent, report)}`)
    return state === 'silent' ? [...missingAgents(report), ...names] : names
  })
  if (concerned.length === 0) return ''
  const more = concerned.length - mostNames
  return `: ${concerned.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`
}

/** Those that the fleet file expects and that are not there: they send as little as silent ones. */
function missingAgents({findings}: Report): string[] {
  const missing = findings.filter(({id, agents}) => id === 'workload/expected-missing' && agents.length === 0)
  return missing.map(({scope: {context = '', namespace = '', agent = 'an agent'}}) =>
    clean([context, [namespace, agent].filter(part => part !== '').join('/')].filter(part => part !== '').join(' ')),
  )
}

function warningsOf(report: Report, style: Style): string[] {
  const costs = report.agents.flatMap(agent =>
    agent.queues.map(({state, restartCost}) => {
      return {agent: `${clean(agent.context)} ${agentName(agent, report)}`, state, ...restartCost}
    }),
  )
  return restartWarnings(costs, style)
}

function verdictText(report: Report): string {
  const {exitCode} = report
  if (report.error) return `could not start (exit ${exitCode})`
  return `${countsOf(report)} (exit ${exitCode}${meaningOf(report)})${footnote(report)}`
}

function withGlyph(text: string, report: Report, style: Style): string {
  const state = verdictState(report)
  return `${style.paintState(state, style.stateGlyph(state))} ${style.strong(text)}`
}

/** Its glyph: by the exit code, so that it never looks better than that. */
function verdictState({exitCode, state}: Report): State {
  if (exitCode === 0) return state === 'delivering' ? 'delivering' : 'behind'
  if (exitCode === 3 || exitCode > 3) return state === 'delivering' ? 'unknown' : state
  return 'losing'
}

/** "1 losing, 1 behind with nothing delivered for 41 min, 1 delivering, 1 unknown": agents, expected ones too, and contexts that could not be read. */
function countsOf(report: Report): string {
  const states = report.agents.map(({state}) => state)
  states.push(...report.contexts.filter(({problem}) => problem !== undefined).map(() => 'unknown' as const))
  const counts = toldInVerdict.flatMap(state => {
    const count = states.filter(own => own === state).length
    return count === 0 ? [] : [`${count} ${state}${remarkOn(state, report)}`]
  })
  const {missing = 0} = report.summary
  if (missing > 0) counts.unshift(`${formatNumberOf(missing, 'expected agent')} missing`)
  return counts.length === 0 ? 'no agent was found' : counts.join(', ')
}

function remarkOn(state: State, report: Report): string {
  const agents = report.agents.filter(own => own.state === state)
  return `${outagesOf(agents, report)}${unjudgedBecause(agents, report)}`
}

/** `behind` alone reads as slow. */
function outagesOf(agents: readonly AgentReport[], {takenAt}: Report): string {
  const durations = agents.flatMap(agent => outageSeconds(agent, takenAt) ?? [])
  const longest = formatSeconds(Math.max(...durations))
  if (durations.length === 0) return ''
  if (agents.length === 1) return ` with nothing delivered for ${longest}`
  const whose = durations.length === agents.length ? 'all' : `${durations.length} of them`
  return ` (${whose} with nothing delivered, for ${durations.length === 1 ? '' : 'up to '}${longest})`
}

/** A state is always decided; why it is so only by checks, and the user may have left those out. None on security says why. */
function unjudgedBecause(agents: readonly AgentReport[], report: Report): string {
  const failing = agents.filter(({state}) => state !== 'delivering' && state !== 'unknown')
  const isExplained = ({key}: AgentReport) =>
    report.findings.some(finding => finding.group === 'state' && finding.agents.includes(key))
  if (failing.length === 0 || failing.every(isExplained)) return ''
  const isLeftOut = (option: string) =>
    report.checks.skipped.some(({id, reason}) => reason.endsWith(option) && !id.startsWith('security/'))
  const option = ['--only', '--skip'].find(isLeftOut)
  return option === undefined ? '' : `, not judged (${option})`
}

function meaningOf(report: Report): string {
  const {error: errorCount, warning: warningCount} = report.summary
  const errors = `${formatNumberOf(errorCount, 'error')}${kindsOfErrors(report)}`
  const warnings = formatNumberOf(warningCount, 'warning')
  switch (report.exitCode) {
    case 0:
      if (errorCount > 0) return `: ${errors}, which --fail-on lets pass`
      if (report.agents.some(isLosing)) return warningCount > 0 ? `: ${warnings} by the checks that were made` : ''
      return warningCount > 0 ? `: no error, ${warnings}` : ''
    case 1:
      if (errorCount === 0) return `: ${warnings}`
      return warningCount > 0 ? `: ${errors}, ${warnings}` : `: ${errors}`
    case 3:
      return `: nothing failing was seen, ${whatIsMissing(report)}`
    default:
      return ': stopped before everything was looked at'
  }
}

/** As many as are still shown one by one: above it the same of several agents stands under one headline. */
const mostSingle = 3

/** " of 4 kinds", where there are fewer headlines than findings. */
function kindsOfErrors({findings}: Report): string {
  const own = findings.filter(({cause, severity}) => cause && severity === 'error')
  const kinds = new Set(own.map(({id}) => id)).size
  return own.length > mostSingle && kinds < own.length ? ` of ${formatNumberOf(kinds, 'kind')}` : ''
}

function whatIsMissing({agents, contexts, checks}: Report): string {
  const blind = agents.filter(({state}) => state === 'unknown').length
  const unread = contexts.filter(({problem}) => problem !== undefined).length
  const missing = [
    ...(blind > 0 ? [`${blind} of ${agents.length} agents could not be judged`] : []),
    ...(unread > 0 ? [`${unread} of ${contexts.length} contexts could not be read`] : []),
    ...(checks.unknown.some(({id}) => id === 'central/unreachable') ? ['the central could not be read'] : []),
  ]
  if (missing.length > 0) return `but ${missing.join(', ')}`
  if (agents.length === 0) return 'but there was nothing to look at'
  const unmade = new Set(checks.unknown.map(({id}) => id)).size
  return unmade > 0 ? `but ${formatNumberOf(unmade, 'check')} could not be made` : 'but not all of it may be read'
}

function isLosing({state}: AgentReport): boolean {
  return state === 'losing' || state === 'silent'
}

/** A 2xx is not a stored sample, and is never worded so. */
function footnote({exitCode, agents}: Report): string {
  const delivering = agents.filter(({state}) => state === 'delivering').flatMap(({queues}) => queues)
  if (exitCode !== 0 || delivering.length === 0 || agents.some(isLosing)) return ''
  const stored = delivering.filter(({arrival}) => arrival === 'stored').length
  if (stored === delivering.length) return '. Stored: seen fresh at the central.'
  if (stored > 0)
    return `. ${stored} of ${formatNumberOf(delivering.length, 'queue')} seen fresh at the central, the rest accepted by the receiver: -v tells why it is not seen.`
  const isAsked = delivering.some(({central}) => central !== undefined)
  return isAsked
    ? '. Accepted by the receiver; -v tells why it is not seen at the central.'
    : '. Accepted by the receiver; give --central-context or --central-url to see that it is stored.'
}
