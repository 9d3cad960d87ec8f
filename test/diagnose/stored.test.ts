/** What the central holds decides: row 6 of the decision table, `arrival`, and how long a plain Prometheus takes what waits. */
import {describe, expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import type {Report} from '../../src/diagnose/report.ts'
import type {CentralEvidence} from '../../src/evidence/central.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {renderTerminal} from '../../src/report/terminal.ts'
import {aCentral, anIdentity, anUnreadCentral} from '../builders/central.ts'
import {
  type AgentOptions,
  aFailure,
  aFleet,
  anAgent as build,
  collected,
  type FleetOptions,
} from '../builders/evidence.ts'
import {NOW} from '../builders/scrape.ts'
import {validateReport} from '../report/schema.ts'

/** Its web server tells the time. */
const anAgent = (options: AgentOptions = {}) => build({clockSkewSeconds: 1, ...options})
const fleet = (options: FleetOptions = {}) => aFleet({agents: [anAgent()], ...options})
const central = (newestAgeSeconds: number | null, options: Parameters<typeof aCentral>[0] = {}) =>
  aCentral({identities: [anIdentity({newestAgeSeconds})], ...options})

function report(evidence: FleetEvidence): Report {
  const facts = readFacts(evidence)
  const judged = diagnose(facts, runChecks(facts), {failOn: 'error'})
  expect(validateReport(JSON.parse(JSON.stringify(judged)))).toEqual([])
  return judged
}

function queueOf(evidence: FleetEvidence) {
  const [queue] = report(evidence).agents[0]?.queues ?? []
  return {state: queue?.state, row: queue?.stateRow, arrival: queue?.arrival}
}

const losing = {state: 'losing', row: 6, arrival: 'unknown'}
const accepted = {state: 'delivering', row: 11, arrival: 'accepted'}

it('speaks of gaps only where there are samples between which one could be', () => {
  const told = (own: CentralEvidence) =>
    renderTerminal(report(fleet({centrals: [own]})), {columns: 200, colour: false, unicode: true, verbose: true})
  expect(told(central(5))).toContain('no long gap in the last day')
  const day = {selector: 'up', fromSeconds: NOW - 86_400, toSeconds: NOW, stepSeconds: 60, truncated: false}
  const lastDay = collected({...day, stretches: []})
  const text = told(aCentral({identities: [anIdentity({newestAgeSeconds: null, lastDay})]}))
  expect(text).toContain('no sample under cluster="cluster2"')
  expect(text).not.toContain('no long gap in the last day')
})

describe('row 6', () => {
  it('is losing: the proven store has nothing fresh of what it takes', () => {
    expect(queueOf(fleet({centrals: [central(900)]}))).toEqual(losing)
    expect(queueOf(fleet({centrals: [central(null)]}))).toEqual(losing)
  })
  it('holds by one scrape, too', () => {
    const agents = [anAgent({intervalSeconds: 0})]
    expect(queueOf(fleet({agents, centrals: [central(900)]}))).toEqual(losing)
  })
  it('begins above 300 s, above two scrape intervals where they are longer, and above the lag', () => {
    expect(queueOf(fleet({centrals: [central(299)]})).row).toBe(11)
    expect(queueOf(fleet({centrals: [central(300)]})).row).toBe(6)
    const slow = [anAgent({scrapeIntervalSeconds: 300})]
    expect(queueOf(fleet({agents: slow, centrals: [central(599)]})).row).not.toBe(6)
    expect(queueOf(fleet({agents: slow, centrals: [central(620)]})).row).toBe(6)
  })
  it.each<[string, FleetOptions]>([
    ['the address is not proven to lead there', {centrals: [central(900, {endpoints: []})]}],
    ['the clocks are more than 30 s apart', {centrals: [central(900, {clockSkewSeconds: 32})]}],
    ['the clock of the central is not known', {centrals: [central(900, {clockSkewSeconds: null})]}],
    ['the agent is younger than the limit', {agents: [anAgent({uptimeSeconds: 290})], centrals: [central(null)]}],
    ['the central could not be read', {centrals: [anUnreadCentral(aFailure('timeout'), {foundBy: 'endpoint'})]}],
    [
      'it could not be asked for this agent',
      {centrals: [aCentral({identities: [anIdentity({newest: aFailure('timeout')})]})]},
    ],
    [
      'it passes on what others scrape',
      {agents: [anAgent({targets: {active: 0, up: 0, pools: []}})], centrals: [central(900)]},
    ],
    ['external labels tell no identity', {agents: [anAgent({externalLabels: {}})], centrals: [central(900)]}],
  ])('is left to the rows below where %s', (_, options) => {
    expect(queueOf(fleet(options))).toEqual(accepted)
  })
  it('is left to them where the tenant is not known to be the same', () => {
    const agents = [anAgent({remoteWriteYaml: 'headers: {X-Scope-OrgID: team-a}'})]
    const mimir = central(900, {families: ['cortex_request_duration_seconds'], flags: aFailure('not-found')})
    expect(queueOf(fleet({agents, centrals: [mimir]}))).toEqual(accepted)
    expect(queueOf(fleet({agents, centrals: [central(900)]}))).toEqual(losing) // a Prometheus knows no tenants
  })
  it('never stands before refusals, nor before an outage that its queue knows of', () => {
    expect(queueOf(fleet({agents: [anAgent({queues: [{doing: 'failing'}]})], centrals: [central(900)]})).row).toBe(4)
    const retrying = [anAgent({queues: [{doing: 'retrying', forSeconds: 3600}]})]
    expect(queueOf(fleet({agents: retrying, centrals: [central(3600)]})).row).toBe(7)
  })
  it('leads the report, since when, and as what', () => {
    const judged = report(fleet({centrals: [central(900)]}))
    expect(judged.findings[0]).toMatchObject({id: 'central/not-fresh', severity: 'error', group: 'state', cause: true})
    expect(judged.agents[0]?.since).toBe(judged.agents[0]?.queues[0]?.central?.newestSampleAt)
    expect(judged.exitCode).toBe(1)
    expect(judged.agents[0]?.stateReason).toMatch(
      /^the central takes what is sent, and stores none of it since \d\d:\d\d$/,
    )
  })
})

describe('arrival', () => {
  it('is stored where a fresh sample was seen', () => {
    expect(queueOf(fleet({centrals: [central(5)]}))).toEqual({...accepted, arrival: 'stored'})
  })
  it('is only accepted where it is not quite as fresh', () => {
    // 2 x 15 s + 60 s + the lag of a healthy agent
    expect(queueOf(fleet({centrals: [central(80)]})).arrival).toBe('stored')
    expect(queueOf(fleet({centrals: [central(120)]}))).toEqual(accepted)
  })
  it('is only accepted while others that are no replicas write under the same identity', () => {
    const same = {externalLabels: {cluster: 'cluster2'}}
    const pair = [anAgent(same), anAgent({...same, context: 'cluster3', name: 'other', pod: 'other-0'})]
    expect(queueOf(fleet({agents: pair, centrals: [central(5)]}))).toEqual(accepted)
    const replica = (pod: string) =>
      anAgent({pod, podUid: pod, externalLabels: {cluster: 'cluster2', prometheus_replica: pod}})
    const replicas = [replica('agent-0'), replica('agent-1')]
    expect(queueOf(fleet({agents: replicas, centrals: [central(5)]})).arrival).toBe('stored')
  })
  it('is only accepted where two queues of an agent send to the same store, as either may be what is seen', () => {
    const twice = [anAgent({queues: [{}, {name: 'again'}]})]
    expect(queueOf(fleet({agents: twice, centrals: [central(5)]}))).toEqual(accepted)
  })
  it('is said of a named central for an agent with one queue only, as data may have come by the other', () => {
    const named = central(5, {endpoints: []})
    expect(queueOf(fleet({centrals: [named]})).arrival).toBe('stored')
    const two = [anAgent({queues: [{}, {name: 'other', url: 'https://other.example/api/v1/write'}]})]
    expect(queueOf(fleet({agents: two, centrals: [named]})).arrival).toBe('accepted')
  })
  it('stands in the verdict, with the way to see it where nobody asked', () => {
    const agents = [
      anAgent({remoteWriteYaml: 'basic_auth: {username: a}', queues: [{url: 'https://central.example/api/v1/write'}]}),
    ]
    const endpoints = [
      {address: 'https://central.example/api/v1/write', proof: 'ingress' as const, detail: 'an Ingress'},
    ]
    const words = (options: FleetOptions) =>
      renderTerminal(report(fleet({agents, ...options})), {columns: 200, colour: false, unicode: true})
    expect(words({centrals: [central(5, {endpoints})]})).toContain('Stored: seen fresh at the central.')
    expect(words({})).toContain('give --central-context or --central-url to see that it is stored.')
    expect(words({centrals: [central(120, {endpoints})]})).toContain('-v tells why it is not seen at the central.')
  })
})

describe('the clock of what waits', () => {
  const behind = {agents: [anAgent({queues: [{doing: 'retrying', forSeconds: 1200}]})]}
  const clockOf = (options: FleetOptions) => report(fleet(options)).agents[0]?.queues[0]?.lossClock
  it('is that of the receiver, by its own configuration', () => {
    const clock = clockOf({...behind, centrals: [aCentral()]})
    expect(clock).toMatchObject({kind: 'receiver', status: 'known'})
    expect(Math.round((clock?.earliestSeconds ?? 0) / 60)).toBe(40)
    expect(clock?.assumption).toContain('by its own configuration')
  })
  it('runs longer with a window, and by shorter blocks shorter', () => {
    const minutes = (options: Parameters<typeof aCentral>[0]) => {
      const clock = clockOf({...behind, centrals: [aCentral(options)]})
      return clock?.kind === 'receiver' ? Math.round((clock.earliestSeconds ?? 0) / 60) : clock?.kind
    }
    expect(minutes({window: '65m'})).toBe(45)
    expect(minutes({flags: {'storage.tsdb.min-block-duration': '1h'}})).toBe(10)
    expect(minutes({window: '30h'})).not.toBe(1780)
  })
  it('is assumed where the configuration may not be read, and says so', () => {
    expect(clockOf({...behind, centrals: [aCentral({config: aFailure('forbidden')})]})?.assumption).toContain(
      'is assumed',
    )
  })
  it('stays a guess where the central that was named is not proven to be where the queue writes', () => {
    const unproven = (identities: CentralEvidence['identities']) => [
      aCentral({foundBy: 'url', endpoints: [], identities}),
    ]
    const guess = clockOf(behind)
    expect(guess?.atPlainPrometheusSeconds).toBeGreaterThan(0)
    // Nothing of it is stored there, or what is stored is newer than anything that the queue has sent.
    for (const newestAgeSeconds of [null, 5]) {
      const clock = clockOf({
        ...behind,
        centrals: unproven([anIdentity({newestAgeSeconds, lastDay: aFailure('timeout')})]),
      })
      expect(clock).toEqual(guess)
    }
    const twins = [
      ...behind.agents,
      anAgent({context: 'cluster3', name: 'other', pod: 'other-0', externalLabels: {cluster: 'cluster2'}}),
    ]
    const stored = unproven([anIdentity({newestAgeSeconds: 1200})])
    expect(clockOf({agents: twins, centrals: stored})).toEqual(guess)
  })
  it('is that of a named central that stores what the queue has sent, up to its last sample', () => {
    const centrals = [aCentral({foundBy: 'url', endpoints: [], identities: [anIdentity({newestAgeSeconds: 1200})]})]
    const clock = clockOf({...behind, centrals})
    expect(clock).toMatchObject({kind: 'receiver', status: 'known'})
    expect(clock).not.toHaveProperty('atPlainPrometheusSeconds')
  })
  it('does not speak of a limit that is unknown where the make is known to have none', () => {
    const other = aCentral({families: ['vm_rows'], flags: aFailure('not-found'), config: aFailure('not-found')})
    expect(clockOf({...behind, centrals: [other]})?.assumption).not.toContain('limit of the receiver unknown')
    expect(clockOf(behind)?.assumption).toContain('limit of the receiver unknown')
  })
})
