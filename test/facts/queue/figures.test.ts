import {describe, expect, it} from 'vitest'
import type {QueueLevels} from '../../../src/facts/exposition/queue-reading.ts'
import type {QueueInputs} from '../../../src/facts/queue/figures.ts'
import * as figures from '../../../src/facts/queue/figures.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import type {QueueDelta} from '../../../src/facts/types.ts'

const NOW = 1_000_000

const levels: QueueLevels = {
  ...{
    total: 100_000,
    retried: 0,
    failed: 0,
    dropped: {},
    pending: 0,
    bytes: 2_500_000,
    enqueueRetries: 0,
    readSegment: 3,
  },
  ...{shards: {current: 1, desired: 1, min: 1, max: 50}, capacity: 10_000, maxSamplesPerSend: 2000},
}

const still: QueueDelta = {
  ...{seconds: 10, total: 0, retried: 0, failed: 0, dropped: {}, bytes: 0, enqueueRetries: 0, recordsRead: 0},
  ...{highestSentSeconds: 0, pendingFirst: 0},
}

type Changes = Partial<Omit<QueueInputs, 'levels' | 'delta'>> & {
  levels?: Partial<QueueLevels>
  delta?: Partial<QueueDelta> | null
}

/** A queue in a window in which nothing moves at all; i = 15 s. */
function inputs(changes: Changes = {}): QueueInputs {
  return {
    ...{nowSeconds: NOW, uptimeSeconds: 86_400, queueAgeSeconds: 86_400, scrapeIntervalSeconds: 15, samplesIn: 0},
    ...{highestTimestampSeconds: NOW - 1, activeSegment: 3, highestSentSeconds: NOW - 3},
    thresholds: THRESHOLDS,
    ...changes,
    levels: {...levels, ...changes.levels},
    delta: changes.delta === null ? null : {...still, ...changes.delta},
  }
}

describe('attempted', () => {
  const refused = {levels: {total: 100_000, failed: 99_500, pending: 500}}
  it('is what was refused where all ever was, for as long as the rest may be under way', () => {
    expect(figures.attempted(inputs({...refused, delta: {total: 1500, failed: 1000}}))).toBe(1000)
    expect(figures.attempted(inputs({...refused, delta: {total: 500}}))).toBe(0)
  })
  it('counts what was taken as soon as the receiver takes it, whatever was refused before', () => {
    const mended = inputs({...refused, delta: {total: 501, bytes: 5}})
    expect([figures.attempted(mended), figures.failureRatio(mended)]).toEqual([501, 0])
  })
})

describe('finished', () => {
  it('holds when bytes rise, since they count finished sends only', () => {
    expect(figures.isFinished(inputs({delta: {bytes: 1}}))).toBe(true)
  })
  it('holds when the newest sent timestamp rises', () => {
    expect(figures.isFinished(inputs({delta: {highestSentSeconds: 1}}))).toBe(true)
  })
  it('does not hold for attempts alone, nor without a window', () => {
    expect(figures.isFinished(inputs({delta: {total: 2000}}))).toBe(false)
    expect(figures.isFinished(inputs({delta: null}))).toBe(false)
  })
})

describe('delivered, failed and retried', () => {
  it('an attempt that was counted and not yet retried is no delivery: nothing has finished', () => {
    expect(figures.delivered(inputs({delta: {total: 2000, retried: 0}}))).toBe(0)
  })
  it('counts what was sent less what was sent again and what was refused', () => {
    expect(figures.delivered(inputs({delta: {total: 1800, retried: 200, failed: 600, bytes: 1}}))).toBe(1000)
  })
  it('is never negative', () => {
    expect(figures.delivered(inputs({delta: {total: 100, retried: 200, bytes: 1}}))).toBe(0)
  })
  it('the failure ratio is over what was attempted once, not over failures and retries', () => {
    expect(figures.failureRatio(inputs({delta: {total: 1500, retried: 500, failed: 10}}))).toBe(0.01)
    expect(figures.failureRatio(inputs({delta: {total: 1800, failed: 1800}}))).toBe(1)
  })
  it('a queue whose failures outrun its attempts within the window has failed in all of them', () => {
    expect(figures.failureRatio(inputs({delta: {total: 0, failed: 500}}))).toBe(1)
  })
  it('a batch under way is no delivery where all that was ever answered was refused', () => {
    const refused = {
      levels: {total: 60_000, failed: 59_000, pending: 1000},
      delta: {total: 1200, failed: 600, bytes: 9000},
    }
    expect(figures.delivered(inputs(refused))).toBe(0)
    expect(figures.failureRatio(inputs(refused))).toBe(1)
    // 99 % of what was answered, exactly, and a tenth of that pending, exactly.
    const at = (failed: number, pending: number) =>
      figures.failureRatio(inputs({...refused, levels: {total: 10_000 + pending, failed, pending}}))
    expect(at(9900, 1000)).toBe(1)
    expect(at(9899, 1000)).toBe(0.5)
    expect(at(9900, 1001)).toBe(0.5)
  })
  it('the failure ratio is null where nothing came back, neither an answer nor an error', () => {
    expect(figures.failureRatio(inputs({delta: {total: 2000}}))).toBeNull()
    expect(figures.failureRatio(inputs({delta: {total: 2000, retried: 1}}))).toBe(0)
    expect(figures.failureRatio(inputs({delta: {total: 2000, bytes: 1}}))).toBe(0)
  })
  it('is null, not 0, when nothing was attempted or there is no window', () => {
    expect(figures.failureRatio(inputs())).toBeNull()
    expect(figures.failureRatio(inputs({delta: null}))).toBeNull()
    expect(figures.delivered(inputs({delta: null}))).toBeNull()
    expect(figures.attempted(inputs({delta: null}))).toBeNull()
  })
  it('the retry ratio is 1 in a total outage and null when nothing happened', () => {
    expect(figures.retryRatio(inputs({delta: {total: 100, retried: 100}}))).toBe(1)
    expect(figures.retryRatio(inputs({delta: {total: 100, retried: 300}}))).toBe(1)
    expect(figures.retryRatio(inputs({delta: {total: 0, retried: 100}}))).toBe(1)
    expect(figures.retryRatio(inputs({delta: {total: 100, retried: 5}}))).toBe(0.05)
    expect(figures.retryRatio(inputs())).toBeNull()
    expect(figures.retryRatio(inputs({delta: null}))).toBeNull()
  })
})

