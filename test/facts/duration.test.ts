import {describe, expect, it} from 'vitest'
import {parseDurationSeconds} from '../../src/facts/duration.ts'

describe('a duration', () => {
  it.each([
    ['1h30m', 5400],
    ['15s', 15],
    ['0s', 0],
    ['0', 0],
    ['30ms', 0.03],
    ['1d', 86_400],
    ['1w2d', 777_600],
    ['1y', 31_536_000],
  ])('%s', (text, seconds) => {
    expect(parseDurationSeconds(text)).toBeCloseTo(seconds, 9)
  })

  it.each(['', '15', '1.5h', '-1s', '1s1h', 'soon'])('is not "%s"', text => {
    expect(parseDurationSeconds(text)).toBeNull()
  })
})
