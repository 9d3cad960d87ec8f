import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, NOW} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'delivery/behind'
/** H is NOW - 1 in the builder. */
const lagging = (lagSeconds: number) =>
  anAgent({queues: [{first: {highestSent: NOW - 11 - lagSeconds}, last: {highestSent: NOW - 1 - lagSeconds}}]})

describe(ID, () => {
  it('is an error when nothing is delivered, with what a restart would cost', async () => {
    const result = judgedAgents(ID, anAgent({queues: [{doing: 'retrying', forSeconds: 2460}]}))
    expect(result.severities).toEqual(['error'])
    expect(result.titles[0]).toMatch(/is 40 min behind|is 41 min behind/)
    expect(result.findings[0]?.remedy[0]?.text).toMatch(/^do not restart the agent/)
    expect(result.words).toContain('out_of_order_time_window')
    await expectWords(ID, result)
  })
  it('is a warning with an estimate while it catches up', async () => {
    const result = judgedAgents(ID, anAgent({queues: [{doing: 'catching-up', forSeconds: 300}]}))
    expect(result.severities).toEqual(['warning'])
    expect(result.words).toMatch(/done in about/)
    await expectWords(ID, result, 'catching-up')
  })
  it('begins at 120 s, exactly', () => {
    expect(judgedAgents(ID, lagging(119)).findings).toEqual([])
    expect(judgedAgents(ID, lagging(120)).findings).toHaveLength(1)
  })
  it('gives agents that scrape rarely two of their intervals', () => {
    const agent = (lag: number) =>
      anAgent({
        scrapeIntervalSeconds: 300,
        queues: [{first: {highestSent: NOW - 11 - lag}, last: {highestSent: NOW - 1 - lag}}],
      })
    expect(judgedAgents(ID, agent(599)).findings).toEqual([])
    expect(judgedAgents(ID, agent(600)).findings).toHaveLength(1)
  })
  it('says "at least" for a queue that never delivered', () => {
    const agent = anAgent({uptimeSeconds: 900, queues: [{doing: 'retrying', forSeconds: 1e6}]})
    expect(judgedAgents(ID, agent).titles[0]).toContain('at least 15 min behind')
  })
  it('does not take a narrow keep list for lag', () => {
    const agent = anAgent({queues: [{doing: 'idle', figures: {highestSent: NOW - 200}}]})
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], judged: 1})
  })
  it('says nothing of a queue that delivers', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown when a target exposes times of the future during an outage', () => {
    const agent = anAgent({
      figures: {highestTimestamp: NOW + 500},
      queues: [{doing: 'retrying', figures: {highestSent: NOW + 500}}],
    })
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], judged: 0})
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
