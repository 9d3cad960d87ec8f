import {describe, expect, it} from 'vitest'
import {anAgent, NOW} from '../builders/evidence.ts'
import {judgedAgents} from './judged.ts'
import {refusing} from './receiver/outage.ts'

const ANSWER = '400 Bad Request: out of order sample'

describe('another agent at the same address', () => {
  it('is a witness when it delivers and always did', () => {
    const result = judgedAgents('receiver/out-of-order', refusing(ANSWER), anAgent({context: 'cluster4'}))
    expect(result.words).toContain('cluster4 monitoring/agent-0 delivers to the same address')
  })
  it('is no witness while it sends nothing: that nothing waits may be of a scrape from before', () => {
    const figures = {total: 1000, bytes: 5000, pending: 0, highestSent: NOW - 60}
    const idle = {context: 'cluster4', scrapeIntervalSeconds: 300, queues: [{figures}]}
    expect(judgedAgents('receiver/out-of-order', refusing(ANSWER), anAgent(idle)).words).not.toContain(
      'delivers to the',
    )
  })
  it('is no witness when it had samples refused itself, as its counters and its log tell', () => {
    const some = {context: 'cluster4', queues: [{figures: {failed: 1_000_000}}]}
    expect(judgedAgents('receiver/out-of-order', refusing(ANSWER), anAgent(some)).words).not.toContain(
      'delivers to the',
    )
    const refusal = {message: 'non-recoverable error', error: `server returned HTTP status ${ANSWER}`}
    const few = {context: 'cluster4', queues: [{figures: {failed: 2000}}], log: [refusal]}
    expect(judgedAgents('receiver/out-of-order', refusing(ANSWER), anAgent(few)).words).not.toContain('delivers to the')
  })
})

describe('an agent of another cluster', () => {
  it('is no witness for a name that only each cluster’s own DNS knows', () => {
    const queue = {url: 'http://central.monitoring.svc:9090/api/v1/write'}
    const lost = refusing(ANSWER, {queues: [{doing: 'failing', forSeconds: 660, ...queue}]})
    const words = (context: string) =>
      judgedAgents('receiver/out-of-order', lost, anAgent({context, pod: 'agent-1', queues: [queue]})).words
    expect(words('cluster2')).toContain('delivers to the same address')
    expect(words('cluster4')).not.toContain('delivers to the same address')
  })
})

describe('an agent that writes under the same external labels', () => {
  it.each(['receiver/out-of-order', 'receiver/duplicate-samples'])('is named by %s', id => {
    const answer = id.endsWith('order') ? ANSWER : '400 Bad Request: duplicate sample for timestamp'
    const labels = {externalLabels: {cluster: 'cluster2'}}
    const one = refusing(answer, labels)
    const result = judgedAgents(id, one, anAgent({...labels, pod: 'agent-b-0', name: 'agent-b'}))
    expect(result.words).toContain('cluster2 monitoring/agent-b-0 has the same external labels: {cluster="cluster2"}')
    expect(result.words).toContain('give cluster2 monitoring/agent-0 and cluster2 monitoring/agent-b-0 labels')
    expect(result.words).not.toContain('look for a second agent')
    const other = judgedAgents(id, refusing(answer, labels), anAgent({context: 'cluster4'}))
    expect(other.words).toContain('look for a second agent')
  })
})