describe('reading and nothing waiting', () => {
  it('a reader reads when its records rise, or when there is nothing to read', () => {
    expect(figures.isReading(inputs({samplesIn: 900, delta: {recordsRead: 1}}))).toBe(true)
    expect(figures.isReading(inputs({samplesIn: 0}))).toBe(true)
    expect(figures.isReading(inputs({samplesIn: 900}))).toBe(false)
  })
  it('is not known with one scrape or without samples_in', () => {
    expect(figures.isReading(inputs({delta: null}))).toBeNull()
    expect(figures.isReading(inputs({samplesIn: null}))).toBeNull()
  })
  it('nothing waits when the queue is empty, its reader in the newest segment and reading', () => {
    expect(figures.isNothingWaiting(inputs())).toBe(true)
  })
  it.each([
    ['a sample is pending', {levels: {pending: 1}}],
    ['the reader is a segment behind', {levels: {readSegment: 2}}],
    ['the reader does not read', {samplesIn: 900}],
  ])('something waits when %s', (_, changes: Changes) => {
    expect(figures.isNothingWaiting(inputs(changes))).toBe(false)
  })
  it.each([
    ['one scrape', {delta: null}],
    ["no reader's segment", {levels: {readSegment: null}}],
    ['no newest segment', {activeSegment: null}],
    ['a reader past the end', {levels: {readSegment: 4}}],
  ])('is not known with %s', (_, changes: Changes) => {
    expect(figures.isNothingWaiting(inputs(changes))).toBeNull()
  })
  it('a pending sample is known to wait even with one scrape', () => {
    expect(figures.isNothingWaiting(inputs({delta: null, levels: {pending: 1}}))).toBe(false)
  })
})

describe('blocked', () => {
  it('by retries, whatever the lag: an outage shows in its first minute', () => {
    expect(figures.blockedBy(inputs({delta: {total: 400, retried: 400}}))).toBe('retries')
  })
  it('by full shards', () => {
    expect(figures.blockedBy(inputs({delta: {enqueueRetries: 1}}))).toBe('enqueue-retries')
  })
  it('by samples pending in both scrapes, from beyond i + 20 s on', () => {
    const hanging = {levels: {pending: 500}, delta: {pendingFirst: 500}}
    expect(figures.blockedBy(inputs({...hanging, highestSentSeconds: NOW - 36}))).toBe('pending')
    expect(figures.blockedBy(inputs({...hanging, highestSentSeconds: NOW - 35}))).toBeNull()
    expect(figures.blockedBy(inputs({...hanging, highestSentSeconds: null}))).toBeNull()
  })
  it('not by samples that are pending in one scrape only', () => {
    const late = {highestSentSeconds: NOW - 100}
    expect(figures.blockedBy(inputs({...late, levels: {pending: 500}}))).toBeNull()
    expect(figures.blockedBy(inputs({...late, delta: {pendingFirst: 500}}))).toBeNull()
  })
  it('by a reader that is stuck, although R = A: a quiet segment lasts two hours', () => {
    expect(figures.blockedBy(inputs({samplesIn: 900, highestSentSeconds: NOW - 36}))).toBe('stuck-reader')
    expect(figures.blockedBy(inputs({samplesIn: 900, highestSentSeconds: NOW - 35}))).toBeNull()
    expect(figures.blockedBy(inputs({samplesIn: 0, highestSentSeconds: NOW - 36}))).toBeNull()
  })
  it('not while anything is finished', () => {
    expect(figures.blockedBy(inputs({delta: {retried: 400, enqueueRetries: 5, bytes: 1}}))).toBeNull()
  })
  it('not by one scrape', () => {
    expect(figures.blockedBy(inputs({delta: null, levels: {pending: 500}, highestSentSeconds: NOW - 900}))).toBeNull()
  })
})

