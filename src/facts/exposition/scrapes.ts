/** The usable scrapes of an agent, parsed, and the steps between them. */
import type {AgentEvidence, Collected, Scrape} from '../../evidence/types.ts'
import {secondsOf} from '../../units.ts'
import {type Exposition, parseExposition, sample} from './exposition.ts'
import {highWaterMark, type QueueReading, readQueues} from './queue-reading.ts'

export interface ReadScrape {
  evidence: Scrape
  metrics: Exposition
  /** The agent's own clock; every time in its metrics is measured by that. */
  agentSeconds: number
  /** Ours. */
  receivedSeconds: number
  /** process_start_time_seconds; null when it is not there. */
  startSeconds: number | null
  /** `H`; null before the first scrape has committed: absent on 2.x, 0 on 3.x. */
  highestTimestampSeconds: number | null
  /** samples_in_total + histograms_in_total; null when neither is there. */
  samplesIn: number | null
  queues: QueueReading[]
}

/** Oldest first. A page without a single series (an error page, an empty body) is not usable. */
export function readScrapes(scrapes: readonly Collected<Scrape>[]): ReadScrape[] {
  return scrapes.flatMap(scrape => {
    if (!scrape.ok) return []
    const metrics = parseExposition(scrape.value.text)
    return metrics.series.size === 0 ? [] : [readScrape(scrape.value, metrics)]
  })
}

function readScrape(evidence: Scrape, metrics: Exposition): ReadScrape {
  const samplesIn = sample(metrics, 'prometheus_remote_storage_samples_in_total')
  const histogramsIn = sample(metrics, 'prometheus_remote_storage_histograms_in_total')
  return {
    evidence,
    metrics,
    agentSeconds: secondsOf(evidence.agentTime),
    receivedSeconds: secondsOf(evidence.receivedAt),
    startSeconds: sample(metrics, 'process_start_time_seconds'),
    highestTimestampSeconds: highWaterMark(sample(metrics, 'prometheus_remote_storage_highest_timestamp_in_seconds')),
    samplesIn: samplesIn === null && histogramsIn === null ? null : (samplesIn ?? 0) + (histogramsIn ?? 0),
    queues: readQueues(metrics),
  }
}

/** Why no metrics could be read: the newest failure, or that what came holds no metrics; null when some could. */
export function whyNoMetrics(agent: AgentEvidence, read: readonly ReadScrape[]): Collected<unknown> | null {
  if (read.length > 0) return null
  const failures = agent.scrapes.filter(scrape => !scrape.ok)
  const newest = failures.at(-1)
  if (newest) return newest
  const detail =
    agent.scrapes.length === 0
      ? 'its metrics were not asked for'
      : 'what it answered to /metrics holds no metrics at all'
  return {ok: false, reason: agent.scrapes.length === 0 ? 'not-applicable' : 'malformed', detail, needs: []}
}

/** True when the later scrape is of another process: start times differ by more than a clock's rounding. */
export function isRestart(earlier: ReadScrape, later: ReadScrape): boolean {
  const {startSeconds: before} = earlier
  const {startSeconds: after} = later
  return before !== null && after !== null && Math.abs(after - before) > 1
}

/** Between two answers by our clock, which has milliseconds; by the agent's when ours was set back. */
export function secondsBetween(earlier: ReadScrape, later: ReadScrape): number {
  const ours = later.receivedSeconds - earlier.receivedSeconds
  return ours > 0 ? ours : Math.max(0, later.agentSeconds - earlier.agentSeconds)
}
