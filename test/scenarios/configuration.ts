/** Agents that do what they were told, and were told the wrong thing. */
import {agentIn, central, oldEnough} from './parts.ts'
import type {Scenario} from './scenario.ts'

export const configuration: Scenario[] = [
  {
    name: 'cluster-label-missing',
    title: 'an agent without external labels delivers what nobody can tell apart',
    receivers: [central],
    agents: [agentIn('cluster2', '3.5', {externalLabels: {}})],
    until: [oldEnough],
    expect: {topCause: 'labels/missing', state: 'delivering', exitCode: 1},
  },
  {
    name: 'no-remote-write',
    title: 'an agent without an endpoint is silent',
    receivers: [],
    agents: [agentIn('cluster2', '2.53', {remoteWrite: []})],
    until: [oldEnough],
    expect: {topCause: 'config/no-remote-write', state: 'silent', exitCode: 1},
  },
  {
    name: 'runs-as-server',
    title: 'a server in the place of an agent is a warning while it delivers',
    receivers: [central],
    agents: [agentIn('cluster2', '2.42', {runsAs: 'server'})],
    until: [oldEnough],
    expect: {topCause: 'workload/not-an-agent', state: 'delivering', exitCode: 0},
  },
  {
    name: 'old-agent-flag',
    title: 'a 3.x binary with the 2.x flag runs as a server and says so',
    receivers: [central],
    agents: [agentIn('cluster2', '3.5', {runsAs: 'server-with-agent-flag'})],
    until: [oldEnough],
    expect: {topCause: 'workload/not-an-agent', state: 'delivering', exitCode: 0},
  },
  {
    name: 'reload-failed',
    title: 'an agent whose new configuration does not load goes on with the old one',
    receivers: [central],
    agents: [agentIn('cluster2', '2.53')],
    fault: {kind: 'break-config', context: 'cluster2'},
    until: [oldEnough],
    expect: {topCause: 'config/reload-failed', state: 'delivering', exitCode: 1},
  },
  {
    name: 'no-targets',
    title: 'an agent that has nothing to scrape is silent',
    receivers: [central],
    agents: [agentIn('cluster2', '2.42', {targets: 'none'})],
    until: [oldEnough],
    expect: {topCause: 'scrape/no-targets', state: 'silent', exitCode: 1},
  },
  {
    name: 'targets-down',
    title: 'an agent whose targets are all down still delivers that they are',
    receivers: [central],
    agents: [agentIn('cluster2', '3.5', {targets: 'refused'})],
    until: [oldEnough],
    expect: {topCause: 'scrape/targets-down', state: 'delivering', exitCode: 1},
  },
]
