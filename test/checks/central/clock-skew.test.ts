import {describe, expect, it} from 'vitest'
import {aCentral} from '../../builders/central.ts'
import {aFleet, anAgent} from '../../builders/evidence.ts'
import {expectWords, judged, judgedAgents, judgedFleet} from '../judged.ts'
import {refusing} from '../receiver/outage.ts'

const ID = 'central/clock-skew'

describe(ID, () => {
  it('finds an agent whose clock is away from all others', async () => {
    const result = judgedAgents(ID, anAgent({clockSkewSeconds: 90}))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result)
  })
  it('is an error where its samples are refused, and explains that', async () => {
    const result = judgedAgents(
      ID,
      refusing('400 Bad Request: out of bounds: timestamp is too far in the future', {clockSkewSeconds: 60}),
    )
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.explains).toEqual(['receiver/out-of-bounds'])
    await expectWords(ID, result, 'refused')
  })
  it('finds the clock of this machine when all others agree', async () => {
    const result = judged(
      ID,
      aFleet({agents: [anAgent({clockSkewSeconds: 300})], contexts: {cluster2: {clockSkewSeconds: 301}}}),
    )
    expect(result.titles).toEqual(['the clock of this machine is 5 min behind'])
    await expectWords(ID, result, 'here')
  })
  it('finds that of the central and of an API server', () => {
    expect(judgedFleet(ID, {centrals: [aCentral({clockSkewSeconds: -45})]}).titles).toEqual([
      'the clock of the central cluster1/monitoring/prometheus-central-0 is 45 s behind',
    ])
    expect(judgedFleet(ID, {contexts: {cluster2: {clockSkewSeconds: 31.5}}}).findings[0]?.scope).toEqual({
      context: 'cluster2',
    })
  })
  it('lets 30 s pass, and no more', () => {
    expect(judgedAgents(ID, anAgent({clockSkewSeconds: 30})).findings).toEqual([])
    expect(judgedAgents(ID, anAgent({clockSkewSeconds: 31})).severities).toEqual(['warning'])
    expect(judgedAgents(ID, anAgent({clockSkewSeconds: -31})).severities).toEqual(['warning'])
  })
  it('is an error from where a plain Prometheus refuses the samples', () => {
    expect(judgedAgents(ID, anAgent({clockSkewSeconds: 600})).severities).toEqual(['warning'])
    expect(judgedAgents(ID, anAgent({clockSkewSeconds: 601})).severities).toEqual(['error'])
    expect(judgedAgents(ID, anAgent({clockSkewSeconds: -3600})).severities).toEqual(['warning'])
    expect(judgedAgents(ID, anAgent({clockSkewSeconds: -3601})).severities).toEqual(['error'])
  })
  it('believes the many: one agent of five is off, not the four', () => {
    const agents = [0, 0, 0, 0, 120].map((clockSkewSeconds, index) =>
      anAgent({context: `c${index}`, pod: `agent-${index}`, clockSkewSeconds}),
    )
    expect(judgedAgents(ID, ...agents).titles).toEqual(['the clock of c4 monitoring/agent-4 is 2 min ahead'])
  })
  it('is silent where no clock but ours is known', () => {
    const result = judged(ID, aFleet({agents: [], contexts: {cluster2: {clockSkewSeconds: null}}}))
    expect(result).toMatchObject({findings: [], unknown: []})
  })
})
