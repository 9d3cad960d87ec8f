import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {FULL, firstLosingTick, losingTicks} from '../../src/facts/truncation.ts'

/** The same rule done by hand on a list of files. */
function naiveLosingTick(
  start: {lowest: number; active: number; read: number; filled: number; segmentsPerSecond: number},
  ticks: readonly number[],
): number | null {
  let files = Array.from({length: start.active - start.lowest + 1}, (_, index) => start.lowest + index)
  const newest = () => files[files.length - 1] as number
  let filled = start.filled
  let before = 0
  for (let index = 0; index < ticks.length; index++) {
    const tick = ticks[index] as number
    filled += start.segmentsPerSecond * (tick - before)
    for (; filled >= 1; filled--) files.push(newest() + 1)
    const [first, last] = [files[0] as number, newest() - 1]
    const cut = first + Math.floor(((last - first) * 2) / 3)
    files.push(newest() + 1)
    filled = 0
    before = tick
    if (cut > first) files = files.filter(file => file > cut)
    // The reader has its own file open; it needs the next one.
    if (!files.includes(start.read + 1)) return index
  }
  return null
}

const every10s = Array.from({length: 100}, (_, index) => 10 * (index + 1))

describe('a truncation, played forward', () => {
  it('an idle agent on a fresh volume loses its first segment at the fourth tick', () => {
    const start = {lowest: 0, active: 0, filled: 0, segmentsPerSecond: 0}
    expect(firstLosingTick({...start, read: 0}, every10s)).toBe(3)
  })
  it('a reader in the very segment of the cut survives it, and loses at the next', () => {
    const start = {lowest: 0, active: 1, filled: 0, segmentsPerSecond: 0}
    expect(firstLosingTick({...start, read: 1}, every10s)).toBe(4)
    expect(firstLosingTick({...start, read: 0}, every10s)).toBe(2)
  })
  it('agrees with a list of files', () => {
    const starts = fc
      .record({
        lowest: fc.nat(30),
        span: fc.nat(40),
        back: fc.nat(40),
        filled: fc.constantFrom(0, 0.25, 0.5, FULL),
        segmentsPerSecond: fc.constantFrom(0, 1 / 64, 0.125, 0.25, 0.5),
      })
      // The next segment of the reader exists: else it has lost already.
      .map(({lowest, span, back, ...rest}) => {
        const active = lowest + span + 1
        return {...rest, lowest, active, read: Math.max(lowest - 1, active - 1 - back)}
      })
    fc.assert(
      fc.property(starts, start => {
        expect(firstLosingTick(start, every10s)).toBe(naiveLosingTick(start, every10s))
      }),
      {numRuns: 2000},
    )
  })
  it('every true start lies within the range over all starts that are possible', () => {
    const unknown = fc.record({
      active: fc.integer({min: 1, max: 40}),
      back: fc.nat(20),
      lowestShare: fc.double({min: 0, max: 1, noNaN: true}),
      filled: fc.constantFrom(0, FULL),
      rate: fc.double({min: 0, max: 0.4, noNaN: true}),
      factor: fc.constantFrom(0.9, 1, 1.1),
    })
    fc.assert(
      fc.property(unknown, ({active, back, lowestShare, filled, rate, factor}) => {
        const read = Math.max(0, active - 1 - back)
        const most = Math.min(active, read + 1)
        const lowest = Math.floor(lowestShare * most)
        const truth = firstLosingTick({lowest, active, read, filled, segmentsPerSecond: rate * factor}, every10s)
        const known = {lowest: {least: 0, most}, active, read, filledMost: FULL, segmentsPerSecond: rate}
        const range = losingTicks(known, {earliest: every10s, latest: every10s})
        if (truth === null) expect(range.latest).toBeNull()
        else {
          expect(range.earliest).toBeLessThanOrEqual(truth)
          expect(range.latest ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(truth)
        }
      }),
    )
  })
})
