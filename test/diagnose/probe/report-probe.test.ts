/** From evidence to the report about ways: what agents have measured, what was tried, and the exit code. */
import {describe, expect, it} from 'vitest'
import type {ProbeView} from '../../../src/diagnose/probe/endpoint-probe.ts'
import {reportProbe} from '../../../src/diagnose/probe/report-probe.ts'
import type {FleetEvidence} from '../../../src/evidence/fleet.ts'
import type {CanaryEvidence, ProbeEvidence} from '../../../src/evidence/probe.ts'
import {parseEndpoint} from '../../../src/facts/config/remote-write-url.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {aFailure, aFleet, anAgent, collected, type FleetOptions} from '../../builders/evidence.ts'
import {aFailedStep, aProbe, IN_POD} from '../../builders/probe.ts'
import {DEFAULT_URL} from '../../builders/scrape.ts'
import {refusing, retrying} from '../../checks/receiver/outage.ts'
import {validateProbeReport} from '../../report/schema.ts'

const address = parseEndpoint(DEFAULT_URL)?.address ?? ''
const report = (options: FleetOptions, probes?: ProbeEvidence[], more: Partial<FleetEvidence> = {}) => {
  const result = reportProbe(readFacts({...aFleet(options), ...(probes && {probes}), ...more}), {interruptedWith: null})
  expect(validateProbeReport(JSON.parse(JSON.stringify(result)))).toEqual([])
  return result
}

