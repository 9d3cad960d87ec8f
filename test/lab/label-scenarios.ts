/** Fleets whose labels are right and wrong, for `promfleet labels` and the checks on labels. */
import {agentIn, central, oldEnough} from '../scenarios/parts.ts'
import type {AgentSpec, Condition, Scenario} from '../scenarios/scenario.ts'

type LabelScenario = Omit<Scenario, 'expect'>

const scraping: Condition = {kind: 'metric', metric: 'prometheus_target_scrape_pool_targets', atLeast: 1}
const sending: Condition = {kind: 'metric', metric: 'prometheus_remote_storage_samples_total', atLeast: 100}

const postLabels = {cluster: 'cluster2', environment: 'test', prometheus_type: 'agent', prometheus_instance: 'agent'}

/**
 * What the post "Prometheus multi-cluster monitoring: agent mode and remote write" builds: https by nobody, no password, a guard rule, a keep
 * and a drop list, a label of its own per cluster, pauses of 100 ms at most; and, since no chart reads `mode: Agent`, a whole server.
 */
export const blog: LabelScenario = {
  name: 'blog',
  title: 'what is true of the configuration of the post is said, and nothing else',
  receivers: [central],
  agents: [
    agentIn('cluster2', '3.5', {
      name: 'prometheus-prometheus-agent-prometheus-0',
      runsAs: 'server',
      labels: {
        'app.kubernetes.io/name': 'prometheus',
        'app.kubernetes.io/managed-by': 'prometheus-operator',
        'operator.prometheus.io/name': 'prometheus-agent-prometheus',
      },
      externalLabels: {
        ...postLabels,
        ...{prometheus: 'monitoring/prometheus-agent-prometheus'},
        prometheus_replica: 'prometheus-prometheus-agent-prometheus-0',
      },
      scrape: {relabel_configs: [scrapeClass('cluster2')]},
      remoteWrite: [
        {
          to: 'central',
          queue: {
            ...{max_samples_per_send: 1000, max_shards: 10, capacity: 10_000, batch_send_deadline: '5s'},
            ...{min_backoff: '30ms', max_backoff: '100ms'},
          },
          more: {
            write_relabel_configs: [
              {source_labels: ['cluster'], regex: '^$', action: 'drop'},
              {target_label: 'cluster_source', replacement: 'agent'},
              {
                source_labels: ['__name__'],
                regex: 'up|kube_.*|node_.*|container_.*|prometheus_.*',
                action: 'keep',
              },
              {source_labels: ['__name__'], regex: 'container_blkio_.*|container_memory_failures_.*', action: 'drop'},
              {target_label: 'remote_cluster', replacement: 'cluster2'},
            ],
          },
        },
      ],
    }),
  ],
  until: [sending],
}

/** The same as it was meant, by the operator's PrometheusAgent; see intendedResource. */
export const intended: LabelScenario = {
  ...blog,
  name: 'intended',
  title: 'every command says what is true of the configuration of the post, run as an agent, and nothing else',
  agents: blog.agents.map(agent => ({
    ...agent,
    name: 'prom-agent-agent-0',
    runsAs: 'agent' as const,
    labels: {
      'app.kubernetes.io/name': 'prometheus-agent',
      'app.kubernetes.io/managed-by': 'prometheus-operator',
      'operator.prometheus.io/name': 'agent',
    },
    externalLabels: {
      ...agent.externalLabels,
      ...{prometheus: 'monitoring/agent', prometheus_replica: 'prom-agent-agent-0'},
    },
  })),
  until: [sending, oldEnough],
}

export const intendedResource = {
  metadata: {name: 'agent', namespace: 'monitoring'},
  spec: {
    externalLabels: {...postLabels},
    remoteWrite: [{url: 'http://172.28.139.113:30090/api/v1/write', queueConfig: {maxRetries: 3, maxBackoff: '100ms'}}],
    scrapeClasses: [
      {
        ...{default: true, name: 'cluster-relabeling'},
        relabelings: [{sourceLabels: ['__name__'], regex: '(.*)', targetLabel: 'cluster', replacement: 'cluster2'}],
      },
    ],
  },
}

const droppedAll: Condition = {kind: 'metric', metric: 'prometheus_remote_storage_samples_dropped_total', atLeast: 500}

/** The same without the external label that its guard asks for, and without a scrape class: it sends nothing, and nothing fails. */
export const guarded: LabelScenario = {
  ...blog,
  name: 'guarded',
  title: 'a guard rule turns a missing label into silence, and the label is named as the cause',
  agents: blog.agents.map(agent => ({
    ...agent,
    name: 'agent-0',
    runsAs: 'agent' as const,
    labels: {'app.kubernetes.io/name': 'prometheus-agent'},
    externalLabels: {environment: 'test'},
    scrape: {},
  })),
  until: [droppedAll],
}

/** The operator runs it on targets, where `__name__` does not exist: it fires always, and sets its constant. */
function scrapeClass(cluster: string): Record<string, unknown> {
  return {
    source_labels: ['__name__'],
    regex: '(.*)',
    target_label: 'cluster',
    replacement: cluster,
    action: 'replace',
  }
}

const sameTarget = (instance: string): Partial<AgentSpec> => ({
  externalLabels: {cluster: 'copied', region: 'eu'},
  scrape: {relabel_configs: [{target_label: 'instance', replacement: instance}]},
})

/** A configuration that was copied to a second cluster; both claim the instance `node-1`. */
export const copied: LabelScenario = {
  name: 'copied',
  title: 'two agents in two contexts under one identity are named as a pair, with proof from both ends',
  receivers: [central],
  agents: [agentIn('cluster2', '3.5', sameTarget('node-1')), agentIn('cluster3', '2.53', sameTarget('node-1'))],
  until: [scraping],
}

