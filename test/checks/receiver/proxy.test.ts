import {describe, expect, it} from 'vitest'
import {judgedAgents} from '../judged.ts'
import {failing, retrying} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

const ID = 'receiver/proxy'

describeReceiverCheck(ID, {
  outage: retrying,
  answers: ['proxyconnect tcp: dial tcp 10.0.0.2:3128: connect: connection refused'],
  others: ['dial tcp 10.0.0.2:9090: connect: connection refused'],
  blame: {alone: 'proxy', othersFine: 'proxy'},
})

describe(ID, () => {
  it.each([
    '502 Bad Gateway: <html>',
    '504 Gateway Timeout: <html>',
    '503 Service Unavailable: <html>',
    '503 Service Unavailable: no healthy upstream',
    '503 Service Unavailable: upstream connect error or disconnect/reset before headers. reset reason: connection failure',
  ])('takes %s for the answer of a proxy that does not reach the receiver', answer => {
    const [finding] = judgedAgents(ID, failing(answer)).findings
    expect(finding).toMatchObject({severity: 'error', blame: 'proxy'})
    expect(finding?.title).toMatch(/in front of .* does not reach the receiver/)
  })
})
