import {describe, expect, it} from 'vitest'
import {FULL, firstLosingTick, losingTicks} from '../../src/facts/truncation.ts'

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
  it('of a segment number that no disk can have is not played for ever', () => {
    const known = {lowest: {least: 0, most: 1e15}, active: 1e15, read: 1e15, filledMost: FULL, segmentsPerSecond: 1}
    expect(losingTicks(known, {earliest: every10s, latest: every10s})).toEqual({earliest: 0, latest: null})
  })
})
