import assert from 'node:assert/strict'
import fc from 'fast-check'
import {describe, it} from 'vitest'
import type {Collected, LogEvidence} from '../../../src/evidence/types.ts'
import type {Sample} from '../../../src/facts/exposition/exposition.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {readLossClock} from '../../../src/facts/queue/loss-clock.ts'
import type {LossClock} from '../../../src/facts/types.ts'
import {FULL, firstLosingTick, losingTicks} from '../../../src/facts/wal/truncation.ts'
import {readWal} from '../../../src/facts/wal/wal.ts'
import {aFleet, anAgent, collected, NOW, timestamp} from '../../builders/evidence.ts'
import {fuzzTimeoutMs, holds} from '../../fuzz.ts'

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
      assert.equal(firstLosingTick(start, every10s), naiveLosingTick(start, every10s))
    })
  })
  const few = every10s.slice(0, 40)
  const past = {earliest: few, latest: few.map(tick => tick + 3)}
  const open = {earliest: [0, ...past.earliest], latest: [3, ...past.latest]}
  it('every true start, with ticks as late as they may be, lies within the range over all that are possible', () => {
    const unknown = fc.record({
      active: fc.integer({min: 1, max: 20}),
      back: fc.nat(12),
      lowestShare: fc.double({min: 0, max: 1, noNaN: true}),
      filled: fc.constantFrom(0, FULL / 2, FULL),
      rate: fc.double({min: 0, max: 0.4, noNaN: true}),
      factor: fc.constantFrom(0.9, 1, 1.1),
      late: fc.constantFrom(0, 3),
      isOpenDone: fc.boolean(),
    })
    return holds(unknown, ({active, back, lowestShare, filled, rate, factor, late, isOpenDone}) => {
      const read = Math.max(0, active - 1 - back)
      const most = Math.min(active, read + 1)
      const lowest = Math.floor(lowestShare * most)
      const ticks = (isOpenDone ? past : open).earliest.map(tick => tick + late)
      const index = firstLosingTick({lowest, active, read, filled, segmentsPerSecond: rate * factor}, ticks)
      const truth = index === null ? null : (ticks[index] ?? null)
      const known = {lowest: {least: 0, most}, active, read, filledMost: FULL, segmentsPerSecond: rate}
      const range = losingTicks(known, [past, open])
      if (truth === null) assert.equal(range.latestSeconds, null)
      else {
        assert.ok(range.earliestSeconds !== null && range.earliestSeconds <= truth)
        assert.ok((range.latestSeconds ?? Number.POSITIVE_INFINITY) >= truth)
      }
    })
  })
})

