import {describe, expect, it} from 'vitest'
import {type AgentOptions, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {refusing} from '../receiver/outage.ts'

const ID = 'labels/replica-duplicates'
const options = (number: number, more: AgentOptions = {}): AgentOptions => ({
  ...{pod: `agent-${number}`, replica: number},
  externalLabels: {cluster: 'cluster2', prometheus_replica: `agent-${number}`},
  ...more,
})
const pair = (more: AgentOptions = {}) => [anAgent(options(0, more)), anAgent(options(1, more))]
const to = (url: string) => ({queues: [{url}]})

describe(ID, () => {
  it('is info while nobody knows what the receiver is', async () => {
    const result = judgedAgents(ID, ...pair())
    expect(result.severities).toEqual(['info'])
    expect(result.findings[0]?.scope).toEqual({context: 'cluster2', namespace: 'monitoring', agent: 'agent'})
    await expectWords(ID, result)
  })
  it('is a warning when it refuses what a replica sends as a duplicate', async () => {
    const refused = refusing('400 Bad Request: duplicate sample for timestamp', options(1))
    const result = judgedAgents(ID, anAgent(options(0)), refused)
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result, 'refused')
  })
  it('says nothing of Thanos Receive, and of Mimir with the labels of its HA tracker', () => {
    expect(judgedAgents(ID, ...pair(to('http://thanos.example/api/v1/receive'))).findings).toEqual([])
    const mimir = to('http://mimir.example/api/v1/push')
    expect(judgedAgents(ID, ...pair(mimir)).severities).toEqual(['info'])
    const tracked = [0, 1].map(number =>
      anAgent(options(number, {...mimir, externalLabels: {cluster: 'cluster2', __replica__: `agent-${number}`}})),
    )
    expect(judgedAgents(ID, ...tracked).findings).toEqual([])
  })
  it('does not apply to shards, single agents, and replicas that write elsewhere', () => {
    const shards = [anAgent(options(0, {shard: 0})), anAgent(options(1, {shard: 1}))]
    expect(judgedAgents(ID, ...shards).judged).toBe(0)
    expect(judgedAgents(ID, anAgent()).judged).toBe(0)
    const apart = [anAgent(options(0)), anAgent(options(1, to('http://other.example/api/v1/write')))]
    expect(judgedAgents(ID, ...apart).judged).toBe(0)
  })
})
