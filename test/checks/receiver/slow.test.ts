import {describe, expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {NO_LOG, retrying, withConnections} from './outage.ts'

const ID = 'receiver/slow'
const connects = [{established: 40}, {established: 41}]

describe(ID, () => {
  it('is an error when the receiver takes connections and nothing is finished', async () => {
    const agent = retrying('context deadline exceeded', {remoteWriteYaml: 'remote_timeout: 12s'})
    const result = judgedAgents(ID, withConnections(agent, connects))
    expect(result.severities).toEqual(['error'])
    expect(result.titles[0]).toContain('does not answer within 12 s')
    await expectWords(ID, result)
  })
  it('is a warning while batches still get through', () => {
    const queues = [{first: {total: 10_000, retried: 0}, last: {total: 12_400, retried: 600}}]
    const agent = retrying('context deadline exceeded', {queues})
    expect(judgedAgents(ID, withConnections(agent, connects)).severities).toEqual(['warning'])
  })
  it('says nothing when connections do not come about', () => {
    const agent = withConnections(retrying('context deadline exceeded'), [
      {failed: {timeout: 4}},
      {failed: {timeout: 5}},
    ])
    expect(judgedAgents(ID, agent).findings).toEqual([])
  })
  it('says nothing of a queue that delivers', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown when the log cannot be read', () => {
    expect(judgedAgents(ID, retrying('context deadline exceeded', {log: NO_LOG}))).toMatchObject({
      findings: [],
      judged: 0,
    })
  })
})
