/** What a probe of the same address says, on the findings that it bears on; pure. */
import type {FleetFacts} from '../../facts/fleet.ts'
import type {FindingReport} from '../report.ts'
import {concernsQueue} from '../scope.ts'
import type {EndpointProbe} from './endpoint-probe.ts'

/** Subjects about the way to a receiver, and what comes of it. */
const SUBJECTS = ['receiver', 'delivery', 'central']

export function withProbes(
  findings: readonly FindingReport[],
  {agents}: FleetFacts,
  endpoints: readonly EndpointProbe[],
): FindingReport[] {
  return findings.map(finding => {
    const {id, scope} = finding
    const isAboutWay = scope.queue !== undefined || scope.central !== undefined
    if (!isAboutWay || !SUBJECTS.some(subject => id.startsWith(`${subject}/`))) return finding
    const probed = endpoints.find(({address}) =>
      agents.some(agent =>
        agent.queues.some(queue => queue.endpoint?.address === address && concernsQueue(scope, agent, queue)),
      ),
    )
    if (probed === undefined) return finding
    const {outcome, layer, believe, why, next} = probed.verdict
    return {...finding, probe: {address: probed.address, outcome, layer, believe, why, next}}
  })
}
