import {describe, expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {NO_LOG, refusing, retrying} from './outage.ts'

const ID = 'receiver/unauthorized'
const remoteWriteYaml = 'basic_auth: {username: agent, password: <secret>}'

describe(ID, () => {
  it('is found by the 401 and the metrics together', async () => {
    const result = judgedAgents(ID, refusing('401 Unauthorized: Unauthorized', {remoteWriteYaml}))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('config')
    expect(result.titles[0]).toContain('does not accept the credentials of')
    await expectWords(ID, result)
  })
  it('says so when the agent sends no credentials at all', () => {
    const result = judgedAgents(ID, refusing('401 Unauthorized: Unauthorized'))
    expect(result.titles[0]).toBe(
      'http://central.example:9090/api/v1/write wants credentials and cluster2 monitoring/agent-0 sends none',
    )
  })
  it('blames the central when agents are refused alike', () => {
    const alike = ['a', 'b'].map(context => refusing('401 Unauthorized: Unauthorized', {context}))
    expect(judgedAgents(ID, ...alike).findings.map(({blame}) => blame)).toEqual(['central', 'central'])
  })
  it('warns before the credentials of an agent are edited that waits for a token', () => {
    const result = judgedAgents(ID, retrying('oauth2: cannot fetch token: 401 Unauthorized'))
    expect(result.words).toMatch(/This rebuilds the queue and gives up 11 min of unsent data/)
    expect(result.words).not.toContain('gone for good, they')
  })
  it('says nothing of a queue that delivers, nor of another status', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
    expect(judgedAgents(ID, refusing('403 Forbidden: no')).findings).toEqual([])
  })
  it('is unknown when the log cannot be read', () => {
    expect(judgedAgents(ID, refusing('401 Unauthorized', {log: NO_LOG}))).toMatchObject({findings: [], judged: 0})
  })
})
