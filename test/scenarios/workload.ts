/** Pods that do not run as they should. */
import {agentIn, central} from './parts.ts'
import type {Scenario} from './scenario.ts'

export const workload: Scenario[] = [
  {
    name: 'crash-looping',
    title: 'an agent that dies of its configuration again and again is silent',
    receivers: [central],
    agents: [agentIn('cluster2', '2.42', {fate: 'crash-looping'})],
    until: [],
    expect: {topCause: 'workload/crash-looping', state: 'silent', exitCode: 1},
  },
  {
    name: 'out-of-memory',
    title: 'an agent killed for its memory again and again is out of memory, not merely crashing',
    receivers: [central],
    agents: [agentIn('cluster2', '3.5', {fate: 'out-of-memory'})],
    until: [],
    expect: {topCause: 'workload/out-of-memory', state: 'silent', exitCode: 1},
  },
  {
    name: 'pending',
    title: 'an agent that found no node is silent, in the words of the scheduler',
    receivers: [central],
    agents: [agentIn('cluster2', '2.53', {fate: 'pending'})],
    until: [],
    expect: {topCause: 'workload/not-running', state: 'silent', exitCode: 1},
  },
]
