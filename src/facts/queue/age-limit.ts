/** Samples that sample_age_limit (queue_config, 2.50 and later) drops: whether it takes what waits now. */
import type {QueueFacts} from '../types.ts'

/**
 * What waits is older than the limit, and some was dropped for that before, in this outage or an earlier one. The counter stands still
 * while shards that hold what they cannot send take nothing more from the reader: what it shows is less than what is lost.
 */
export function isTooOldToSend({ageSeconds, blocked, delta, late, levels, lossClockInputs}: QueueFacts): boolean {
  const isHeldUp = blocked || (delta === null && late && levels.pending > 0)
  if (!isHeldUp || lossClockInputs === null || (levels.dropped.too_old ?? 0) <= 0) return false
  const {nowSeconds, process, highestSentSeconds, sampleAgeLimitSeconds, scrapeIntervalSeconds} = lossClockInputs
  if (sampleAgeLimitSeconds <= 0) return false
  const builtSeconds = ageSeconds === null ? process.startSeconds : nowSeconds - ageSeconds
  // The first one that is unsent was scraped up to an interval after S.
  return (highestSentSeconds ?? builtSeconds) + scrapeIntervalSeconds + sampleAgeLimitSeconds <= nowSeconds
}
