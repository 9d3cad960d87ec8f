/** What tells that write_relabel_configs leave nothing to send. */
import {relabelledAway} from '../facts/queue/relabelled-away.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import {formatCount, formatPercent} from '../units.ts'
import type {EvidenceLine} from './check.ts'

/** null for a queue that has ever sent anything, or drops less than nearly all. */
export function relabelledAwayLine(queue: QueueFacts, agent: AgentFacts): EvidenceLine | null {
  const found = relabelledAway(agent, queue)
  if (found === null) return null
  const {dropped, scraped} = found
  const share =
    scraped === null ? '' : ` of ${formatCount(scraped)} samples, ${formatPercent(Math.min(1, dropped / scraped))}`
  return {
    what: 'dropped',
    value: `${formatCount(dropped)}${share === '' ? ' samples' : share}, and 0 sent`,
    source: `samples_dropped_total{reason="dropped_series"}, since ${scraped === null ? 'the queue was built' : 'the start'}`,
  }
}
