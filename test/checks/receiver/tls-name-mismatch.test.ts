import {describe, expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {NO_LOG, retrying} from './outage.ts'

const ID = 'receiver/tls-name-mismatch'
const ANSWER = 'tls: failed to verify certificate: x509: certificate is valid for mimir.example, not central.example'

describe(ID, () => {
  it('is found by the answer and the metrics together', async () => {
    const result = judgedAgents(ID, retrying(ANSWER))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('config')
    await expectWords(ID, result)
  })
  it('blames the central when agents that write there are answered alike', () => {
    const alike = ['a', 'b'].map(context => retrying(ANSWER, {context}))
    expect(judgedAgents(ID, ...alike).findings.map(({blame}) => blame)).toEqual(['central', 'central'])
  })
  it('blames the config when another agent writes to the same address without trouble', () => {
    expect(judgedAgents(ID, retrying(ANSWER), anAgent({context: 'b'})).findings[0]?.blame).toBe('config')
  })
  it('does not take another error for it', () => {
    expect(judgedAgents(ID, retrying('connect: something else'))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('says nothing of a queue that delivers', () => {
    const agent = anAgent()
    agent.evidence.log = retrying(ANSWER).evidence.log
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown when the log cannot be read', () => {
    expect(judgedAgents(ID, retrying(ANSWER, {log: NO_LOG}))).toMatchObject({findings: [], judged: 0})
  })
})
