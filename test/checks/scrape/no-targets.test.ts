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
