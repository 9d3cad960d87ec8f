import {describe, expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {failing, NO_LOG} from './outage.ts'

const ID = 'receiver/failing'
const ANSWER = '503 Service Unavailable: '

describe(ID, () => {
  it('is found by the answer and the metrics together', async () => {
    const result = judgedAgents(ID, failing(ANSWER))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('central')
    await expectWords(ID, result)
  })
  it('blames the central when agents that write there are answered alike', () => {
    const alike = ['a', 'b'].map(context => failing(ANSWER, {context}))
    expect(judgedAgents(ID, ...alike).findings.map(({blame}) => blame)).toEqual(['central', 'central'])
  })
  it('blames the central when another agent writes to the same address without trouble', () => {
    expect(judgedAgents(ID, failing(ANSWER), anAgent({context: 'b'})).findings[0]?.blame).toBe('central')
  })
  it('does not take another error for it', () => {
    expect(judgedAgents(ID, failing('418 teapot'))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('says nothing of a queue that delivers', () => {
    const agent = anAgent()
    agent.evidence.log = failing(ANSWER).evidence.log
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown when the log cannot be read', () => {
    expect(judgedAgents(ID, failing(ANSWER, {log: NO_LOG}))).toMatchObject({findings: [], judged: 0})
  })
})
