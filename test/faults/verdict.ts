/** Whether a report says what a fault calls for. */
import type {Report} from '../../src/diagnose/report.ts'
import type {Expectation} from '../scenarios/scenario.ts'
import {topCause} from './judge.ts'

export interface Verdict {
  topCause: string | null
  state: string
  exitCode: number
}

export function verdictOf(report: Report): Verdict {
  return {topCause: topCause(report)?.id ?? null, state: report.state, exitCode: report.exitCode}
}

/** What is wrong, in words; empty when all is right. */
export function wrongIn(report: Report, expected: Expectation): string[] {
  const seen = verdictOf(report)
  const wrong = (['topCause', 'state', 'exitCode'] as const)
    .filter(part => seen[part] !== expected[part])
    .map(part => `${part} ${seen[part]} instead of ${expected[part]}`)
  const {reason, queues} = expected
  if (reason && !report.agents.some(agent => agent.stateReason.includes(reason)))
    wrong.push(`no reason says "${reason}"`)
  if (queues) {
    const bad = report.agents
      .flatMap(agent => agent.queues)
      .filter(queue => queue.state !== 'delivering')
      .map(({name}) => name)
      .sort()
    if (bad.join() !== queues.join()) wrong.push(`queues ${bad.join() || 'none'} instead of ${queues.join()}`)
  }
  if (expected.topCause === null) {
    const alarms = report.findings.filter(
      ({severity, id, status}) => status === 'found' && severity !== 'info' && !id.startsWith('security/'),
    )
    if (alarms.length > 0) wrong.push(`alarms: ${alarms.map(({id}) => id).join(', ')}`)
  }
  return wrong
}
