/**
 * The exit code of a look that could start. 0: looked, nothing at or above the limit · 1: findings at or above it · 3: nothing
 * failing was found, but something that the verdict rests on could not be looked at. access/* never counts as a finding: a VPN
 * that is down is no data loss. 2, 130 and 143 belong to the command.
 */
import type {CheckRun} from '../checks/run.ts'
import type {ContextReport, FindingReport} from './report.ts'
import type {AgentDecision} from './state.ts'

export type FailOn = 'error' | 'warning' | 'never'

export interface Verdict {
  findings: readonly FindingReport[]
  decisions: readonly AgentDecision[]
  contexts: readonly ContextReport[]
  unknown: CheckRun['unknown']
}

export function exitCodeOf({findings, decisions, contexts, unknown}: Verdict, failOn: FailOn): 0 | 1 | 3 {
  if (findings.some(finding => counts(finding, failOn))) return 1
  const blind =
    decisions.length === 0 ||
    decisions.some(({state}) => state === 'unknown') ||
    // Metrics may look well while the log tells of a WAL reader that was overtaken: no counter does.
    decisions.some(({agent: {evidence}}) => !evidence.log.ok && evidence.log.reason === 'forbidden') ||
    contexts.some(({problem}) => problem !== undefined) ||
    unknown.some(({severity}) => severity === 'error')
  return blind ? 3 : 0
}

function counts({id, status, severity}: FindingReport, failOn: FailOn): boolean {
  if (status !== 'found' || id.startsWith('access/') || failOn === 'never') return false
  return severity === 'error' || (severity === 'warning' && failOn === 'warning')
}