/** The same, and no target in common. */
export const copiedApart: LabelScenario = {
  name: 'copied-apart',
  title: 'without an instance that both claim the pair is a warning',
  receivers: [central],
  agents: [agentIn('cluster2', '3.5', sameTarget('node-1')), agentIn('cluster3', '2.42', sameTarget('node-2'))],
  until: [scraping],
}

/** What it sends is older than what the other has sent by then, whatever second each of them scrapes in: it is refused. */
const later = {batch_send_deadline: '4s'}

/** Its targets are its own, and what tells them apart is taken away on the way: only the receiver can know that series are one. */
const withoutInstance = (instance: string, queue = {}): Partial<AgentSpec> => ({
  ...sameTarget(instance),
  remoteWrite: [{to: 'central', queue, more: {write_relabel_configs: [{regex: 'instance', action: 'labeldrop'}]}}],
})

export const clashing: LabelScenario = {
  name: 'clashing',
  title: 'two agents that no target gives away are named as a pair by what the receiver refuses',
  receivers: [central],
  agents: [
    agentIn('cluster2', '2.53', withoutInstance('node-1')),
    agentIn('cluster3', '2.53', withoutInstance('node-2', later)),
  ],
  until: [sending],
}

/** VictoriaMetrics takes whatever comes: what both scrape is the only proof. */
export const clashingUnrefused: LabelScenario = {
  name: 'clashing-unrefused',
  title: 'at a receiver that refuses nothing the pair is proven by the target that both scrape',
  receivers: [{kind: 'victoria-metrics', name: 'central'}],
  agents: [agentIn('cluster2', '3.5', sameTarget('node-1')), agentIn('cluster3', '3.5', sameTarget('node-1'))],
  until: [sending],
}

const unmarked = (name: string, queue = {}): AgentSpec =>
  agentIn('cluster2', '3.5', {
    name,
    remoteWrite: [{to: 'central', queue}],
    externalLabels: {cluster: 'cluster2', prometheus: 'monitoring/agent'},
    scrape: {relabel_configs: [{target_label: 'instance', replacement: 'node-1'}]},
  })

/** `replicaExternalLabelName: ""` in front of a receiver that does not deduplicate. */
export const unmarkedPair: LabelScenario = {
  name: 'unmarked-pair',
  title: 'replicas without a label of their own are refused, and that is no collision',
  receivers: [central],
  agents: [unmarked('agent-0'), unmarked('agent-1', later)],
  until: [sending],
}

const replica = (name: string): AgentSpec =>
  agentIn('cluster2', '3.5', {
    name,
    externalLabels: {cluster: 'cluster2', prometheus: 'monitoring/agent', prometheus_replica: name},
    scrape: {relabel_configs: [{target_label: 'instance', replacement: 'node-1'}]},
  })

const shard = (name: string, number: number): AgentSpec =>
  agentIn('cluster3', '3.5', {
    name,
    externalLabels: {cluster: 'cluster3', prometheus: 'monitoring/agent', prometheus_replica: name},
    scrape: {
      relabel_configs: [
        {source_labels: ['__address__'], modulus: 2, target_label: '__tmp_hash', action: 'hashmod'},
        {source_labels: ['__tmp_hash'], regex: `${number}`, action: 'keep'},
      ],
    },
  })

/** What shares labels rightly. */
export const siblings: LabelScenario = {
  name: 'siblings',
  title: 'an HA pair and shards are accused of nothing',
  receivers: [central],
  agents: [replica('agent-0'), replica('agent-1'), shard('shards-0', 0), shard('shards-1', 1)],
  until: [
    {...scraping, context: 'cluster2'},
    // Of the shards one has nothing to scrape; discovery waits 5 s before it deals targets out.
    {kind: 'uptime', seconds: 8, context: 'cluster3'},
  ],
}

/** The operator's: it takes the monitors of its release, and the operator keeps two labels for itself. */
export const operated: LabelScenario = {
  name: 'operated',
  title: 'a monitor without the label of the release is named, and labels that the operator ignores are',
  receivers: [central],
  agents: [
    agentIn('cluster2', '3.5', {
      name: 'prom-agent-kps-0',
      labels: {
        'app.kubernetes.io/name': 'prometheus-agent',
        'app.kubernetes.io/managed-by': 'prometheus-operator',
        'operator.prometheus.io/name': 'kps',
      },
      externalLabels: {
        ...{cluster: 'cluster2', prometheus: 'monitoring/kps', prometheus_replica: 'prom-agent-kps-0'},
      },
    }),
  ],
  until: [scraping],
}

/** What a cluster with the operator holds beside pods. */
export const operatorObjects: [
  string,
  {metadata: {name: string; namespace: string; labels?: Record<string, string>}; spec: object},
][] = [
  [
    'prometheusagents',
    {
      metadata: {name: 'kps', namespace: 'monitoring'},
      spec: {
        externalLabels: {cluster: 'cluster2', prometheus: 'mine'},
        serviceMonitorSelector: {matchLabels: {release: 'kps'}},
        serviceMonitorNamespaceSelector: {},
        scrapeClasses: [{name: 'all', default: true, relabelings: [{targetLabel: 'cluster', replacement: 'cluster2'}]}],
      },
    },
  ],
  ['servicemonitors', {metadata: {name: 'web', namespace: 'shop', labels: {app: 'web'}}, spec: {}}],
  ['servicemonitors', {metadata: {name: 'api', namespace: 'shop', labels: {release: 'kps'}}, spec: {}}],
]
