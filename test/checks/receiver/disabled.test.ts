import {describe, expect, it} from 'vitest'
import {NOW, timestamp} from '../../builders/evidence.ts'
import {judgedAgents} from '../judged.ts'
import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

const ID = 'receiver/disabled'
const OFF = '404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'

describeReceiverCheck(ID, {
  outage: refusing,
  // The second is that of 2.42.
  answers: [
    OFF,
    '404 Not Found: remote write receiver needs to be enabled with --enable-feature=remote-write-receiver',
  ],
  others: ['404 Not Found: 404 page not found'],
  blame: {alone: 'central', othersFine: 'central'},
})

describe(ID, () => {
  it('dates the outage by the log, since the newest sent sample moves along', () => {
    const [finding] = judgedAgents(ID, refusing(OFF)).findings
    expect(finding?.since).toBe(timestamp(NOW - 600))
    expect(finding?.evidence[0]?.value).toContain('100 %')
  })
  it('counts the agents that get the same answer', () => {
    const result = judgedAgents(ID, refusing(OFF), refusing(OFF, {context: 'cluster3'}))
    expect(result.words).toContain('2 of 2 agents that write there get the same error')
  })
  it('names the Prometheus in the same pod where the endpoint is localhost', () => {
    const queues = [{url: 'http://localhost:9091/api/v1/write', doing: 'failing' as const, forSeconds: 660}]
    expect(judgedAgents(ID, refusing(OFF, {queues})).titles[0]).toMatch(/^the Prometheus in its own pod refuses/)
  })
})
