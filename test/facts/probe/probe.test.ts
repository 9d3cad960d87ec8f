/** What the raw steps of a probe come to: which layer fails, and what it is called in an agent's log. */
import {describe, expect, it} from 'vitest'
import type {ProbeEvidence} from '../../../src/evidence/probe.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {policiesOf, readProbes, selects} from '../../../src/facts/probe/probe.ts'
import {aFailure, aFleet, anAgent, collected, NOW, timestamp} from '../../builders/evidence.ts'
import {aFailedStep, aProbe} from '../../builders/probe.ts'

function judge(probe: ProbeEvidence) {
  const [own] = readProbes({probes: [probe]})
  if (!own) throw new Error('no probe')
  const {failing, unknown, accepts, layers} = own
  return {failing: failing?.layer, unknown: unknown?.layer, class: (failing ?? unknown)?.class, accepts, layers}
}

const certificate = (begins: number, ends: number) => ({
  ...{subject: 'CN=central', issuer: 'CN=a', names: ['central.example']},
  notBefore: timestamp(NOW + begins),
  notAfter: timestamp(NOW + ends),
})
const untrusted = {code: 'SELF_SIGNED_CERT_IN_CHAIN', detail: 'its chain ends in an authority that is not trusted here'}

describe('the first layer that fails', () => {
  it('is none where the empty write was taken', () => {
    expect(judge(aProbe())).toMatchObject({failing: undefined, unknown: undefined, accepts: true})
  })
  it.each<[string, ProbeEvidence, object]>([
    [
      'no such name',
      aProbe({dns: aFailedStep('ENOTFOUND'), tcp: null, http: null}),
      {failing: 'dns', class: 'name-not-resolved'},
    ],
    ['refused', aProbe({tcp: aFailedStep('ECONNREFUSED'), http: null}), {failing: 'tcp', class: 'refused'}],
    ['no route', aProbe({tcp: aFailedStep('EHOSTUNREACH'), http: null}), {failing: 'tcp', class: 'no-route'}],
    ['no answer to SYN', aProbe({tcp: aFailedStep('TIMEOUT'), http: null}), {failing: 'tcp', class: 'unreachable'}],
    ['proxy refuses', aProbe({proxy: aFailedStep('PROXY_REFUSED'), http: null}), {failing: 'proxy', class: 'proxy'}],
    ['407', aProbe({answer: {status: 407}}), {failing: 'proxy', class: 'proxy'}],
    [
      '407 to a tunnel',
      aProbe({settings: {proxyUrl: 'http://proxy:1'}, proxy: aFailedStep('PROXY_CREDENTIALS'), http: null}),
      {failing: 'proxy', class: 'proxy'},
    ],
    [
      '407 where the agent has credentials for it',
      aProbe({settings: {proxyUrl: 'http://user:xxxxx@proxy:1'}, answer: {status: 407}}),
      {failing: undefined, unknown: 'proxy', class: 'proxy'},
    ],
    [
      '407 to a tunnel where the agent has credentials for it',
      aProbe({settings: {proxyUrl: 'http://user:xxxxx@proxy:1'}, proxy: aFailedStep('PROXY_CREDENTIALS'), http: null}),
      {failing: undefined, unknown: 'proxy', class: 'proxy'},
    ],
    ['no TLS', aProbe({tls: aFailedStep('NOT_TLS'), http: null}), {failing: 'tls', class: 'scheme-mismatch'}],
    ['TLS stalls', aProbe({tls: aFailedStep('TIMEOUT'), http: null}), {failing: 'tls', class: 'timed-out'}],
    ['expired', aProbe({handshake: {chain: [certificate(-100, -1)]}}), {failing: 'tls', class: 'tls-expired'}],
    ['ends this second', aProbe({handshake: {chain: [certificate(-100, 0)]}}), {failing: undefined, accepts: true}],
    ['not yet valid', aProbe({handshake: {chain: [certificate(60, 90)]}}), {failing: 'tls', class: 'tls-expired'}],
    ['wrong name', aProbe({handshake: {wrongName: 'x'}}), {failing: 'tls', class: 'tls-name-mismatch'}],
    ['untrusted', aProbe({handshake: {untrusted}}), {failing: 'tls', class: 'tls-untrusted'}],
    [
      'HTTPS port',
      aProbe({answer: {status: 400, body: 'Client sent an HTTP request to an HTTPS server.'}}),
      {failing: 'http', class: 'scheme-mismatch'},
    ],
    ['moved', aProbe({answer: {status: 301, location: 'https://x/'}}), {failing: 'http', class: 'redirected'}],
    ['silence', aProbe({http: aFailedStep('TIMEOUT')}), {failing: 'http', class: 'timed-out'}],
    ['401', aProbe({answer: {status: 401}}), {failing: 'authentication', class: 'unauthorized'}],
    ['403', aProbe({answer: {status: 403}}), {failing: 'authentication', class: 'forbidden'}],
    ['no org id', aProbe({answer: {status: 401, body: 'no org id'}}), {failing: 'authentication', class: 'no-tenant'}],
    [
      'off',
      aProbe({answer: {status: 404, body: 'remote write receiver needs to be enabled with x'}}),
      {failing: 'receiver', class: 'receiver-disabled'},
    ],
    ['404', aProbe({answer: {status: 404, body: '404 page not found'}}), {failing: 'receiver', class: 'wrong-path'}],
    ['405', aProbe({answer: {status: 405}}), {failing: 'receiver', class: 'method-not-allowed'}],
    ['415', aProbe({answer: {status: 415}}), {failing: 'receiver', class: 'unsupported-protocol'}],
    ['502', aProbe({answer: {status: 502}}), {failing: 'receiver', class: 'bad-gateway'}],
    [
      'web page',
      aProbe({answer: {status: 200, contentType: 'text/html', body: '<html>'}}),
      {failing: 'receiver', class: null},
    ],
    ['413', aProbe({answer: {status: 413}}), {failing: 'accept', class: 'payload-too-large'}],
    ['429', aProbe({answer: {status: 429}}), {failing: 'accept', class: 'rate-limited'}],
    ['503', aProbe({answer: {status: 503}}), {failing: 'accept', class: 'unavailable'}],
  ])('%s', (_, probe, expected) => {
    expect(judge(probe)).toMatchObject({accepts: false, ...expected})
  })
  it('leaves what comes after it unsaid', () => {
    const {layers} = judge(aProbe({answer: {status: 404, body: '404 page not found'}}))
    expect(layers.map(({outcome}) => outcome)).toEqual([
      'ok',
      'ok',
      'none',
      'none',
      'ok',
      'ok',
      'failed',
      'not-reached',
    ])
  })
})

