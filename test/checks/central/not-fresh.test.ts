import {describe, expect, it} from 'vitest'
import {aCentral, anIdentity, anUnreadCentral} from '../../builders/central.ts'
import {type AgentOptions, aFailure, anAgent as build, type FleetOptions} from '../../builders/evidence.ts'
import {expectWords, judgedFleet as judge} from '../judged.ts'

const ID = 'central/not-fresh'
/** Its web server tells the time, a second ahead of ours. */
const SKEW = 1
const anAgent = (options: AgentOptions = {}) => build({clockSkewSeconds: SKEW, ...options})
const judgedFleet = (id: string, fleet: FleetOptions) => judge(id, {agents: [anAgent()], ...fleet})

/** Of an agent that scrapes every 15 s and is level: max(300 s, 2 x 15 s). */
const LIMIT = 300

/** By the agent's clock. */
const stored = (ageSeconds: number | null, rest: Parameters<typeof anIdentity>[0] = {}) => [
  anIdentity({newestAgeSeconds: ageSeconds === null ? null : ageSeconds - SKEW, ...rest}),
]
const nothing = {gaps: [], lastDay: aFailure('not-applicable')}

describe(ID, () => {
  it('finds samples that are answered with 2xx and are nowhere at the proven central', async () => {
    const result = judgedFleet(ID, {centrals: [aCentral({identities: stored(null, {gaps: []})})]})
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result)
  })
  it('only warns where the central is named and the address is not proven to lead to it', async () => {
    const central = aCentral({
      endpoints: [],
      foundBy: 'url',
      place: null,
      name: 'https://metrics.example',
      identities: stored(900),
    })
    const result = judgedFleet(ID, {centrals: [central]})
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result, 'not-proven')
  })
  it('is silent while samples are fresh', () => {
    expect(judgedFleet(ID, {centrals: [aCentral()]})).toMatchObject({findings: [], judged: 1})
  })
  it('waits for the limit, and finds from right above it on', () => {
    expect(judgedFleet(ID, {centrals: [aCentral({identities: stored(LIMIT)})]}).findings).toEqual([])
    expect(judgedFleet(ID, {centrals: [aCentral({identities: stored(LIMIT + 1)})]}).severities).toEqual(['error'])
  })
  it('does not say it of an agent that is late, whose newest sample cannot be fresh', () => {
    const agents = [anAgent({queues: [{doing: 'retrying', forSeconds: 3600}]})]
    expect(judgedFleet(ID, {agents, centrals: [aCentral({identities: stored(3600)})]}).findings).toEqual([])
  })
  it('does not say it of an agent that is younger than the limit', () => {
    const agents = [anAgent({uptimeSeconds: 200})]
    expect(judgedFleet(ID, {agents, centrals: [aCentral({identities: stored(null, nothing)})]}).findings).toEqual([])
  })
  it('looks for what write_relabel_configs leave of the external labels', () => {
    const remoteWriteYaml =
      'write_relabel_configs:\n- {action: labeldrop, regex: cluster}\n- {action: replace, target_label: x, replacement: y}'
    const agents = [anAgent({remoteWriteYaml, externalLabels: {cluster: 'cluster2', site: 'a'}})]
    const identities = [anIdentity({labels: {site: 'a'}})]
    expect(judgedFleet(ID, {agents, centrals: [aCentral({identities})]})).toMatchObject({findings: [], judged: 1})
  })
  it('leaves the label of the replica aside: a receiver that deduplicates drops one of two', () => {
    const externalLabels = {cluster: 'cluster2', prometheus_replica: 'agent-0'}
    expect(judgedFleet(ID, {agents: [anAgent({externalLabels})], centrals: [aCentral()]}).judged).toBe(1)
  })
  it.each([
    [
      'its identity could not be asked for',
      {identities: [anIdentity({newest: aFailure('timeout', 'no answer in time')})]},
    ],
    ['the clocks are too far apart', {clockSkewSeconds: SKEW + 31}],
    ['the clock of the central is not known', {clockSkewSeconds: null}],
  ])('is unknown where %s', (_, options) => {
    expect(judgedFleet(ID, {centrals: [aCentral({identities: stored(900), ...options})]}).unknown).toHaveLength(1)
  })
  it('reads an age by the clock of the agent, up to 30 s beside that of the central', () => {
    const agents = [anAgent({clockSkewSeconds: 30})]
    const at = (newestAgeSeconds: number) => [aCentral({identities: [anIdentity({newestAgeSeconds})]})]
    expect(judgedFleet(ID, {agents, centrals: at(LIMIT - 29)}).severities).toEqual(['error'])
    expect(judgedFleet(ID, {agents, centrals: at(LIMIT - 30)}).severities).toEqual([])
  })
  it('says nothing at all of a central that nobody named and that could not be read', () => {
    const central = anUnreadCentral(aFailure('forbidden'), {foundBy: 'endpoint'})
    expect(judgedFleet(ID, {centrals: [central]})).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('does not apply where no central is known', () => {
    expect(judgedFleet(ID, {})).toMatchObject({findings: [], unknown: [], judged: 0})
  })
})
