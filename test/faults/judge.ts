/** The doctor's own judgement of evidence, and how to read it. */
import {runChecks} from '../../src/checks/run.ts'
import {readBundleText} from '../../src/collect/bundle/bundle.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import type {FindingReport, Report} from '../../src/diagnose/report.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import {readFacts} from '../../src/facts/facts.ts'

export function judge(evidence: FleetEvidence): Report {
  const facts = readFacts(evidence)
  return diagnose(facts, runChecks(facts), {failOn: 'error'})
}

export function judgeBundle(text: string, name: string): Report {
  return judge(readBundleText(text, name))
}

/** What the report leads with. True remarks on security do not count: the lab speaks plain HTTP, as many fleets do. */
export function topCause(report: Report): FindingReport | undefined {
  return report.findings.find(
    finding =>
      finding.cause && finding.status === 'found' && finding.severity !== 'info' && !finding.id.startsWith('security/'),
  )
}

/** For the reader of a wrong row: who was in which state and why, and what was found. */
export function explain(report: Report): string {
  const agents = report.agents.map(agent => `${agent.context} ${agent.pod}: ${agent.state} (${agent.stateReason})`)
  const findings = report.findings.map(
    finding => `${finding.cause ? 'cause' : 'explained'} ${finding.severity} ${finding.id}: ${finding.title}`,
  )
  return [...(report.error ? [report.error.message] : []), ...agents, ...findings].join('\n')
}
