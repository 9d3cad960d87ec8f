/** The rates that a watch shows, look by look, of an agent that scrapes every 15 s. */
import {describe, expect, it} from 'vitest'
import {rememberLooks} from '../../../src/diagnose/lag/look-memory.ts'
import {rememberRates} from '../../../src/diagnose/lag/rate-memory.ts'
import {decideAgentState} from '../../../src/diagnose/state.ts'
import type {ContextEvidence} from '../../../src/evidence/types.ts'
import {readFleet} from '../../../src/facts/fleet.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import type {QueueFacts} from '../../../src/facts/types.ts'
import {aFailure, aFleet, anAgent, aScrape, NOW, type QueueFigures} from '../../builders/evidence.ts'

const RATE = 100
const INTERVAL = 15
const DAY = 86_400
/** Samples of whole scrapes until then. */
const scrapedBy = (at: number) => RATE * INTERVAL * Math.floor((DAY + at) / INTERVAL)
const lastScrapeAt = (at: number) => INTERVAL * Math.floor(at / INTERVAL)

interface Moment {
  at: number
  /** What it sends is what was scraped, unless this says otherwise. */
  queue?: QueueFigures
  samplesIn?: number
  startedAt?: number
  isSilent?: boolean
  /** How far the agent's clock is ahead of ours. */
  skew?: number
}

function look({at, skew = 0, queue, samplesIn = scrapedBy(at), startedAt, isSilent = false}: Moment): ContextEvidence {
  const sent = scrapedBy(at)
  const scrape = aScrape({
    at: NOW + at + skew,
    receivedAt: NOW + at,
    uptime: startedAt === undefined ? DAY + at : at - startedAt,
    samplesIn,
    highestTimestamp: NOW + lastScrapeAt(at),
    queues: [
      {
        ...{name: 'central', total: sent, bytes: 25 * sent, highestSent: NOW + lastScrapeAt(at), pending: 0},
        recordsRead: DAY + at,
        ...queue,
      },
    ],
  })
  const agent = anAgent({scrapes: [isSilent ? aFailure('timeout', 'no answer within 10 s') : scrape]})
  return aFleet({agents: [agent]}).contexts[0] as ContextEvidence
}

type Shown = Pick<
  QueueFacts,
  | 'deliveredPerSecond'
  | 'offeredPerSecond'
  | 'ratesSeconds'
  | 'catchUp'
  | 'restartCost'
  | 'failureRatio'
  | 'failureSeconds'
> & {state: string; reason: string}

/** As `promfleet lag --watch` does: the window by the looks, the rates by what is remembered of them. */
function watch(moments: readonly Moment[], period: number): (Shown | null)[] {
  const looks = rememberLooks(THRESHOLDS, {intervalSeconds: period})
  const rates = rememberRates(period)
  return moments.map(moment => {
    const evidence = {...aFleet({agents: []}), contexts: [looks.join(look(moment), true)]}
    const [agent] = readFleet(evidence, {ratesOf: rates.ratesOf}).agents
    const [queue] = agent?.queues ?? []
    if (agent === undefined || queue === undefined) return null
    const {state, reason} = decideAgentState(agent)
    return {...queue, state, reason}
  })
}

const every = (period: number, from: number, to: number, change: (at: number) => Partial<Moment> = () => ({})) =>
  Array.from({length: Math.floor((to - from) / period) + 1}, (_, index) => {
    const at = from + index * period
    return {at, ...change(at)}
  })

/** The central is away since 0: the same is sent again and again. */
const blockedAt = (at: number): QueueFigures => ({
  total: scrapedBy(0) + 700 * at,
  retried: 700 * at,
  bytes: 25 * scrapedBy(0),
  highestSent: NOW + lastScrapeAt(0),
  pending: Math.min(10_000, scrapedBy(at) - scrapedBy(0)),
})

/** It is back, and what waited was sent: the retries of before stay counted. */
const backAt = (at: number, retried: number): QueueFigures => ({total: scrapedBy(at) + retried, retried})

/** Five batches of each scrape go out a second apart; from 0 to `until`, of each three the last is refused. */
function thirdRefusedAt(at: number, until = Infinity): QueueFigures {
  const batchesBy = (time: number) =>
    5 * (Math.floor(time / INTERVAL) + DAY / INTERVAL) + Math.min(5, Math.floor(time - lastScrapeAt(time)))
  const refused = (time: number) => Math.floor(batchesBy(time) / 3)
  const total = 300 * batchesBy(at)
  const failed = 300 * Math.max(0, refused(Math.min(at, until)) - refused(0))
  return {total, failed, bytes: 25 * total}
}

