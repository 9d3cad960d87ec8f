import {describe, expect, it} from 'vitest'
import {type AgentOptions, aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'security/plaintext'
const writingTo = (url: string, options: AgentOptions = {}) => anAgent({queues: [{url}], ...options})

describe(ID, () => {
  it('warns of a plain address outside the cluster', async () => {
    const result = judgedAgents(ID, writingTo('http://172.28.139.113:30090/api/v1/write'))
    expect(result.severities).toEqual(['warning'])
    expect(result.findings[0]?.scope.queue).toBe('central')
    await expectWords(ID, result)
  })
  it('says that the password travels in the clear', async () => {
    const remoteWriteYaml = 'basic_auth: {username: agent, password: <secret>}'
    const result = judgedAgents(ID, writingTo('http://central.example/api/v1/write', {remoteWriteYaml}))
    expect(result.titles[0]).toContain('the password travels in the clear')
    await expectWords(ID, result, 'password')
  })
  it.each([
    'http://localhost:9090/api/v1/write',
    'http://127.0.0.1:9090/api/v1/write',
    'http://central.monitoring.svc:9090/api/v1/write',
    'http://central.monitoring.svc.cluster.local/api/v1/write',
    'http://central:9090/api/v1/write',
  ])('only remarks on %s', url => {
    expect(judgedAgents(ID, writingTo(url)).severities).toEqual(['info'])
  })
  it('only remarks where a mesh side car was seen', () => {
    const agent = writingTo('http://central.example/api/v1/write', {podStatus: {meshSidecar: 'istio-proxy'}})
    expect(judgedAgents(ID, agent).severities).toEqual(['info'])
  })
  it('does not take a private address for the cluster', () => {
    expect(judgedAgents(ID, writingTo('http://10.1.2.3:9090/api/v1/write')).severities).toEqual(['warning'])
  })
  it('says nothing of https', () => {
    expect(judgedAgents(ID, writingTo('https://central.example/api/v1/write'))).toMatchObject({findings: [], judged: 1})
  })
  it('warns before the URL of an agent is edited that is behind', () => {
    const agent = anAgent({queues: [{url: 'http://central.example/api/v1/write', doing: 'retrying', forSeconds: 660}]})
    expect(judgedAgents(ID, agent).words).toContain('discards 11 min of unsent data')
  })
  it('is unknown without the configuration', () => {
    const result = judgedAgents(ID, anAgent({config: aFailure('timeout', 'no answer')}))
    expect(result).toMatchObject({findings: [], unknown: ['its configuration could not be read: no answer'], judged: 0})
  })
  it('names first the agent whose secret travels in the clear, which a title may stand for all', () => {
    const open = anAgent({context: 'a', queues: [{url: 'http://far.example/write'}]})
    const secret = anAgent({
      ...{context: 'b', queues: [{url: 'http://far.example/write'}]},
      remoteWriteYaml: 'authorization: {credentials: <secret>}',
    })
    const {titles} = judgedAgents(ID, open, secret)
    expect(titles).toHaveLength(2)
    expect(titles[0]).toContain('the token travels in the clear')
  })
})
