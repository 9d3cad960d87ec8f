import {describe, expect, it} from 'vitest'
import {readFacts} from '../../../src/facts/facts.ts'
import type {LossClock} from '../../../src/facts/types.ts'
import {
  type AgentOptions,
  aFailure,
  aFleet,
  anAgent,
  collected,
  type FleetOptions,
  NOW,
  timestamp,
} from '../../builders/evidence.ts'

function clockOf(options: AgentOptions, change: (agent: ReturnType<typeof anAgent>) => void = () => {}): LossClock {
  const agent = anAgent(options)
  change(agent)
  const fleet: FleetOptions = {agents: [agent]}
  return readFacts(aFleet(fleet)).agents[0]!.queues[0]!.lossClock
}

const HOUR = 3600
const outage = {doing: 'retrying' as const, forSeconds: 600}
const loaded = (segment: number) =>
  `time=${timestamp(NOW - 85_000)} level=INFO msg="WAL segment loaded" segment=${segment} maxSegment=9`
const checkpoint = (first: number, last: number, at = NOW - HOUR) =>
  `time=${timestamp(at)} level=INFO msg="WAL checkpoint complete" first=${first} last=${last} duration=1s`

/** A quiet agent, up for 30 min on an empty-dir: first tick in 90 min. */
const quiet: AgentOptions = {uptimeSeconds: HOUR / 2, queues: [outage], figures: {completedPages: 10}}

