import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents, judgedFleet} from '../judged.ts'

const ID = 'access/context-unreachable'
const dead = aFailure('timeout', 'https://cluster5.example:6443/version did not answer within 5 s')

describe(ID, () => {
  it('names the context whose API server does not answer, and no other', async () => {
    const result = judgedFleet(ID, {agents: [anAgent()], contexts: {cluster5: {serverVersion: dead}}})
    expect(result.findings.map(({scope}) => scope)).toEqual([{context: 'cluster5'}])
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('access')
    await expectWords(ID, result)
  })
  it('says nothing when all answer', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it.each(['unreachable', 'timeout', 'malformed', 'failed', 'not-found'] as const)(
    'counts the failure "%s"',
    reason => {
      expect(judgedFleet(ID, {agents: [], contexts: {c: {serverVersion: aFailure(reason)}}}).severities).toEqual([
        'error',
      ])
    },
  )
  it.each(['unauthorized', 'forbidden'] as const)('leaves "%s" to the check on credentials and permissions', reason => {
    expect(judgedFleet(ID, {agents: [], contexts: {c: {serverVersion: aFailure(reason)}}}).findings).toEqual([])
  })
  it('is unknown when the run was stopped first', () => {
    const result = judgedFleet(ID, {agents: [], contexts: {c: {serverVersion: aFailure('interrupted')}}})
    expect(result).toMatchObject({findings: [], judged: 0})
    expect(result.unknown).toEqual(['the run was stopped before its API server answered'])
  })
})
