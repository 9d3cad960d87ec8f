/** A queue whose write_relabel_configs leave nothing to send: counted by Prometheus, though nothing fails. */
import {secondsOf} from '../../units.ts'
import {droppedByRelabelling} from '../exposition/queue-reading.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'
import {youngForSeconds} from './figures.ts'

export interface RelabelledAway {
  /** Samples, since the queue was built. */
  dropped: number
  /** Samples since the process started; null where the queue is younger, so that the two do not compare. */
  scraped: number | null
}

/** null for a queue that has ever sent anything, or drops less than nearly all. */
export function relabelledAway(agent: AgentFacts, {delta, levels, thresholds}: QueueFacts): RelabelledAway | null {
  const dropped = droppedByRelabelling(levels.dropped)
  if (levels.total > 0 || dropped <= 0) return null
  const scraped = agent.samplesInTotal ?? 0
  if (scraped > 0 && dropped >= thresholds.relabelledAwayRatio * scraped) return {dropped, scraped}
  // A reload rebuilds the queue and its counters, while samples_in counts on: what it does since must say it, and long enough after.
  if (!isBuiltLongAgo(agent)) return null
  const scrapedNow = agent.samplesIn ?? 0
  const isAllDropped =
    delta !== null && scrapedNow > 0
      ? droppedByRelabelling(delta.dropped) >= thresholds.relabelledAwayRatio * scrapedNow
      : levels.pending <= 0 // no scrape came in the look: of all that was read before, nothing was sent, and nothing waits
  return isAllDropped ? {dropped, scraped: null} : null
}

function isBuiltLongAgo({process, window, longestScrapeIntervalSeconds, thresholds}: AgentFacts): boolean {
  const reloaded = process?.lastReloadSuccessSeconds ?? null
  if (reloaded === null || window.to === null) return false
  return secondsOf(window.to) - reloaded > youngForSeconds(longestScrapeIntervalSeconds, thresholds)
}
