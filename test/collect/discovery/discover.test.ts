import {describe, expect, it} from 'vitest'
import {type DiscoveryOptions, discover} from '../../../src/collect/discovery/discover.ts'
import type {PodObject} from '../../../src/collect/discovery/kubernetes-objects.ts'
import type {AgentResource} from '../../../src/evidence/types.ts'
import {agentPod} from '../fake-cluster.ts'

const everything: DiscoveryOptions = {includeServers: false, agents: [], podsKnown: () => true}
const resource = (name: string, change: Partial<AgentResource> = {}): AgentResource => ({
  namespace: 'monitoring',
  name,
  mode: 'StatefulSet',
  replicas: 1,
  shards: 1,
  paused: false,
  remoteWriteUrls: [],
  ...change,
})
const look = (pods: PodObject[], resources: AgentResource[] = [], options: Partial<DiscoveryOptions> = {}) =>
  discover(pods, resources, {...everything, ...options})
const operatorPod = (name: string, workload: string, labels = {}) =>
  agentPod(name, {
    owner: {kind: 'StatefulSet', name: workload, controller: true},
    labels: {
      'app.kubernetes.io/name': 'prometheus-agent',
      'operator.prometheus.io/name': 'shop',
      'operator.prometheus.io/shard': '0',
      ...labels,
    },
  })

describe('an agent is known', () => {
  it.each([
    ['--agent', ['--agent', '--config.file=/c'], 'prom/prometheus:v3.5.0'],
    ['the 2.x flag', ['--enable-feature=exemplar-storage,agent'], 'prom/prometheus:v2.53.0'],
    ['the 2.x flag in two words', ['--enable-feature', 'agent'], 'prom/prometheus:v2.53.0'],
    ['its storage path, in any image', ['--storage.agent.path=/p'], 'registry.example:5000/team/metrics@sha256:abc'],
    ['a shell line', ['exec prometheus --agent --config.file=/c'], 'busybox'],
  ])('by its arguments: %s', (_, args, image) => {
    expect(look([agentPod('prom-0', {args, image})]).agents).toMatchObject([{signs: ['arguments']}])
  })

  it('by its resource and labels, with shard and replica', () => {
    const {agents} = look(
      [operatorPod('prom-agent-shop-shard-1-2', 'prom-agent-shop-shard-1', {'operator.prometheus.io/shard': '1'})],
      [resource('shop')],
    )
    expect(agents).toMatchObject([
      {
        name: 'shop',
        shard: 1,
        replica: 2,
        signs: ['resource', 'label', 'arguments', 'name'],
        workload: {kind: 'StatefulSet', name: 'prom-agent-shop-shard-1'},
      },
    ])
    expect(agents).toHaveLength(1)
  })

  it('by its name only, when it runs as a server: an intention', () => {
    // kube-prometheus-stack with `mode: Agent`, which no template reads
    const pod = agentPod('prometheus-prometheus-agent-prometheus-0', {
      args: ['--storage.tsdb.path=/p'],
      labels: {'app.kubernetes.io/name': 'prometheus', 'operator.prometheus.io/name': 'prometheus-agent-prometheus'},
    })
    expect(look([pod]).agents).toMatchObject([{signs: ['name']}])
  })

  it('as a side car that is not the first container', () => {
    const pod = agentPod('app-0', {
      spec: {
        containers: [
          {name: 'app', image: 'nginx'},
          {name: 'metrics', image: 'prom/prometheus', args: ['--agent']},
        ],
      },
    })
    expect(look([pod]).agents).toMatchObject([{container: 'metrics'}])
  })

  it('once, when other containers of its pod use the same image for something else', () => {
    const containers = [
      {name: 'prometheus', image: 'prom/prometheus', args: ['--agent', '--config.file=/c']},
      {name: 'lint', image: 'prom/prometheus', command: ['promtool', 'check', 'config', '/c']},
      {name: 'wait', image: 'prom/prometheus', command: ['sh', '-c', 'while true; do sleep 60; done']},
    ]
    const labels = {'app.kubernetes.io/name': 'prometheus-agent'}
    expect(look([agentPod('agent-0', {labels, spec: {containers}})]).agents.map(agent => agent.container)).toEqual([
      'prometheus',
    ])
  })

  it('each for itself, when one pod holds two', () => {
    const container = (name: string) => ({name, image: 'prom/prometheus', args: ['--agent']})
    expect(
      look([agentPod('app-0', {spec: {containers: [container('a'), container('b')]}})]).agents.map(
        agent => agent.container,
      ),
    ).toEqual(['a', 'b'])
  })

  it('by its Deployment, not by the ReplicaSet', () => {
    const pod = agentPod('prom-5d9-x', {
      owner: {kind: 'ReplicaSet', name: 'prom-5d9', controller: true},
      labels: {'pod-template-hash': '5d9'},
    })
    expect(look([pod]).agents).toMatchObject([
      {name: 'prom', workload: {kind: 'Deployment', name: 'prom'}, replica: null},
    ])
  })

  it('without pods, by its resource, but only where pods could be listed', () => {
    expect(look([], [resource('shop')]).agents).toMatchObject([{pod: null, name: 'shop', signs: ['resource']}])
    expect(look([], [resource('shop')], {podsKnown: () => false}).agents).toEqual([])
  })
})

