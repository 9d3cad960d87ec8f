import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {readFacts} from '../../src/facts/facts.ts'
import {FULL, firstLosingTick, losingTicks} from '../../src/facts/truncation.ts'
import {aFleet, anAgent, NOW, timestamp} from '../builders/evidence.ts'
import {fuzzTimeoutMs, holds} from '../fuzz.ts'

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

describe('a truncation, played forward', {timeout: fuzzTimeoutMs}, () => {
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
    return holds(starts, start => {
      expect(firstLosingTick(start, every10s)).toBe(naiveLosingTick(start, every10s))
    })
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
    return holds(unknown, ({active, back, lowestShare, filled, rate, factor}) => {
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
    })
  })
})

describe('the loss clock', {timeout: fuzzTimeoutMs}, () => {
  it('of any segments, clocks and flags says nothing, or a range that is one', () => {
    const figure = fc.oneof(
      fc.nat(40),
      fc.constantFrom(-1, 0.5, 1e6, 1e15, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    )
    const jump = fc.constantFrom(0, 1, -1, 3600, -3600, 86_400 * 400, -86_400 * 400)
    const state = fc.record({
      ...{activeSegment: figure, readSegment: figure, replaySeconds: figure, completedPages: figure, walBytes: figure},
      ...{truncations: figure, truncateSeconds: figure, logFirst: figure, logLast: figure},
      ...{uptimeSeconds: fc.constantFrom(0, 1, 1800, 86_400, 1e9), jump, mode: fc.constantFrom('agent', 'server')},
      frequency: fc.constantFrom('2h', '0s', '1ms', '99999y', 'often', '-1h'),
      ageLimit: fc.constantFrom('0s', '30m', 'x'),
    })
    return holds(
      state,
      given => {
        const agent = anAgent({
          ...{uptimeSeconds: given.uptimeSeconds, mode: given.mode as 'agent' | 'server'},
          queues: [{doing: 'retrying', forSeconds: 600, figures: {readSegment: given.readSegment}}],
          figures: {
            ...{activeSegment: given.activeSegment, replaySeconds: given.replaySeconds},
            ...{completedPages: given.completedPages, walBytes: given.walBytes},
            truncations: {count: given.truncations, seconds: given.truncateSeconds},
          },
          flags: {
            'storage.agent.wal-truncate-frequency': given.frequency,
            'storage.tsdb.min-block-duration': given.frequency,
          },
          remoteWriteYaml: `queue_config: {sample_age_limit: ${given.ageLimit}}`,
          walLines: [
            `time=${timestamp(NOW + given.jump)} level=INFO msg="WAL checkpoint complete" first=${given.logFirst} last=${given.logLast}`,
          ],
        })
        for (const {queues} of readFacts(aFleet({agents: [agent]})).agents) {
          for (const {lossClock} of queues) {
            const {earliestSeconds, latestSeconds, earliestAt, latestAt} = lossClock
            for (const seconds of [earliestSeconds, latestSeconds]) {
              if (seconds !== null) expect(seconds).toBeGreaterThanOrEqual(0)
              if (seconds !== null) expect(Number.isFinite(seconds)).toBe(true)
            }
            if (earliestSeconds !== null && latestSeconds !== null)
              expect(latestSeconds).toBeGreaterThanOrEqual(earliestSeconds)
            for (const at of [earliestAt, latestAt]) if (at !== null) expect(new Date(at).toISOString()).toBe(at)
          }
        }
      },
      {shortRuns: 100},
    )
  })
})
