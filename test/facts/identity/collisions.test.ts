import {describe, expect, it} from 'vitest'
import {readFacts} from '../../../src/facts/facts.ts'
import type {CollidingClaim} from '../../../src/facts/identity/collisions.ts'
import {type AgentOptions, aFleet, anAgent, type BuiltAgent, type FleetOptions} from '../../builders/evidence.ts'
import {aTargetDigest} from '../../builders/labels.ts'
import {refusing} from '../../checks/receiver/outage.ts'

const copied = {cluster: 'copied', region: 'eu'}
const at = (context: string, more: AgentOptions = {}) => anAgent({context, externalLabels: copied, ...more})

function collisions(agents: BuiltAgent[], fleet: Omit<FleetOptions, 'agents'> = {}): CollidingClaim[] {
  return readFacts(aFleet({agents, ...fleet})).collisions
}

/** `a: b, c by target`, one line per agent that collides. */
function inWords(found: CollidingClaim[]): string[] {
  return found.map(
    ({agent, others, proof}) =>
      `${agent.context}/${agent.pod}: ${others.map(other => `${other.context}/${other.pod}`).join(', ')}${proof === null ? '' : ` by ${proof.kind}`}`,
  )
}

describe('agents under one identity', () => {
  it('collide across clusters, each with the other, without proof', () => {
    expect(inWords(collisions([at('a'), at('b')]))).toEqual(['a/agent-0: b/agent-0', 'b/agent-0: a/agent-0'])
  })
  it('are proven to by a target that both scrape, whatever else they have', () => {
    const first = at('a', {targets: {labels: aTargetDigest(['x', 'shared'])}})
    const second = at('b', {targets: {labels: aTargetDigest(['shared', 'y'])}})
    const [found] = collisions([first, second])
    expect(found?.proof).toMatchObject({kind: 'target', job: 'pods', instance: 'shared'})
  })
  it('are proven to by the answer that two writers of one series get', () => {
    const refused = refusing('400 Bad Request: duplicate sample for timestamp', {context: 'b', externalLabels: copied})
    const found = collisions([at('a'), refused])
    expect(inWords(found)).toEqual(['a/agent-0: b/agent-0 by refused', 'b/agent-0: a/agent-0 by refused'])
  })
  it('do not where one writes elsewhere, or carries one label more', () => {
    const elsewhere = at('b', {queues: [{url: 'http://other.example:9090/api/v1/write'}]})
    expect(collisions([at('a'), elsewhere])).toEqual([])
    expect(collisions([at('a'), at('b', {externalLabels: {...copied, zone: '1'}})])).toEqual([])
  })
  it('do not where write_relabel_configs tell them apart, and do where these make them alike', () => {
    const marked = (context: string, label: string) =>
      at(context, {remoteWriteYaml: `write_relabel_configs: [{target_label: remote_cluster, replacement: ${label}}]`})
    expect(collisions([marked('a', 'one'), marked('b', 'two')])).toEqual([])
    const blurred = (context: string) =>
      anAgent({context, remoteWriteYaml: 'write_relabel_configs: [{regex: cluster, action: labeldrop}]'})
    expect(collisions([blurred('a'), blurred('b')])).toHaveLength(2)
  })
  it('do not where a name of each cluster’s own DNS, or localhost, is what they write to', () => {
    for (const url of ['http://central.monitoring.svc:9090/api/v1/write', 'http://localhost:9090/api/v1/write'])
      expect(collisions([at('a', {queues: [{url}]}), at('b', {queues: [{url}]})])).toEqual([])
    const targets = {labels: aTargetDigest(['shared'])}
    const inOneCluster = (url: string) =>
      collisions(['one', 'two'].map(namespace => at('a', {namespace, targets, queues: [{url}]}))).length
    expect([inOneCluster('http://central.one.svc/w'), inOneCluster('http://central/w')]).toEqual([2, 0])
  })
  it('do not where each may write for a tenant of its own, unless an answer proves it', () => {
    const tenant = 'headers: {X-Scope-OrgID: <secret>}'
    const labels = aTargetDigest(['shared'])
    const ofTenant = (context: string) => at(context, {remoteWriteYaml: tenant, targets: {labels}})
    expect(collisions([ofTenant('a'), ofTenant('b')])).toEqual([])
    const options = {context: 'b', externalLabels: copied, remoteWriteYaml: tenant}
    const refused = refusing('400 Bad Request: duplicate sample for timestamp', options)
    expect(inWords(collisions([ofTenant('a'), refused]))[0]).toBe('a/agent-0: b/agent-0 by refused')
  })
  it('do not in one cluster, seen through one context or two, as long as their targets differ', () => {
    const [infra, apps] = [at('a', {name: 'infra', pod: 'infra-0'}), at('a', {name: 'apps', pod: 'apps-0'})]
    expect(collisions([infra, apps])).toEqual([])
    const server = 'https://one.example:6443'
    const contexts = {a: {server}, 'a-admin': {server}}
    expect(collisions([infra, at('a-admin', {name: 'apps', pod: 'apps-0'})], {contexts})).toEqual([])
  })
  it('do in one cluster when they scrape the same target', () => {
    const labels = aTargetDigest(['shared'])
    const one = at('a', {name: 'infra', pod: 'infra-0', targets: {labels}})
    const two = at('a', {name: 'apps', pod: 'apps-0', targets: {labels}})
    expect(inWords(collisions([one, two]))).toEqual(['a/apps-0: a/infra-0 by target', 'a/infra-0: a/apps-0 by target'])
  })
})