describe('what is not an agent', () => {
  it.each([
    ['alloy', 'docker.io/grafana/alloy:v1.5', []],
    ['grafana-agent', 'grafana/agent:v0.40', ['--config.file=/etc/agent.yaml']],
    ['vmagent', 'victoriametrics/vmagent:v1.100', []],
    ['opentelemetry-collector', 'otel/opentelemetry-collector-contrib:0.100', []],
  ])('%s is recognised and set aside', (kind, image, args) => {
    expect(look([agentPod('agent-x', {image, args})])).toMatchObject({agents: [], servers: [], lookAlikes: [{kind}]})
  })

  it.each(['quay.io/prometheus/node-exporter', 'quay.io/prometheus-operator/prometheus-operator', 'nginx'])(
    '%s is nothing',
    image => {
      expect(look([agentPod('agent-x', {image, args: []})])).toEqual({agents: [], servers: [], lookAlikes: []})
    },
  )

  it('servers are seen, and looked into when asked for or named', () => {
    const pod = agentPod('prometheus-0', {args: ['--storage.tsdb.path=/p']})
    expect(look([pod])).toMatchObject({agents: [], servers: [{pod: 'prometheus-0'}]})
    expect(look([pod], [], {includeServers: true}).agents).toMatchObject([{signs: ['server']}])
    expect(look([pod], [], {agents: ['prometheus-0']}).agents).toMatchObject([{signs: ['server']}])
  })

  it('evicted pods do not stand beside the one that took their place', () => {
    const owner = {kind: 'ReplicaSet', name: 'prom-1', controller: true}
    const pods = [agentPod('prom-1-a', {owner, status: {phase: 'Failed'}}), agentPod('prom-1-b', {owner})]
    expect(look(pods).agents.map(({pod}) => pod?.metadata?.name)).toEqual(['prom-1-b'])
    expect(look([pods[0]!]).agents).toHaveLength(1)
  })
})

it('--agent takes pods, workloads and resources, also with their namespace', () => {
  const pods = [operatorPod('prom-agent-shop-0', 'prom-agent-shop'), agentPod('other-0')]
  for (const name of ['shop', 'prom-agent-shop', 'prom-agent-shop-0', 'monitoring/shop']) {
    expect(look(pods, [resource('shop')], {agents: [name]}).agents.map(({pod}) => pod?.metadata?.name)).toEqual([
      'prom-agent-shop-0',
    ])
  }
})

it('survives pods with nothing in them', () => {
  expect(
    look([{}, {metadata: {}}, {spec: {containers: [{}]}}, {spec: {containers: [{args: ['--agent']}]}}]),
  ).toMatchObject({agents: []})
})
