import {describe, expect, it} from 'vitest'
import {type AgentOptions, aFailure, anAgent, NOW} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'scrape/no-targets'
const none = {active: 0, up: 0, pools: [{name: 'pods', active: 0, up: 0, down: 0, intervalSeconds: 15, errors: []}]}
const idle = (options: AgentOptions = {}) =>
  anAgent({rate: 0, targets: none, queues: [{doing: 'idle'}], figures: {highestTimestamp: NOW - 7200}, ...options})

describe(ID, () => {
  it('is an error for an agent that has nothing to scrape', async () => {
    const result = judgedAgents(ID, idle({targets: {...none, dropped: 12}}))
    expect(result.severities).toEqual(['error'])
    expect(result.words).toContain('12 discovered targets dropped by relabelling')
    await expectWords(ID, result)
  })
  it('points to the selectors of the operator', async () => {
    const podStatus = {
      labels: {'app.kubernetes.io/managed-by': 'prometheus-operator', 'operator.prometheus.io/name': 'shop'},
    }
    const result = judgedAgents(ID, idle({podStatus}))
    expect(result.words).toContain('release: <helm release>')
    await expectWords(ID, result, 'operator')
  })
  it('does not mind a shard, or a pod of a DaemonSet, whose siblings have targets', () => {
    const shards = [idle({pod: 'a-0', shard: 0}), anAgent({pod: 'a-1', shard: 1})]
    expect(judgedAgents(ID, ...shards).findings).toEqual([])
    const workload = {kind: 'DaemonSet', name: 'agent'}
    expect(judgedAgents(ID, idle({pod: 'a-x', workload}), anAgent({pod: 'a-y', workload})).findings).toEqual([])
  })
  it('does mind when no shard has any', () => {
    const shards = [idle({pod: 'a-0', shard: 0}), idle({pod: 'a-1', shard: 1})]
    expect(judgedAgents(ID, ...shards).severities).toEqual(['error', 'error'])
  })
  describe('of a shard by nothing but its configuration', () => {
    const config = (number: string, of: number, more = '') =>
      `global: {scrape_interval: 15s}\nremote_write: [{url: 'http://central.example:9090/api/v1/write', name: central}]\nscrape_configs:\n- job_name: pods\n  relabel_configs:\n  - source_labels: [__address__]\n    modulus: ${of}\n    target_label: __tmp_hash\n    action: hashmod\n  - source_labels: [__tmp_hash]\n    regex: ${number}\n    action: keep\n${more}`
    const shard = (number: number, of = 3, more: AgentOptions = {}) => ({
      ...{name: `shard-${number}`, pod: `shard-${number}-0`, config: config(String(number), of)},
      ...more,
    })
    const dealt = {targets: {...none, dropped: 12}}
    it('does not mind it when another has targets', () => {
      const result = judgedAgents(ID, idle(shard(0, 3, dealt)), anAgent(shard(1)))
      expect(result.findings).toEqual([])
    })
    it('warns while not all others are in view, and says so', async () => {
      const result = judgedAgents(ID, idle(shard(0, 3, dealt)), idle(shard(1, 3, dealt)))
      expect(result.severities).toEqual(['warning', 'warning'])
      expect(result.words).toContain('is one of 3 shards and was dealt no target')
      await expectWords(ID, judgedAgents(ID, idle(shard(2, 3, dealt))), 'shard')
    })
    it('does mind when all are in view and none has any', () => {
      const all = [0, 1, 2].map(number => idle(shard(number, 3, dealt)))
      expect(judgedAgents(ID, ...all).severities).toEqual(['error', 'error', 'error'])
    })
    it('does mind when discovery finds nothing, or one job is not dealt out', () => {
      expect(judgedAgents(ID, idle(shard(0, 3, {targets: {...none, dropped: 0}}))).severities).toEqual(['error'])
      const other = config('0', 3, '- job_name: other\n')
      expect(judgedAgents(ID, idle(shard(0, 3, {...dealt, config: other}))).severities).toEqual(['error'])
    })
    it('does mind one that keeps the same hash as another, or shares out other jobs', () => {
      const same = anAgent({...shard(0), pod: 'other-0', name: 'other'})
      expect(judgedAgents(ID, idle(shard(0, 2, dealt)), same).severities).toEqual(['warning'])
      const elsewhere = anAgent({...shard(1), config: config('1', 3).replace('job_name: pods', 'job_name: nodes')})
      expect(judgedAgents(ID, idle(shard(0, 3, dealt)), elsewhere).severities).toEqual(['warning'])
    })
    it('does mind one of those counted from 1: no target has the hash that it keeps', async () => {
      const last = idle(shard(3, 3, dealt))
      const result = judgedAgents(ID, anAgent(shard(1)), anAgent(shard(2)), last)
      expect(result.severities).toEqual(['error'])
      expect(result.titles[0]).toContain('keeps hash 3 of 0 to 2')
      await expectWords(ID, result, 'impossible-hash')
      expect(judgedAgents(ID, last).severities).toEqual(['error'])
      // Pods of one workload are shards by the hash alone.
      const pods = [1, 2, 3].map(number => ({...shard(number), name: 'shop', pod: `shop-${number}`}))
      const ofOneWorkload = pods.map((pod, index) => (index === 2 ? idle({...pod, ...dealt}) : anAgent(pod)))
      expect(judgedAgents(ID, ...ofOneWorkload).severities).toEqual(['error'])
    })
    it("leaves the operator's shards to the operator, which may keep one that is dealt nothing any more", () => {
      const kept = idle({...shard(2, 2, dealt), name: 'shop', shard: 2})
      expect(judgedAgents(ID, anAgent({...shard(0, 2), name: 'shop', shard: 0}), kept).findings).toEqual([])
    })
    it('is no shard where all is dealt to one', () => {
      expect(judgedAgents(ID, idle(shard(0, 1, dealt))).severities).toEqual(['error'])
    })
  })
  it('does mind a replica whose sibling has targets', () => {
    const pair = [idle({pod: 'a-0', replica: 0}), anAgent({pod: 'a-1', replica: 1})]
    expect(judgedAgents(ID, ...pair).severities).toEqual(['error'])
  })
  it('does not mind a relay, which gets its samples by remote write', () => {
    expect(judgedAgents(ID, anAgent({targets: none}))).toMatchObject({findings: [], judged: 1})
  })
  it('says nothing from the first target on', () => {
    const one = {...none, active: 1, up: 1}
    expect(judgedAgents(ID, idle({targets: one}))).toMatchObject({findings: [], judged: 1})
  })
  it('gives discovery a minute', () => {
    expect(judgedAgents(ID, idle({uptimeSeconds: 59})).unknown).toEqual(['started 59 s ago, discovery may not be done'])
    expect(judgedAgents(ID, idle({uptimeSeconds: 60})).severities).toEqual(['error'])
  })
  it('counts the targets of the metrics when the targets cannot be read', () => {
    const targets = aFailure('timeout', 'no answer')
    const pool = (count: number) => `prometheus_target_scrape_pool_targets{scrape_job="pods"} ${count}`
    const agent = (count: number) => idle({targets, figures: {highestTimestamp: NOW - 7200, extra: pool(count)}})
    expect(judgedAgents(ID, agent(0)).severities).toEqual(['error'])
    expect(judgedAgents(ID, agent(1)).findings).toEqual([])
  })
  it('is unknown without targets and metrics', () => {
    const failure = aFailure('timeout', 'no answer')
    const result = judgedAgents(ID, anAgent({targets: failure, scrapes: [failure]}))
    expect(result).toMatchObject({findings: [], unknown: ['its metrics could not be read: no answer'], judged: 0})
  })
})
