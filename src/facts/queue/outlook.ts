/** What becomes of a queue's backlog: how fast it shrinks, and what a restart would throw away. */

import type {QueueLevels} from '../exposition/queue-reading.ts'
import {droppedByRelabelling} from '../exposition/queue-reading.ts'
import type {QueueFacts} from '../types.ts'
import {
  attempted,
  delivered,
  failedLevel,
  failureRatio,
  isNothingWaiting,
  isSentLongAgo,
  type QueueInputs,
} from './figures.ts'

/** Lag at or above which a queue is asked whether it catches up, though it is not late; ordinary sends take up to 15 s. */
const catchUpFromSeconds = 30

/** One scrape more or less in a window changes a rate by a third of it or less. */
const FEW_SCRAPES = 3
/** Two batch_send_deadlines (config/config.go), less what two timers differ by: one batch more or less does the same. */
export const FEW_BATCHES_SECONDS = 9

/** Of all that was offered in the life of a process. */
const NEARLY_ALL = 0.9
/** Times what is offered on average. */
const LARGE_SURPLUS = 2

/** Scraped samples per second over the window, less those that relabelling drops, which nobody expects at the receiver. */
function offeredPerSecond({delta, samplesIn}: QueueInputs): number | null {
  if (delta === null || samplesIn === null || delta.seconds <= 0) return null
  return keptOfRead(samplesIn, delta.dropped) / delta.seconds
}

/** Scraped samples, less those that relabelling drops. */
export function keptOfRead(samplesIn: number, dropped: Record<string, number>): number {
  return Math.max(0, samplesIn - droppedByRelabelling(dropped))
}

/**
 * Samples per second for people to read. A window shorter than the scrape interval holds one scrape or none, and a batch that fell
 * into it was scraped before it: then both rates are those since the process and the queue started, of which the window takes
 * only the share that was taken. Nothing is delivered while the queue is blocked; null when nothing tells.
 */
export function shownRates(
  inputs: QueueInputs,
  {blocked, late, typicalOffered}: {blocked: boolean; late: boolean; typicalOffered: number | null},
): Pick<QueueFacts, 'deliveredPerSecond' | 'offeredPerSecond' | 'ratesOver'> {
  const {delta, levels, scrapeIntervalSeconds} = inputs
  if (delta === null || delta.seconds <= 0) return {deliveredPerSecond: null, offeredPerSecond: null, ratesOver: null}
  const sent = delivered(inputs) ?? 0
  const sentPerSecond = sent / delta.seconds
  // The scrapes of a window that was meant to span an interval are a little less or more apart.
  if (delta.seconds >= 0.95 * scrapeIntervalSeconds) {
    const isShort = delta.seconds < Math.max(FEW_SCRAPES * scrapeIntervalSeconds, FEW_BATCHES_SECONDS)
    const ratesOver = isShort ? 'short-window' : 'window'
    return {deliveredPerSecond: sentPerSecond, offeredPerSecond: offeredPerSecond(inputs), ratesOver}
  }
  const rates = {offeredPerSecond: typicalOffered, ratesOver: 'process-life'} as const
  if (blocked || late || typicalOffered === null) return {...rates, deliveredPerSecond: sentPerSecond}
  // Batches that are sent again leave others waiting: of those the window's attempts say nothing.
  if (delta.retried > 0) return {...rates, deliveredPerSecond: Math.min(sentPerSecond, typicalOffered)}
  const tried = attempted(inputs) ?? 0
  if (tried > 0) return {...rates, deliveredPerSecond: typicalOffered * (sent / tried)}
  if (isSentLongAgo(inputs) && isNothingWaiting(inputs) !== true) return {...rates, deliveredPerSecond: null}
  const seconds = countedSeconds(inputs, typicalOffered)
  if (seconds === null || seconds <= 0) return {...rates, deliveredPerSecond: null}
  const taken = Math.max(0, levels.total - levels.retried - levels.failed) / seconds
  return {...rates, deliveredPerSecond: Math.min(taken, typicalOffered)}
}

/**
 * The same over a time long enough to mean something: the window when it spans a scrape interval, else the life of the process
 * with the share that this queue's relabelling keeps. Null when nothing was scraped.
 */
export function typicalOfferedPerSecond(inputs: QueueInputs, samplesInTotal: number | null): number | null {
  const {delta, uptimeSeconds, levels, scrapeIntervalSeconds} = inputs
  const inWindow = offeredPerSecond(inputs)
  if (delta !== null && delta.seconds >= scrapeIntervalSeconds && inWindow !== null && inWindow > 0) return inWindow
  if (samplesInTotal === null || uptimeSeconds === null || uptimeSeconds <= 0) return null
  return (samplesInTotal / uptimeSeconds) * keptShare(levels)
}

/**
 * How long a queue's counters have counted: its age, unless they hold more than can have been offered since the reload that it is
 * reckoned from. A reload leaves a queue as it was whose settings it did not change, and its counters with it: then the process's age
 * is right. What is offered grows with the targets, so that a surplus says so only where it is large, or where all that the process
 * was ever offered was answered. `offeredPerSecond`: after relabelling, over the life of the process.
 */
