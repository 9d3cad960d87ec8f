/** Rates of a queue since its process started: all that one scrape can tell. */

import type {AgentFacts, QueueFacts} from '../types.ts'
import {countedSeconds, keptShare} from './outlook.ts'

export interface LifeRates {
  /** What they are taken over: the life of the queue; null when not known. */
  seconds: number | null
  deliveredPerSecond: number | null
  offeredPerSecond: number | null
  bytesPerSecond: number | null
  failureRatio: number | null
  retryRatio: number | null
}

/** Means, so that an outage that has just begun hardly shows in them. Of a queue that a reload built, since then. */
export function readLifeRates(agent: AgentFacts, {ageSeconds, levels, highestSentSeconds}: QueueFacts): LifeRates {
  const {process} = agent
  const isScraped = process !== null && process.uptimeSeconds > 0 && agent.samplesInTotal !== null
  const offeredPerSecond = isScraped ? ((agent.samplesInTotal ?? 0) / process.uptimeSeconds) * keptShare(levels) : null
  const scrapeIntervalSeconds = agent.longestScrapeIntervalSeconds
  const uptimeSeconds = process?.uptimeSeconds ?? null
  const counted = {queueAgeSeconds: ageSeconds, uptimeSeconds, levels, scrapeIntervalSeconds}
  const seconds = countedSeconds(counted, offeredPerSecond)
  const perSecond = (amount: number) => (seconds !== null && seconds > 0 ? amount / seconds : null)
  const attempted = Math.max(levels.total - levels.retried, levels.failed)
  // An attempt is counted when it starts: what is on its way is not delivered.
  const delivered = highestSentSeconds === null ? 0 : Math.max(0, levels.total - levels.retried - levels.failed)
  return {
    seconds,
    deliveredPerSecond: perSecond(delivered),
    offeredPerSecond,
    bytesPerSecond: perSecond(levels.bytes),
    failureRatio: attempted > 0 ? levels.failed / attempted : null,
    retryRatio: levels.total > 0 ? Math.min(1, levels.retried / levels.total) : null,
  }
}
