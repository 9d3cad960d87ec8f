/** A queue whose write_relabel_configs leave nothing to send: counted by Prometheus, though nothing fails. */
import {droppedByRelabelling} from '../facts/exposition/queue-reading.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import {formatCount, formatPercent} from '../units.ts'
import type {EvidenceLine} from './check.ts'

/** The line that says so; null for a queue that has ever sent anything, or drops less than nearly all. */
export function relabelledAway({levels, thresholds}: QueueFacts, agent: AgentFacts): EvidenceLine | null {
  const scraped = agent.samplesInTotal ?? 0
  const dropped = droppedByRelabelling(levels.dropped)
  if (levels.total > 0 || scraped <= 0 || dropped < thresholds.relabelledAwayRatio * scraped) return null
  return {
    what: 'dropped',
    value: `${formatCount(dropped)} of ${formatCount(scraped)} samples, ${formatPercent(Math.min(1, dropped / scraped))}, and 0 sent`,
    source: 'samples_dropped_total{reason="dropped_series"}, since the start',
  }
}
