import {describe, expect, it} from 'vitest'
import type {AgentOptions} from '../../builders/evidence.ts'
import {judgedAgents} from '../judged.ts'
import {retrying, withConnections} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

const ID = 'receiver/slow'
const DEADLINE = 'context deadline exceeded'
const hanging = (answer: string, options?: AgentOptions) =>
  withConnections(retrying(answer, options), [{established: 40}, {established: 41}])

describeReceiverCheck(ID, {
  outage: hanging,
  answers: [DEADLINE],
  others: ['dial tcp 10.9.8.7:9090: i/o timeout'],
  options: {remoteWriteYaml: 'remote_timeout: 12s'},
  blame: {alone: 'central', othersFine: 'network'},
})

describe(ID, () => {
  it('names the time-out of the configuration', () => {
    const agent = hanging(DEADLINE, {remoteWriteYaml: 'remote_timeout: 12s'})
    expect(judgedAgents(ID, agent).titles[0]).toContain('does not answer within 12 s')
  })
  it('is a warning while batches still get through', () => {
    const queues = [{first: {total: 10_000, retried: 0}, last: {total: 12_400, retried: 600}}]
    expect(judgedAgents(ID, hanging(DEADLINE, {queues})).severities).toEqual(['warning'])
  })
  it('says nothing when connections are not established', () => {
    const agent = withConnections(retrying(DEADLINE), [{failed: {timeout: 4}}, {failed: {timeout: 5}}])
    expect(judgedAgents(ID, agent).findings).toEqual([])
  })
})