describe('truncation', () => {
  it('a quiet agent on a fresh volume loses its first segment at the fourth tick', () => {
    expect(clockOf(quiet)).toMatchObject({
      ...{kind: 'truncation', status: 'known', earliestSeconds: 7.5 * HOUR, latestSeconds: 7.5 * HOUR + 30},
      ...{earliestAt: timestamp(NOW + 7.5 * HOUR), latestAt: timestamp(NOW + 7.5 * HOUR + 30)},
    })
  })
  it('takes the frequency from the flags, and adds replay and past truncations', () => {
    const figures = {...quiet.figures, replaySeconds: 7, truncations: {count: 0, seconds: 3}}
    const clock = clockOf({...quiet, figures, flags: {'storage.agent.wal-truncate-frequency': '1h'}})
    expect(clock).toMatchObject({earliestSeconds: 3.5 * HOUR + 10, latestSeconds: 3.5 * HOUR + 40})
    expect(clock.assumption).toContain('every 3600 s')
  })
  it('knows L from the last checkpoint line of this process', () => {
    // L = 4, A = 9, R = 6: c = 4 + floor(4 * 2 / 3) = 6 = R survives; then L = 7, c = 7 + floor(2 * 2 / 3) = 8 > R.
    const walLines = [checkpoint(0, 3, NOW - 2.5 * HOUR)]
    const figures = {activeSegment: 9, truncations: {count: 4, seconds: 4}, completedPages: 10}
    const queues = [{...outage, figures: {readSegment: 6}}]
    // Up for 9 h 30 min: with 4 s of truncations the next tick comes in 30 min and 4 s.
    const clock = clockOf({uptimeSeconds: 9.5 * HOUR, queues, figures, walLines})
    expect(clock.earliestSeconds).toBe(HOUR / 2 + 4 + 2 * HOUR)
    expect(clock.latestSeconds).toBe(HOUR / 2 + 4 + 2 * HOUR + 30 + 2)
    expect(clock.assumption).toContain('segment 4 to 9 and the reader is in 6')
  })
  it('a busy reader far behind the newest segment loses at the next tick', () => {
    const queues = [{...outage, figures: {readSegment: 20}}]
    const figures = {activeSegment: 60, truncations: {count: 1, seconds: 2}, completedPages: 5_000_000}
    const clock = clockOf({queues, figures, walLines: [checkpoint(0, 18)]})
    // A day is twelve periods: the tick of now, late by the 2 s that truncations took, is still to come.
    expect(clock).toMatchObject({earliestSeconds: 2, latestSeconds: 2 + 30 + 2})
  })
  it('a tick that may just be late is still to come for the earliest, and past for the latest', () => {
    const queues = [{...outage, figures: {readSegment: 20}}]
    const figures = {activeSegment: 60, truncations: {count: 1, seconds: 2}, completedPages: 5_000_000}
    const options = {uptimeSeconds: 86_420, queues, figures, walLines: [checkpoint(0, 18)]}
    expect(clockOf(options)).toMatchObject({earliestSeconds: 0, latestSeconds: 2 * HOUR - 18 + 32})
    const done = {...options, walLines: [checkpoint(0, 18, NOW - 5)]}
    expect(clockOf(done)).toMatchObject({earliestSeconds: 2 * HOUR - 18, latestSeconds: 2 * HOUR - 18 + 32})
  })
  it('a lowest segment beyond the one after the reader is loss already', () => {
    const figures = {activeSegment: 9, truncations: {count: 4, seconds: 4}}
    const at = (readSegment: number) =>
      clockOf({queues: [{...outage, figures: {readSegment}}], figures, walLines: [checkpoint(0, 6)]})
    expect(at(5)).toMatchObject({
      status: 'lost',
      kind: 'truncation',
      earliestSeconds: 0,
      latestSeconds: 0,
      latestAt: timestamp(NOW),
    })
    expect(at(6).status).toBe('known')
  })
  it('with nothing but bounds for L it gives a range, and no latest before the first tick of the process', () => {
    const figures = {activeSegment: 9, truncations: {count: 4, seconds: 4}, completedPages: 10}
    const queues = [{...outage, figures: {readSegment: 8}}]
    const range = clockOf({queues, figures})
    expect(range.latestSeconds).toBeGreaterThan(range.earliestSeconds!)
    const unseen = clockOf({uptimeSeconds: HOUR, queues, figures}, ({evidence}) => {
      evidence.log = aFailure('forbidden')
    })
    expect(unseen).toMatchObject({status: 'known', latestSeconds: null, latestAt: null})
    expect(unseen.earliestSeconds).toBeGreaterThan(0)
  })
  it('knows L from the segments loaded at the start, while nothing was truncated since', () => {
    const agent = {
      queues: [{...outage, figures: {readSegment: 9}}],
      walLines: [loaded(3), loaded(4)],
      uptimeSeconds: 86_400,
    }
    expect(clockOf({...agent, figures: {activeSegment: 9}}).assumption).toContain('segment 3 to 9')
    const since = {activeSegment: 9, truncations: {count: 1, seconds: 1}}
    expect(clockOf({...agent, figures: since}).assumption).toContain('between 0 and 9')
  })
  it('does not take its word from a log that was cut off, or from a line of an earlier process', () => {
    const figures = {activeSegment: 9, truncations: {count: 4, seconds: 4}}
    const agent = {queues: [{...outage, figures: {readSegment: 7}}], figures}
    const cutOff = clockOf({...agent, walLines: [checkpoint(0, 6)]}, ({evidence}) => {
      if (evidence.log.ok) evidence.log.value.truncated = true
    })
    expect(cutOff.assumption).toContain('between 0 and 8')
    expect(clockOf({...agent, walLines: [checkpoint(0, 6, NOW - 90_000)]}).assumption).toContain('between 0 and 8')
  })
  it.each([
    ["the reader's segment is missing", {queues: [{...outage, figures: {readSegment: null}}]}, "the reader's segment"],
    ['the newest segment is missing', {figures: {activeSegment: null}}, 'the segment being written'],
    ['the reader is past the end', {queues: [{...outage, figures: {readSegment: 5}}]}, 'past its end'],
    [
      'the flag is no duration',
      {flags: {'storage.agent.wal-truncate-frequency': 'often'}},
      'how often the WAL is truncated',
    ],
  ])('is unknown when %s, and says so', (_, change, missing) => {
    const clock = clockOf({...quiet, ...change})
    expect(clock).toMatchObject({status: 'unknown', kind: null, earliestSeconds: null, latestSeconds: null})
    expect(clock.assumption).toContain(missing)
  })
  it('without flags the container arguments tell, and without both nothing does', () => {
    const unread = (args: string[]) =>
      clockOf({...quiet, container: {args}}, ({evidence}) => {
        evidence.flags = aFailure('forbidden')
      })
    expect(unread(['--agent', '--storage.agent.wal-truncate-frequency=1h'])).toMatchObject({
      earliestSeconds: 3.5 * HOUR,
    })
    expect(unread(['--agent'])).toMatchObject({earliestSeconds: 7.5 * HOUR})
    expect(unread([])).toMatchObject({status: 'unknown'})
  })
  it('a server is truncated when its head spans one and a half blocks, then by blocks that end on multiples of their length', () => {
    const extra = `prometheus_tsdb_head_min_time_seconds ${NOW - 2 * HOUR}`
    const figures = {extra, activeSegment: 4, completedPages: 10}
    const server = {...quiet, mode: 'server' as const, figures, uptimeSeconds: 30 * HOUR, walLines: [checkpoint(0, 0)]}
    // L = 1, A = 4, R = 0: c = 2 at the first tick, in an hour.
    expect(clockOf(server)).toMatchObject({earliestSeconds: HOUR, latestSeconds: HOUR + 720 + 5})
    // With A = 3 only the second tick takes it. The head began at 00:14:31, is cut at 02:00 and spans 3 h again at 05:00.
    const second = {...server, figures: {...figures, activeSegment: 3}}
    expect(clockOf(second).earliestAt).toBe('2026-11-23T05:00:00.000Z')
    const failing = {...server, figures: {...figures, extra: `${extra}\nprometheus_tsdb_compactions_failed_total 1`}}
    expect(clockOf(failing)).toMatchObject({earliestSeconds: HOUR, latestSeconds: null})
  })
})

