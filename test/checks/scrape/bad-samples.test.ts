import {describe, expect, it} from 'vitest'
import type {LogShape} from '../../../src/evidence/types.ts'
import {aFailure, anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {scrapesWith} from '../extra.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'scrape/bad-samples'
const duplicates = 'prometheus_target_scrapes_sample_duplicate_timestamp_total'
const message = 'Error on ingesting samples with different value but same timestamp'

function counted(before: number, after: number, log: Partial<LogShape>[] = []) {
  return anAgent({scrapes: scrapesWith([`${duplicates} ${before}`], [`${duplicates} ${after}`]), log})
}
function line(agoSeconds: number): Partial<LogShape> {
  const last = timestamp(NOW - agoSeconds)
  const sample = `time=${last} level=WARN msg="${message}" component="scrape manager" scrape_pool=apps target=http://10.0.0.9:8080/metrics num_dropped=2`
  return {message, component: 'scrape manager', queue: null, url: null, last, sample}
}

describe(ID, () => {
  it('warns when samples are thrown away, and names job and target from the log', async () => {
    const result = judgedAgents(ID, counted(10, 12, [line(5)]))
    expect(result.severities).toEqual(['warning'])
    expect(result.titles[0]).toContain('of job apps')
    await expectWords(ID, result)
  })
  it('begins with the first, and does not count what was before', () => {
    expect(judgedAgents(ID, counted(10, 11)).severities).toEqual(['warning'])
    expect(judgedAgents(ID, counted(10, 10))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it("reads the storage's own counter where scraping counts nothing, as in 2.53, but not of an agent without targets", () => {
    const counter = 'prometheus_agent_out_of_order_samples_total'
    const scrapes = scrapesWith([`${counter} 61`], [`${counter} 67`])
    expect(judgedAgents(ID, anAgent({scrapes})).severities).toEqual(['warning'])
    const relay = anAgent({scrapes, targets: {active: 0, up: 0, down: 0, pools: []}})
    expect(judgedAgents(ID, relay)).toMatchObject({findings: [], judged: 1})
  })
  it('takes a line for now until 125 s after it, exactly', () => {
    expect(judgedAgents(ID, anAgent({log: [line(125)]})).severities).toEqual(['warning'])
    expect(judgedAgents(ID, anAgent({log: [line(126)]})).findings).toEqual([])
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
