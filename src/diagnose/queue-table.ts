/**
 * The decision table of docs/how-it-decides.md for one queue, row by row. Rows 1 and 2 are about the process and stand in
 * process-table.ts.
 * Levels decide, rates refine: in a total outage most 10 s windows show no movement at all, or even false deliveries.
 */

import {isTooOldToSend} from '../facts/queue/age-limit.ts'
import {isRefusal, wasRefusedLately} from '../facts/queue/errors.ts'
import {failedLevel, wasRefusedBefore, youngForSeconds} from '../facts/queue/figures.ts'
import {FEW_BATCHES_SECONDS} from '../facts/queue/outlook.ts'
import {refusedRatioByLog} from '../facts/queue/refused-by-log.ts'
import {relabelledAway} from '../facts/queue/relabelled-away.ts'
import {isGivingUp} from '../facts/queue/stopping.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import {formatClock, formatPercent, formatSeconds, secondsOf, timestampOf} from '../units.ts'
import type {State} from './report.ts'

interface QueueInput {
  agent: AgentFacts
  queue: QueueFacts
  /** The agent's own clock at its newest scrape; every time of its metrics is measured against it. */
  nowSeconds: number
  /** Nothing to scrape is as it should be: see silent-by-design.ts. */
  idleByDesign: boolean
}

export interface Row {
  row: number
  state: State
  /** Why the row fits, as a phrase to stand after "losing: "; null when it does not fit. */
  fits(input: QueueInput): string | null
}

export const queueTable: readonly Row[] = [
  {row: 3, state: 'losing', fits: walLossOpen},
  {row: 4, state: 'losing', fits: refusedOrGivenUp},
  {row: 5, state: 'losing', fits: droppedUnwanted},
  {row: 6, state: 'losing', fits: acceptedAndNotStored},
  {row: 7, state: 'behind', fits: blockedOrLate},
  {row: 8, state: 'behind', fits: neverDelivered},
  {row: 9, state: 'silent', fits: nothingToSend},
  {row: 10, state: 'unknown', fits: tooYoung},
  {row: 12, state: 'unknown', fits: notYetToBeTold},
  {row: 11, state: 'delivering', fits: delivering},
]

// Row 3: WAL loss is certain and its gap still open. The gap is closed once S has passed the event.
function walLossOpen(input: QueueInput): string | null {
  const {queue} = input
  const tailing = queue.tailingErrorAt === null ? null : secondsOf(queue.tailingErrorAt)
  if (tailing !== null && sentBefore(queue, tailing)) {
    return `the WAL was truncated past the reader at ${clock(tailing, input)}; all that was unsent then is gone`
  }
  return unsentSkipped(input) ?? truncatedPastReader(queue)
}

function truncatedPastReader({lossClock}: QueueFacts): string | null {
  return lossClock.status === 'lost' ? 'the WAL was truncated past the reader; what it has not read is gone' : null
}

function unsentSkipped(input: QueueInput): string | null {
  const {agent, queue} = input
  if (queue.before?.late !== true) return null
  if (queue.interval === 'restarted' && agent.process !== null && sentBefore(queue, agent.process.startSeconds)) {
    return `restarted at ${clock(agent.process.startSeconds, input)} while late; all that was unsent then is skipped`
  }
  if (queue.interval === 'rebuilt' && sentBefore(queue, queue.before.atSeconds)) {
    return `a reload rebuilt the queue after ${clock(queue.before.atSeconds, input)} while it was late; all that was unsent then is skipped`
  }
  return null
}

function sentBefore(queue: QueueFacts, seconds: number): boolean {
  return queue.highestSentSeconds === null || queue.highestSentSeconds < seconds
}

function refusedOrGivenUp(input: QueueInput): string | null {
  const reason = refused(input)
  return reason !== null && isGivingUp(input.queue)
    ? 'the queue was stopped, by a reload or to change its shards, and what it held is dropped'
    : reason
}

// Row 4: samples are refused for good. S moves on refused samples too, so this comes before anything that reads the lag.
function refused(input: QueueInput): string | null {
  const {agent, queue} = input
  const {failureRatio, failedLevelRatio} = queue.thresholds
  if (queue.failureRatio !== null) {
    if (queue.failureRatio < failureRatio) return null
    // Of the few batches that a queue sends in less than a scrape interval, any share may have been refused.
    const longEnoughSeconds = Math.max(agent.longestScrapeIntervalSeconds, FEW_BATCHES_SECONDS)
    const isRough = queue.failureSeconds !== undefined && queue.failureSeconds < longEnoughSeconds
    return `${isRough ? '' : `${formatPercent(queue.failureRatio)} of the `}samples are refused and dropped`
  }
  // A window in which nothing was answered says as little as one scrape: an agent that scrapes once a minute sends once a minute.
  if (queue.delta !== null && queue.errors.some(error => error.current && isRefusal(error))) {
    return 'the log says within 2 min that samples are refused, and no attempt was answered in this look'
  }
  const level = failedLevel(queue)
  if (level >= failedLevelRatio) return `${formatPercent(level)} of all samples since the queue was built were refused`
  return queue.delta === null && level >= failureRatio && queue.errors.some(error => error.fresh && isRefusal(error))
    ? refusedSinceBuilt(input, level)
    : null
}

