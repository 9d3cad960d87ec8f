/** Every scenario there is, in the order in which `npm run demo -- --list` shows them. */
import {configuration} from './configuration.ts'
import {demo} from './demo.ts'
import {healthy} from './healthy.ts'
import {receiver} from './receiver.ts'
import type {Scenario, Version} from './scenario.ts'
import {workload} from './workload.ts'

export const scenarios: Scenario[] = [demo, ...healthy, ...receiver, ...configuration, ...workload]

/** Prometheus releases that a scenario cannot do without. */
export function versionsOf(scenario: Scenario): Version[] {
  const ofReceivers = scenario.receivers.flatMap(receiver => (receiver.kind === 'prometheus' ? [receiver.version] : []))
  return [...new Set([...ofReceivers, ...scenario.agents.map(agent => agent.version)])]
}
