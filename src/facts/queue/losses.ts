/**
 * What is known to be lost for good: from when to when, how much, and by which evidence. No counter of Prometheus tells the largest
 * of these losses: a reader that truncation overtook and a queue that starts anew skip what was unsent without a word
 * (tsdb/wlog/watcher.go, prometheus/prometheus#8809).
 */
import type {Timestamp} from '../../evidence/types.ts'
import {secondsOf, timestampOf} from '../../units.ts'
import {isRetryMessage} from '../log/send-messages.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'
import {queueStart} from './age.ts'
import {isTooOldToSend} from './age-limit.ts'
import {isFromTheCut, isRefusal} from './errors.ts'
import {isOf, stopLosses} from './stop-losses.ts'
import {isGivenUp, stoppingSince} from './stopping.ts'
import {unaccountedSamples} from './unaccounted.ts'

export interface Loss {
  /**
   * refused: dropped after an answer that is not retried · skipped: unsent when the process or the queue started anew ·
   * overtaken: the WAL was truncated past its reader · too-old: dropped by sample_age_limit · unknown-series: dropped because the queue
   * does not know their series · unaccounted: scraped and neither sent, dropped nor waiting.
   */
  kind: 'refused' | 'skipped' | 'overtaken' | 'too-old' | 'unknown-series' | 'unaccounted'
  from: Timestamp
  /** False: some time in between, from the start of the process on; nothing tells when. */
  isDated: boolean
  /** `from` is where the log that was read begins, or the first line there: it may have begun long before. */
  beganBefore: boolean
  to: Timestamp
  /** Null: not known. */
  samples: number | null
  /** The samples are a lower bound. */
  isLeast: boolean
  evidence: string
  /** The gap has not ended: nothing newer was delivered since. */
  isOpen: boolean
  /** Where the samples were to go, when the queue that lost them is there no longer; null: this queue lost them itself. */
  formerUrl: string | null
}

type Usual = 'beganBefore' | 'isDated' | 'formerUrl'
/** What nothing is said of is this queue's, is dated, and began where it is said to. */
type FoundLoss = Omit<Loss, Usual> & Partial<Pick<Loss, Usual>>

/** Oldest first. */
export function lossesOf(agent: AgentFacts, queue: QueueFacts): Loss[] {
  const unaccounted = unaccountedSamples(agent, queue)
  const overrun = overtaken(agent, queue, unaccounted)
  const losses = [
    refused(agent, queue),
    skippedNow(agent, queue) ?? skippedBefore(agent, queue),
    ...unflushed(agent, queue),
    droppedByItself(agent, queue, {kind: 'too-old', reason: 'too_old'}),
    droppedByItself(agent, queue, {kind: 'unknown-series', reason: 'unintentionally_dropped_series'}),
    overrun,
    overrun === null ? uncounted(agent, queue, unaccounted) : null,
  ]
  return losses
    .filter(loss => loss !== null)
    .map((loss): Loss => ({beganBefore: false, isDated: true, formerUrl: null, ...loss}))
    .sort((a, b) => (a.from < b.from ? -1 : 1))
}

/** From the first line of the log that says so, as far back as the log was read; else some time before the window. */
function refused(agent: AgentFacts, queue: QueueFacts): FoundLoss | null {
  const end = agent.window.to
  const {failed} = queue.levels
  if (failed <= 0 || end === null) return null
  const lines = queue.errors.filter(error => isRefusal(error) && error.isFormer !== true)
  const isOwnDoing = isGivenUp(lines)
  const isOpen = (queue.delta?.failed ?? 0) > 0 || (isOwnDoing && stoppingSince(agent.log, queue) !== null)
  const first = lines.flatMap(({shape}) => shape.first ?? []).sort()[0]
  const last = lines
    .flatMap(line => line.last ?? [])
    .sort()
    .at(-1)
  const evidence = isOwnDoing
    ? 'samples_failed_total since the queue was built; log: given up because the queue was stopped'
    : 'samples_failed_total since the queue was built'
  const kind = isOwnDoing ? 'skipped' : 'refused'
  const common = {kind, samples: failed, isLeast: false, isOpen} as const
  if (first !== undefined) {
    const beganBefore = isFromTheCut(first, agent.log, agent.thresholds)
    return {
      ...common,
      from: first,
      beganBefore,
      to: isOpen || last === undefined ? end : untilNextLine(last, end),
      evidence,
    }
  }
  if (isOpen && agent.window.from !== null && queue.delta) {
    const beganBefore = failed > queue.delta.failed
    return {...common, from: agent.window.from, beganBefore, to: end, evidence}
  }
  const start = queueStart(agent, queue)
  return start === null
    ? null
    : {...common, from: start, isDated: false, to: end, evidence: `${evidence}; when is not known`}
}

/** Of lines that repeat, one a minute is printed (util/logging/dedupe.go): what was refused after the last one is not seen. */
function untilNextLine(last: Timestamp, end: Timestamp): Timestamp {
  const next = timestampOf(secondsOf(last) + 60)
  return next !== null && next < end ? next : end
}

/** A restart or a rebuild that the scrapes themselves show. */
function skippedNow(agent: AgentFacts, {interval, before, highestSentSeconds}: QueueFacts): FoundLoss | null {
  if (before?.late !== true || before.highestSentSeconds === null) return null
  const eventSeconds = interval === 'restarted' ? agent.process?.startSeconds : before.atSeconds
  const from = timestampOf(before.highestSentSeconds)
  const to = eventSeconds === undefined ? null : timestampOf(eventSeconds)
  if (from === null || to === null || eventSeconds === undefined) return null
  const what = interval === 'restarted' ? 'the process restarted' : 'a reload rebuilt the queue'
  const isOpen = highestSentSeconds === null || highestSentSeconds < eventSeconds
  return {kind: 'skipped', from, to, samples: null, isLeast: false, evidence: `${what} while it was late`, isOpen}
}

