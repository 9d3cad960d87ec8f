/** Fleets in order: the ones that must never raise an alarm. */
import {agentIn, central, oldEnough} from './parts.ts'
import type {Scenario} from './scenario.ts'

export const healthy: Scenario[] = [
  {
    name: 'healthy',
    title: 'agents of every release that deliver are delivering, and nothing is found',
    receivers: [central],
    agents: [agentIn('cluster2', '2.42'), agentIn('cluster3', '2.53'), agentIn('cluster4', '3.5')],
    until: [oldEnough],
    expect: {topCause: null, state: 'delivering', exitCode: 0},
  },
  {
    name: 'young-agent',
    title: 'an agent that started seconds ago is unknown, not healthy',
    receivers: [central],
    agents: [agentIn('cluster2', '3.5')],
    until: [],
    expect: {topCause: null, state: 'unknown', exitCode: 3, reason: 'started'},
  },
]
