/** CPU use of the process over the window, and how punctual its scrapes are. */
import {parseDurationSeconds} from '../duration.ts'
import {sample, samples} from '../exposition/exposition.ts'
import type {AgentFacts} from '../types.ts'

type Process = Pick<AgentFacts, 'metrics' | 'firstMetrics' | 'interval' | 'window'>

/** Cores: process_cpu_seconds_total between the scrapes. Null with one scrape or after a restart. */
export function cpuCores({metrics, firstMetrics, interval, window}: Process): number | null {
  if (metrics === null || firstMetrics === null || interval !== 'valid' || window.secondsBetween <= 0) return null
  const before = sample(firstMetrics, 'process_cpu_seconds_total')
  const after = sample(metrics, 'process_cpu_seconds_total')
  return before === null || after === null || after < before ? null : (after - before) / window.secondsBetween
}

/**
 * The interval whose scrapes are furthest apart: the 99th percentile over the last ten minutes of
 * prometheus_target_interval_length_seconds (scrape/metrics.go), over what was asked for. Null before the first.
 */
export function worstInterval({metrics}: Process): {askedSeconds: number; actualSeconds: number} | null {
  if (metrics === null) return null
  const intervals = samples(metrics, 'prometheus_target_interval_length_seconds').flatMap(({labels, value}) => {
    const askedSeconds = parseDurationSeconds(labels.interval ?? '')
    // An idle summary's quantiles are NaN.
    if (labels.quantile !== '0.99' || askedSeconds === null || askedSeconds <= 0 || !Number.isFinite(value)) return []
    return [{askedSeconds, actualSeconds: value}]
  })
  const [worst] = intervals.sort((a, b) => b.actualSeconds / b.askedSeconds - a.actualSeconds / a.askedSeconds)
  return worst ?? null
}
