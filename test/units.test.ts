import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import * as units from '../src/units.ts'

describe('formatSeconds', () => {
  it.each([
    [0, '0 s'],
    [-3, '0 s'],
    [0.25, '250 ms'],
    [1, '1 s'],
    [119, '119 s'],
    [120, '2 min'],
    [2460, '41 min'],
    [7199, '119 min'],
    [7200, '2 h'],
    [12_000, '3 h 20 min'],
    [172_800, '2 d'],
    [190_000, '2 d 4 h'],
  ])('says %d as people do', (seconds, text) => expect(units.formatSeconds(seconds)).toBe(text))
})

describe('formatBeginning', () => {
  it.each([
    [1320, 2280, 'in 22-38 min'],
    [1320, null, 'in 22 min or later'],
    [null, 1320, 'in 22 min or sooner'],
    [0, 1320, 'in 22 min or sooner'],
    [0.9, 1320, 'in 22 min or sooner'],
    [1, 1320, 'in 1 s-22 min'],
    [0, null, 'now or later'],
    [0, 0, null],
    [null, 0.9, null],
    [-5, -1, null],
  ])('%s to %s', (from, to, text) => expect(units.formatBeginning(from, to)).toBe(text))
})

describe('formatSecondsRange', () => {
  it.each([
    [1320, 2280, '22-38 min'],
    [50, 180, '50 s-3 min'],
    [300, 310, '5 min'],
    [12_000, 14_400, '3-4 h'],
    [12_000, 12_300, '3 h 20 min'],
    [28_680, 28_740, '8 h'],
    [22_000, 28_000, '6-8 h'],
    [6600, 9600, '110 min-2 h 40 min'],
    [200_000, 300_000, '2-3 d'],
    [8400, 8940, '2 h 20 min'],
  ])('joins %d and %d', (from, to, text) => expect(units.formatSecondsRange(from, to)).toBe(text))
})

describe('formatPercent', () => {
  it('says 0 % and 100 % only when it is exactly that', () => {
    fc.assert(
      fc.property(fc.double({min: 0, max: 1, noNaN: true}), ratio => {
        expect(units.formatPercent(ratio) === '100 %').toBe(ratio === 1)
        expect(units.formatPercent(ratio) === '0 %').toBe(ratio === 0)
      }),
    )
  })
  it.each([
    [0.01, '1 %'],
    [0.0042, '0.4 %'],
    [0.5, '50 %'],
    [0.995, '99.5 %'],
    [0.0001, '< 0.1 %'],
    [0.9999, '> 99.9 %'],
  ])('writes %d', (ratio, text) => expect(units.formatPercent(ratio)).toBe(text))
})

describe('the others', () => {
  it('group digits', () => expect(units.formatCount(118_000)).toBe('118,000'))
  it('write rates side by side, and what is not known as a question', () => {
    expect(units.formatRate(420, 420)).toBe('420 of 420/s')
    expect(units.formatRate(0.5, 12.4)).toBe('0.5 of 12/s')
    expect(units.formatRate(null, 12)).toBe('? of 12/s')
    expect(units.formatRate(3, null)).toBe('3/s')
    expect(units.formatRate(0.01, 0)).toBe('< 0.1 of 0/s')
  })
  it('write bytes in powers of 1024', () => {
    expect([0, 1023, 1536, 512 * 1024 ** 2, 1.9 * 1024 ** 3].map(units.formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.5 KiB',
      '512 MiB',
      '1.9 GiB',
    ])
  })
  it('add the day to times that are not of today', () => {
    const now = '2026-11-23T02:14:31Z'
    expect(units.formatClock('2026-11-23T02:03:00Z', now)).toBe('02:03')
    expect(units.formatClock('2026-11-22T20:03:00Z', now)).toBe('20:03')
    expect(units.formatClock('2026-11-21T02:03:00Z', now)).toBe('Nov 21 02:03')
    expect(units.formatClockWithAge('2026-11-23T02:03:00Z', now)).toBe('02:03 (11 min)')
    expect(units.formatClock('nonsense', now)).toBe('?')
  })
  it('have no time for numbers that are none', () => {
    expect(units.timestampOf(Number.NaN)).toBeNull()
    expect(units.timestampOf(1e18)).toBeNull()
    expect(units.timestampOf(0)).toBe('1970-01-01T00:00:00.000Z')
  })
})