/**
 * A restart before the first scrape: the log of the run before ends in retries that had gone on for as long as it takes to be late,
 * with a line for most minutes.
 */
function skippedBefore(agent: AgentFacts, queue: QueueFacts): FoundLoss | null {
  const {lateSeconds, currentErrorSeconds} = agent.thresholds
  const {previousLog} = agent.evidence
  const end = previousLog.ok ? previousLog.value.last : null
  const start = agent.process?.startSeconds
  if (end === null || start === undefined) return null
  for (const {message, first, last, count, ...shape} of agent.log.previousShapes) {
    if (first === null || last === null || !isRetryMessage(message) || !isOf(shape, agent, queue)) continue
    const seconds = secondsOf(last) - secondsOf(first)
    const lasted = seconds >= lateSeconds && count >= (0.8 * seconds) / 60
    if (!lasted || secondsOf(last) < secondsOf(end) - currentErrorSeconds || secondsOf(last) > start) continue
    const to = timestampOf(start)
    if (to === null) continue
    const {highestSentSeconds} = queue
    return {
      kind: 'skipped',
      from: first,
      to,
      samples: null,
      isLeast: false,
      evidence: 'log of the run before: it ended while sending failed',
      isOpen: highestSentSeconds === null || highestSentSeconds < start,
    }
  }
  return null
}

function unflushed(agent: AgentFacts, queue: QueueFacts): FoundLoss[] {
  const evidence = 'log: the queue could not send what it held when it was stopped'
  return stopLosses(agent, queue).map(loss => ({...loss, kind: 'skipped', isLeast: true, isOpen: false, evidence}))
}

/** A counter tells how many, and not when; while it goes up, what waits is lost from the last delivery on. */
function droppedByItself(
  agent: AgentFacts,
  queue: QueueFacts,
  {kind, reason}: {kind: 'too-old' | 'unknown-series'; reason: string},
): FoundLoss | null {
  const {blocked, delta} = queue
  const samples = queue.levels.dropped[reason] ?? 0
  const to = agent.window.to
  if (samples <= 0 || to === null) return null
  const now = delta?.dropped[reason] ?? 0
  const isRising = now > 0 && (blocked || now >= agent.thresholds.droppedRatio * (agent.samplesIn ?? 0))
  const isDue = kind === 'too-old' && isTooOldToSend(queue)
  const isOpen = isRising || isDue
  const isHeldUp = blocked || isDue
  const common = {kind, samples, to, isLeast: isDue, isOpen}
  const evidence = `samples_dropped_total{reason="${reason}"}`
  const since = isHeldUp ? queue.lastDeliveredAt : agent.window.from
  if (isOpen && since !== null) {
    const offered = (secondsOf(to) - secondsOf(since)) * (queue.offeredPerSecond ?? Number.POSITIVE_INFINITY)
    return {...common, from: since, beganBefore: samples > (isHeldUp ? offered : now), evidence}
  }
  const from = queueStart(agent, queue)
  return from === null ? null : {...common, from, isDated: false, evidence: `${evidence}; when is not known`}
}

/** The log line comes when the reader finds its segment gone; until then only the numbers of the segments tell. */
function overtaken(agent: AgentFacts, queue: QueueFacts, unaccounted: number | null): FoundLoss | null {
  const at = queue.tailingErrorAt
  if (at === null) return overtakenUnseen(agent, queue)
  const isOpen = queue.highestSentSeconds !== null && queue.highestSentSeconds < secondsOf(at)
  const retries = retriesBefore(queue, at)
  return {
    kind: 'overtaken',
    from: (isOpen ? queue.lastDeliveredAt : retries) ?? at,
    beganBefore: !isOpen && isFromTheCut(retries, agent.log, agent.thresholds),
    to: isOpen ? (agent.window.to ?? at) : at,
    samples: unaccounted,
    isLeast: false,
    evidence: 'log: error tailing WAL',
    isOpen,
  }
}

/** Already lost, though the reader has not got there yet and says nothing. */
function overtakenUnseen(agent: AgentFacts, queue: QueueFacts): FoundLoss | null {
  const {lossClock, before, lastDeliveredAt} = queue
  const from = lastDeliveredAt ?? queueStart(agent, queue)
  const to = agent.window.to
  if (lossClock.status !== 'lost' || before?.late === true || from === null || to === null) return null
  const evidence = 'the WAL segments that its reader needs next are deleted'
  return {kind: 'overtaken', from, to, samples: null, isLeast: false, evidence, isOpen: true}
}

/** When the retries began that the reader was held up by. */
function retriesBefore({shapes}: QueueFacts, at: Timestamp): Timestamp | null {
  const firsts = shapes.flatMap(({message, first}) => (isRetryMessage(message) && first !== null ? [first] : []))
  return firsts.filter(first => first < at).sort()[0] ?? null
}

function uncounted(agent: AgentFacts, queue: QueueFacts, samples: number | null): FoundLoss | null {
  const from = queueStart(agent, queue)
  const to = agent.window.to
  if (samples === null || from === null || to === null) return null
  const evidence =
    'samples_in_total - (samples_total - samples_retried_total + samples_dropped_total + samples_pending); when is not known'
  return {kind: 'unaccounted', from, to, isDated: false, samples, isLeast: false, evidence, isOpen: false}
}
