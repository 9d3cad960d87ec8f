/** The scrape intervals as an agent's own metrics tell them, for looks that read nothing else. */
import {parseDurationSeconds} from '../duration.ts'
import {type Exposition, samples} from './exposition.ts'

/** Seconds. */
export interface ScrapeIntervals {
  longest: number
  shortest: number
}

/**
 * The intervals at which targets were scraped lately: the label of prometheus_target_interval_length_seconds, of which the
 * quantiles are NaN ten minutes after the last scrape (scrape/metrics.go). Of a longer interval, the label alone tells. Null
 * before the second scrape of any target.
 */
export function scrapeIntervalsOfMetrics(metrics: Exposition): ScrapeIntervals | null {
  const intervals = samples(metrics, 'prometheus_target_interval_length_seconds').flatMap(({labels, value}) => {
    const seconds = parseDurationSeconds(labels.interval ?? '')
    return seconds === null || seconds <= 0 ? [] : [{seconds, isInUse: !Number.isNaN(value)}]
  })
  const used = intervals.filter(({isInUse}) => isInUse)
  const counted = (used.length > 0 ? used : intervals).map(({seconds}) => seconds)
  return counted.length === 0 ? null : {longest: Math.max(...counted), shortest: Math.min(...counted)}
}
