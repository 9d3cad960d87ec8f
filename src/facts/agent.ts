/** All facts of one agent but its group, which takes the others to tell. */
import type {AgentEvidence, Timestamp} from '../evidence/types.ts'
import {UNKNOWN_RECEIVER} from './central/receiver.ts'
import {readChanges} from './changes.ts'
import type {AgentConfig} from './config/config.ts'
import {parseConfig} from './config/parse-config.ts'
import {scrapeIntervalsOfMetrics} from './exposition/scrape-interval.ts'
import {isRestart, type ReadScrape, readScrapes, secondsBetween, whyNoMetrics} from './exposition/scrapes.ts'
import {readLog} from './log/log.ts'
import {readMode, readProcess, readVersion} from './process/process.ts'
import {startingSeconds} from './process/starting.ts'
import type {PrometheusVersion} from './process/versions.ts'
import {youngForSeconds} from './queue/figures.ts'
import {type ReceiverAt, readQueueFacts} from './queue/queue.ts'
import type {Thresholds} from './thresholds.ts'
import type {AgentFacts} from './types.ts'
import {readWal} from './wal/wal.ts'

export type UngroupedAgentFacts = Omit<AgentFacts, 'group'>

export interface ReadAgentOptions {
  /** How far back its log was read. */
  sinceSeconds: number
  thresholds: Thresholds
  /** The pod holds another agent, too. */
  sharesPod: boolean
  /** Our clock at the end of the take. Left out: nothing is said of processes that are about to start. */
  nowSeconds?: number
  /** Left out: nothing is known of any receiver. */
  receiverAt?: ReceiverAt
}

export function readAgent(
  context: string,
  evidence: AgentEvidence,
  {sinceSeconds, thresholds, sharesPod, nowSeconds = Number.NaN, receiverAt = () => UNKNOWN_RECEIVER}: ReadAgentOptions,
): UngroupedAgentFacts {
  const {namespace, pod, name, signs, transport} = evidence
  const container = sharesPod ? evidence.container : null
  const key = `${context}/${namespace}/${pod === '' ? name : pod}${container === null ? '' : `/${container}`}`
  const scrapes = readScrapes(evidence.scrapes)
  const newest = scrapes.at(-1) ?? null
  const metrics = newest?.metrics ?? null
  const version = readVersion(evidence, metrics)
  const mode = readMode(evidence, metrics, version)
  const config = readConfig(evidence, version)
  const targets = evidence.targets.ok ? evidence.targets.value : null
  const intervals = metrics === null ? null : scrapeIntervalsOfMetrics(metrics)
  const longestScrapeIntervalSeconds =
    longestInterval(targets?.longestIntervalSeconds ?? null, config) ??
    intervals?.longest ??
    thresholds.defaultScrapeIntervalSeconds
  const shortestScrapeIntervalSeconds = Math.min(intervals?.shortest ?? Infinity, longestScrapeIntervalSeconds)
  const process = readProcess(newest, evidence, youngForSeconds(longestScrapeIntervalSeconds, thresholds))
  const log = readLog(evidence, newest, sinceSeconds)
  const wal = readWal(metrics, evidence, process?.startSeconds ?? null)
  const stretch = sinceRestart(scrapes)
  const samplesIn = differenceOf(stretch)
  const samplesInTotal = newest?.samplesIn ?? null
  const shared = {
    key,
    mode,
    version,
    process,
    config,
    log,
    wal,
    evidence,
    thresholds,
    longestScrapeIntervalSeconds,
    shortestScrapeIntervalSeconds,
    samplesInTotal,
  }
  const queues = newest
    ? newest.queues.map(reading => readQueueFacts({...shared, receiverAt}, scrapes, {scrape: newest, reading}))
    : []
  const metricsFailure = whyNoMetrics(evidence, scrapes)
  return {
    context,
    namespace,
    pod,
    container,
    name,
    signs,
    transport,
    clockSkewSeconds: newest ? clockSkew(newest) : null,
    window: windowOf(scrapes),
    metrics,
    firstMetrics: scrapes.length > 1 ? (scrapes[0]?.metrics ?? null) : null,
    metricsFailure,
    startingSeconds:
      metricsFailure === null || metricsFailure.ok
        ? null
        : startingSeconds(evidence, metricsFailure, {nowSeconds, thresholds}),
    interval: intervalOf(scrapes, stretch),
    highestTimestampSeconds: newest?.highestTimestampSeconds ?? null,
    samplesIn,
    queues,
    externalLabels: config?.externalLabels ?? null,
    targets,
    changes: readChanges(evidence, process, version, queues),
    ...shared, // last: V8 gives an object that begins with a spread ten times the memory
  }
}