describe('the refused share under --watch', () => {
  it.each([1, 2, 5, 10])(
    'of looks %i s apart is that of many batches, and none shows an agent as delivering because what it saw was taken',
    period => {
      for (const phase of [0, 0.4, 3.3, 7.7]) {
        const refusing = every(period, phase, 240, at => ({queue: thirdRefusedAt(at)}))
        const shown = watch([...every(period, -60 + phase, -1), ...refusing], period)
        const seen = shown.slice(shown.findIndex(row => (row?.failureSeconds ?? 0) >= INTERVAL))
        expect(seen.length).toBeGreaterThan(200 / period)
        for (const row of seen) {
          expect(row?.state).toBe('losing')
          expect(row?.reason).toMatch(/^\d\d % of the samples are refused and dropped$/)
        }
        for (const row of seen.slice(Math.ceil(45 / period))) {
          expect(row?.failureRatio).toBeGreaterThan(0.2)
          expect(row?.failureRatio).toBeLessThan(0.45)
        }
      }
    },
  )
  it('is not told while a scrape interval has not passed since the first refusal, but that there is one is', () => {
    const shown = watch([...every(2, -60, 0), ...every(2, 2, 40, at => ({queue: thirdRefusedAt(at)}))], 2)
    const reasons = shown.filter(row => row?.state === 'losing').map(row => row?.reason)
    expect(reasons[0]).toBe('samples are refused and dropped')
    expect(reasons.at(-1)).toMatch(/^\d\d % of the samples/)
  })
  it('is that of the window again when no refusal came for an interval and 20 s', () => {
    const ending = every(2, 0, 160, at => ({queue: thirdRefusedAt(at, 100)}))
    const shown = watch([...every(2, -60, -2), ...ending], 2)
    const last = shown.findLastIndex(row => row?.state === 'losing')
    expect(ending[last - 30]?.at).toBeGreaterThanOrEqual(100 + INTERVAL)
    expect(ending[last - 30]?.at).toBeLessThanOrEqual(100 + INTERVAL + 20)
    expect(shown.at(-1)).toMatchObject({state: 'delivering', failureRatio: 0})
    expect(shown.at(-1)?.failureSeconds).toBeGreaterThan(INTERVAL + 20)
  })
  it('is no reason to call a queue losing that is blocked since', () => {
    const refusing = every(2, 0, 60, at => ({queue: thirdRefusedAt(at)}))
    const stopped = thirdRefusedAt(60)
    const blocked = every(2, 62, 90, at => {
      const retried = 700 * (at - 60)
      return {
        queue: {...stopped, total: Number(stopped.total) + retried, retried, highestSent: NOW + 45, pending: 10_000},
      }
    })
    expect(watch([...every(2, -60, -2), ...refusing, ...blocked], 2).at(-1)?.state).toBe('behind')
  })
})