describe('what only the agent has', () => {
  const password = {auth: 'basic'}
  it.each<[string, ProbeEvidence, object]>([
    ['a password', aProbe({settings: password, answer: {status: 401}}), {unknown: 'authentication'}],
    ['OAuth2', aProbe({settings: {auth: 'oauth2'}, answer: {status: 403}}), {unknown: 'authentication'}],
    [
      'a tenant header',
      aProbe({settings: {headerNames: ['X-Scope-OrgID']}, answer: {status: 401, body: 'no org id'}}),
      {unknown: 'authentication'},
    ],
    [
      'a client certificate',
      aProbe({settings: {ownClientCertificate: true}, tls: aFailedStep('CLIENT_CERTIFICATE'), http: null}),
      {unknown: 'tls'},
    ],
    [
      'an authority',
      aProbe({settings: {ownAuthority: true}, handshake: {untrusted}}),
      {unknown: undefined, accepts: true},
    ],
  ])('%s: what is refused without it is not held against the way', (_, probe, expected) => {
    expect(judge(probe)).toMatchObject({failing: undefined, ...expected})
  })
  it('is judged once it is given', () => {
    expect(
      judge(aProbe({settings: {...password, given: {credentials: 'basic'}}, answer: {status: 401}})),
    ).toMatchObject({failing: 'authentication'})
    expect(
      judge(aProbe({settings: {ownAuthority: true, given: {authority: true}}, handshake: {untrusted}})),
    ).toMatchObject({failing: 'tls'})
  })
  it('insecure_skip_verify forgives every certificate', () => {
    const probe = aProbe({
      settings: {insecureSkipVerify: true},
      handshake: {untrusted, wrongName: 'x', chain: [certificate(-9, -1)]},
    })
    expect(judge(probe)).toMatchObject({failing: undefined, accepts: true})
  })
  it.each(['NO_TOOL', 'NOT_ALLOWED', 'NO_TIME'])('%s is our own failure, not one of the way', code => {
    expect(judge(aProbe({tcp: aFailedStep(code), http: null}))).toMatchObject({failing: undefined, unknown: 'tcp'})
  })
  it('a 400 may be for the emptiness alone', () => {
    expect(judge(aProbe({answer: {status: 400, body: 'empty request'}}))).toMatchObject({
      failing: undefined,
      unknown: 'accept',
    })
  })
})