/** Null when it was not read or cannot be parsed. */
function readConfig({config}: AgentEvidence, version: PrometheusVersion | null): AgentConfig | null {
  if (!config.ok) return null
  const known = parsedConfigs.get(config)
  if (known?.text === config.value && known.version === version?.text) return known.config
  const parsed = parseConfig(config.value, version)
  const read = parsed.ok ? parsed.config : null
  parsedConfigs.set(config, {text: config.value, version: version?.text, config: read})
  return read
}

/** An agent that is looked at again and again shows the same one each time, and parsing it costs more than all the rest. */
const parsedConfigs = new WeakMap<object, {text: string; version: string | undefined; config: AgentConfig | null}>()

/** Of the active targets, else of the configured jobs; null when neither was read. */
function longestInterval(ofTargets: number | null, config: AgentConfig | null): number | null {
  if (ofTargets !== null && ofTargets > 0) return ofTargets
  if (!config) return null
  const ofJobs = config.scrapeConfigs.map(job => job.scrapeIntervalSeconds).filter(seconds => seconds > 0)
  return ofJobs.length > 0 ? Math.max(...ofJobs) : config.scrapeIntervalSeconds
}

/** The newest scrapes that are of one process, oldest first. */
function sinceRestart(scrapes: readonly ReadScrape[]): ReadScrape[] {
  let from = Math.max(0, scrapes.length - 1)
  for (; from > 0; from--) {
    const [earlier, later] = [scrapes[from - 1], scrapes[from]]
    if (!earlier || !later || isRestart(earlier, later)) break
  }
  return scrapes.slice(from)
}

function intervalOf(scrapes: readonly ReadScrape[], stretch: readonly ReadScrape[]): AgentFacts['interval'] {
  if (scrapes.length === 0) return 'none'
  if (scrapes.length === 1) return 'single-scrape'
  return stretch.length < scrapes.length ? 'restarted' : 'valid'
}

function differenceOf(stretch: readonly ReadScrape[]): number | null {
  const [first, last] = [stretch[0], stretch.at(-1)]
  if (!first || !last || first === last || first.samplesIn === null || last.samplesIn === null) return null
  return last.samplesIn < first.samplesIn ? null : last.samplesIn - first.samplesIn
}

function stretchSeconds(stretch: readonly ReadScrape[]): number {
  const [first, last] = [stretch[0], stretch.at(-1)]
  return first && last ? secondsBetween(first, last) : 0
}

/** By the agent's clock, as everything in its metrics is. */
function windowOf(scrapes: readonly ReadScrape[]): AgentFacts['window'] {
  const at = (scrape: ReadScrape | undefined): Timestamp | null => scrape?.evidence.agentTime ?? null
  const seconds = stretchSeconds(scrapes)
  return {from: at(scrapes[0]), to: at(scrapes.at(-1)), scrapes: scrapes.length, secondsBetween: seconds}
}

/** Without a Date header collect puts our own time in its place: the two are then the same to the millisecond. */
function clockSkew({evidence, agentSeconds, receivedSeconds}: ReadScrape): number | null {
  return evidence.agentTime === evidence.receivedAt ? null : agentSeconds - receivedSeconds
}
