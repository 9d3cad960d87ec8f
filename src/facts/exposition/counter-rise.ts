/** How much counters of the process rose within the window. */

import type {AgentFacts} from '../types.ts'
import {sum} from './exposition.ts'

/** Over all series of the name. Null with one scrape, after a restart, or where the release does not know the counter. */
export function riseOf(
  {metrics, firstMetrics, interval}: Pick<AgentFacts, 'metrics' | 'firstMetrics' | 'interval'>,
  name: string,
): number | null {
  if (metrics === null || firstMetrics === null || interval !== 'valid') return null
  const after = sum(metrics, name)
  return after === null ? null : Math.max(0, after - (sum(firstMetrics, name) ?? 0))
}
