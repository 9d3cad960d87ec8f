import {describe, expect, it} from 'vitest'
import {readFacts} from '../../src/facts/facts.ts'
import {type AgentOptions, aFleet, anAgent} from '../builders/evidence.ts'

function groupsOf(...agents: AgentOptions[]): [string, string][] {
  return readFacts(aFleet({agents: agents.map(anAgent)})).agents.map(({group}) => [group.key, group.kind])
}

const pod = (name: string, options: AgentOptions = {}): AgentOptions => ({name: 'shop', pod: name, ...options})

describe('groups', () => {
  it('an agent alone is a group of its own', () => {
    expect(groupsOf(pod('shop-0'))).toEqual([['cluster2/monitoring/shop', 'single']])
  })
  it('the pods of one workload are replicas', () => {
    const groups = groupsOf(pod('shop-0', {replica: 0}), pod('shop-1', {replica: 1}))
    expect(groups).toEqual(Array(2).fill(['cluster2/monitoring/shop', 'replicas']))
  })
  it('shards are not replicas: each has a slice of the targets', () => {
    const groups = groupsOf(pod('shop-0', {shard: 0, replica: 0}), pod('shop-shard-1-0', {shard: 1, replica: 0}))
    expect(groups).toEqual(Array(2).fill(['cluster2/monitoring/shop', 'shards']))
  })
  it('with shards and replicas, the replicas of one shard stand for each other', () => {
    const groups = groupsOf(
      pod('shop-0', {shard: 0, replica: 0}),
      pod('shop-1', {shard: 0, replica: 1}),
      pod('shop-shard-1-0', {shard: 1, replica: 0}),
      pod('shop-shard-1-1', {shard: 1, replica: 1}),
    )
    expect(groups.map(([key]) => key.split('/').at(-1))).toEqual(['shard-0', 'shard-0', 'shard-1', 'shard-1'])
    expect(groups.every(([, kind]) => kind === 'replicas')).toBe(true)
  })
  it('pods that share out their targets by hash are shards, whatever their workload', () => {
    const config = (modulus: number) => `scrape_configs:
- job_name: pods
  relabel_configs:
  - source_labels: [__address__]
    modulus: ${modulus}
    target_label: __tmp_hash
    action: hashmod
`
    const kinds = (modulus: number) =>
      groupsOf(...['shop-0', 'shop-1'].map(name => pod(name, {config: config(modulus)}))).map(([, kind]) => kind)
    expect(kinds(2)).toEqual(['shards', 'shards'])
    expect(kinds(1)).toEqual(['replicas', 'replicas'])
  })
  it('DaemonSet pods are not replicas', () => {
    const workload = {kind: 'DaemonSet', name: 'shop'}
    const groups = groupsOf(pod('shop-a', {workload}), pod('shop-b', {workload}))
    expect(groups).toEqual(Array(2).fill(['cluster2/monitoring/shop', 'shards']))
  })
  it('a hand-made pair of workloads is one group when only the replica label differs', () => {
    const groups = groupsOf(
      {name: 'a', pod: 'a-0', externalLabels: {cluster: 'c', __replica__: 'a'}},
      {name: 'b', pod: 'b-0', externalLabels: {cluster: 'c', __replica__: 'b'}},
    )
    expect(groups).toEqual(Array(2).fill(['cluster2/monitoring/cluster=c', 'replicas']))
  })
  it('agents that merely collide do not stand for each other', () => {
    const same = {externalLabels: {cluster: 'c'}}
    expect(
      groupsOf({name: 'a', pod: 'a-0', ...same}, {name: 'b', pod: 'b-0', ...same}).map(([, kind]) => kind),
    ).toEqual(['single', 'single'])
    const replica = {externalLabels: {cluster: 'c', replica: '0'}}
    const groups = groupsOf({context: 'c1', ...replica}, {context: 'c2', ...replica})
    expect(groups.map(([, kind]) => kind)).toEqual(['single', 'single'])
  })
  it('two resources of the operator in one namespace are two groups', () => {
    const labels = (name: string) => ({prometheus: `monitoring/${name}`, prometheus_replica: `prom-agent-${name}-0`})
    const groups = groupsOf(
      {name: 'a', pod: 'prom-agent-a-0', signs: ['resource'], externalLabels: labels('a')},
      {name: 'b', pod: 'prom-agent-b-0', signs: ['resource'], externalLabels: labels('b')},
    )
    expect(groups.map(([, kind]) => kind)).toEqual(['single', 'single'])
  })
})
