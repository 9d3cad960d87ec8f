import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'security/no-authentication'
const having = (remoteWriteYaml: string) => anAgent({remoteWriteYaml})

describe(ID, () => {
  it('warns of an endpoint outside the cluster that is written to without credentials', async () => {
    const result = judgedAgents(ID, having('headers: {X-Scope-OrgID: shop}'))
    expect(result.severities).toEqual(['warning'])
    expect(result.words).toContain('X-Scope-OrgID names a tenant, it does not authenticate')
    await expectWords(ID, result)
  })
  it.each([
    'basic_auth: {username: a, password: <secret>}',
    'authorization: {credentials: <secret>}',
    'oauth2: {client_id: a, client_secret: <secret>, token_url: "https://id.example"}',
    'sigv4: {region: eu-west-1}',
    'azuread: {cloud: AzurePublic}',
    'tls_config: {cert_file: a.crt, key_file: a.key}',
    'headers: {X-Api-Key: <secret>}',
  ])('says nothing with %s', yaml => {
    expect(judgedAgents(ID, having(yaml))).toMatchObject({findings: [], judged: 1})
  })
  it('only remarks inside the cluster', () => {
    const agent = anAgent({queues: [{url: 'https://central.monitoring.svc/api/v1/write'}]})
    expect(judgedAgents(ID, agent).severities).toEqual(['info'])
  })
  it('only remarks where a mesh side car was seen', () => {
    expect(judgedAgents(ID, anAgent({podStatus: {meshSidecar: 'linkerd-proxy'}})).severities).toEqual(['info'])
  })
  it('is unknown without the configuration', () => {
    const result = judgedAgents(ID, anAgent({config: aFailure('timeout', 'no answer')}))
    expect(result).toMatchObject({findings: [], unknown: ['its configuration could not be read: no answer'], judged: 0})
  })
})
