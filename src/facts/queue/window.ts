/**
 * Differences of one queue's counters over the scrapes, each step guarded: another start time is a restart, a counter or a
 * high-water mark that falls is a queue rebuilt by a reload (storage/remote/write.go builds it anew with fresh counters).
 */

import type {QueueReading} from '../exposition/queue-reading.ts'
import {isRestart, type ReadScrape, secondsBetween} from '../exposition/scrapes.ts'
import type {QueueDelta} from '../types.ts'

export interface QueueMoment {
  scrape: ReadScrape
  reading: QueueReading
}

export interface QueueWindow {
  interval: 'valid' | 'restarted' | 'rebuilt' | 'single-scrape'
  /** Start of the longest stretch up to the newest scrape in which nothing was reset; null when that is one scrape long. */
  first: QueueMoment | null
  last: QueueMoment
  /** What preceded the newest restart or rebuild; null without one, or when the queue was not there before. */
  before: QueueMoment | null
}

/** `scrapes` oldest first, not empty; `reading` of the newest. */
export function queueWindow(scrapes: readonly ReadScrape[], last: QueueMoment): QueueWindow {
  const earlier = scrapes.slice(0, scrapes.indexOf(last.scrape))
  let first: QueueMoment = last
  for (const scrape of earlier.reverse()) {
    const restarted = isRestart(scrape, first.scrape)
    const same = scrape.queues.find(({name, url}) => name === last.reading.name && url === last.reading.url)
    if (restarted || !same || isReset(same, first.reading)) {
      const predecessor = same ?? predecessorOf(scrape, last.reading)
      const before = predecessor ? {scrape, reading: predecessor} : null
      return {interval: restarted ? 'restarted' : 'rebuilt', first: first === last ? null : first, last, before}
    }
    first = {scrape, reading: same}
  }
  if (first === last) return {interval: 'single-scrape', first: null, last, before: null}
  return {interval: 'valid', first, last, before: null}
}

/** The queue that a reload turned into this one: unnamed queues are called by a hash over their settings. */
function predecessorOf(scrape: ReadScrape, reading: QueueReading): QueueReading | null {
  const byName = scrape.queues.find(({name}) => name === reading.name)
  const byUrl = scrape.queues.filter(({url}) => url === reading.url)
  return byName ?? (byUrl.length === 1 ? (byUrl[0] ?? null) : null)
}

function isReset(earlier: QueueReading, later: QueueReading): boolean {
  const sentBefore = earlier.highestSentSeconds
  if (sentBefore !== null && (later.highestSentSeconds === null || later.highestSentSeconds < sentBefore)) return true
  for (const [series, value] of earlier.counters) if ((later.counters.get(series) ?? 0) < value) return true
  return false
}

/** Null when the window is one scrape long. */
export function queueDelta({first, last}: QueueWindow): QueueDelta | null {
  if (!first) return null
  const [from, to] = [first.reading, last.reading]
  const reasons = Object.keys(to.levels.dropped)
  return {
    seconds: secondsBetween(first.scrape, last.scrape),
    total: to.levels.total - from.levels.total,
    retried: to.levels.retried - from.levels.retried,
    failed: to.levels.failed - from.levels.failed,
    dropped: Object.fromEntries(
      reasons.map(reason => [reason, (to.levels.dropped[reason] ?? 0) - (from.levels.dropped[reason] ?? 0)]),
    ),
    bytes: to.levels.bytes - from.levels.bytes,
    enqueueRetries: to.levels.enqueueRetries - from.levels.enqueueRetries,
    recordsRead: Math.max(0, to.recordsRead - from.recordsRead),
    highestSentSeconds: (to.highestSentSeconds ?? 0) - (from.highestSentSeconds ?? 0),
    pendingFirst: from.levels.pending,
  }
}
