/**
 * When the first unsent sample is beyond saving, if nothing more is sent. Four things end it: the WAL's truncation, a receiver
 * that refuses old samples, a full disk, and sample_age_limit; the clock shows the one that comes first. Rules and their
 * measurement: docs/how-it-decides.md.
 */
import type {Timestamp} from '../../evidence/types.ts'
import {timestampOf} from '../../units.ts'
import type {LossClock, LossClockInputs} from '../types.ts'
import {diskFullWithinSeconds} from '../wal/disk.ts'
import {losingTicks} from '../wal/truncation.ts'
import {truncationTicks, walGrowth} from '../wal/truncation-ticks.ts'

interface Candidate {
  kind: NonNullable<LossClock['kind']>
  earliestSeconds: number | null
  latestSeconds: number | null
  assumption: string
}

const NOT_NEEDED: LossClock = {
  kind: null,
  earliestAt: null,
  latestAt: null,
  earliestSeconds: null,
  latestSeconds: null,
  assumption: '',
  status: 'not-needed',
}

/** Half of the 2 h range of a block (appendableMinValidTime in tsdb/head_append.go). */
const PROMETHEUS_REFUSES_AFTER_SECONDS = 3600

/** Part of the assumption where nothing tells what the receiver is: were it a plain Prometheus, the hour would end it sooner. */
const RECEIVER_LIMIT_UNKNOWN = 'limit of the receiver unknown'

export function readLossClock(inputs: LossClockInputs): LossClock {
  if (inputs.alreadyLost !== null) return lost(inputs, inputs.alreadyLost)
  if (!inputs.isNeeded) return NOT_NEEDED
  const truncation = truncationClock(inputs)
  if (truncation === 'lost') {
    return lost(inputs, 'the segments that the reader needs next are deleted: its unread samples are gone')
  }
  const candidates = [truncation, receiverClock(inputs), diskClock(inputs), ageLimitClock(inputs)].filter(isCandidate)
  const [first] = candidates.sort((a, b) => soonestSeconds(a) - soonestSeconds(b))
  const remarks = [
    'missing' in truncation ? `the truncation is not in it: ${truncation.missing} is not known` : null,
    inputs.receiver.isPrometheus === null ? RECEIVER_LIMIT_UNKNOWN : null,
  ].filter(remark => remark !== null)
  const atPlainPrometheusSeconds = plainPrometheusSeconds(inputs)
  if (!first) {
    const nothing = 'missing' in truncation ? truncation.missing : 'no coming truncation takes what waits'
    return {
      ...NOT_NEEDED,
      assumption: [nothing, ...remarks.slice('missing' in truncation ? 1 : 0)].join('; '),
      status: 'unknown',
      ...(atPlainPrometheusSeconds !== null && {atPlainPrometheusSeconds}),
    }
  }
  const {kind, earliestSeconds, latestSeconds} = first
  const isSooner = atPlainPrometheusSeconds !== null && atPlainPrometheusSeconds < soonestSeconds(first)
  return {
    kind,
    earliestSeconds,
    latestSeconds,
    earliestAt: timeAfter(inputs, earliestSeconds),
    latestAt: timeAfter(inputs, latestSeconds),
    assumption: [first.assumption, ...remarks].join('; '),
    status: 'known',
    ...(isSooner && {atPlainPrometheusSeconds}),
  }
}

/** 1 h after the last delivery; null where the receiver is known, for better or worse. */
function plainPrometheusSeconds({receiver, ...inputs}: LossClockInputs): number | null {
  return receiver.isPrometheus === null ? refusedInSeconds(inputs, PROMETHEUS_REFUSES_AFTER_SECONDS) : null
}

/** Until the first unsent sample is older than that. */
function refusedInSeconds(inputs: FirstUnsentInputs, refusedAfter: number): number {
  return Math.max(0, firstUnsentSeconds(inputs) + refusedAfter - inputs.nowSeconds)
}

type FirstUnsentInputs = Pick<LossClockInputs, 'highestSentSeconds' | 'ageSeconds' | 'process' | 'nowSeconds'>

/** S; of a queue that never sent, when it was built, at the earliest: its reader begins there (tsdb/wlog/watcher.go). */
function firstUnsentSeconds({highestSentSeconds, ageSeconds, process, nowSeconds}: FirstUnsentInputs): number {
  return highestSentSeconds ?? (ageSeconds === null ? process.startSeconds : nowSeconds - ageSeconds)
}