describe('remote write 2.0', () => {
  const settings = {protobufMessage: 'io.prometheus.write.v2.Request'}
  it('is known by a receiver that counts what it has written', () => {
    expect(judge(aProbe({settings, answer: {samplesWritten: '0'}}))).toMatchObject({accepts: true})
  })
  it('is taken for 1.0 by one that does not: samples would be lost behind a 204', () => {
    expect(judge(aProbe({settings}))).toMatchObject({
      failing: 'receiver',
      class: 'unsupported-protocol',
      accepts: false,
    })
  })
})

describe('network policies', () => {
  const policy = (podSelector: Partial<Parameters<typeof selects>[0]['podSelector']>) => ({
    ...{name: 'p', types: ['Egress']},
    podSelector: {matchLabels: {}, matchExpressions: [], ...podSelector},
  })
  it.each<[Parameters<typeof policy>[0], Record<string, string>, boolean]>([
    [{}, {}, true],
    [{matchLabels: {app: 'agent'}}, {app: 'agent', x: 'y'}, true],
    [{matchLabels: {app: 'agent'}}, {app: 'other'}, false],
    [{matchExpressions: [{key: 'app', operator: 'In', values: ['a', 'b']}]}, {app: 'b'}, true],
    [{matchExpressions: [{key: 'app', operator: 'In', values: ['a']}]}, {}, false],
    [{matchExpressions: [{key: 'app', operator: 'NotIn', values: ['a']}]}, {}, true],
    [{matchExpressions: [{key: 'app', operator: 'Exists', values: []}]}, {app: ''}, true],
    [{matchExpressions: [{key: 'app', operator: 'DoesNotExist', values: []}]}, {app: ''}, false],
    [{matchExpressions: [{key: 'toString', operator: 'Exists', values: []}]}, {}, false],
  ])('%j selects a pod with labels %j: %s', (podSelector, labels, expected) => {
    expect(selects(policy(podSelector), labels)).toBe(expected)
  })
  it('of an agent are those of its own namespace; why they could not be read is kept', () => {
    const [agent] = readFacts(aFleet({agents: [anAgent()]})).agents
    if (!agent) throw new Error('no agent')
    const list = (namespace: string, policies: Parameters<typeof collected>[0]) => ({
      context: 'cluster2',
      namespace,
      policies,
    })
    const both = {
      networkPolicies: [list('other', collected([policy({})])), list('monitoring', collected([policy({})]))],
    } as Parameters<typeof policiesOf>[0]
    expect(policiesOf(both, agent)).toMatchObject({policies: [{name: 'p'}]})
    const refused = {networkPolicies: [list('monitoring', aFailure('forbidden', 'no right'))]} as Parameters<
      typeof policiesOf
    >[0]
    expect(policiesOf(refused, agent)).toEqual({unread: 'no right'})
    expect(policiesOf({}, agent)).toBeNull()
  })
})
