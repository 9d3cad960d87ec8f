import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, type BuiltAgent, NOW} from '../../builders/evidence.ts'
import {aScrape} from '../../builders/scrape.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'scrape/cardinality'
const INTERVAL = 15
/** 100 targets, and so many series, each of which every round of scrapes brought since the start: `scraped` of them, when given. */
function withSeries(
  context: string,
  series: number,
  {
    more = [],
    before = series,
    scraped = series,
    uptime = 86_400,
    interval = 10,
  }: Partial<{
    more: string[]
    /** How many there were in the first scrape. */
    before: number
    scraped: number
    uptime: number
    interval: number
  }> = {},
): BuiltAgent {
  const scrapes = [
    {age: interval, active: before},
    {age: 0, active: series},
  ].map(({age, active}) => {
    const samplesIn = (scraped / INTERVAL) * (uptime - age)
    return aScrape({
      ...{at: NOW - age, uptime: uptime - age, samplesIn, highestTimestamp: NOW - age - 1},
      queues: [{total: samplesIn, bytes: samplesIn, highestSent: NOW - age - 2, recordsRead: uptime - age}],
      extra: [`prometheus_agent_active_series ${active}`, ...more].join('\n'),
    })
  })
  return anAgent({context, name: context, uptimeSeconds: uptime, scrapes, targets: {active: 100, up: 100}})
}
const rest = [withSeries('cluster3', 50_000), withSeries('cluster4', 30_000), withSeries('cluster5', 20_000)]

describe(ID, () => {
  it('warns of an agent that stands out from the fleet, per target', async () => {
    const strings = [
      'prometheus_target_scrape_pool_symboltable_items{scrape_job="shop"} 412000',
      'prometheus_target_scrape_pool_symboltable_items{scrape_job="nodes"} 900',
    ]
    const result = judgedAgents(ID, withSeries('cluster2', 900_000, {more: strings}), ...rest)
    expect(result.severities).toEqual(['warning'])
    expect(result.titles).toEqual([
      'cluster2 monitoring/agent-0 has 9,000 series per target, the rest of the fleet 300',
    ])
    await expectWords(ID, result)
  })
  it('begins at ten times the median, exactly', () => {
    expect(judgedAgents(ID, withSeries('cluster2', 300_000), ...rest).findings).toHaveLength(1)
    expect(judgedAgents(ID, withSeries('cluster2', 299_999), ...rest).findings).toEqual([])
  })
  it('does not mind a small agent, nor a fleet of two', () => {
    const small = rest.map((_, index) => withSeries(`cluster${3 + index}`, 100))
    expect(judgedAgents(ID, withSeries('cluster2', 99_999), ...small).findings).toEqual([])
    expect(judgedAgents(ID, withSeries('cluster2', 900_000), ...rest.slice(0, 1)).findings).toEqual([])
  })
  it('does not mind a large cluster with as many series per target', () => {
    const large = withSeries('cluster2', 1_500_000)
    Object.assign(large.evidence.targets.ok ? large.evidence.targets.value : {}, {active: 5000, up: 5000})
    expect(judgedAgents(ID, large, ...rest).findings).toEqual([])
  })
  it('warns above two million on its own, exactly', async () => {
    expect(judgedAgents(ID, withSeries('cluster2', 2_000_000)).findings).toEqual([])
    const result = judgedAgents(ID, withSeries('cluster2', 2_000_001))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result, 'alone')
  })
  it('warns of series that come and go: five times as many as a round of scrapes brings, exactly', async () => {
    const result = judgedAgents(ID, withSeries('cluster2', 500_000, {scraped: 100_000}))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result, 'churn')
    expect(judgedAgents(ID, withSeries('cluster2', 499_999, {scraped: 100_000})).findings).toEqual([])
  })
  it('warns of a growth whose pace accounts for what there is', async () => {
    // 8 h at 5 a second are 144,000 of 200,000.
    const growing = {scraped: 125_000, before: 200_000 - 75, uptime: 8 * 3600}
    const result = judgedAgents(ID, withSeries('cluster2', 200_000, growing))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result, 'growing')
  })
  it.each([
    ['an agent that started within 2 h, whatever its WAL replay brought', 500_000, {scraped: 50_000, uptime: 7199}],
    ['a small one', 99_999, {scraped: 1000}],
    ['one that grew and stopped', 200_000, {scraped: 120_000, uptime: 8 * 3600}],
    ['one pod that starts between the scrapes', 200_000, {scraped: 190_000, before: 199_900, uptime: 8 * 3600}],
    [
      'a rollout between the scrapes of a fleet that grew',
      200_000,
      {scraped: 120_000, before: 199_000, uptime: 8 * 3600},
    ],
    ['one that shrinks', 200_000, {scraped: 120_000, before: 201_000, uptime: 8 * 3600}],
  ])('does not mind %s', (_what, series, more) => {
    expect(judgedAgents(ID, withSeries('cluster2', series, more)).findings).toEqual([])
  })
  it('does not compare what a relay is sent with what it scrapes', () => {
    const more = ['prometheus_http_requests_total{code="204",handler="/api/v1/write"} 12']
    expect(judgedAgents(ID, withSeries('cluster2', 500_000, {scraped: 50_000, more})).findings).toEqual([])
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
