/** Whether what agents send is stored: the newest sample at the central beside the agent's own, and what that does to the verdict. */
import {describe, expect, it} from 'vitest'
import {lagReport} from '../../../src/diagnose/lag/report-lag.ts'
import {reportProbe} from '../../../src/diagnose/probe/report-probe.ts'
import {storedGaps} from '../../../src/diagnose/stored-unknown.ts'
import type {FleetEvidence} from '../../../src/evidence/fleet.ts'
import type {CanaryEvidence} from '../../../src/evidence/probe.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {renderLag} from '../../../src/report/lag/lag.ts'
import {renderProbe} from '../../../src/report/probe/probe.ts'
import {aCentral, anIdentity, anUnreadCentral, type CentralOptions} from '../../builders/central.ts'
import {
  type AgentOptions,
  aFailure,
  aFleet,
  anAgent,
  collected,
  type FleetOptions,
  NOW,
  timestamp,
} from '../../builders/evidence.ts'
import {aFailedStep, aProbe} from '../../builders/probe.ts'
import {DEFAULT_URL} from '../../builders/scrape.ts'
import {refusing} from '../../checks/receiver/outage.ts'
import {validateLagReport, validateProbeReport} from '../../report/schema.ts'

const address = DEFAULT_URL
/** Its web server tells the time, a second ahead of ours. */
const SKEW = 1
const known = (options: AgentOptions = {}) => anAgent({clockSkewSeconds: SKEW, ...options})
const unproven: CentralOptions = {endpoints: [], foundBy: 'url', place: null, name: 'https://metrics.example'}

function look(options: FleetOptions, more: Partial<FleetEvidence> = {}) {
  const facts = readFacts({...aFleet({agents: [known()], ...options}), probes: [aProbe({address})], ...more})
  const report = reportProbe(facts, {interruptedWith: null})
  expect(validateProbeReport(JSON.parse(JSON.stringify(report)))).toEqual([])
  const style = {columns: 500, colour: false, unicode: true}
  return {
    report,
    endpoint: report.endpoints[0],
    text: renderProbe(report, style).replace(/\n(?: {5,}| {2}(?=\S))/g, ' '),
    brief: renderProbe(report, {...style, quiet: true}),
  }
}
/** By the agent's clock. */
const stored = (ageSeconds: number, more: CentralOptions = {}) =>
  aCentral({identities: [anIdentity({newestAgeSeconds: ageSeconds - SKEW})], ...more})
const unseen = aCentral({identities: [anIdentity({newestAgeSeconds: null, lastDay: aFailure('not-applicable')})]})

