import {describe, expect, it} from 'vitest'
import {expectWords, judgedAgents} from '../judged.ts'
import {refusing, retrying} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

const ID = 'receiver/scheme-mismatch'

describeReceiverCheck(ID, {
  outage: refusing,
  answers: ['400 Bad Request: Client sent an HTTP request to an HTTPS server.', '400 Bad Request: <html>'],
  blame: {alone: 'config', othersFine: 'config'},
})

describe(ID, () => {
  it('says of a URL without a scheme that it cannot be used', async () => {
    const result = judgedAgents(ID, retrying('unsupported protocol scheme "central"'))
    expect(result.titles[0]).toContain('it has no http:// or https://, or no host')
    await expectWords(ID, result, 'no-url')
  })
})
