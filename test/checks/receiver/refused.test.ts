import {describe, expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {NO_LOG, retrying, withConnections} from './outage.ts'

const ID = 'receiver/refused'
const REFUSED = 'dial tcp 172.28.139.113:9090: connect: connection refused'

describe(ID, () => {
  it('is found while connections are refused and nothing is finished', async () => {
    const result = judgedAgents(ID, retrying(REFUSED))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('central')
    expect(result.words).toContain('a restart costs: 11 min of unsent data')
    await expectWords(ID, result)
  })
  it('blames the network when another cluster is served at the same address', () => {
    const result = judgedAgents(ID, retrying(REFUSED), anAgent({context: 'cluster4'}))
    expect(result.findings).toHaveLength(1)
    expect(result.findings[0]?.blame).toBe('network')
    expect(result.words).toContain('cluster4 monitoring/agent-0 writes to the same address without trouble')
  })
  it('blames the central when half of those who write there are refused', () => {
    const two = [retrying(REFUSED), retrying(REFUSED, {context: 'cluster3'})]
    const fine = (context: string) => anAgent({context})
    expect(judgedAgents(ID, ...two, fine('a'), fine('b')).findings[0]?.blame).toBe('central')
    expect(judgedAgents(ID, ...two, fine('a'), fine('b'), fine('c')).findings[0]?.blame).toBe('network')
  })
  it('does not take a name server that refuses for it', () => {
    const words =
      'dial tcp: lookup central.example on 10.96.0.10:53: read udp 10.0.0.7:51->10.96.0.10:53: read: connection refused'
    expect(judgedAgents(ID, retrying(words)).findings).toEqual([])
  })
  it('reads the connection counters when the log cannot be read', async () => {
    const failed = (refused: number) => ({failed: {refused, resolution: 1}})
    const agent = withConnections(retrying(REFUSED, {log: NO_LOG}), [failed(100), failed(102)])
    const result = judgedAgents(ID, agent)
    expect(result.words).toContain('2 failed in the window, reason "refused"')
    await expectWords(ID, result, 'no-log')
  })
  it('is unknown when neither log nor counters tell', () => {
    expect(judgedAgents(ID, retrying(REFUSED, {log: NO_LOG}))).toMatchObject({findings: [], judged: 0})
  })
  it('says nothing of a queue that delivers, whatever its log remembers', () => {
    const log = [{message: 'Failed to send batch, retrying', error: `Post "http://central.example:9090": ${REFUSED}`}]
    expect(judgedAgents(ID, anAgent({log}))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('never lends the reason of one queue to another', () => {
    const queues = [
      {doing: 'retrying' as const},
      {name: 'mimir', url: 'http://mimir.example/api/v1/push', doing: 'retrying' as const},
    ]
    const result = judgedAgents(ID, retrying(REFUSED, {queues}))
    expect(result.findings.map(({scope}) => scope.queue)).toEqual(['central'])
  })
})
