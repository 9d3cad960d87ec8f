/** The write-ahead log: its segments and what they tell (tsdb/wlog/wlog.go, tsdb/agent/db.go, tsdb/head.go). */
import type {AgentEvidence} from '../../evidence/types.ts'
import {secondsOf} from '../../units.ts'
import {type Exposition, sample, sum} from '../exposition/exposition.ts'
import {parseLogLine} from '../log/line.ts'
import type {WalFacts} from '../types.ts'

const NOTHING_KNOWN: WalFacts = {
  activeSegment: null,
  sizeBytes: null,
  truncations: null,
  truncateSeconds: null,
  replaySeconds: null,
  writesFailed: null,
  corruptions: null,
  lowestSegment: null,
}

export function readWal(metrics: Exposition | null, evidence: AgentEvidence, startSeconds: number | null): WalFacts {
  if (!metrics) return NOTHING_KNOWN
  const activeSegment = figure(metrics, 'prometheus_tsdb_wal_segment_current')
  const truncations = figure(metrics, 'prometheus_agent_truncate_duration_seconds_count')
  const corruptions = sum(metrics, 'prometheus_tsdb_wal_reader_corruption_errors_total')
  const agentCorruptions = sample(metrics, 'prometheus_agent_corruptions_total')
  return {
    activeSegment,
    sizeBytes: figure(metrics, 'prometheus_tsdb_wal_storage_size_bytes'),
    truncations,
    truncateSeconds: figure(metrics, 'prometheus_agent_truncate_duration_seconds_sum'),
    replaySeconds: figure(metrics, 'prometheus_agent_data_replay_duration_seconds'),
    writesFailed: figure(metrics, 'prometheus_tsdb_wal_writes_failed_total'),
    corruptions:
      corruptions === null && agentCorruptions === null ? null : (corruptions ?? 0) + (agentCorruptions ?? 0),
    lowestSegment: activeSegment === null ? null : lowestSegment(activeSegment, truncations, evidence, startSeconds),
  }
}

/** Null also for what no counter and no size can be: an infinite one would make a clock without hands. */
function figure(metrics: Exposition, name: string): number | null {
  const value = sample(metrics, name)
  return value !== null && Number.isFinite(value) && value >= 0 ? value : null
}

/** `L`: what a truncation line of this process says, else the first segment it loaded, else 0 on a fresh volume, else bounds. */
function lowestSegment(
  activeSegment: number,
  truncations: number | null,
  evidence: AgentEvidence,
  startSeconds: number | null,
): NonNullable<WalFacts['lowestSegment']> {
  const lines = evidence.log.ok ? evidence.log.value.walLines.map(parseLogLine) : []
  // A log cut off early ends before the newest truncation.
  const isWhole = evidence.log.ok && !evidence.log.value.truncated
  const ofThisProcess = lines.filter(
    ({time}) => time !== null && (startSeconds === null || secondsOf(time) >= startSeconds - 1),
  )
  const checkpoint = ofThisProcess.findLast(({message}) => /^WAL checkpoint complete/.test(message))
  const deleted = numberOf(checkpoint?.fields.last)
  if (isWhole && deleted !== null && deleted < activeSegment) {
    return {least: deleted + 1, most: deleted + 1, source: 'checkpoint-line'}
  }
  if (isWhole && truncations === 0) {
    const loaded = ofThisProcess
      .filter(({message}) => /^WAL segment loaded/.test(message))
      .map(({fields}) => numberOf(fields.segment))
    const first = loaded.reduce(
      (least: number | null, one) => (one === null ? least : Math.min(one, least ?? one)),
      null,
    )
    if (first !== null && first <= activeSegment) return {least: first, most: first, source: 'replay-line'}
    if (isFreshVolume(evidence)) return {least: 0, most: 0, source: 'fresh-volume'}
  }
  return {least: 0, most: activeSegment, source: 'bounds'}
}

/** No claim behind the WAL, and its first container: nothing was there before. */
function isFreshVolume({podStatus, container}: AgentEvidence): boolean {
  const own = podStatus?.containers.find(({name}) => name === container)
  if (!podStatus || !own || own.restarts > 0) return false
  return podStatus.volumes.every(
    ({kind, mountPath}) => mountPath === null || (kind !== 'claim' && kind !== 'host-path'),
  )
}

function numberOf(text: string | undefined): number | null {
  const value = text === undefined || text === '' ? Number.NaN : Number(text)
  return Number.isInteger(value) && value >= 0 ? value : null
}
