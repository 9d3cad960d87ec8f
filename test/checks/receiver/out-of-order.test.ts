import {describe, expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {NO_LOG, refusing} from './outage.ts'

const ID = 'receiver/out-of-order'
const ANSWER = '400 Bad Request: out of order sample'

describe(ID, () => {
  it('is found by the answer and the metrics together', async () => {
    const result = judgedAgents(ID, refusing(ANSWER))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('config')
    await expectWords(ID, result)
  })
  it('blames the central when agents that write there are answered alike', () => {
    const alike = ['a', 'b'].map(context => refusing(ANSWER, {context}))
    expect(judgedAgents(ID, ...alike).findings.map(({blame}) => blame)).toEqual(['central', 'central'])
  })
  it('blames the config when another agent writes to the same address without trouble', () => {
    expect(judgedAgents(ID, refusing(ANSWER), anAgent({context: 'b'})).findings[0]?.blame).toBe('config')
  })
  it('does not take another error for it', () => {
    expect(judgedAgents(ID, refusing('418 teapot'))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('says nothing of a queue that delivers', () => {
    const agent = anAgent()
    agent.evidence.log = refusing(ANSWER).evidence.log
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown when the log cannot be read', () => {
    expect(judgedAgents(ID, refusing(ANSWER, {log: NO_LOG}))).toMatchObject({findings: [], judged: 0})
  })
})
