import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, type BuiltAgent} from '../../builders/evidence.ts'
import {scrapesWith} from '../extra.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'scrape/cardinality'
/** 100 targets, and so many series. */
function withSeries(context: string, series: number, more: string[] = []): BuiltAgent {
  const lines = [`prometheus_agent_active_series ${series}`, ...more]
  return anAgent({context, name: context, scrapes: scrapesWith(lines, lines), targets: {active: 100, up: 100}})
}
const rest = [withSeries('cluster3', 50_000), withSeries('cluster4', 30_000), withSeries('cluster5', 20_000)]

describe(ID, () => {
  it('warns of an agent that stands out from the fleet, per target', async () => {
    const strings = [
      'prometheus_target_scrape_pool_symboltable_items{scrape_job="shop"} 412000',
      'prometheus_target_scrape_pool_symboltable_items{scrape_job="nodes"} 900',
    ]
    const result = judgedAgents(ID, withSeries('cluster2', 900_000, strings), ...rest)
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
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