describe('whether what an agent sends is stored', () => {
  it("sets the newest sample at the central against the agent's own newest sent, and says where it looked", () => {
    const {report, endpoint, text} = look({centrals: [stored(4)]})
    expect(report).toMatchObject({exitCode: 0, central: {address: 'cluster1/monitoring/prometheus-central-0'}})
    expect(endpoint?.verdict).toMatchObject({outcome: 'works', believe: 'agent'})
    expect(endpoint?.stored).toMatchObject([
      {
        agent: 'cluster2/monitoring/agent-0',
        queue: 'central',
        freshness: 'fresh',
        identity: {cluster: 'cluster2'},
        ageSeconds: 4,
        newestSentAt: expect.any(String),
        contradicts: false,
      },
    ])
    expect(text).toMatch(
      /stored {4}cluster2 monitoring\/agent-0: newest sample of \{cluster="cluster2"\} at the central cluster1\/monitoring\/prometheus-central-0 is 4 s old, the newest that the agent has sent \d+ s\n/,
    )
  })
  it('is broken where the proven central stores nothing of what it takes: green figures are no proof', () => {
    for (const central of [unseen, stored(301)]) {
      const {report, endpoint, text, brief} = look({centrals: [central]})
      expect(report).toMatchObject({exitCode: 1, summary: {broken: 1, works: 0}})
      expect(endpoint?.verdict).toMatchObject({outcome: 'broken', layer: null, believe: 'central'})
      expect(endpoint?.stored).toMatchObject([{freshness: 'old', contradicts: true}])
      expect(text).toContain('curl -si')
      expect(text).toContain('1 broken (exit 1)')
      expect(brief).toContain('is taken and not stored, by the central')
    }
  })
  it('is not known where the central was named, has nothing fresh, and may be another than is written to', () => {
    const {report, endpoint, text} = look({centrals: [stored(900, unproven)]})
    expect(report).toMatchObject({exitCode: 3, summary: {unknown: 1}})
    expect(endpoint?.verdict).toMatchObject({outcome: 'unknown', believe: null})
    expect(text).toContain('Either it writes to another store than this, or what it sends is answered and not stored')
  })
  it('says of a lag between fresh and old that it is older than it should be, and accuses nobody', () => {
    const {report, text} = look({centrals: [stored(200)]})
    expect(report.exitCode).toBe(0)
    expect(text).toContain('older than it should be')
  })
  it('adds nothing to an agent that is refused: that nothing fresh is stored is its consequence', () => {
    const {endpoint} = look({agents: [refusing('401 Unauthorized: Unauthorized')], centrals: [stored(900)]})
    expect(endpoint?.verdict).toMatchObject({outcome: 'broken', layer: 'authentication', believe: 'agent'})
  })
  it("says when such an agent has tried last, that it was refused, and calls the agent's figure the agent's", () => {
    const {text} = look({agents: [refusing('401 Unauthorized: no', {clockSkewSeconds: SKEW})], centrals: [unseen]})
    expect(text).toMatch(
      /has no sample of \{cluster="cluster2"\} of the last 5 min; the agent's last attempt: [\d:]+\d, refused/,
    )
    expect(look({centrals: [unseen]}).text).toMatch(/the agent's last attempt: [\d:]+\d\n/)
  })
  it('says under "stored" what is not: all that is old, and what is refused', () => {
    const refused = refusing('401 Unauthorized: no', {clockSkewSeconds: SKEW})
    for (const central of [unseen, stored(301)])
      expect(look({centrals: [central]}).text).toContain('stored    cluster2 monitoring/agent-0: not stored: ')
    const place = 'stored    cluster2 monitoring/agent-0: '
    expect(look({agents: [refused], centrals: [stored(57)]}).text).toContain(
      `${place}what is refused is not stored: newest sample`,
    )
    expect(look({agents: [refused], centrals: [stored(200)]}).text).toContain(`${place}not stored: newest sample`)
    expect(look({centrals: [stored(4)]}).text).not.toContain('not stored')
  })
  it('leaves a store that hangs now in doubt, whatever it has taken just before', () => {
    const young = known({intervalSeconds: 0})
    const hanging = aProbe({address, http: {ok: false, code: 'TIMEOUT', detail: 'no answer', seconds: 5}})
    const {report} = look({agents: [young], centrals: [stored(4)]}, {probes: [hanging]})
    expect(report).toMatchObject({exitCode: 3, summary: {unknown: 1}})
  })
  it('is broken where the proven central lacks what is delivered, though the connection fails from here, too', () => {
    // Too long after the two scrapes for them to say that the receiver still answers.
    const later = {address, startedAt: timestamp(NOW + 120)}
    const failing = [
      aProbe({...later, tcp: aFailedStep('ECONNREFUSED')}),
      aProbe({...later, http: aFailedStep('TIMEOUT')}),
      aProbe({...later, answer: {status: 503}}),
    ]
    for (const probe of failing) {
      const {report, endpoint} = look({centrals: [unseen]}, {probes: [probe]})
      expect(endpoint?.verdict).toMatchObject({outcome: 'broken', layer: null, believe: 'central'})
      expect(endpoint?.verdict.why).toContain('they are lost')
      expect(report).toMatchObject({exitCode: 1, summary: {broken: 1}})
      const named = look({centrals: [stored(301, unproven)]}, {probes: [probe]})
      expect(named.endpoint?.verdict.title).toMatch(/^the receiver may/)
      expect(named.report).toMatchObject({exitCode: 3, summary: {unknown: 1}})
    }
  })
  it('proves the way of an agent whose own figures could not say', () => {
    const idle = known({uptimeSeconds: 30, queues: [{doing: 'idle', figures: {bytes: 0}}]})
    expect(look({agents: [idle]}).endpoint?.verdict.outcome).toBe('unknown')
    const {endpoint, report} = look({agents: [idle], centrals: [stored(5)]})
    expect(endpoint?.verdict).toMatchObject({outcome: 'works', believe: 'central'})
    expect(report.exitCode).toBe(0)
  })
  it('proves nothing where others write under the same labels', () => {
    const idle = known({uptimeSeconds: 30, queues: [{doing: 'idle', figures: {bytes: 0}}]})
    const other = known({context: 'cluster9', pod: 'agent-9', externalLabels: {cluster: 'cluster2'}})
    const {endpoint, text} = look({agents: [idle, other], centrals: [stored(5)]})
    expect(endpoint?.verdict.believe).not.toBe('central')
    expect(text).toContain('others write under these labels, too')
  })

  describe('is not known', () => {
    it('exits with 3 where the named central could not be read, and says why', () => {
      const unread = anUnreadCentral(aFailure('timeout', 'no answer within 5 s'))
      const {report, text} = look({centrals: [unread]})
      expect(report).toMatchObject({exitCode: 3, storedUnknown: ['no answer within 5 s']})
      expect(text).toMatch(/whether it is stored is not known: the central .* could not be read: no answer within 5 s/)
      expect(text).toContain('1 works, not known to be stored (exit 3)')
    })
    it('says, as lag does, which right is missing to find the central that was named, and who grants it how', () => {
      const needs = [[{verb: 'list', group: '', resource: 'pods', namespace: null}]]
      const detail = 'pods is forbidden: User "viewer" cannot list resource "pods" in API group "" at the cluster scope'
      const central = anUnreadCentral(
        {...aFailure('forbidden', detail), needs},
        {foundBy: 'context', name: 'the central in context hub'},
      )
      const {report, text} = look({centrals: [central]})
      const facts = readFacts(aFleet({centrals: [central]}))
      const usual = {sort: 'state', onlyBehind: false, failOverSeconds: null} as const
      const lag = lagReport(facts, usual, [], storedGaps(facts))
      expect(validateLagReport(JSON.parse(JSON.stringify(lag)))).toEqual([])
      for (const words of [text, renderLag(lag, {columns: 500, colour: false, unicode: true})]) {
        expect(words).toContain('no right to read the central in context hub: needs list on pods in all namespaces.')
        expect(words).toContain('    promfleet rbac --user viewer | kubectl --context ADMIN_CONTEXT apply -f -\n')
        expect(words).not.toContain('the central the central')
      }
      expect(report.exitCode).toBe(3)
      const found = anUnreadCentral({...aFailure('forbidden', detail), needs}, {foundBy: 'endpoint'})
      expect(look({centrals: [found]}).text).not.toContain('no right to read')
    })
    it('exits with 0 where a central that nobody named could not be read, and says so all the same', () => {
      const {report, text} = look({centrals: [anUnreadCentral(undefined, {foundBy: 'endpoint'})]})
      expect(report.exitCode).toBe(0)
      expect(text).toContain('whether it is stored is not known')
    })
    it('exits with 3 where the agent cannot be told apart at the central that was named', () => {
      const {report, text} = look({agents: [known({externalLabels: {}})], centrals: [aCentral()]})
      expect(report).toMatchObject({exitCode: 3, storedUnknown: ['it has no external labels']})
      expect(text).toContain('stored    cluster2 monitoring/agent-0: not known: it has no external labels')
    })
    it('exits with 0 where a canary was stored, which proves more', () => {
      const canary: CanaryEvidence = {
        ...{agent: 'cluster2/monitoring/agent-0', central: 'https://x', nonce: 'abc', write: aProbe({address})},
        visible: collected({afterSeconds: 0.4}),
      }
      const agents = [known({externalLabels: {}})]
      expect(look({agents, centrals: [aCentral()]}, {canaries: [canary]}).report.exitCode).toBe(0)
    })
    it('names the flags that help where no central was found', () => {
      const {text, brief, report} = look({})
      expect(text).toContain(
        'whether it is stored is not known: no central was found behind this address in the contexts that were looked at. Name it with --central-url (of a Prometheus http://central.example:9090) or --central-context\n',
      )
      expect(report).not.toHaveProperty('central')
      expect(report.exitCode).toBe(0)
      expect(brief).not.toContain('--central-url')
    })
    it('is said of the endpoint behind which none was found, where there is one behind another', () => {
      const url = 'http://elsewhere.example/api/v1/write'
      const agents = [known(), known({pod: 'agent-1', queues: [{name: 'other', url}], externalLabels: {cluster: 'c3'}})]
      const central = aCentral({foundBy: 'endpoint'})
      const {text, report} = look({agents, centrals: [central]}, {probes: [aProbe({address}), aProbe({address: url})]})
      expect(text.match(/stored {4}not known: no central was found behind this address/g)).toHaveLength(1)
      expect(report.exitCode).toBe(0)
    })
    it('says why none could be found', () => {
      const refused = aFailure('forbidden', 'services may not be listed')
      const centralSearch = [{context: 'cluster1', services: refused, ingresses: collected(0)}]
      const {report, text} = look({}, {centralSearch})
      expect(report.centralNotSeen).toEqual(['cluster1: services may not be listed'])
      expect(text).toContain('cluster1: services may not be listed')
    })
  })

  it('shows three of many agents, those in doubt first, and -v all of them', () => {
    const agents = Array.from({length: 9}, (_, index) =>
      known({pod: `agent-${index}`, externalLabels: {cluster: `c${index}`}}),
    )
    const identities = agents.map((_, index) =>
      anIdentity({labels: {cluster: `c${index}`}, newestAgeSeconds: index === 7 ? 200 : 5}),
    )
    const {text} = look({agents, centrals: [aCentral({identities})]})
    const lines = text.split('\n').filter(line => /^ {3}stored|agents that/.test(line))
    expect(lines[0]).toContain('agent-7')
    expect(text).toContain('and 6 more agents, fresh')
    expect(text.match(/newest sample of/g)).toHaveLength(3)
  })
})
