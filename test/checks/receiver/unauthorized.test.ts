import {describe, expect, it} from 'vitest'
import type {AgentOptions} from '../../builders/evidence.ts'
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
  describe('has the agent reload its configuration', () => {
    const inline = 'basic_auth: {username: agent, password: <secret>}'
    const commands = (yaml: string, more: AgentOptions = {}) =>
      judgedAgents(
        ID,
        refusing('401 Unauthorized: Unauthorized', {remoteWriteYaml: yaml, signs: [], ...more}),
      ).findings[0]?.remedy.flatMap(({command}) => command ?? []) ?? []
    const signal = 'kubectl --context cluster2 -n monitoring exec agent-0 -c prometheus -- kill -HUP 1'
    it('where its password stands there, or none did', () => {
      expect(commands(inline)).toContain(signal)
      expect(commands('authorization: {credentials: <secret>}')).toContain(signal)
      expect(commands('')).toContain(signal)
    })
    it('by its web server, where that takes it', () => {
      expect(commands(inline, {flags: {'web.enable-lifecycle': 'true'}}).join()).toMatch(
        /port-forward .* curl -sS -X POST http:\/\/localhost:9090\/-\/reload;/,
      )
    })
    it('but not where a file is read with each request, or something in its pod does it', () => {
      expect(commands('basic_auth: {username: agent, password_file: /etc/p}')).not.toContain(signal)
      const labels = {'app.kubernetes.io/managed-by': 'prometheus-operator'}
      expect(commands(inline, {podStatus: {labels}})).not.toContain(signal)
      const agent = refusing('401 Unauthorized: Unauthorized', {remoteWriteYaml: inline, signs: []})
      const [own] = agent.evidence.podStatus?.containers ?? []
      if (own) agent.evidence.podStatus?.containers.push({...own, name: 'config-reloader'})
      expect(judgedAgents(ID, agent).words).not.toContain('-HUP')
    })
  })
})