describe('lag', () => {
  const waiting = {levels: {pending: 500}}
  it('is what was appended less what was sent', () => {
    const read = figures.readLag(
      inputs({...waiting, highestTimestampSeconds: NOW - 1, highestSentSeconds: NOW - 901}),
      null,
    )
    expect(read).toEqual({seconds: 900, source: 'appended-minus-sent'})
  })
  it('is 0 while nothing waits, whatever a narrow keep-list makes of H - S', () => {
    expect(figures.readLag(inputs({highestSentSeconds: NOW - 201}), null)).toEqual({
      seconds: 0,
      source: 'nothing-waiting',
    })
  })
  it('is at least the age of a queue that has never finished anything', () => {
    const read = figures.readLag(inputs({...waiting, highestSentSeconds: null, queueAgeSeconds: 600}), null)
    expect(read).toEqual({seconds: 600, source: 'uptime-lower-bound'})
  })
  it('is what waits over what is offered where that waits all the time while others of its shards send', () => {
    const stuck = (first: number, last: number, delta: Partial<QueueDelta> = {}) =>
      figures.readLag(
        inputs({delta: {bytes: 5, total: 300, pendingFirst: first, ...delta}, levels: {pending: last}}),
        40,
      )
    expect(stuck(5000, 4900)).toEqual({seconds: 4900 / 40, source: 'pending-over-offered'})
    expect(stuck(1401, 9000)).toMatchObject({source: 'pending-over-offered'})
    expect(stuck(1400, 9000)).toMatchObject({seconds: 2}) // 15 s and 20 s of what is offered may wait
    expect(stuck(9000, 0)).toMatchObject({seconds: 0})
    expect(stuck(5000, 5000, {total: 2000})).toMatchObject({seconds: 2}) // more goes than was ever offered on average
    expect(stuck(5000, 5000, {bytes: 0})).toMatchObject({seconds: 2}) // nothing goes at all: S tells
  })
  it('is not known when a target exposes timestamps from the future, from beyond 30 s on', () => {
    const future = {...waiting, highestTimestampSeconds: NOW + 500, highestSentSeconds: NOW + 500}
    expect(figures.readLag(inputs(future), null)).toEqual({seconds: null, source: 'none'})
    expect(figures.isClockFooled(inputs({highestTimestampSeconds: NOW + 31}))).toBe(true)
    expect(figures.isClockFooled(inputs({highestTimestampSeconds: NOW + 30, highestSentSeconds: NOW + 30}))).toBe(false)
  })
  it('is not known without H, nor without S and the age', () => {
    expect(figures.readLag(inputs({...waiting, highestTimestampSeconds: null}), null).seconds).toBeNull()
    expect(
      figures.readLag(inputs({...waiting, highestSentSeconds: null, queueAgeSeconds: null}), null).seconds,
    ).toBeNull()
  })
  it('makes late from 120 s, or two scrape intervals, on', () => {
    expect(figures.lateFromSeconds(15, THRESHOLDS)).toBe(120)
    expect(figures.lateFromSeconds(60, THRESHOLDS)).toBe(120)
    expect(figures.lateFromSeconds(300, THRESHOLDS)).toBe(600)
  })
  it('a process is young before 60 s, or two scrape intervals', () => {
    expect(figures.youngForSeconds(15, THRESHOLDS)).toBe(60)
    expect(figures.youngForSeconds(300, THRESHOLDS)).toBe(600)
  })
})

describe('late', () => {
  const everyMinutes = (longest: number, shortest: number) => ({
    longestScrapeIntervalSeconds: longest * 60,
    shortestScrapeIntervalSeconds: shortest * 60,
  })
  it('begins at two intervals of the rarest job, and of the most frequent one where samples wait all the time', () => {
    const waits = inputs({delta: {pendingFirst: 5}, levels: {pending: 5}})
    for (const calm of [inputs(), inputs({delta: null}), inputs({delta: {pendingFirst: 5}})])
      expect(figures.queueLateFromSeconds(calm, everyMinutes(60, 0.25))).toBe(7200)
    expect(figures.queueLateFromSeconds(waits, everyMinutes(60, 0.25))).toBe(120)
    expect(figures.queueLateFromSeconds(waits, everyMinutes(60, 5))).toBe(600)
  })
})
