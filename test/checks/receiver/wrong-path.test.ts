import {expect, it} from 'vitest'
import {judgedAgents} from '../judged.ts'
import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/wrong-path', {
  outage: refusing,
  answers: ['404 Not Found: 404 page not found', '405 Method Not Allowed: '],
  others: ['404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'],
  blame: {alone: 'config', othersFine: 'config'},
})

it('speaks of redirects for a 405 only', () => {
  const words = (answer: string) => judgedAgents('receiver/wrong-path', refusing(answer)).words
  expect(words('405 Method Not Allowed: ')).toContain('redirect')
  expect(words('404 Not Found: 404 page not found')).not.toContain('redirect')
})
