/** Which series a metric family is made of, by its type; https://prometheus.io/docs/instrumenting/exposition_formats/ */

/** What Prometheus adds for every target: scrape/scrape.go, report. */
export const REPORT_SERIES: readonly string[] = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
]

const SUFFIXES: ReadonlyMap<string, readonly string[]> = new Map([
  ['histogram', ['_bucket', '_sum', '_count']],
  ['gaugehistogram', ['_bucket', '_gsum', '_gcount']],
  ['summary', ['', '_sum', '_count']],
  ['info', ['_info']],
])

/** OpenMetrics names a counter's family without the `_total` of its series; the older format with it. */
export function seriesNames(family: string, type: string): string[] {
  if (type === 'counter') return [family.endsWith('_total') ? family : `${family}_total`]
  return (SUFFIXES.get(type) ?? ['']).map(suffix =>
    family.endsWith(suffix) && suffix === '_info' ? family : `${family}${suffix}`,
  )
}