describe('the report of a probe', () => {
  it('is well where the agent delivers, with and without a probe', () => {
    for (const probes of [undefined, [aProbe({address})]]) {
      const {exitCode, endpoints} = report({}, probes)
      expect(exitCode).toBe(0)
      expect(endpoints).toMatchObject([{address, verdict: {outcome: 'works', believe: 'agent'}}])
    }
  })
  it.each<[string, ReturnType<typeof anAgent>, string]>([
    ['connection refused', retrying('dial tcp 10.0.0.1:9090: connect: connection refused'), 'tcp'],
    ['no such host', retrying('dial tcp: lookup x: no such host'), 'dns'],
    ['unknown authority', retrying('x509: certificate signed by unknown authority'), 'tls'],
    [
      'no way to the identity provider',
      retrying('Post "http://idp/token": dial tcp 10.0.0.3:80: connect: connection refused'),
      'authentication',
    ],
    ['401', refusing('401 Unauthorized: Unauthorized'), 'authentication'],
    ['receiver off', refusing('404 Not Found: remote write receiver needs to be enabled with --web.x'), 'receiver'],
    ['out of order', refusing('400 Bad Request: out of order sample'), 'accept'],
  ])('places %s, which the agent says, at its layer', (_, agent, layer) => {
    expect(report({agents: [agent]})).toMatchObject({
      exitCode: 1,
      endpoints: [{verdict: {outcome: 'broken', layer, believe: 'agent'}}],
    })
  })
  it('is not known, and exit 3, where neither agent nor way could be looked at', () => {
    const agent = anAgent({scrapes: [aFailure('timeout', 'no answer')]})
    const skipped = aProbe({address, skipped: 'a name of the cluster', http: null})
    expect(report({agents: [agent]}, [skipped])).toMatchObject({
      exitCode: 3,
      endpoints: [{verdict: {outcome: 'unknown'}}],
    })
    expect(report({agents: []}).exitCode).toBe(3)
  })
  it('names each agent that has no remote_write, and is not well for what others deliver', () => {
    const bare = anAgent({pod: 'agent-1', queues: []})
    const server = anAgent({pod: 'prometheus-0', queues: [], mode: 'server', signs: ['server']})
    const noRemoteWrite = ['cluster2/monitoring/agent-1']
    expect(report({agents: [anAgent(), bare, server]})).toMatchObject({exitCode: 3, summary: {works: 1}, noRemoteWrite})
    expect(report({agents: [bare]})).toMatchObject({exitCode: 3, noRemoteWrite})
    expect(report({agents: [retrying('dial tcp: lookup x: no such host'), bare]})).toMatchObject({exitCode: 1})
    expect(report({agents: [anAgent()]}).noRemoteWrite).toBeUndefined()
  })
  it('takes an agent of which nothing could be read for unknown, and not for one without remote_write', () => {
    const failure = aFailure('timeout', 'no answer')
    expect(report({agents: [anAgent({scrapes: [failure], config: failure})]}).noRemoteWrite).toBeUndefined()
  })
  it('names the flag that the receiver lacks, once for each agent that says so', () => {
    const off = '404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'
    const {endpoints} = report({agents: [refusing(off), refusing(off, {pod: 'agent-1'})]})
    expect(endpoints[0]?.verdict).toMatchObject({layer: 'receiver', class: 'receiver-disabled'})
    const [first, ...more] = endpoints[0]?.verdict.next ?? []
    expect(first).toContain('the flag --web.enable-remote-write-receiver')
    expect(first).toContain('(receiver/disabled)')
    expect([first, ...more].join()).not.toContain('look at the URL')
    expect(more).toEqual([expect.stringContaining('promfleet doctor')])
  })
  it('never lets what is seen from here accuse a way that the agent is seen to use', () => {
    const blocked = aProbe({address, tcp: aFailedStep('TIMEOUT'), http: null})
    expect(report({}, [blocked])).toMatchObject({exitCode: 0, endpoints: [{verdict: {outcome: 'works'}}]})
  })
  it.each<[string, ProbeEvidence]>([
    [
      'a redirect that makes a GET of the write',
      aProbe({address, answer: {status: 302, location: 'http://login.example/'}}),
    ],
    ['a web page', aProbe({address, answer: {status: 200, contentType: 'text/html', body: '<html>Welcome</html>'}})],
  ])('is not content with an agent that delivers where %s answers', (_, probe) => {
    expect(report({}, [probe])).toMatchObject({exitCode: 3, endpoints: [{verdict: {outcome: 'unknown'}}]})
    expect(report({}, [{...probe, from: IN_POD}])).toMatchObject({
      exitCode: 1,
      endpoints: [{verdict: {outcome: 'broken'}}],
    })
  })
  it('takes an error for what it is where the agent does not follow redirects', () => {
    const probe = aProbe({address, answer: {status: 302}, settings: {followRedirects: false}})
    expect(report({}, [probe])).toMatchObject({endpoints: [{verdict: {outcome: 'works', believe: 'agent'}}]})
  })
  it.each<[string, ProbeView['layer'], string]>([
    ['400 Bad Request: Client sent an HTTP request to an HTTPS server.', 'http', 'scheme-mismatch'],
    ['400 Bad Request: <html>', null, 'html-bad-request'],
  ])('places what an agent says, %s, where a probe finds it', (text, layer, errorClass) => {
    expect(report({agents: [refusing(text)]}).endpoints[0]?.views[0]).toMatchObject({layer, class: errorClass})
  })
  it('says in what the probe differs from the agent', () => {
    const probe = aProbe({
      address,
      settings: {auth: 'oauth2', proxyFromEnvironment: true, ownAuthority: true},
      handshake: {},
    })
    const [endpoint] = report({}, [probe]).endpoints
    const notes = endpoint?.views.find(({from}) => from === 'here')?.notes.join('\n')
    for (const words of ['OAuth2, which is not probed', 'proxy_from_environment', '--remote-ca-file'])
      expect(notes).toContain(words)
  })
  it('speaks of credentials only where something was sent', () => {
    const notes = (probe: ProbeEvidence) => report({}, [probe]).endpoints[0]?.views.at(-1)?.notes.join()
    const settings = {auth: 'basic'}
    expect(notes(aProbe({address, settings}))).toContain('sent without')
    expect(notes(aProbe({address, settings, dns: aFailedStep('ENOTFOUND'), tcp: null, http: null}))).toBe('')
  })
  it.each([
    ['http://central.monitoring:9090/w', true],
    ['http://central.team-a/w', true],
    ['http://central.corp.local/w', true],
    ['http://central.example/w', false],
    ['http://metrics.central.example/w', false],
  ])('says of %s that does not resolve here whether it may be a name of the cluster: %s', (url, may) => {
    const agents = [anAgent({queues: [{url}]})]
    const probe = aProbe({address: url, dns: aFailedStep('ENOTFOUND'), tcp: null, http: null})
    const notes =
      report({agents}, [probe])
        .endpoints[0]?.views.flatMap(view => view.notes)
        .join() ?? ''
    expect(notes.includes("only the cluster's own DNS knows")).toBe(may)
  })
  it('calls a proxy that cannot be reached by its name, as the agent does, from wherever it is seen', () => {
    const agents = [retrying('proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused')]
    const settings = {proxyUrl: 'http://10.0.0.9:3128', proxyBy: "HTTP_PROXY of the agent's environment"}
    const probe = aProbe({
      address,
      settings,
      tcp: aFailedStep('ECONNREFUSED', '10.0.0.9:3128 refuses the connection'),
      http: null,
    })
    const {endpoints} = report({agents}, [probe])
    expect(endpoints[0]?.verdict).toMatchObject({
      outcome: 'broken',
      layer: 'proxy',
      why: expect.stringContaining('it is the proxy'),
    })
    expect(endpoints[0]?.views.at(-1)).toMatchObject({
      layer: 'proxy',
      says: 'on the way to the proxy: 10.0.0.9:3128 refuses the connection',
    })
  })
  it('says of a canary for a name of the cluster that it was not written, why, and what tells the same without', () => {
    const canary: CanaryEvidence = {
      ...{agent: 'cluster2/monitoring/agent-0', central: 'http://central', nonce: ''},
      write: aProbe({
        address,
        skipped: "canaries are written from here, and x.svc is a name that only the cluster's own DNS knows",
      }),
      visible: aFailure('not-applicable', 'it was not written'),
    }
    const {exitCode, endpoints} = report({}, [aProbe({address})], {canaries: [canary]})
    expect(exitCode).toBe(3)
    expect(endpoints[0]?.canaries?.[0]?.problem).toMatch(
      /it was not written: canaries are written from here.*needs no write/,
    )
  })
  it('names what was given for the probe and refused, and does not accuse the agent', () => {
    const settings = {auth: 'basic', given: {credentials: 'basic' as const, user: 'wrong'}}
    const {exitCode, endpoints} = report({}, [aProbe({address, settings, answer: {status: 401}})])
    expect(exitCode).toBe(0)
    expect(endpoints[0]?.verdict).toMatchObject({outcome: 'works', why: expect.stringContaining('user "wrong"')})
  })
  it('names the policies that select the agent, and why they could not be read', () => {
    const policy = {name: 'only-dns', types: ['Egress'], podSelector: {matchLabels: {}, matchExpressions: []}}
    const place = {context: 'cluster2', namespace: 'monitoring'}
    const read = report({}, [aProbe({address})], {networkPolicies: [{...place, policies: collected([policy])}]})
    expect(read.endpoints[0]?.networkPolicies).toMatchObject([{names: ['only-dns (Egress)'], unread: null}])
    const refused = report({}, [aProbe({address})], {
      networkPolicies: [{...place, policies: aFailure('forbidden', '403')}],
    })
    expect(refused.endpoints[0]?.networkPolicies).toMatchObject([{names: [], unread: '403'}])
  })
  it('tells of each canary whether it was written and shown, and is not content with less', () => {
    const canary = (change: Partial<CanaryEvidence>): CanaryEvidence => ({
      ...{agent: 'cluster2/monitoring/agent-0', central: 'http://central', nonce: '1', write: aProbe({address})},
      visible: collected({afterSeconds: 0.4}),
      ...change,
    })
    const of = (change: Partial<CanaryEvidence>) => {
      const {exitCode, endpoints} = report({}, [aProbe({address})], {canaries: [canary(change)]})
      return {exitCode, ...endpoints[0]?.canaries?.[0]}
    }
    expect(of({})).toMatchObject({exitCode: 0, writeSeconds: 0.02, visibleAfterSeconds: 0.4, problem: null})
    expect(of({visible: collected({afterSeconds: null})})).toMatchObject({
      ...{exitCode: 3, outcome: 'unknown'},
      problem: expect.stringContaining('did not show it'),
    })
    expect(of({visible: aFailure('unreachable', 'no way')})).toMatchObject({
      exitCode: 3,
      problem: 'it could not be looked for: no way',
    })
    const refused = aProbe({address, answer: {status: 401}})
    expect(of({write: refused, visible: aFailure('not-applicable')})).toMatchObject({
      ...{exitCode: 3, outcome: 'refused'},
      writeSeconds: null,
      problem: expect.stringContaining('401'),
    })
  })
  it('tells canaries that were not taken from those of which it is not known', () => {
    const outcomeOf = (write: ProbeEvidence) => {
      const visible = aFailure('not-applicable')
      const canaries = [{agent: 'cluster2/monitoring/agent-0', central: 'http://central', nonce: '1', write, visible}]
      return report({}, [aProbe({address})], {canaries}).endpoints[0]?.canaries?.[0]?.outcome
    }
    expect(outcomeOf(aProbe({address, answer: {status: 404}}))).toBe('refused')
    expect(outcomeOf(aProbe({address, tcp: aFailedStep('ECONNREFUSED'), http: null}))).toBe('not-taken')
    expect(outcomeOf(aProbe({address, skipped: 'a name of the cluster', http: null}))).toBe('not-written')
    expect(outcomeOf(aProbe({address, http: aFailedStep('TIMEOUT')}))).toBe('unknown')
  })
  it('does not take a receiver that hangs for healthy on the word of one scrape, and says how to look again', () => {
    const hanging = aProbe({address, http: aFailedStep('TIMEOUT', 'took the connection and gave no answer within 5 s')})
    const once = report({agents: [anAgent({intervalSeconds: 0})]}, [hanging])
    expect(once).toMatchObject({exitCode: 3, endpoints: [{verdict: {outcome: 'unknown', class: 'timed-out'}}]})
    expect(once.endpoints[0]?.verdict.next).toEqual([
      'take two scrapes, which tell: promfleet probe --context cluster2 -n monitoring --agent agent-0 --interval 30s',
    ])
    expect(report({}, [hanging])).toMatchObject({exitCode: 0, endpoints: [{verdict: {believe: 'agent'}}]})
  })
  it('gives the whole command that names the cause, for the agents that fail', () => {
    const agents = [
      refusing('413 Request Entity Too Large: too large', {pod: 'bad'}),
      anAgent({pod: 'good', namespace: 'other'}),
    ]
    const next = report({agents}).endpoints[0]?.verdict.next.join()
    expect(next).toContain('promfleet doctor --context cluster2 -n monitoring --agent bad')
  })
  it('puts what is broken first', () => {
    const good = anAgent({pod: 'good', queues: [{url: 'http://good.example/w'}]})
    const outcomes = report({agents: [good, retrying('dial tcp 10.0.0.1:9090: connect: connection refused')]}).endpoints
    expect(outcomes.map(({verdict}) => verdict.outcome)).toEqual(['broken', 'works'])
  })
})

