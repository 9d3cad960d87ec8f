import {describe, expect, it} from 'vitest'
import {aLogShape, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {NO_LOG, retrying, withConnections} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

const ID = 'receiver/refused'
const REFUSED = 'dial tcp 172.28.139.113:9090: connect: connection refused'

describeReceiverCheck(ID, {
  outage: retrying,
  answers: [REFUSED],
  others: [
    'dial tcp: lookup central.example on 10.96.0.10:53: read udp 10.0.0.7:51->10.96.0.10:53: read: connection refused',
  ],
  blame: {alone: 'central', othersFine: 'network'},
})

describe(ID, () => {
  it('says what a restart would lose', () => {
    expect(judgedAgents(ID, retrying(REFUSED)).words).toContain('restart cost: 11 min of unsent data')
  })
  it.each(['localhost', '127.0.0.1', '[::1]'])('speaks of a side car in the same pod at %s', async host => {
    const queues = [{url: `http://${host}:9091/api/v1/write`, doing: 'retrying' as const, forSeconds: 660}]
    const result = judgedAgents(ID, retrying(REFUSED, {queues}))
    expect(result.findings.map(({blame}) => blame)).toEqual(['proxy'])
    expect(result.words).toContain('side car')
    expect(result.words).not.toMatch(/Service|NodePort|load balancer|network policy/)
    if (host === 'localhost') await expectWords(ID, result, 'localhost')
  })
  it('says that all was refused before, which an outage hides and its end will show again', () => {
    const refusal = {
      level: 'error' as const,
      message: 'non-recoverable error',
      error: 'server returned HTTP status 404 Not Found: 404 page not found',
      last: timestamp(NOW - 660),
    }
    const agent = (failed: number, error = refusal.error) => {
      const built = retrying(REFUSED, {
        queues: [{doing: 'retrying', forSeconds: 660, figures: {total: 100_000, retried: 0, failed}}],
      })
      if (built.evidence.log.ok) built.evidence.log.value.shapes.push(aLogShape({...refusal, error}))
      return judgedAgents(ID, built).words
    }
    expect(agent(90_000)).toContain(
      'before that: 90 % of all was refused until 02:03, and what waits will be, too, unless that is',
    )
    expect(agent(89_999)).not.toContain('before that')
    // What a stopped queue gives up was refused by nobody.
    expect(agent(90_000, 'context canceled')).not.toContain('before that')
  })
  it('reads the connection counters when the log cannot be read', async () => {
    const failed = (refused: number) => ({failed: {refused, resolution: 1}})
    const agent = withConnections(retrying(REFUSED, {log: NO_LOG}), [failed(100), failed(102)])
    const result = judgedAgents(ID, agent)
    expect(result.words).toContain('2 failed in the window, reason "refused"')
    await expectWords(ID, result, 'no-log')
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
