import {describe, expect, it} from 'vitest'
import {expectWords, judgedAgents} from '../judged.ts'
import {retrying} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

const ID = 'receiver/tls-untrusted'

describeReceiverCheck(ID, {
  outage: retrying,
  answers: ['tls: failed to verify certificate: x509: certificate signed by unknown authority'],
  others: ['tls: failed to verify certificate: x509: certificate is valid for a, not b'],
  blame: {alone: 'config', othersFine: 'config'},
})

describe(ID, () => {
  it('speaks of no certificate where the two cannot agree on a TLS connection', async () => {
    const result = judgedAgents(ID, retrying('remote error: tls: protocol version not supported'))
    expect(result.titles[0]).toContain('cannot agree on a TLS connection')
    expect(result.words).not.toContain('ca_file')
    await expectWords(ID, result, 'no-agreement')
  })
})