export function countedSeconds(
  {queueAgeSeconds, uptimeSeconds, levels, scrapeIntervalSeconds}: CountedInputs,
  offeredPerSecond: number | null,
): number | null {
  if (queueAgeSeconds === null || uptimeSeconds === null || offeredPerSecond === null) return queueAgeSeconds
  // A scrape may come just after the reload, and a retry counts among the attempts before its batch counts as retried.
  const sinceReload = offeredPerSecond * (queueAgeSeconds + scrapeIntervalSeconds + FEW_BATCHES_SECONDS)
  const answered = levels.total - levels.retried - levels.pending
  const isAll = answered > sinceReload && answered >= NEARLY_ALL * offeredPerSecond * uptimeSeconds
  return isAll || answered > LARGE_SURPLUS * sinceReload ? uptimeSeconds : queueAgeSeconds
}

type CountedInputs = Pick<QueueInputs, 'queueAgeSeconds' | 'uptimeSeconds' | 'levels' | 'scrapeIntervalSeconds'>

/** Of what was read since the queue was built, what its relabelling lets through; 1 while nothing tells. */
export function keptShare(levels: QueueLevels): number {
  const dropped = droppedByRelabelling(levels.dropped)
  const kept = Math.max(levels.total - levels.retried, 0) + levels.pending
  return dropped + kept > 0 ? kept / (dropped + kept) : 1
}

/** lag / (delivered / offered − 1) while more is delivered than offered; never while it is not. */
export function catchUp(
  inputs: QueueInputs,
  {typicalOffered, ...queue}: Pick<QueueFacts, 'lagSeconds' | 'late' | 'blocked'> & {typicalOffered: number | null},
): QueueFacts['catchUp'] {
  const {delta} = inputs
  const sent = delivered(inputs)
  const sentPerSecond = delta === null || sent === null || delta.seconds <= 0 ? null : sent / delta.seconds
  return catchUpAt({...queue, sentPerSecond, offeredPerSecond: typicalOffered})
}

export function catchUpAt({
  lagSeconds,
  late,
  blocked,
  sentPerSecond,
  offeredPerSecond: offered,
}: Pick<QueueFacts, 'lagSeconds' | 'late' | 'blocked' | 'offeredPerSecond'> & {
  sentPerSecond: number | null
}): QueueFacts['catchUp'] {
  if (blocked) return {seconds: null, verdict: 'never'}
  if (lagSeconds === null) return {seconds: null, verdict: 'unknown'}
  if (!late && lagSeconds < catchUpFromSeconds) return {seconds: 0, verdict: 'yes'}
  if (sentPerSecond === null || offered === null) return {seconds: null, verdict: 'unknown'}
  if (sentPerSecond <= offered) return {seconds: null, verdict: 'never'}
  return {seconds: offered === 0 ? 0 : lagSeconds / (sentPerSecond / offered - 1), verdict: 'yes'}
}

/**
 * A process that starts reads only what is written from then on (tsdb/wlog/watcher.go), and so does a queue that a reload builds
 * anew: all between S and now is skipped. The samples are those of the lag at the usual rate, but at least those in the queue.
 */
export function restartCost(
  inputs: QueueInputs,
  {lagSeconds, typicalOffered}: {lagSeconds: number | null; typicalOffered: number | null},
): QueueFacts['restartCost'] {
  const {nowSeconds, highestSentSeconds, queueAgeSeconds} = inputs
  if (isNothingWaiting(inputs) === true) return {seconds: 0, samples: 0}
  if (lagSeconds === null) return {seconds: null, samples: null}
  const seconds = highestSentSeconds === null ? queueAgeSeconds : Math.max(0, nowSeconds - highestSentSeconds)
  return {seconds, samples: typicalOffered === null ? null : unsentSamples(inputs, lagSeconds, typicalOffered)}
}

/** Within an interval of its rarest job nothing need have come beyond what waits; else what comes at the usual rate. */
export function unsentSamples(
  {levels: {pending}, scrapeIntervalSeconds}: Pick<QueueInputs, 'levels' | 'scrapeIntervalSeconds'>,
  lagSeconds: number,
  offered: number,
): number {
  const seconds = lagSeconds <= scrapeIntervalSeconds && pending > 0 ? 0 : lagSeconds
  return Math.max(pending, Math.round(seconds * offered))
}

/** S as a time, unless the receiver refuses what is sent: S moves on refused samples too (#10102), and on future timestamps. */
export function lastDeliveredSeconds(inputs: QueueInputs): number | null {
  const {highestSentSeconds, nowSeconds, thresholds} = inputs
  if (highestSentSeconds === null || highestSentSeconds > nowSeconds + thresholds.futureSeconds) return null
  return (failureRatio(inputs) ?? failedLevel(inputs)) >= thresholds.failedLevelRatio ? null : highestSentSeconds
}
