/** When the WAL will be truncated next, and how fast it grows: from flags, arguments, metrics and the log. */
import type {AgentEvidence} from '../../evidence/types.ts'
import {secondsOf} from '../../units.ts'
import {parseDurationSeconds} from '../duration.ts'
import {type Exposition, sample} from '../exposition/exposition.ts'
import {parseLogLine} from '../log/line.ts'
import {ownContainer} from '../process/process.ts'
import type {ProcessFacts, TruncationContext, WalFacts} from '../types.ts'
import {FULL, RATE_MOST, type TickTimes} from './truncation.ts'

interface TruncationTicks {
  /** More than one where it is not known whether a tick of now has been. */
  possible: TickTimes[]
  /** Whether a tick of this process lies behind. */
  anyPast: boolean
  /** Since the newest segment was begun, at most: every tick begins one. */
  newestSegmentSeconds: number
  /** What the times rest on. */
  basis: string
}

/** pageSize of tsdb/wlog/wlog.go. */
export const WAL_PAGE_BYTES = 32 * 1024
const TICKS = 100
const DEFAULT_FREQUENCY_SECONDS = 2 * 3600 // DefaultTruncateFrequency of tsdb/agent/db.go; the flag shows 0s for it
const DEFAULT_SEGMENT_BYTES = 128 * 1024 * 1024 // DefaultSegmentSize of tsdb/wlog/wlog.go; the flag shows 0B for it
/** Opening the WAL is not all in the replay duration, and ticks that delete nothing take time that no metric counts. */
const AGENT_UNCERTAINTY_SECONDS = 30

/** Null when the times cannot be known: of what is missing says `missing`. */
export function truncationTicks(context: TruncationContext): TruncationTicks | {missing: string} {
  return context.mode === 'server' ? serverTicks(context) : agentTicks(context)
}

/** start + replay + k F + D: the timer starts again after each truncation, D is the time those took so far. */
function agentTicks({nowSeconds, process, wal, evidence}: TruncationContext): TruncationTicks | {missing: string} {
  const frequency = readSeconds(evidence, 'storage.agent.wal-truncate-frequency')
  if (frequency === null) return {missing: 'how often the WAL is truncated (its flags could not be read)'}
  const period = frequency === 0 ? DEFAULT_FREQUENCY_SECONDS : frequency
  const offset = process.startSeconds + (wal.replaySeconds ?? 0) + (wal.truncateSeconds ?? 0) - nowSeconds
  const passed = Math.max(0, Math.floor(-offset / period))
  const next = offset + (passed + 1) * period
  const current = offset + passed * period
  // A tick that should have come within the last seconds, and of which no line tells, may be late or may have deleted nothing.
  const each = meanTruncateSeconds(wal)
  const isOpen = passed > 0 && current >= -AGENT_UNCERTAINTY_SECONDS - each && !isDone(evidence, nowSeconds + current)
  const all = Array.from({length: TICKS}, (_, index) => index)
  const ticks: TickTimes = {
    earliest: all.map(index => next + index * period),
    latest: all.map(index => next + index * (period + each) + AGENT_UNCERTAINTY_SECONDS + each),
  }
  const withOpen: TickTimes = {
    earliest: [0, ...ticks.earliest],
    latest: [Math.max(0, current + AGENT_UNCERTAINTY_SECONDS) + each, ...ticks.latest],
  }
  return {
    possible: isOpen ? [ticks, withOpen] : [ticks],
    anyPast: passed > 0,
    newestSegmentSeconds:
      passed === 0
        ? process.uptimeSeconds
        : Math.min(process.uptimeSeconds, AGENT_UNCERTAINTY_SECONDS - current + (isOpen ? period : 0)),
    basis: `the WAL is truncated every ${period} s (storage.agent.wal-truncate-frequency)`,
  }
}

/**
 * When the head spans 1.5 C (compactable in tsdb/head.go); it is then cut at the next multiple of C, so that the first block of a
 * server is a short one and the second tick comes early. A delayed compaction adds up to a tenth (tsdb/db.go).
 */
