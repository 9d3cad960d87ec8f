import {describe, expect, it} from 'vitest'
import type {AgentResource} from '../../../src/evidence/types.ts'
import {aFailure, anAgent, collected} from '../../builders/evidence.ts'
import {expectWords, judgedAgents, judgedFleet} from '../judged.ts'

const ID = 'config/queue-hazard'
const having = (settings: string, more = {}) => anAgent({remoteWriteYaml: `queue_config: {${settings}}`, ...more})

describe(ID, () => {
  it('warns of a pause between retries that hammers the receiver', async () => {
    const result = judgedAgents(ID, having('max_backoff: 100ms'))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result)
  })
  it('begins at one second, exactly', () => {
    expect(judgedAgents(ID, having('max_backoff: 1s')).findings).toHaveLength(1)
    expect(judgedAgents(ID, having('max_backoff: 1001ms')).findings).toEqual([])
  })
  it('warns of a capacity below three batches, exactly', async () => {
    const result = judgedAgents(ID, having('capacity: 100, max_samples_per_send: 1000'))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result, 'capacity')
    expect(judgedAgents(ID, having('capacity: 2999, max_samples_per_send: 1000')).findings).toHaveLength(1)
    expect(judgedAgents(ID, having('capacity: 3000, max_samples_per_send: 1000')).findings).toEqual([])
  })
  it.each(['2.42.0', '2.53.3', '3.5.0'])('says nothing of the defaults of %s', version => {
    expect(judgedAgents(ID, anAgent({version}))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('says what the edit costs an agent that is behind', () => {
    const queues = [{doing: 'retrying' as const, forSeconds: 660}]
    expect(judgedAgents(ID, having('max_backoff: 100ms', {queues})).words).toContain('11 min of unsent data')
  })
  it('remarks on maxRetries in the custom resource', () => {
    const resource: AgentResource = {
      ...{namespace: 'monitoring', name: 'agent', mode: 'StatefulSet', replicas: 1, shards: 1, version: null},
      ...{paused: false, externalLabels: {}, remoteWriteUrls: [], maxRetries: [3]},
    }
    const fleet = (maxRetries: number[]) => ({
      agents: [anAgent({signs: ['resource'] as const satisfies string[]})],
      contexts: {cluster2: {agentResources: collected([{...resource, maxRetries}])}},
    })
    expect(judgedFleet(ID, fleet([3])).severities).toEqual(['info'])
    expect(judgedFleet(ID, fleet([0])).findings).toEqual([])
    expect(judgedFleet(ID, fleet([])).findings).toEqual([])
  })
  it('is unknown without the configuration', () => {
    const result = judgedAgents(ID, anAgent({config: aFailure('timeout', 'no answer')}))
    expect(result).toMatchObject({findings: [], unknown: ['its configuration could not be read: no answer'], judged: 0})
  })
})
