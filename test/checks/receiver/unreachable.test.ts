import {describe, expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {NO_LOG, retrying, withConnections} from './outage.ts'

const ID = 'receiver/unreachable'
const DEADLINE = 'context deadline exceeded'

describe(ID, () => {
  it('is found when connecting times out', async () => {
    const result = judgedAgents(ID, retrying('dial tcp 10.9.8.7:9090: i/o timeout'))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('network')
    await expectWords(ID, result)
  })
  it('is found when there is no route', () => {
    const result = judgedAgents(ID, retrying('dial tcp 10.9.8.7:9090: connect: no route to host'))
    expect(result.titles[0]).toContain('there is no route')
  })
  it('is told from a slow receiver by the connections that fail', async () => {
    const agent = withConnections(retrying(DEADLINE), [{failed: {timeout: 40}}, {failed: {timeout: 41}}])
    const result = judgedAgents(ID, agent)
    expect(result.severities).toEqual(['error'])
    expect(judgedAgents('receiver/slow', agent).findings).toEqual([])
    await expectWords(ID, result, 'deadline')
  })
  it('leaves a receiver that connects and does not answer to receiver/slow', () => {
    const agent = withConnections(retrying(DEADLINE), [{established: 40}, {established: 41}])
    expect(judgedAgents(ID, agent).findings).toEqual([])
    expect(judgedAgents('receiver/slow', agent).findings).toHaveLength(1)
  })
  it('says nothing of a queue that delivers', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown when the log cannot be read', () => {
    expect(judgedAgents(ID, retrying(DEADLINE, {log: NO_LOG}))).toMatchObject({findings: [], judged: 0})
  })
})