function serverTicks({nowSeconds, metrics, evidence, process}: TruncationContext): TruncationTicks | {missing: string} {
  const blockSeconds = readSeconds(evidence, 'storage.tsdb.min-block-duration')
  if (blockSeconds === null) return {missing: 'the block duration (its flags could not be read)'}
  const period = blockSeconds === 0 ? DEFAULT_FREQUENCY_SECONDS : blockSeconds
  const milliseconds = sample(metrics, 'prometheus_tsdb_head_min_time')
  const headMin =
    sample(metrics, 'prometheus_tsdb_head_min_time_seconds') ?? (milliseconds === null ? null : milliseconds / 1000)
  if (headMin === null || Math.abs(headMin) > 1e12)
    return {missing: 'the oldest time in the head (prometheus_tsdb_head_min_time)'}
  const firstBoundary = (Math.floor(headMin / period) + 1) * period
  const all = Array.from({length: TICKS}, (_, index) => {
    const oldest = index === 0 ? headMin : firstBoundary + (index - 1) * period
    return Math.max(0, oldest + 1.5 * period - nowSeconds)
  })
  const failing = (sample(metrics, 'prometheus_tsdb_compactions_failed_total') ?? 0) > 0
  return {
    // Compactions that fail do not cut the WAL, and nobody knows until when.
    possible: [{earliest: all, latest: failing ? [] : all.map(tick => tick + 0.1 * period + 5)}],
    anyPast: process.uptimeSeconds > 1.5 * period,
    newestSegmentSeconds: process.uptimeSeconds,
    basis: `the head is compacted every ${period} s (storage.tsdb.min-block-duration)`,
  }
}

/** Mean time of one truncation: files go when it ends. */
function meanTruncateSeconds({truncations, truncateSeconds}: WalFacts): number {
  return truncations !== null && truncations > 0 && truncateSeconds !== null ? truncateSeconds / truncations : 0
}

/** Only a tick that deletes says so: "WAL checkpoint complete". */
function isDone({log}: AgentEvidence, tickSeconds: number): boolean {
  if (!log.ok) return false
  return log.value.walLines.some(line => {
    const {time, message} = parseLogLine(line)
    return time !== null && secondsOf(time) >= tickSeconds - 1 && /^WAL checkpoint complete/.test(message)
  })
}

interface WalGrowth {
  segmentsPerSecond: number
  /** How full the newest segment can be at most: every process, too, starts one of its own (NewSize in tsdb/wlog/wlog.go). */
  filledMost: number
}

/** From the completed pages since the start. Null when unknown. */
export function walGrowth(
  {metrics, process, evidence, mode}: TruncationContext,
  {newestSegmentSeconds}: Pick<TruncationTicks, 'newestSegmentSeconds'>,
): WalGrowth | null {
  const pages = walPages(metrics)
  const size = readText(evidence, `storage.${mode === 'server' ? 'tsdb' : 'agent'}.wal-segment-size`)
  const flagBytes = size === null ? null : parseBytes(size)
  if (pages === null || !Number.isFinite(pages) || flagBytes === null || process.uptimeSeconds <= 0) return null
  const segmentPages = (flagBytes === 0 ? DEFAULT_SEGMENT_BYTES : flagBytes) / WAL_PAGE_BYTES
  const pagesPerSecond = pages / process.uptimeSeconds
  const newestPages = 1 + Math.min(pages, RATE_MOST * pagesPerSecond * newestSegmentSeconds)
  return {segmentsPerSecond: pagesPerSecond / segmentPages, filledMost: Math.min(FULL, newestPages / segmentPages)}
}

/** Written since the start; a metric of all releases. */
export function walPages(metrics: Exposition): number | null {
  return sample(metrics, 'prometheus_tsdb_wal_completed_pages_total')
}

export function walBytesPerSecond(metrics: Exposition, process: ProcessFacts): number | null {
  const pages = walPages(metrics)
  return pages === null || process.uptimeSeconds <= 0 ? null : (pages * WAL_PAGE_BYTES) / process.uptimeSeconds
}

function readSeconds(evidence: AgentEvidence, flag: string): number | null {
  const text = readText(evidence, flag)
  return text === null ? null : parseDurationSeconds(text)
}

/** By the flags API; without it by the container's arguments, in which an unset flag has its default. */
function readText(evidence: AgentEvidence, flag: string): string | null {
  if (evidence.flags.ok) return evidence.flags.value[flag] ?? '0'
  const args = ownContainer(evidence)?.args
  if (!args || args.length === 0) return null
  const prefix = `--${flag}=`
  return args.find(arg => arg.startsWith(prefix))?.slice(prefix.length) ?? '0'
}

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {'': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40}

/** `0B`, `10MB`, `128MiB`, `134217728`: powers of 1024 all, as alecthomas/units reads them. */
function parseBytes(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/i.exec(text)
  return match ? Number(match[1]) * (BYTES_PER_UNIT[(match[2] ?? '').toUpperCase()] ?? 1) : null
}
