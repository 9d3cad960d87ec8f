import {describe, expect, it} from 'vitest'
import {parseExposition} from '../../../src/facts/exposition/exposition.ts'
import {scrapeIntervalsOfMetrics} from '../../../src/facts/exposition/scrape-interval.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {aFailure, aFleet, anAgent} from '../../builders/evidence.ts'

const line = (interval: string, value: string) =>
  `prometheus_target_interval_length_seconds{interval="${interval}",quantile="0.99"} ${value}\n`
const read = (...lines: string[]) => scrapeIntervalsOfMetrics(parseExposition(lines.join('')))

describe('the scrape intervals by the metrics', () => {
  it('are the longest and the shortest at which anything was scraped lately', () => {
    expect(read(line('15s', '15.0'), line('1m', '60.1'))).toEqual({longest: 60, shortest: 15})
    expect(read(line('1m30s', '90'))).toEqual({longest: 90, shortest: 90})
  })
  it('leave out an interval that a reload took away, whose quantiles are NaN', () => {
    expect(read(line('15s', '15.0'), line('5m', 'NaN'))).toEqual({longest: 15, shortest: 15})
  })
  it('are those of the labels where targets are scraped too rarely for quantiles', () => {
    expect(read(line('1h', 'NaN'))).toEqual({longest: 3600, shortest: 3600})
  })
  it('are not known before the second scrape, or from labels that are no duration', () => {
    expect(read()).toBeNull()
    expect(read(line('soon', '1'), line('0s', '1'))).toBeNull()
  })
  it('stand in where neither targets nor configuration were read', () => {
    const [configured, bare] = [{}, {config: aFailure('not-applicable'), targets: aFailure('not-applicable')}].map(
      more => {
        const agent = anAgent({scrapeIntervalSeconds: 15, figures: {extra: line('30s', '30').trimEnd()}, ...more})
        return readFacts(aFleet({agents: [agent]})).agents[0]
      },
    )
    expect(configured?.longestScrapeIntervalSeconds).toBe(15)
    expect(bare?.longestScrapeIntervalSeconds).toBe(30)
  })
})
