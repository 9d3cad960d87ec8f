import {describe, expect, it} from 'vitest'
import {FULL, firstLosingTick, losingTicks} from '../../../src/facts/wal/truncation.ts'

const seconds = (known: number | null) => known ?? Number.NaN
const every10s = Array.from({length: 100}, (_, index) => 10 * (index + 1))
const onTime = {earliest: every10s, latest: every10s}

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
  it('of a segment number that no disk can have is not played for ever', () => {
    const known = {lowest: {least: 0, most: 1e15}, active: 1e15, read: 1e15, filledMost: FULL, segmentsPerSecond: 1}
    expect(losingTicks(known, [onTime])).toEqual({earliestSeconds: 10, latestSeconds: null})
  })
  it('a tick that comes late meets a longer WAL, so that it may be the one where the punctual tick is not', () => {
    // A = 2 at 10 s: c = 0; at 18 s the busy writer is in segment 4, c = 2 > R.
    const known = {lowest: {least: 0, most: 0}, active: 2, read: 1, filledMost: 0, segmentsPerSecond: 0.12}
    expect(losingTicks(known, [onTime])).toEqual({earliestSeconds: 20, latestSeconds: 20})
    const late = {earliest: every10s, latest: every10s.map(tick => tick + 8)}
    expect(losingTicks(known, [late])).toEqual({earliestSeconds: 10, latestSeconds: 28})
  })
  it('a tick that may be still to come makes the range wider at both ends, and never one that ends before it begins', () => {
    const known = {lowest: {least: 0, most: 0}, active: 2, read: 1, filledMost: FULL, segmentsPerSecond: 0.045}
    const open = {earliest: [0, 40, 80, 120], latest: [5, 45, 85, 125]}
    const past = {earliest: [40, 80, 120], latest: [45, 85, 125]}
    const range = losingTicks(known, [past, open])
    expect(range.earliestSeconds).toBe(
      Math.min(...[past, open].map(each => seconds(losingTicks(known, [each]).earliestSeconds))),
    )
    expect(range.latestSeconds).toBe(
      Math.max(...[past, open].map(each => seconds(losingTicks(known, [each]).latestSeconds))),
    )
    expect(seconds(range.latestSeconds)).toBeGreaterThan(seconds(range.earliestSeconds))
  })
})
