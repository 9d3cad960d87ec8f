import {describe, expect, it} from 'vitest'
import {expectWords, judgedAgents} from '../judged.ts'
import {retrying, withConnections} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

const ID = 'receiver/unreachable'
const DEADLINE = 'context deadline exceeded'

describeReceiverCheck(ID, {
  outage: retrying,
  answers: ['dial tcp 10.9.8.7:9090: i/o timeout', 'dial tcp 10.9.8.7:9090: connect: no route to host'],
  others: ['dial tcp 10.9.8.7:9090: connect: connection refused'],
  blame: {alone: 'network', othersFine: 'network'},
})

describe(ID, () => {
  it('says so when there is no route', () => {
    const result = judgedAgents(ID, retrying('dial tcp 10.9.8.7:9090: connect: no route to host'))
    expect(result.titles[0]).toMatch(/^no route from cluster2 monitoring\/agent-0 to /)
  })
  it('is told from a slow receiver by the connections that fail', async () => {
    const agent = withConnections(retrying(DEADLINE), [
      {attempted: 41, failed: {timeout: 40}},
      {attempted: 42, failed: {timeout: 41}},
    ])
    const result = judgedAgents(ID, agent)
    expect(result.severities).toEqual(['error'])
    expect(judgedAgents('receiver/slow', agent).findings).toEqual([])
    await expectWords(ID, result, 'deadline')
  })
  it('is told from a slow receiver by dials that were begun and have no outcome yet', () => {
    const agent = withConnections(retrying(DEADLINE), [
      {attempted: 9, established: 8},
      {attempted: 10, established: 8, failed: {refused: 1}},
    ])
    const result = judgedAgents(ID, agent)
    expect(result.words).toContain('(10 attempted, 8 established, 1 failed)')
    expect(result.words).toContain('net_conntrack_dialer_conn_{attempted,established,failed}_total')
    expect(judgedAgents('receiver/slow', agent).findings).toEqual([])
  })
  it('leaves a receiver that connects and does not answer to receiver/slow', () => {
    const agent = withConnections(retrying(DEADLINE), [
      {attempted: 40, established: 40},
      {attempted: 41, established: 41},
    ])
    expect(judgedAgents(ID, agent).findings).toEqual([])
    expect(judgedAgents('receiver/slow', agent).findings).toHaveLength(1)
  })
  it('takes the word of the connections over a log line that hides its like for a minute', async () => {
    const agent = withConnections(retrying('dial tcp 10.9.8.7:9090: connect: connection refused'), [
      {failed: {refused: 3, unknown: 9}},
      {failed: {refused: 3, unknown: 11}},
    ])
    const result = judgedAgents(ID, agent)
    expect(result.severities).toEqual(['error'])
    expect(judgedAgents('receiver/refused', agent).findings).toEqual([])
    await expectWords(ID, result, 'overtaken')
  })
  it.each([
    ['some are refused still', {refused: 4, unknown: 11}],
    ['none failed in the window', {refused: 3, unknown: 9}],
  ])('leaves the log its word where %s', (_, failed) => {
    const refused = retrying('dial tcp 10.9.8.7:9090: connect: connection refused')
    const agent = withConnections(refused, [{failed: {refused: 3, unknown: 9}}, {failed}])
    expect(judgedAgents(ID, agent).findings).toEqual([])
    expect(judgedAgents('receiver/refused', agent).findings).toHaveLength(1)
  })
  it('does not let the connections to one host contradict what the log says of another', () => {
    const queues = [
      {doing: 'retrying' as const},
      {name: 'mimir', url: 'http://mimir.example/api/v1/push', doing: 'retrying' as const},
    ]
    const refused = retrying('dial tcp 10.9.8.7:9090: connect: connection refused', {queues})
    const agent = withConnections(refused, [{failed: {unknown: 9}}, {failed: {unknown: 11}}])
    expect(judgedAgents('receiver/refused', agent).findings.map(({scope}) => scope.queue)).toEqual(['central'])
  })
})