/** One scrape shows no present: what it says of refusals is in the past tense, whichever row it is said in. */
function refusedSinceBuilt(input: QueueInput, level: number): string {
  const when = lastRefusal(input, 'the last at ') || 'when is not known'
  return `${formatPercent(level)} of all samples since the queue was built were refused, ${when}: take two scrapes to see whether it goes on`
}

/** Empty where the log does not tell of this queue. */
function lastRefusal(input: QueueInput, words: string): string {
  const lasts = input.queue.errors.filter(isRefusal).flatMap(({last}) => (last === null ? [] : [secondsOf(last)]))
  return lasts.length === 0 ? '' : `${words}${clock(Math.max(...lasts), input)}`
}

// Row 5: dropped by age or by a reference the queue does not know. dropped_series is the user's own filter.
function droppedUnwanted({agent, queue}: QueueInput): string | null {
  if (isTooOldToSend(queue)) {
    const held = queue.blockedBy === null ? '' : `${blockedPhrases[queue.blockedBy]}; `
    return `${held}what waits is older than sample_age_limit, and dropped for it`
  }
  if (queue.delta === null) return null
  for (const reason of ['too_old', 'unintentionally_dropped_series']) {
    const dropped = queue.delta.dropped[reason] ?? 0
    if (dropped > 0 && dropped >= agent.thresholds.droppedRatio * (agent.samplesIn ?? 0)) {
      return reason === 'too_old'
        ? 'samples older than sample_age_limit are dropped'
        : 'samples of unknown series are dropped'
    }
  }
  return null
}

// Row 6: answered with 2xx, and not stored. Only where the address is proven to lead to the very store that was asked.
function acceptedAndNotStored(input: QueueInput): string | null {
  const {atCentral} = input.queue
  if (atCentral === null || atCentral.proof === null) return null
  if (atCentral.freshness !== 'old' || !atCentral.claimsDelivery) return null
  const {newestSeconds, ageSeconds} = atCentral
  return newestSeconds === null || ageSeconds === null
    ? 'the central takes what is sent, and holds nothing of it'
    : `the central takes what is sent, and stores none of it since ${clock(newestSeconds, input)}`
}

// Row 7: not delivering as it should. Being blocked needs no lag: an outage is `behind` from its first retry.
function blockedOrLate({queue}: QueueInput): string | null {
  const lag = queue.lagSeconds === null ? '' : `, ${formatSeconds(queue.lagSeconds)} behind`
  if (queue.blocked) return `${blockedPhrases[queue.blockedBy ?? 'pending']}${lag}`
  if (!queue.late || queue.lagSeconds === null || isMereAge(queue)) return null
  const atLeast = queue.lagSource === 'uptime-lower-bound' ? 'at least ' : ''
  return `${atLeast}${formatSeconds(queue.lagSeconds)} behind${queue.catchUp.verdict === 'yes' ? ', catching up' : ''}`
}

/** The age of a queue that never sent tells nothing about lag when it was built a moment ago, or when nothing is seen to wait. */
function isMereAge({lagSource, interval, delta, levels}: QueueFacts): boolean {
  if (lagSource !== 'uptime-lower-bound') return false
  return interval === 'rebuilt' || (delta === null && levels.pending <= 0 && levels.retried <= 0)
}

const blockedPhrases: Record<NonNullable<QueueFacts['blockedBy']>, string> = {
  retries: 'retries and finishes nothing',
  'enqueue-retries': 'its shards are full and finish nothing',
  pending: 'samples wait and none is finished',
  'stuck-reader': 'the WAL is written and not read',
}

// Row 8: never delivered since the process or the queue started.
function neverDelivered({queue, ...input}: QueueInput): string | null {
  if (queue.highestSentSeconds !== null || queueIsYoung({queue, ...input})) return null
  if (queue.levels.pending <= 0 && queue.levels.retried <= 0) return null
  const seconds = queue.ageSeconds ?? input.agent.process?.uptimeSeconds ?? null
  return `nothing was delivered since it started${seconds === null ? '' : ` ${formatSeconds(Math.round(seconds))} ago`}`
}

// Row 9: nothing is scraped, or all of it is relabelled away.
function nothingToSend(input: QueueInput): string | null {
  const {agent, nowSeconds} = input
  if (queueIsYoung(input) || !nothingSeemsToWait(input)) return null
  if (relabelledAway(agent, input.queue) !== null) return 'write_relabel_configs drop everything that is read'
  if (input.idleByDesign) return null
  if (agent.highestTimestampSeconds === null) return 'nothing was scraped since it started'
  const still = nowSeconds - agent.highestTimestampSeconds
  const {stalledSeconds, stalledIntervals} = agent.thresholds
  if (still <= Math.max(stalledSeconds, stalledIntervals * agent.longestScrapeIntervalSeconds)) return null
  return `nothing was scraped for ${formatSeconds(still)}`
}

