import {describe, expect, it} from 'vitest'
import {aCentral} from '../../builders/central.ts'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents, judgedFleet} from '../judged.ts'
import {refusing} from '../receiver/outage.ts'

const ID = 'central/no-out-of-order-window'
const behind = (forSeconds: number) => [anAgent({queues: [{doing: 'retrying', forSeconds}]})]

describe(ID, () => {
  it('warns while an agent is more than 30 min behind a plain Prometheus that takes no late samples', async () => {
    const result = judgedFleet(ID, {agents: behind(2400), centrals: [aCentral()]})
    expect(result.severities).toEqual(['warning'])
    const steps = result.findings[0]?.remedy.map(({text}) => text) ?? []
    const order = [/out_of_order_time_window/, /only then mend/, /leave the agent alone/]
    expect(order.map(words => steps.findIndex(text => words.test(text)))).toEqual([0, 2, 3])
    await expectWords(ID, result)
  })
  it('begins above 30 min', () => {
    const at = (lag: number) => judgedFleet(ID, {agents: behind(lag), centrals: [aCentral()]}).severities
    const first = [1790, 1800, 1810, 1820].find(lag => at(lag).includes('warning')) ?? 0
    expect(at(first - 20)).toEqual(['info'])
    expect(first).toBeGreaterThanOrEqual(1800)
  })
  it('is an error once samples are refused for their age, and explains that', async () => {
    const agents = [refusing('400 Bad Request: out of bounds')]
    const result = judgedFleet(ID, {agents, centrals: [aCentral()]})
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.explains).toEqual(['receiver/out-of-bounds'])
    await expectWords(ID, result, 'refused')
  })
  it('is silent where the window is longer than the backlog, and warns where it is shorter', () => {
    const severities = (window: string) =>
      judgedFleet(ID, {agents: behind(3 * 3600), centrals: [aCentral({window})]}).severities
    expect(severities('6h')).toEqual([])
    expect(severities('2h')).toEqual(['warning'])
  })
  it('is worth a remark while nobody is behind', async () => {
    const result = judgedFleet(ID, {centrals: [aCentral()]})
    expect(result.severities).toEqual(['info'])
    await expectWords(ID, result, 'remark')
  })
  it('says so beside an agent that is behind where nothing is known of the receiver', async () => {
    const result = judgedAgents(ID, ...behind(2400))
    expect(result.severities).toEqual(['info'])
    await expectWords(ID, result, 'unseen')
    expect(judgedAgents(ID, anAgent()).findings).toEqual([])
  })
  it('knows of no such limit at other makes, nor where the configuration may not be read', () => {
    const other = aCentral({flags: aFailure('not-found'), families: ['vm_rows'], config: aFailure('not-found')})
    expect(judgedFleet(ID, {agents: behind(2400), centrals: [other]}).findings).toEqual([])
    const unread = aCentral({config: aFailure('forbidden')})
    expect(judgedFleet(ID, {agents: behind(2400), centrals: [unread]})).toMatchObject({findings: [], unknown: []})
  })
})
