import {describe, expect, it} from 'vitest'
import {parseExposition} from '../../../src/facts/exposition/exposition.ts'
import {scrapeIntervalOfMetrics} from '../../../src/facts/exposition/scrape-interval.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {aFailure, aFleet, anAgent} from '../../builders/evidence.ts'

const line = (interval: string, value: string) =>
  `prometheus_target_interval_length_seconds{interval="${interval}",quantile="0.99"} ${value}\n`
const read = (...lines: string[]) => scrapeIntervalOfMetrics(parseExposition(lines.join('')))

describe('the scrape interval by the metrics', () => {
  it('is the longest at which anything was scraped lately', () => {
    expect(read(line('15s', '15.0'), line('1m', '60.1'))).toBe(60)
    expect(read(line('1m30s', '90'))).toBe(90)
  })
  it('leaves out an interval that a reload took away, whose quantiles are NaN', () => {
    expect(read(line('15s', '15.0'), line('5m', 'NaN'))).toBe(15)
  })
  it('is that of the label where targets are scraped too rarely for quantiles', () => {
    expect(read(line('1h', 'NaN'))).toBe(3600)
  })
  it('is not known before the second scrape, or from labels that are no duration', () => {
    expect(read()).toBeNull()
    expect(read(line('soon', '1'), line('0s', '1'))).toBeNull()
  })
  it('stands in where neither targets nor configuration were read', () => {
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