describe('rates under --watch', () => {
  it.each([1, 2, 3, 5, 10])(
    'of looks %i s apart are those of the scrapes, once an interval or two were seen',
    period => {
      for (const phase of [0, 0.4, 3.3, 7.7]) {
        const moments = every(period, -120 + phase, 0)
        for (const shown of watch(moments, period).slice(Math.ceil(31 / period))) {
          expect(shown).toMatchObject({deliveredPerSecond: RATE, offeredPerSecond: RATE})
          expect(shown?.ratesSeconds).toBeGreaterThanOrEqual(INTERVAL)
        }
      }
    },
  )
  it('fall to nothing as soon as the queue is blocked, while what is offered stays', () => {
    const shown = watch([...every(2, -60, 0), ...every(2, 2, 60, at => ({queue: blockedAt(at)}))], 2)
    for (const row of shown.slice(-10)) {
      expect(row).toMatchObject({deliveredPerSecond: 0, offeredPerSecond: RATE, catchUp: {verdict: 'never'}})
    }
    expect(shown.at(-1)?.restartCost.samples).toBe(60 * RATE)
  })
  it('after a stop tell how fast what waited was sent, and are the usual ones an interval or two later', () => {
    for (const period of [2, 10]) {
      const moments = [
        ...every(period, -60, 0),
        ...every(period, period, 120, at => ({queue: blockedAt(at)})),
        ...every(period, 120 + period, 220, at => ({queue: backAt(at, 700 * 120)})),
      ]
      const shown = watch(moments, period)
      const after = shown.slice(-Math.floor(100 / period))
      expect(after[0]?.deliveredPerSecond).toBeGreaterThan(3 * RATE)
      expect(Math.max(...after.map(row => Number(row?.offeredPerSecond)))).toBe(RATE)
      expect(after.at(-1)).toMatchObject({deliveredPerSecond: RATE, offeredPerSecond: RATE})
    }
  })
  it('of a queue that gains are what its catch-up is reckoned with', () => {
    const slow = (at: number): QueueFigures => {
      const sent = scrapedBy(0) - 60_000 + 150 * at
      return {total: sent, bytes: 25 * sent, highestSent: NOW - 600 + 1.5 * at, pending: 5000}
    }
    const shown = watch(
      every(2, -60, 0).map(({at}) => ({at, queue: slow(at)})),
      2,
    ).at(-1)
    expect(shown?.deliveredPerSecond).toBeCloseTo(150, 0)
    expect(shown?.catchUp.verdict).toBe('yes')
    expect(shown?.catchUp.seconds).toBeCloseTo(600 / (150 / RATE - 1), -2)
  })
  it('begin anew with a process that starts: none is negative, none is that of both together', () => {
    const young = (at: number): Moment => {
      const sent = RATE * INTERVAL * Math.floor((at - 5) / INTERVAL)
      return {at, startedAt: 5, samplesIn: sent, queue: {total: sent, bytes: 25 * sent, recordsRead: sent}}
    }
    const shown = watch([...every(2, -60, 4), ...every(2, 6, 90).map(({at}) => young(at))], 2)
    for (const row of shown) {
      for (const rate of [row?.deliveredPerSecond ?? 0, row?.offeredPerSecond ?? 0]) {
        expect(rate).toBeGreaterThanOrEqual(0)
        expect(rate).toBeLessThan(3 * RATE)
      }
    }
    expect(shown.at(-1)).toMatchObject({deliveredPerSecond: RATE, offeredPerSecond: RATE})
  })
  it('begin anew with a queue that a reload renamed', () => {
    const renamed = (at: number): QueueFigures => {
      const sent = scrapedBy(at) - scrapedBy(0)
      return {name: 'mimir', total: sent, bytes: 25 * sent, recordsRead: sent}
    }
    const shown = watch([...every(2, -60, 0), ...every(2, 2, 90, at => ({queue: renamed(at)}))], 2)
    for (const row of shown) {
      expect(row?.deliveredPerSecond ?? 0).toBeGreaterThanOrEqual(0)
      expect(row?.deliveredPerSecond ?? 0).toBeLessThan(3 * RATE)
    }
    expect(shown.at(-1)).toMatchObject({deliveredPerSecond: RATE, offeredPerSecond: RATE})
  })
  it('are not means over a time in which nobody could look', () => {
    const away = every(10, 10, 600, () => ({isSilent: true}))
    const shown = watch([...every(10, -60, 0), ...away, ...every(10, 610, 700)], 10)
    expect(shown[away.length + 7]?.ratesSeconds).toBeUndefined()
    expect(shown.at(-1)).toMatchObject({deliveredPerSecond: RATE, offeredPerSecond: RATE})
  })
  it('are those of the samples that are taken where others are refused, and none where all are', () => {
    const refused = (share: number) => (at: number) => {
      const since = scrapedBy(at) - scrapedBy(-60)
      return {queue: {failed: share * since}}
    }
    expect(watch(every(2, -60, 30, refused(1)), 2).at(-1)?.deliveredPerSecond).toBe(0)
    expect(watch(every(2, -60, 30, refused(0.5)), 2).at(-1)?.deliveredPerSecond).toBe(RATE / 2)
  })
  it('are by our clock, however wrong the one of the agent is', () => {
    for (const skew of [-3600, -40, 40, 3600]) {
      expect(
        watch(
          every(2, -60, 0, () => ({skew})),
          2,
        ).at(-1),
      ).toMatchObject({
        deliveredPerSecond: RATE,
        offeredPerSecond: RATE,
      })
    }
  })
  it('begin anew when our clock is set back', () => {
    const shown = watch([...every(2, -60, 0), ...every(2, -300, -200)], 2)
    for (const row of shown) expect(row?.deliveredPerSecond ?? 0).toBeGreaterThanOrEqual(0)
    expect(shown.at(-1)).toMatchObject({deliveredPerSecond: RATE, offeredPerSecond: RATE})
  })
  it('of looks five minutes apart are those of the time between them', () => {
    expect(watch(every(300, -900, 0), 300).at(-1)).toMatchObject({deliveredPerSecond: RATE, offeredPerSecond: RATE})
  })
})
