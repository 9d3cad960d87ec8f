import {describe, expect, it} from 'vitest'
import {expectWords, judgedAgents} from '../judged.ts'
import {refusing, retrying} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

const ID = 'receiver/unauthorized'

describeReceiverCheck(ID, {
  outage: refusing,
  answers: ['401 Unauthorized: Unauthorized'],
  others: ['403 Forbidden: no', '401 Unauthorized: no org id'],
  options: {remoteWriteYaml: 'basic_auth: {username: agent, password: <secret>}'},
  blame: {alone: 'config', othersFine: 'config'},
})

describe(ID, () => {
  it('says so when the agent sends no credentials at all', () => {
    expect(judgedAgents(ID, refusing('401 Unauthorized: Unauthorized')).titles[0]).toBe(
      'http://central.example:9090/api/v1/write wants credentials and cluster2 monitoring/agent-0 sends none',
    )
  })
  it('warns before the credentials of an agent are edited that waits for a token', () => {
    const result = judgedAgents(ID, retrying('oauth2: cannot fetch token: 401 Unauthorized'))
    expect(result.words).toMatch(/This rebuilds the queue and discards 11 min of unsent data/)
    expect(result.words).not.toContain('they are lost')
  })
  it('names the identity provider that cannot be reached, and does not take it for the receiver', async () => {
    const result = judgedAgents(
      ID,
      retrying('Post "https://idp.example/oauth/token": dial tcp: lookup idp.example on 10.96.0.10:53: no such host', {
        remoteWriteYaml: 'oauth2: {client_id: agent, token_url: https://idp.example/oauth/token}',
      }),
    )
    expect(result.titles[0]).toMatch(/gets no token for http:\/\/central\.example:9090\S* from https:\/\/idp\.example$/)
    await expectWords(ID, result, 'without-token')
  })
  it('names a file that cannot be read, keeps what waits, and asks for no reload', async () => {
    const error =
      'unable to read authorization credentials: unable to read file /etc/prometheus/token: open /etc/prometheus/token: no such file or directory'
    const result = judgedAgents(ID, retrying(error))
    expect(result.titles[0]).toContain('cannot read a file with credentials or certificates')
    await expectWords(ID, result, 'unreadable')
  })
})
