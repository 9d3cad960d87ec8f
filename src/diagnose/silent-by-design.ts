/** A shard or a DaemonSet pod may have nothing to scrape while its siblings have: that is how targets were dealt, not a fault. */
import {sum} from '../facts/exposition/exposition.ts'
import {isOtherSlice} from '../facts/slices.ts'
import type {AgentFacts} from '../facts/types.ts'

export function isIdleByDesign(agent: AgentFacts, fleet: readonly AgentFacts[]): boolean {
  return hasNoTargets(agent) && fleet.some(other => isOtherSlice(agent, other) && hasTargets(other))
}

function hasNoTargets(agent: AgentFacts): boolean {
  return activeTargets(agent) === 0
}

/** An agent of which only the metrics of its queues were read has some when it scrapes. */
function hasTargets(agent: AgentFacts): boolean {
  const active = activeTargets(agent)
  return active === null ? scrapesNow(agent) : active > 0
}

/** By the targets API, else by the metrics; null when neither was read. */
function activeTargets({targets, metrics}: AgentFacts): number | null {
  if (targets !== null) return targets.active
  return metrics === null ? null : sum(metrics, 'prometheus_target_scrape_pool_targets')
}

function scrapesNow({process, highestTimestampSeconds, longestScrapeIntervalSeconds, thresholds}: AgentFacts): boolean {
  if (process === null || highestTimestampSeconds === null) return false
  const age = process.startSeconds + process.uptimeSeconds - highestTimestampSeconds
  return age <= Math.max(thresholds.stalledSeconds, thresholds.stalledIntervals * longestScrapeIntervalSeconds)
}
