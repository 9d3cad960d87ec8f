import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'security/verification-off'
const unverified = (url: string, more = '') =>
  anAgent({queues: [{url}], remoteWriteYaml: `tls_config: {insecure_skip_verify: true}\n${more}`})

describe(ID, () => {
  it('warns of a certificate that nobody verifies', async () => {
    const basicAuth = 'basic_auth: {username: agent, password: <secret>}'
    const result = judgedAgents(ID, unverified('https://central.example/api/v1/write', basicAuth))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result)
  })
  it('only remarks within the cluster', () => {
    expect(judgedAgents(ID, unverified('https://central.monitoring.svc/api/v1/write')).severities).toEqual(['info'])
  })
  it('says nothing where certificates are verified, and does not apply without TLS', () => {
    const verified = anAgent({queues: [{url: 'https://central.example/api/v1/write'}]})
    expect(judgedAgents(ID, verified)).toMatchObject({findings: [], judged: 1})
    expect(judgedAgents(ID, unverified('http://central.example/api/v1/write'))).toMatchObject({findings: [], judged: 0})
  })
  it('is unknown without the configuration', () => {
    const result = judgedAgents(ID, anAgent({config: aFailure('timeout', 'no answer')}))
    expect(result).toMatchObject({findings: [], unknown: ['its configuration could not be read: no answer'], judged: 0})
  })
})
