/** From facts and what the checks found to the report: states, causes in order, the verdict's exit code. Pure. */
import type {CheckRun} from '../checks/run.ts'
import type {FleetFacts} from '../facts/fleet.ts'
import {reportAgent} from './agent-report.ts'
import {findingsInOrder} from './causes.ts'
import {reportCentrals} from './central-report.ts'
import {reportContext} from './context-report.ts'
import {exitCodeOf, type FailOn} from './exit-code.ts'
import {reportGroups} from './groups.ts'
import {isMissingAgent} from './lead.ts'
import {reportEndpoints} from './probe/endpoints.ts'
import {withProbes} from './probe/on-findings.ts'
import {worstState} from './rank.ts'
import type {Report} from './report.ts'
import {scopeWords} from './scope.ts'
import {decideAgentState} from './state.ts'

export interface DiagnoseOptions {
  failOn: FailOn
  /** The exit code of an interruption (130, 143), which wins over what was found; null or left out: none. */
  interruptedWith?: number | null
  /** The fleet file in effect; left out: none. */
  fleetFile?: string | undefined
}

export function diagnose(
  facts: FleetFacts,
  run: CheckRun,
  {failOn, interruptedWith = null, fleetFile}: DiagnoseOptions,
): Report {
  const {evidence} = facts
  const decisions = facts.agents.map(agent => decideAgentState(agent, facts.agents))
  const contexts = facts.contexts.map(reportContext)
  const findings = findingsInOrder(facts, run.findings, decisions)
  const groups = reportGroups(decisions)
  const probes = facts.probes.length > 0 ? reportEndpoints(facts) : []
  const unread = contexts.filter(({problem}) => problem !== undefined).map(() => 'unknown' as const)
  const counted = findings.filter(({cause, id}) => cause && !id.startsWith('access/'))
  const missing = findings.filter(isMissingAgent).length
  const count = (severity: string) => counted.filter(own => own.severity === severity).length
  return {
    schemaVersion: 1,
    tool: evidence.tool,
    takenAt: evidence.takenAt,
    durationSeconds: evidence.durationSeconds,
    exitCode: interruptedWith ?? exitCodeOf({findings, decisions, contexts, unknown: run.unknown}, failOn),
    ended: evidence.ended,
    thresholds: {...facts.thresholds},
    state: worstState([...groups.map(({state}) => state), ...unread, ...(missing > 0 ? (['silent'] as const) : [])]),
    summary: {
      contexts: contexts.length,
      agents: decisions.length,
      queues: decisions.reduce((sum, {queues}) => sum + queues.length, 0),
      error: count('error'),
      warning: count('warning'),
      info: count('info'),
      unknown: decisions.filter(({state}) => state === 'unknown').length + unread.length,
      ...(missing > 0 && {missing}),
    },
    contexts,
    agents: decisions.map(reportAgent),
    groups,
    findings: probes.length > 0 ? withProbes(findings, facts, probes) : findings,
    ...reportCentrals(facts),
    ...(probes.length > 0 && {probes}),
    checks: {
      passed: run.passed,
      found: run.found,
      skipped: run.skipped,
      // One entry per scope; the reason names it, as ids repeat.
      unknown: run.unknown.map(({id, scope, reason}) => ({id, reason: `${scopeWords(scope)}: ${reason}`, scope})),
    },
    ...(fleetFile !== undefined && {fleetFile}),
  }
}
