import {expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {judgedAgents} from '../judged.ts'
import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/wrong-path', {
  outage: refusing,
  answers: ['404 Not Found: 404 page not found', '405 Method Not Allowed: '],
  others: ['404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'],
  blame: {alone: 'config', othersFine: 'config'},
})

it('names the path at which another agent delivers to the same host, and no other', async () => {
  const lost = refusing('404 Not Found: 404 page not found', {
    pod: 'lost-0',
    queues: [{doing: 'failing', forSeconds: 660, url: 'https://metrics.example/w'}],
  })
  const other = (url: string, doing: 'delivering' | 'retrying' = 'delivering') =>
    anAgent({pod: 'good-0', queues: [{url, doing, ...(doing === 'retrying' && {forSeconds: 660})}]})
  const result = judgedAgents('receiver/wrong-path', lost, other('https://metrics.example/api/v1/push'))
  expect(result.findings[0]?.remedy[0]?.text).toBe(
    'the path is likely /api/v1/push: cluster2 monitoring/good-0 delivers to the same host there',
  )
  expect(result.words).toContain('cluster2 monitoring/good-0 delivers to the same host at /api/v1/push')
  for (const stranger of [
    other('https://metrics.example:8443/api/v1/push'),
    other('https://other.example/api/v1/push'),
    other('https://metrics.example/api/v1/push', 'retrying'),
  ])
    expect(judgedAgents('receiver/wrong-path', lost, stranger).words).not.toContain('the path is likely')
})

it('takes a name that only each cluster’s own DNS knows for another host in another cluster', () => {
  const named = (context: string) => {
    const url = 'http://mimir.monitoring.svc:8080'
    const lost = refusing('404 Not Found: 404 page not found', {
      ...{context: 'eu', pod: 'lost-0'},
      queues: [{doing: 'failing', forSeconds: 660, url: `${url}/w`}],
    })
    const good = anAgent({context, pod: 'good-0', queues: [{url: `${url}/api/v1/push`, doing: 'delivering'}]})
    return judgedAgents('receiver/wrong-path', lost, good).words.includes('the path is likely')
  }
  expect(['eu', 'us'].map(named)).toEqual([true, false])
})

it('speaks of redirects for a 405 only', () => {
  const words = (answer: string) => judgedAgents('receiver/wrong-path', refusing(answer)).words
  expect(words('405 Method Not Allowed: ')).toContain('redirect')
  expect(words('404 Not Found: 404 page not found')).not.toContain('redirect')
})
