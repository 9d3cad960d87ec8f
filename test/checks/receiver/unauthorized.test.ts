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
  it('names a file that cannot be read, keeps what waits, and asks for no reload', async () => {
    const error =
      'unable to read authorization credentials: unable to read file /etc/prometheus/token: open /etc/prometheus/token: no such file or directory'
    const result = judgedAgents(ID, retrying(error))
    expect(result.titles[0]).toContain('cannot read a file with credentials or certificates')
    await expectWords(ID, result, 'unreadable')
  })
})
