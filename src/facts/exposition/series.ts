/**
 * How the number of series behaves. No counter tells how many were created at an agent, and two scrapes seconds apart do not tell
 * growth from one pod that started in between; so each answer here needs several figures to agree.
 */

import type {AgentFacts} from '../types.ts'
import {sample, sum} from './exposition.ts'

export interface SeriesFigures {
  /** prometheus_agent_active_series; prometheus_tsdb_head_series of a server. Series that ended stay in it for some 2 to 4 h. */
  active: number
  /**
   * How many a round of scrapes brought, on average since the start: samples per second times the longest scrape interval, so that
   * jobs that scrape more often count more than once. Null where samples come in by remote write, too, or before the first.
   */
  scraped: number | null
  /** Over the window or one scrape interval, whichever is longer; null with one scrape. */
  growthPerSecond: number | null
}

/** Null when its /metrics do not say how many there are. */
export function seriesFigures(agent: AgentFacts): SeriesFigures | null {
  const {metrics, firstMetrics, mode, process, samplesInTotal, longestScrapeIntervalSeconds: interval} = agent
  const name = mode === 'server' ? 'prometheus_tsdb_head_series' : 'prometheus_agent_active_series'
  const active = metrics === null ? null : sample(metrics, name)
  if (active === null) return null
  const before = agent.interval === 'valid' && firstMetrics !== null ? sample(firstMetrics, name) : null
  const perSecond = samplesInTotal === null || !process ? 0 : samplesInTotal / Math.max(1, process.uptimeSeconds)
  return {
    active,
    scraped: perSecond > 0 && !takesWrites(agent) ? perSecond * interval : null,
    growthPerSecond: before === null ? null : (active - before) / Math.max(agent.window.secondsBetween, interval),
  }
}

function takesWrites({metrics}: AgentFacts): boolean {
  if (metrics === null) return false
  return (sum(metrics, 'prometheus_http_requests_total', {handler: '/api/v1/write'}) ?? 0) > 0
}

/** At least this share of all series, and hardly more than all, must have come at the pace of now for that pace to be the usual one. */
const STEADY = {least: 0.3, most: 1.2}
/** A steady growth since the start ends at twice its mean. */
const GROWN_TIMES = 1.4

/** Grows now, at a pace that accounts for what there is, and there is more than there was on average. */
export function growsSteadily({active, scraped, growthPerSecond}: SeriesFigures, uptimeSeconds: number): boolean {
  if (scraped === null || growthPerSecond === null || growthPerSecond <= 0) return false
  const share = (growthPerSecond * uptimeSeconds) / active
  return active >= GROWN_TIMES * scraped && share >= STEADY.least && share <= STEADY.most
}
