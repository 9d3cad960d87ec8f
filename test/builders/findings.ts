/** Findings and check runs made by hand, for tests of diagnose and report that must not hang on any check's wording. */
import type {Finding} from '../../src/checks/check.ts'
import type {CheckRun} from '../../src/checks/run.ts'

/** About queue `central` of cluster2 monitoring/agent-0 unless said otherwise; titled by its id. */
export function aFinding(id: string, finding: Partial<Finding> = {}): Finding {
  return {
    ...{id, severity: 'error' as const, status: 'found' as const, blame: 'agent' as const, scope: queueOf('cluster2')},
    ...{title: `${id} at ${finding.scope?.context ?? 'cluster2'} monitoring/agent-0`, explains: []},
    evidence: [{what: 'figure', value: '1 of 1', source: 'metrics'}],
    ...{why: 'It matters.', remedy: [{text: 'mend it', changes: false}]},
    ...finding,
  }
}

export function agentOf(context: string, pod = 'agent-0'): Finding['scope'] {
  return {context, namespace: 'monitoring', pod, agent: 'agent'}
}

export function queueOf(context: string, queue = 'central', pod = 'agent-0'): Finding['scope'] {
  return {...agentOf(context, pod), queue}
}

/** As runChecks gives it: findings in the order of the catalogue. */
export function aRun(findings: Finding[] = [], run: Partial<CheckRun> = {}): CheckRun {
  return {findings, passed: [], found: [...new Set(findings.map(({id}) => id))], skipped: [], unknown: [], ...run}
}
