/** Rates of counters that rise in steps, looked at in a beat of its own. */
import {describe, expect, it} from 'vitest'
import {type CountedAt, type SteadyRate, steadyRate} from '../../../src/diagnose/lag/steady-rates.ts'

const QUIET_SECONDS = 20

interface Flow {
  /** Of the scrapes. */
  interval: number
  /** Between two looks. */
  period: number
  phase?: number
  /** What a step rises by after so many seconds; parts of a batch that go out later. */
  parts?: {after: number; count: number}[]
  seconds?: number
}

/** Looks at a counter that rises by 100 a second, in steps. */
function looksAt({interval, period, phase = 0, parts, seconds = 300}: Flow): CountedAt[] {
  const steps = parts ?? [{after: 0, count: 100 * interval}]
  return Array.from({length: Math.floor(seconds / period) + 1}, (_, index) => {
    const atSeconds = index * period
    const count = steps.reduce((sum, step) => {
      return sum + step.count * (Math.floor((atSeconds - phase - step.after) / interval) + 100)
    }, 0)
    return {atSeconds, count}
  })
}

/** What is shown at each look, of points no older than a few intervals. */
function shown(points: readonly CountedAt[], interval: number, keptSeconds: number): SteadyRate[] {
  return points.flatMap((now, index) => {
    const kept = points.slice(0, index + 1).filter(({atSeconds}) => now.atSeconds - atSeconds <= keptSeconds)
    return steadyRate(kept, interval, interval + QUIET_SECONDS) ?? []
  })
}

const phases = [0, 0.3, 1, 1.9, 3.7, 4.99, 6.5, 9.2, 11, 14.2]

describe('a rate of what rises in steps', () => {
  it.each([
    [15, 1],
    [15, 2],
    [15, 3],
    [15, 5],
    [15, 10],
    [30, 2],
    [30, 10],
    [60, 2],
    [60, 10],
    [10, 2],
    [10, 10],
    [5, 2],
    [5, 10],
    [1, 10],
  ])('of scrapes every %i s is never a step too many or too few, looked at every %i s', (interval, period) => {
    for (const phase of phases) {
      const rates = shown(looksAt({interval, period, phase}), interval, Math.max(60, 1.5 * interval))
      expect(rates.length).toBeGreaterThan(10)
      for (const {perSecond} of rates) {
        expect(perSecond).toBeGreaterThan(75)
        expect(perSecond).toBeLessThan(125)
      }
    }
  })
  it('of a batch and its rest, which goes out at its deadline, is that of both together', () => {
    const parts = [
      {after: 0.1, count: 1200},
      {after: 5.1, count: 300},
    ]
    for (const period of [1, 2, 5, 10]) {
      for (const phase of phases) {
        for (const {perSecond} of shown(looksAt({interval: 15, period, phase, parts}), 15, 60)) {
          expect(perSecond).toBeGreaterThan(65)
          expect(perSecond).toBeLessThan(150)
        }
      }
    }
  })
  it.each([1, 2, 3, 5, 10])(
    'of batches that are cut anew from every few scrapes is theirs, looked at every %i s',
    period => {
      for (const phase of phases) {
        const points = Array.from({length: 60 / period}, (_, index) => {
          const atSeconds = index * period
          const scraped = 3000 * Math.floor(atSeconds + phase)
          return {atSeconds, count: 2000 * Math.floor(scraped / 2000)}
        })
        const rates = shown(points, 1, 66)
        expect(rates.length).toBeGreaterThan(2)
        for (const {perSecond, overSeconds} of rates) {
          expect(overSeconds).toBeGreaterThanOrEqual(8)
          expect(Math.abs(perSecond - 3000)).toBeLessThan(300)
        }
      }
    },
  )
  it('of what rises all the time is that of the clock', () => {
    const smooth = looksAt({interval: 0.5, period: 2})
    expect(steadyRate(smooth.slice(-12), 15, 35)?.perSecond).toBeCloseTo(100, 5)
  })
  it('is not known before an interval was seen', () => {
    expect(steadyRate([], 15, 35)).toBeNull()
    expect(steadyRate([{atSeconds: 0, count: 5}], 15, 35)).toBeNull()
    const two = [
      {atSeconds: 0, count: 0},
      {atSeconds: 2, count: 1500},
    ]
    expect(steadyRate(two, 15, 35)).toBeNull()
    expect(
      steadyRate(
        [
          {atSeconds: 0, count: 0},
          {atSeconds: 20, count: 0},
        ],
        15,
        35,
      ),
    ).toBeNull()
  })
  it('that was sent at once after a stop is of the last interval, not of the whole stop', () => {
    const before = looksAt({interval: 15, period: 2, seconds: 60})
    const frozen = before.at(-1)?.count ?? 0
    const stopped = Array.from({length: 60}, (_, index) => ({atSeconds: 62 + 2 * index, count: frozen}))
    const burst = {atSeconds: 182, count: frozen + 12_000}
    expect(steadyRate([...before, ...stopped, burst].slice(-40), 15, 35)).toEqual({perSecond: 800, overSeconds: 15})
  })
  it('is none once nothing rose for longer than it may take', () => {
    const before = looksAt({interval: 15, period: 5, seconds: 60})
    const stopped = (seconds: number) =>
      Array.from({length: seconds / 5}, (_, index) => ({
        atSeconds: 65 + 5 * index,
        count: before.at(-1)?.count ?? 0,
      }))
    expect(steadyRate([...before, ...stopped(20)], 15, 35)?.perSecond).toBe(100)
    expect(steadyRate([...before, ...stopped(60)], 15, 35)?.perSecond).toBe(0)
  })
  it('falls before that, from a scrape interval and the deadline of a batch after the last step on', () => {
    const before = looksAt({interval: 5, period: 2, phase: 0.5, seconds: 60})
    const stopped = Array.from({length: 12}, (_, index) => ({
      atSeconds: 62 + 2 * index,
      count: before.at(-1)?.count ?? 0,
    }))
    const rates = stopped.map(
      (_, index) => steadyRate([...before, ...stopped.slice(0, index + 1)], 5, 25)?.perSecond ?? -1,
    )
    expect(rates.slice(0, 3)).toEqual([rates[0], rates[0], rates[0]])
    expect(rates.every((rate, index) => index === 0 || rate <= (rates[index - 1] ?? 0))).toBe(true)
    expect(rates[8]).toBeLessThan(60) // 18 s after
    expect(rates.at(-1)).toBeLessThan(45)
  })
  it('does not fall between the steps of a queue that waits longer with its batches', () => {
    const points = looksAt({interval: 15, period: 2, parts: [{after: 0, count: 0}], seconds: 200}).map(
      ({atSeconds}) => {
        return {atSeconds, count: 3000 * Math.floor((atSeconds - 1) / 30)}
      },
    )
    for (const {perSecond} of shown(points, 15, 120).slice(35)) expect(perSecond).toBeGreaterThan(75)
  })
})
