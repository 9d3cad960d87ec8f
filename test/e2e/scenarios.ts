/** What can be made to happen in any cluster: the common scenarios that need no stand-in receiver, and some that need real pods. */
import {scenarios} from '../scenarios/index.ts'
import {agentIn, central, oldEnough, retrying} from '../scenarios/parts.ts'
import type {Scenario} from '../scenarios/scenario.ts'

interface ClusterScenario extends Scenario {
  /** Words that the table holds, beside the cause. */
  says?: string
}

const needPods: ClusterScenario[] = [
  {
    name: 'central-removed',
    title: 'a central whose pod is gone with its address is unreachable, not refused',
    receivers: [central],
    agents: [agentIn('cluster2', '3.5')],
    fault: {kind: 'remove-receiver', receiver: 'central'},
    until: [oldEnough, retrying],
    expect: {topCause: 'receiver/unreachable', state: 'behind', exitCode: 1},
  },
  {
    // What kube-prometheus-stack makes of `prometheusSpec.mode: Agent`, which no template of it reads.
    name: 'chart-ignores-mode',
    title: 'a server named agent everywhere but in its arguments is not an agent, though it delivers',
    receivers: [central],
    agents: [
      agentIn('cluster2', '2.53', {
        name: 'prometheus-prometheus-agent-prometheus-0',
        runsAs: 'server',
        labels: {
          'app.kubernetes.io/managed-by': 'prometheus-operator',
          'app.kubernetes.io/name': 'prometheus',
          'operator.prometheus.io/name': 'prometheus-agent-prometheus',
          'operator.prometheus.io/shard': '0',
        },
        externalLabels: {
          cluster: 'cluster2',
          prometheus: 'monitoring/prometheus-agent-prometheus',
          prometheus_replica: 'prometheus-prometheus-agent-prometheus-0',
        },
      }),
    ],
    until: [oldEnough],
    expect: {topCause: 'workload/not-an-agent', state: 'delivering', exitCode: 0},
    says: 'prometheus.agentMode: true',
  },
  {
    name: 'volume-missing',
    title: 'an agent whose volume claim is not bound is silent, and the claim is named',
    receivers: [central],
    agents: [agentIn('cluster2', '3.5', {fate: 'volume-missing'})],
    until: [],
    expect: {topCause: 'workload/not-running', state: 'silent', exitCode: 1},
    says: 'data-agent-0',
  },
]

/** `demo` repeats others; a young agent is young only as long as nothing else is waited for. */
const elsewhere = new Set(['demo', 'young-agent'])

export const clusterScenarios: ClusterScenario[] = [
  ...scenarios.filter(
    ({name, receivers}) => !elsewhere.has(name) && receivers.every(receiver => receiver.kind === 'prometheus'),
  ),
  ...needPods,
]

export function scenarioNamed(name: string): ClusterScenario {
  const scenario = clusterScenarios.find(each => each.name === name)
  if (!scenario) throw new Error(`no scenario is named ${name}`)
  return scenario
}
