import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {scrapesWith} from '../extra.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'scrape/limit-exceeded'
/** Of 10 targets of job apps so many are refused with this error, and so many are down for another reason. */
function refused(count: number, error = 'sample limit exceeded', others = 0) {
  const down = count + others
  const errors = [
    {error, count, examples: ['http://10.0.0.9:8080/metrics']},
    ...(others > 0 ? [{error: 'connection refused', count: others, examples: []}] : []),
  ]
  const pools = [{name: 'apps', active: 10, up: 10 - down, down, intervalSeconds: 15, errors: count > 0 ? errors : []}]
  return anAgent({targets: {active: 10, up: 10 - down, down, pools}})
}

describe(ID, () => {
  it('warns of one target that is refused for a limit', async () => {
    const result = judgedAgents(ID, refused(1))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result)
  })
  it('is an error when all are', async () => {
    const result = judgedAgents(ID, refused(10, 'body size limit exceeded'))
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result, 'all')
  })
  it.each([
    'sample limit exceeded',
    'body size limit exceeded',
    'target_limit exceeded (number of targets: 12, limit: 10)',
    'label_limit exceeded (metric: x, number of labels: 31, limit: 30)',
    'histogram bucket limit exceeded',
  ])('knows %s', error => {
    expect(judgedAgents(ID, refused(1, error)).severities).toEqual(['warning'])
  })
  it('explains targets that are down only when all of them are down for it', () => {
    expect(judgedAgents(ID, refused(2)).findings[0]?.explains).toContain('scrape/targets-down')
    expect(judgedAgents(ID, refused(2, undefined, 1)).findings[0]?.explains).not.toContain('scrape/targets-down')
  })
  it('counts between the scrapes, and not what was before', () => {
    const counter = 'prometheus_target_scrapes_exceeded_sample_limit_total'
    const agent = (before: number, after: number) =>
      anAgent({scrapes: scrapesWith([`${counter} ${before}`], [`${counter} ${after}`])})
    expect(judgedAgents(ID, agent(5, 6)).severities).toEqual(['warning'])
    expect(judgedAgents(ID, agent(6, 6))).toMatchObject({findings: [], judged: 1})
  })
  it('is an error when every other scrape is thrown away, though its target is up when one looks', () => {
    const counter = 'prometheus_target_scrapes_exceeded_sample_limit_total'
    const pools = [{name: 'apps', active: 1, up: 1, down: 0, intervalSeconds: 1, errors: []}]
    const agent = (rise: number) =>
      anAgent({
        scrapes: scrapesWith([`${counter} 34`], [`${counter} ${34 + rise}`]), // 10 s apart
        targets: {active: 1, up: 1, down: 0, pools},
      })
    expect(judgedAgents(ID, agent(5)).severities).toEqual(['error'])
    expect(judgedAgents(ID, agent(2)).severities).toEqual(['warning'])
  })
  it('does not take other errors for it', () => {
    expect(judgedAgents(ID, refused(1, 'server returned HTTP status 429 rate limit')).findings).toEqual([])
  })
  it('is unknown with neither targets nor metrics', () => {
    const agent = anAgent({targets: aFailure('timeout'), scrapes: [aFailure('timeout', 'no answer')]})
    expect(judgedAgents(ID, agent).unknown).toHaveLength(1)
  })
})
