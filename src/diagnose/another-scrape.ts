/** When two scrapes are not enough. Collect asks; it never judges itself. */
import type {AgentEvidence, Collected, Scrape} from '../evidence/types.ts'
import {readAgent} from '../facts/agent.ts'
import {readScrapes} from '../facts/exposition/scrapes.ts'
import {wasRefusedLately} from '../facts/queue/errors.ts'
import {failedLevel, isFinished, wasRefusedBefore} from '../facts/queue/figures.ts'
import {queueDelta, queueWindow} from '../facts/queue/window.ts'
import {THRESHOLDS, type Thresholds} from '../facts/thresholds.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import {decideAgentState} from './state.ts'

/** A retry that late is no outage yet. */
const blipSeconds = 30
/** In less, a receiver that refuses every third batch may refuse none of an agent that scrapes every 15 s. */
const refusalSeconds = 40

/**
 * Whether another look, seconds later, may settle the state: when no row of the decision table fits, or when retries alone make
 * it `behind` while hardly anything is late (one blip is no outage), or when samples were refused before and too few were sent now, or
 * none, to show that this is over. Time-out 30 s, batch deadline and one backoff end within the 40 s in which collect asks.
 */
export function wantsAnotherScrape(evidence: AgentEvidence, thresholds: Thresholds = THRESHOLDS): boolean {
  if (evidence.scrapes.length < 2 || everyQueueFinishes(evidence)) return false
  const agent = readAlone(evidence, thresholds)
  const {row: agentRow, queues} = decideAgentState(agent)
  if (queues.length === 0) return agentRow === 12
  return queues.some(({queue, row}) => {
    const blip = queue.blockedBy === 'retries' && !queue.late && (queue.lagSeconds ?? Infinity) < blipSeconds
    return (
      row === 12 ||
      (row === 7 && blip) ||
      (row === 4 && isOldNews(agent, queue)) ||
      (mayBeRefused(agent, queue) && mayGoOn(agent, queue))
    )
  })
}

/** Without its fleet, which decides no state. Since when does not matter here, so how far back the log was read does not either. */
export function readAlone(evidence: AgentEvidence, thresholds: Thresholds): AgentFacts {
  const facts = readAgent('', evidence, {sinceSeconds: Number.POSITIVE_INFINITY, thresholds, sharesPod: false})
  return {group: {key: '', kind: 'single'}, ...facts}
}

/**
 * Samples were refused before and none in the window, and it may go on all the same: every scrape goes out in batches of their own fate.
 * How many they were says nothing: in the life of a queue of a month, an hour of refusals is little.
 */
export function mayBeRefused({longestScrapeIntervalSeconds}: AgentFacts, queue: QueueFacts): boolean {
  const lookedSeconds = queue.delta?.seconds ?? 0
  return wasRefusedBefore(queue) && lookedSeconds < Math.max(refusalSeconds, longestScrapeIntervalSeconds)
}

/** Nothing was answered in the look: the log alone says that samples are refused, or the counters of before. */
function isOldNews({longestScrapeIntervalSeconds}: AgentFacts, {delta, failureRatio}: QueueFacts): boolean {
  return (
    delta !== null && failureRatio === null && delta.seconds < Math.max(refusalSeconds, longestScrapeIntervalSeconds)
  )
}

/** The log tells, where it was read: it says so once a minute, for one of all queues. Else nothing is sure before a scrape interval. */
function mayGoOn(agent: AgentFacts, queue: QueueFacts): boolean {
  if (agent.log.read) return wasRefusedLately(agent)
  const isMuch = failedLevel(queue) >= agent.thresholds.failureRatio
  return isMuch && (queue.delta?.seconds ?? 0) < agent.longestScrapeIntervalSeconds
}

/**
 * And of none anything was refused. None of the three can then be, whatever configuration, targets and log say: they are not read for agents
 * that work, which are most.
 */
function everyQueueFinishes(evidence: AgentEvidence): boolean {
  const scrapes = readScrapes(evidence.scrapes.map(ofQueues))
  const scrape = scrapes.at(-1)
  if (scrape === undefined || scrape.queues.length === 0) return false
  return scrape.queues.every(
    reading => reading.levels.failed <= 0 && isFinished({delta: queueDelta(queueWindow(scrapes, {scrape, reading}))}),
  )
}

/** Most of what an agent tells is of its scrape jobs; reading that as well takes longer than all else of the question. */
function ofQueues(scrape: Collected<Scrape>): Collected<Scrape> {
  if (!scrape.ok) return scrape
  const text = scrape.value.text.replace(/^(?:# (?:HELP|TYPE) )?prometheus_(?:sd|target)_.*\n/gm, '')
  return {...scrape, value: {...scrape.value, text}}
}
