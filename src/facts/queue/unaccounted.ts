/**
 * Samples that were scraped and neither sent, refused, dropped nor waiting: what the reader of the WAL was made to skip, which no
 * counter shows. Native histograms are left out, since a queue without send_native_histograms leaves them out, too.
 */
import {type Exposition, sample, sum} from '../exposition/exposition.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'

/** As long as the start itself takes. */
const START_SECONDS = 60
const PREFIX = 'prometheus_remote_storage_'

/**
 * Null when nothing is missing, or when it cannot be told: while the queue is behind its samples are in the WAL, and a queue that a
 * reload built anew counts from then on, while samples_in_total counts from the process's start. Servers write more than they scrape.
 */
export function unaccountedSamples(agent: AgentFacts, queue: QueueFacts): number | null {
  const {metrics, process, mode, thresholds} = agent
  if (metrics === null || process === null || mode !== 'agent' || process.young) return null
  if (queue.interval !== 'valid' || queue.blocked || queue.clockFooled) return null
  if (queue.lagSeconds === null || queue.lagSeconds >= thresholds.accountedLagSeconds) return null
  if (queue.ageSeconds === null || queue.ageSeconds < process.uptimeSeconds - START_SECONDS) return null
  const scraped = sample(metrics, `${PREFIX}samples_in_total`)
  const accounted = accountedSamples(metrics, queue)
  if (scraped === null || accounted === null || process.uptimeSeconds <= 0) return null
  const missing = scraped - accounted
  const onTheWay =
    (scraped / process.uptimeSeconds) * (thresholds.unaccountedSeconds + 2 * agent.longestScrapeIntervalSeconds)
  return missing > Math.max(onTheWay, thresholds.unaccountedRatio * scraped) ? Math.round(missing) : null
}

function accountedSamples(metrics: Exposition, queue: QueueFacts): number | null {
  const own = {remote_name: queue.name}
  const total = sum(metrics, `${PREFIX}samples_total`, own)
  const retried = sum(metrics, `${PREFIX}samples_retried_total`, own)
  if (total === null || retried === null) return null
  const dropped = sum(metrics, `${PREFIX}samples_dropped_total`, own) ?? 0
  return total - retried + dropped + (sum(metrics, `${PREFIX}samples_pending`, own) ?? 0)
}