describe('who shares labels rightly', () => {
  const labels = aTargetDigest(['shared'])
  const replica = (number: number, more: AgentOptions = {}) =>
    at('a', {
      ...{pod: `agent-${number}`, replica: number, targets: {labels}},
      externalLabels: {...copied, prometheus_replica: `agent-${number}`},
      ...more,
    })

  it('are the replicas of one agent', () => {
    expect(collisions([replica(0), replica(1)])).toEqual([])
  })
  it('are its shards, and the pods of a DaemonSet', () => {
    expect(collisions([replica(0, {shard: 0}), replica(1, {shard: 1})])).toEqual([])
    const daemon = (pod: string) =>
      at('a', {pod, workload: {kind: 'DaemonSet', name: 'agent'}, externalLabels: {cluster: 'a'}, targets: {labels}})
    expect(collisions([daemon('agent-x'), daemon('agent-y')])).toEqual([])
  })
  describe.each(['prometheus_replica', '__replica__', 'replica', 'receive_replica'])('%s tells', label => {
    const marked = (context: string, mark: string, more: AgentOptions = {}) =>
      at(context, {name: `agent-${mark}`, pod: 'agent-0', externalLabels: {...copied, [label]: mark}, ...more})
    const dropped = {remoteWriteYaml: `write_relabel_configs: [{regex: ${label}, action: labeldrop}]`}

    it('a pair that scrapes the same targets, wherever its two halves are', () => {
      const [one, other] = [
        {namespace: 'one', targets: {labels}},
        {namespace: 'other', targets: {labels}},
      ]
      expect(inWords(collisions([marked('a', 'x', one), marked('a', 'y', other)]))).toEqual([])
      expect(inWords(collisions([marked('a', 'x', one), marked('b', 'y', one)]))).toEqual([])
    })
    it('nothing where both say the same, or it is taken away on the way', () => {
      const same = [marked('a', 'x', {targets: {labels}}), marked('b', 'x', {targets: {labels}})]
      expect(inWords(collisions(same))).toEqual(['a/agent-0: b/agent-0 by target', 'b/agent-0: a/agent-0 by target'])
      const blurred = ['x', 'y'].map(mark => marked('a', mark, {namespace: mark, targets: {labels}, ...dropped}))
      expect(inWords(collisions(blurred))).toEqual(['a/agent-0: a/agent-0 by target', 'a/agent-0: a/agent-0 by target'])
    })
    it('no pair of agents with targets of their own: a receiver that keeps one replica drops what the other has', () => {
      const apart = ['x', 'y'].map(mark => marked(mark, mark, {targets: {labels: aTargetDigest([mark])}}))
      expect(inWords(collisions(apart))).toEqual(['x/agent-0: y/agent-0', 'y/agent-0: x/agent-0'])
    })
    it('whose refusals prove nothing: their series are not the same', () => {
      const options = {context: 'a', name: 'agent-x', externalLabels: {...copied, [label]: 'x'}, targets: {labels}}
      const refused = refusing('400 Bad Request: duplicate sample for timestamp', options)
      expect(inWords(collisions([refused, marked('b', 'y', {targets: {labels}})]))).toEqual([])
    })
  })
  it('are two that have nothing but marks of replicas', () => {
    const only = (mark: string) => at('a', {name: mark, pod: mark, externalLabels: {replica: mark}, targets: {labels}})
    expect(inWords(collisions([only('x'), only('y')]))).toEqual([])
  })
  it('is one pod seen through two contexts', () => {
    expect(collisions([at('a', {podUid: 'same'}), at('b', {podUid: 'same'})])).toEqual([])
  })
  it('and an HA pair collides as one with another cluster’s, its replica labels aside', () => {
    const found = collisions([replica(0), replica(1), at('b', {pod: 'agent-0', targets: {labels}})])
    expect(inWords(found)).toEqual([
      'a/agent-0: b/agent-0 by target',
      'a/agent-1: b/agent-0 by target',
      'b/agent-0: a/agent-1 by target',
    ])
  })
})

describe('a label that targets bring in place of the external one', () => {
  const bringing = (context: string, values: string[]) =>
    at(context, {
      targets: {
        active: 3,
        labels: {
          sample: [],
          names: [
            {
              ...{name: 'cluster', targets: 3, distinct: values.length, jobs: ['pods']},
              values: values.map(value => ({value, targets: 1})),
            },
          ],
        },
      },
    })

  it('is what counts', () => {
    expect(collisions([bringing('a', ['own-a']), bringing('b', ['own-b'])])).toEqual([])
    expect(collisions([bringing('a', ['same']), bringing('b', ['same'])])).toHaveLength(2)
  })
  it('tells nothing of an agent whose targets bring different ones', () => {
    expect(collisions([bringing('a', ['x', 'y']), bringing('b', ['x', 'y'])])).toEqual([])
  })
})

describe('a fleet of many agents', () => {
  const many = (label: (index: number) => string) =>
    Array.from({length: 200}, (_, index) => anAgent({context: `c${index}`, externalLabels: {cluster: label(index)}}))

  it('names each pair, and of many under one identity the first few', () => {
    const pairs = collisions(many(index => `c${index % 190}`))
    expect(pairs).toHaveLength(20)
    expect(pairs[0]).toMatchObject({otherCount: 1})
    const [first] = collisions(many(() => 'same'))
    expect(first).toMatchObject({otherCount: 199})
    expect(first?.others.map(({context}) => context)).toEqual(['c1', 'c2', 'c3', 'c4', 'c5'])
  })
})