/** One scrape cannot show that the reader reads; its place and an empty queue must do. */
function nothingSeemsToWait({agent, queue}: QueueInput): boolean {
  if (queue.nothingWaiting !== null || queue.delta !== null) return queue.nothingWaiting === true
  const {readSegment, pending} = queue.levels
  return pending <= 0 && readSegment !== null && readSegment === agent.wal.activeSegment
}

// Row 10: too early to call anything idle or broken.
function tooYoung({agent, queue}: QueueInput): string | null {
  if (agent.process?.young !== true) return null
  // What is scraped is sent; only what is scraped rarely may be still to come.
  if (queue.finished && agent.process.uptimeSeconds >= agent.thresholds.youngSeconds) return null
  const verb = queue.interval === 'restarted' ? 'restarted' : 'started'
  return `${verb} ${formatSeconds(agent.process.uptimeSeconds)} ago, too early to say`
}

// Part of row 12, before row 11.
function notYetToBeTold(input: QueueInput): string | null {
  return failedBeforeUnknownTime(input) ?? refusedLately(input) ?? builtJustNow(input)
}

/** Some samples were refused, and one scrape cannot tell whether that is over. */
function failedBeforeUnknownTime(input: QueueInput): string | null {
  const {agent, queue} = input
  if (queue.delta !== null || queue.levels.failed <= 0) return null
  const level = failedLevel(queue)
  // Of a queue of a month, a share says nothing of the last minutes.
  return level >= agent.thresholds.failureRatio || wasRefusedLately(agent) ? refusedSinceBuilt(input, level) : null
}

/**
 * None is refused in the look, and the log says that some were just before: those of targets that were not scraped in it, or one
 * batch in eight.
 */
function refusedLately(input: QueueInput): string | null {
  const {agent, queue} = input
  const {longestScrapeIntervalSeconds, thresholds} = agent
  if (!wasRefusedBefore(queue) || !wasRefusedLately(agent)) return null
  const seconds = queue.failureSeconds ?? queue.delta?.seconds ?? 0
  const wereRefused = `samples were refused${lastRefusal(input, ' until ')}; none in ${formatSeconds(seconds)}`
  if (seconds < longestScrapeIntervalSeconds) {
    return `${wereRefused}, which is too short for targets that are scraped every ${formatSeconds(longestScrapeIntervalSeconds)}: look for longer`
  }
  const ratio = Math.max(failedLevel(queue), refusedRatioByLog(agent, queue) ?? 0)
  const wereMany = ratio >= thresholds.failureRatio
  return wereMany && seconds < thresholds.currentErrorSeconds
    ? `${wereRefused}, which does not tell yet that it is over: look again in 2 min`
    : null
}

/** That nothing waits says nothing yet of a queue that a reload built: it may be unable to send what will. */
function builtJustNow(input: QueueInput): string | null {
  const {agent, queue, nowSeconds, idleByDesign} = input
  if (queue.highestSentSeconds !== null || idleByDesign || !queueIsYoung(input)) return null
  const reloaded = agent.process?.lastReloadSuccessSeconds ?? null
  const when = reloaded === null ? '' : ` ${formatSeconds(Math.round(Math.max(0, nowSeconds - reloaded)))} ago`
  return `nothing was sent yet since a reload${when}, too early to say`
}

// Row 11. An idle queue delivers all that it is given.
function delivering({agent, queue, nowSeconds, idleByDesign}: QueueInput): string | null {
  if (idleByDesign && queue.nothingWaiting === true) return 'has no targets by design, its siblings have'
  if (queue.finished) return 'what is scraped is sent and taken'
  if (queue.nothingWaiting === true) return 'nothing waits to be sent'
  if (queue.highestSentSeconds === null || queue.clockFooled) return null
  const age = nowSeconds - queue.highestSentSeconds
  return age <= agent.longestScrapeIntervalSeconds + agent.thresholds.sendDelaySeconds
    ? 'what is scraped is sent and taken'
    : null
}

/** A queue built by a reload a moment ago has sent nothing yet, however old its process is. */
function queueIsYoung({agent, queue, nowSeconds}: Omit<QueueInput, 'idleByDesign'>): boolean {
  if (agent.process?.young === true || queue.interval === 'rebuilt') return true
  const reloaded = agent.process?.lastReloadSuccessSeconds ?? null
  if (reloaded === null || queue.highestSentSeconds !== null) return false
  return nowSeconds - reloaded < youngFor(agent)
}

function youngFor({longestScrapeIntervalSeconds, thresholds}: AgentFacts): number {
  return youngForSeconds(longestScrapeIntervalSeconds, thresholds)
}

function clock(seconds: number, {nowSeconds}: QueueInput): string {
  const at = timestampOf(seconds)
  const now = timestampOf(nowSeconds)
  return at === null || now === null ? '?' : formatClock(at, now)
}
