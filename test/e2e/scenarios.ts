/** What can be made to happen in any cluster: the common scenarios that need no stand-in receiver, and some that need real pods. */
import {scenarios} from '../scenarios/index.ts'
import {agentIn, central, oldEnough, retrying, stuck} from '../scenarios/parts.ts'
import type {Scenario} from '../scenarios/scenario.ts'

interface ClusterScenario extends Scenario {
  /** Words that the table holds, beside the cause. */
  says?: string
}

/** Thirty times its own metrics each second: some three times what a tenth of a core can do. */
const tooMuchToDo = {
  job_name: 'too-much',
  scrape_interval: '1s',
  scrape_timeout: '1s',
  static_configs: Array.from({length: 30}, (_, copy) => ({targets: ['localhost:9090'], labels: {copy: `${copy}`}})),
}

const needPods: ClusterScenario[] = [
  {
    name: 'cpu-starved',
    title: 'an agent that its CPU limit stops most of the time is starved, though its targets look slow',
    receivers: [central],
    // One job has time enough to answer on any machine: were all targets down, that would be an error.
    agents: [
      agentIn('cluster2', '3.5', {
        cpuLimit: '100m',
        scrape: {scrape_interval: '30s', scrape_timeout: '25s'},
        otherJobs: [tooMuchToDo],
      }),
    ],
    until: [oldEnough],
    expect: {topCause: 'workload/cpu-starved', state: 'delivering', exitCode: 0},
  },
  {
    name: 'central-removed',
    title: 'a central whose pod is gone with its address is unreachable, not refused',
    receivers: [central],
    agents: [agentIn('cluster2', '3.5')],
    fault: {kind: 'remove-receiver', receiver: 'central'},
    // At first its process is gone and its address is not: connections are refused until the kubelet has taken the network away.
    until: [oldEnough, retrying, stuck],
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
    name: 'disk-full',
    title: 'a full disk stops all, though every target is up and nothing failed to be sent',
    receivers: [central],
    agents: [agentIn('cluster2', '3.5', {diskMebibytes: 24})],
    fault: {kind: 'fill-disk', context: 'cluster2'},
    until: [{kind: 'nothing-sent-for', seconds: 65}],
    expect: {topCause: 'workload/disk-full', state: 'silent', exitCode: 1},
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
