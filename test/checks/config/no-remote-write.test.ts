import {describe, expect, it} from 'vitest'
import type {AgentResource} from '../../../src/evidence/types.ts'
import {aFailure, anAgent, collected} from '../../builders/evidence.ts'
import {expectWords, judgedAgents, judgedFleet} from '../judged.ts'

const ID = 'config/no-remote-write'

describe(ID, () => {
  it('is an error for an agent without an endpoint', async () => {
    const result = judgedAgents(ID, anAgent({queues: []}))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('config')
    await expectWords(ID, result)
  })
  it('reads it from the metrics when the configuration cannot be read', () => {
    const result = judgedAgents(ID, anAgent({queues: [], config: aFailure('timeout', 'no answer')}))
    expect(result.severities).toEqual(['error'])
    expect(result.words).toContain('no prometheus_remote_storage_shards')
  })
  it('says what the resource asks for when the running configuration lacks it', () => {
    const resource: AgentResource = {
      ...{namespace: 'monitoring', name: 'agent', mode: 'StatefulSet', replicas: 1, shards: 1},
      ...{paused: false, remoteWriteUrls: ['https://central.example/api/v1/write']},
    }
    const agent = anAgent({queues: [], signs: ['resource'], figures: {lastReloadSuccessful: false}})
    const result = judgedFleet(ID, {agents: [agent], contexts: {cluster2: {agentResources: collected([resource])}}})
    expect(result.words).toContain('asked for: https://central.example/api/v1/write')
    expect(result.words).toContain('see config/reload-failed')
  })
  it('says nothing when there is one', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], judged: 1})
  })
  it('does not apply to a server that was looked at as a server', () => {
    const agent = anAgent({queues: [], mode: 'server', signs: ['server']})
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('is unknown when neither configuration nor metrics could be read', () => {
    const failure = aFailure('timeout', 'no answer')
    const result = judgedAgents(ID, anAgent({scrapes: [failure], config: failure}))
    expect(result).toMatchObject({findings: [], unknown: ['its metrics could not be read: no answer'], judged: 0})
  })
})