it('calls each agent of a pod that holds several by its container, and so the way that was tried there', () => {
  const [works, fails] = [anAgent(), retrying('dial tcp 10.0.0.1:9090: connect: connection refused')]
  works.evidence.container = 'blue'
  fails.evidence.container = 'green'
  const keys = ['blue', 'green'].map(container => `cluster2/monitoring/agent-0/${container}`)
  const pod = {kind: 'pod', context: 'cluster2', namespace: 'monitoring', pod: 'agent-0'} as const
  const tried = aProbe({address, agents: keys, from: {...pod, container: 'green', by: 'exec'}})
  const beside = aProbe({address, agents: keys, from: {...pod, container: 'tools', by: 'ephemeral-container'}})
  const [endpoint] = report({agents: [works, fails]}, [tried, beside]).endpoints
  expect(endpoint?.views.map(({from, place}) => `${from} ${place}`)).toEqual([
    'agent cluster2 monitoring/agent-0/blue',
    'agent cluster2 monitoring/agent-0/green',
    'pod cluster2 monitoring/agent-0/green',
    'pod cluster2 monitoring/agent-0',
  ])
  expect(endpoint?.verdict.title).toBe(
    'cluster2 monitoring/agent-0/green: the connection fails, while 1 other agent delivers to the same address',
  )
})