const figure = fc.oneof(
  fc.nat(40),
  fc.constantFrom(-1, 0.5, 1e6, 1e15, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
)
const state = fc.record({
  ...{activeSegment: figure, readSegment: figure, replaySeconds: figure, completedPages: figure, walBytes: figure},
  ...{truncations: figure, truncateSeconds: figure, logFirst: figure, logLast: figure},
  uptimeSeconds: fc.constantFrom(0, 1, 1800, 86_400, 1e9),
  jump: fc.constantFrom(0, 1, -1, 3600, -3600, 86_400 * 400, -86_400 * 400),
  mode: fc.constantFrom('agent' as const, 'server' as const),
  frequency: fc.constantFrom('2h', '0s', '1ms', '99999y', 'often', '-1h'),
  ageLimit: fc.constantFrom('0s', '30m', 'x'),
})
type State = typeof state extends fc.Arbitrary<infer Of> ? Of : never

const flagsOf = ({frequency}: State) => ({
  'storage.agent.wal-truncate-frequency': frequency,
  'storage.tsdb.min-block-duration': frequency,
})
const walLinesOf = ({jump, logFirst, logLast}: State) => [
  `time=${timestamp(NOW + jump)} level=INFO msg="WAL checkpoint complete" first=${logFirst} last=${logLast}`,
]

function saysNothingOrARange({earliestSeconds, latestSeconds, earliestAt, latestAt}: LossClock): void {
  for (const seconds of [earliestSeconds, latestSeconds])
    assert.ok(seconds === null || (seconds >= 0 && Number.isFinite(seconds)), `${seconds} s`)
  if (earliestSeconds !== null && latestSeconds !== null) assert.ok(latestSeconds >= earliestSeconds)
  for (const at of [earliestAt, latestAt]) if (at !== null) assert.equal(new Date(at).toISOString(), at)
}

describe('the loss clock', {timeout: fuzzTimeoutMs}, () => {
  it('of any segments, clocks and flags says nothing, or a range that is one', () => {
    const agents = {
      agent: readFacts(aFleet({agents: [anAgent({mode: 'agent'})]})).agents[0]!,
      server: readFacts(aFleet({agents: [anAgent({mode: 'server'})]})).agents[0]!,
    }
    const log = collectedLog(agents.agent.evidence.log)
    const ages = fc.constantFrom(null, 0, 12, 1e9)
    return holds(
      fc.tuple(state, figure, fc.constantFrom(true, false, null), ages),
      ([given, sent, isPrometheus, age]) => {
        const {metrics, evidence, process} = agents[given.mode]
        assert.ok(metrics !== null && process !== null)
        const changed = {
          ...evidence,
          flags: collected(flagsOf(given)),
          log: collected({...log, walLines: walLinesOf(given)}),
        }
        const exposition = {...metrics, series: new Map([...metrics.series, ...seriesOf(given)])}
        const startSeconds = NOW - given.uptimeSeconds
        const clock = readLossClock({
          ...{
            isNeeded: true,
            alreadyLost: null,
            nowSeconds: NOW,
            mode: given.mode,
            metrics: exposition,
            evidence: changed,
          },
          process: {...process, startSeconds, uptimeSeconds: given.uptimeSeconds},
          wal: readWal(exposition, changed, startSeconds),
          readSegment: Number.isFinite(given.readSegment) ? given.readSegment : null,
          highestSentSeconds: Number.isFinite(sent) ? NOW - sent : null,
          ageSeconds: age,
          sampleAgeLimitSeconds: given.ageLimit === '30m' ? 1800 : 0,
          ...{scrapeIntervalSeconds: 15, retryPauseSeconds: 35},
          receiver: {isPrometheus, refusesAfterSeconds: null},
        })
        saysNothingOrARange(clock)
      },
    )
  })
  it('does so also where all of that is read from text', () => {
    return holds(
      state,
      given => {
        const agent = anAgent({
          ...{uptimeSeconds: given.uptimeSeconds, mode: given.mode},
          queues: [{doing: 'retrying', forSeconds: 600, figures: {readSegment: given.readSegment}}],
          figures: {
            ...{activeSegment: given.activeSegment, replaySeconds: given.replaySeconds},
            ...{completedPages: given.completedPages, walBytes: given.walBytes},
            truncations: {count: given.truncations, seconds: given.truncateSeconds},
          },
          flags: flagsOf(given),
          remoteWriteYaml: `queue_config: {sample_age_limit: ${given.ageLimit}}`,
          walLines: walLinesOf(given),
        })
        for (const {queues} of readFacts(aFleet({agents: [agent]})).agents)
          for (const {lossClock} of queues) saysNothingOrARange(lossClock)
      },
      {shortRuns: 100, most: {runs: 50_000, because: 'one input is all that is read of an agent'}},
    )
  })
})

function seriesOf(given: State): [string, Sample[]][] {
  const prefix = 'prometheus_'
  return [
    [`${prefix}tsdb_wal_segment_current`, given.activeSegment],
    [`${prefix}tsdb_wal_storage_size_bytes`, given.walBytes],
    [`${prefix}tsdb_wal_completed_pages_total`, given.completedPages],
    [`${prefix}agent_truncate_duration_seconds_count`, given.truncations],
    [`${prefix}agent_truncate_duration_seconds_sum`, given.truncateSeconds],
    [`${prefix}agent_data_replay_duration_seconds`, given.replaySeconds],
  ].map(([name, value]) => [String(name), [{labels: {}, value: Number(value)}]])
}

function collectedLog(log: Collected<LogEvidence>): LogEvidence {
  assert.ok(log.ok)
  return log.value
}