/** `L` > R + 1 is loss that is certain already; a reader beyond the newest segment, or bounds that contradict it, tell nothing. */
function truncationClock(inputs: LossClockInputs): Candidate | {missing: string} | 'lost' {
  const {wal, readSegment: read} = inputs
  const {activeSegment: active, lowestSegment: known} = wal
  if (active === null || known === null) return {missing: 'the segment being written'}
  if (read === null) return {missing: "the reader's segment"}
  if (read > active) return {missing: "the reader's place in the WAL (it claims to be past its end)"}
  if (known.least > read + 1) return 'lost'
  const ticks = truncationTicks(inputs)
  if ('missing' in ticks) return ticks
  const growth = walGrowth(inputs, ticks)
  if (growth === null) return {missing: 'how fast the WAL grows'}
  const lowest = {least: known.least, most: Math.min(known.most, active, read + 1)}
  const {earliestSeconds, latestSeconds} = losingTicks({lowest, active, read, ...growth}, ticks.possible)
  if (earliestSeconds === null) return {missing: 'any truncation that reaches what waits, among the next hundred,'}
  // What an earlier process left behind cannot be bounded from above.
  const isBounded = known.source !== 'bounds' || ticks.anyPast
  const oldest =
    lowest.least === lowest.most ? `segment ${lowest.least}` : `a segment between ${lowest.least} and ${lowest.most}`
  return {
    kind: 'truncation',
    earliestSeconds,
    latestSeconds: isBounded ? latestSeconds : null,
    assumption: `${ticks.basis}; it holds ${oldest} to ${active} and the reader is in ${read}`,
  }
}

function receiverClock({receiver, ...inputs}: LossClockInputs): Candidate | null {
  if (receiver.isPrometheus !== true) return null
  const {refusesAfterSeconds} = receiver
  const seconds = refusedInSeconds(inputs, refusesAfterSeconds ?? PROMETHEUS_REFUSES_AFTER_SECONDS)
  const assumption =
    refusesAfterSeconds === null
      ? 'the receiver is a Prometheus; that it refuses samples older than 1 h is assumed'
      : `the central refuses samples older than ${refusesAfterSeconds} s, by its own configuration`
  return {kind: 'receiver', earliestSeconds: seconds, latestSeconds: seconds, assumption}
}

/** The latest only: others may use the volume too. */
function diskClock(inputs: LossClockInputs): Candidate | null {
  const fullSeconds = diskFullWithinSeconds(inputs)
  if (fullSeconds === null) return null
  // What does not fit is noticed when the next scrape is written.
  const latestSeconds = fullSeconds + inputs.scrapeIntervalSeconds
  const assumption = 'the WAL grows as it did and has its volume for itself'
  return {kind: 'disk', earliestSeconds: null, latestSeconds, assumption}
}

function ageLimitClock(inputs: LossClockInputs): Candidate | null {
  const {sampleAgeLimitSeconds, scrapeIntervalSeconds, retryPauseSeconds, nowSeconds} = inputs
  if (sampleAgeLimitSeconds <= 0) return null
  const seconds = firstUnsentSeconds(inputs) + sampleAgeLimitSeconds - nowSeconds
  return {
    kind: 'age-limit',
    earliestSeconds: Math.max(0, seconds),
    // The first one unsent was scraped up to an interval after S, and is dropped when its batch is tried again.
    latestSeconds: Math.max(0, seconds + scrapeIntervalSeconds + retryPauseSeconds),
    assumption: `sample_age_limit is ${sampleAgeLimitSeconds} s`,
  }
}

/** An instant that no calendar has (a flag of 99999 years, a made-up metric) is none. */
function isCandidate(candidate: Candidate | {missing: string} | null): candidate is Candidate {
  if (candidate === null || !('kind' in candidate)) return false
  return [candidate.earliestSeconds, candidate.latestSeconds].every(
    seconds => seconds === null || seconds < FARTHEST_SECONDS,
  )
}

const FARTHEST_SECONDS = 100 * 365 * 86_400

/** Infinite where it knows neither. */
export function soonestSeconds({
  earliestSeconds,
  latestSeconds,
}: Pick<LossClock, 'earliestSeconds' | 'latestSeconds'>): number {
  return earliestSeconds ?? latestSeconds ?? Number.POSITIVE_INFINITY
}

function lost(inputs: LossClockInputs, assumption: string): LossClock {
  const at = timeAfter(inputs, 0)
  return {
    kind: 'truncation',
    earliestAt: at,
    latestAt: at,
    earliestSeconds: 0,
    latestSeconds: 0,
    assumption,
    status: 'lost',
  }
}

function timeAfter({nowSeconds}: LossClockInputs, seconds: number | null): Timestamp | null {
  return seconds === null ? null : timestampOf(nowSeconds + seconds)
}