describe('need', () => {
  it('there is no clock while the queue delivers', () => {
    expect(clockOf({})).toEqual({
      ...{kind: null, earliestAt: null, latestAt: null, earliestSeconds: null, latestSeconds: null},
      ...{assumption: '', status: 'not-needed'},
    })
  })
  it('there is one from the first retry, and for a queue that never delivered', () => {
    expect(clockOf({queues: [{doing: 'retrying', forSeconds: 40}]}).status).toBe('known')
    const never = {total: 100, retried: 100, pending: 50, highestSent: null}
    expect(clockOf({queues: [{figures: never}]}).status).toBe('known')
  })
})

/** 500 pages in half an hour's WAL that writes one a second, on a claim of so many. */
function onDisk(pages: number): Parameters<typeof clockOf> {
  const podStatus = {volumes: [{name: 'db', kind: 'claim' as const, claim: 'db-agent-0', mountPath: '/prometheus'}]}
  const figures = {completedPages: 1800, walBytes: 500 * 32_768}
  const claim = {name: 'db-agent-0', phase: 'Bound', capacityBytes: pages * 32_768, storageClass: null}
  return [
    {uptimeSeconds: HOUR / 2, queues: [outage], figures, podStatus},
    ({evidence}) => {
      evidence.claims = collected([claim])
    },
  ]
}

describe('the other ends', () => {
  it('sample_age_limit, counted from the newest sample sent, up to a scrape and a retry later', () => {
    const clock = clockOf({...quiet, remoteWriteYaml: 'queue_config: {sample_age_limit: 30m, max_backoff: 7s}'})
    expect(clock).toMatchObject({kind: 'age-limit', earliestSeconds: 1200, latestSeconds: 1200 + 15 + 7 + 30})
  })
  it('a full disk, as the latest only: at nine tenths of the pace so far, and a scrape later', () => {
    expect(clockOf(...onDisk(500 + 90))).toMatchObject({kind: 'disk', earliestSeconds: null, latestSeconds: 100 + 15})
  })
  it('no full disk where a truncation makes room before, though it takes nothing that waits', () => {
    // At 0.9 pages a second, 90 min until the first tick.
    expect(clockOf(...onDisk(500 + 4859))).toMatchObject({kind: 'disk'})
    expect(clockOf(...onDisk(500 + 4860))).toMatchObject({kind: 'truncation'})
  })
  it('a Prometheus that refuses old samples, where its answers gave it away; the hour is assumed and said', () => {
    const error =
      'server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'
    const clock = clockOf({...quiet, log: [{message: 'non-recoverable error', error}]})
    expect(clock).toMatchObject({kind: 'receiver', earliestSeconds: 3000, latestSeconds: 3000})
    expect(clock.assumption).toContain('1 h is assumed')
  })
  it('of another receiver the limit is unknown, and said so', () => {
    expect(clockOf(quiet).assumption).toContain('limit of the receiver unknown')
  })
})
