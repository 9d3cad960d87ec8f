/**
 * What an agent uses against what it asked for and may have. People choose agents to save memory: this shows whether it is saved, and
 * whether requests and limits are near the truth.
 */
import {sample} from './exposition/exposition.ts'
import {cpuCores} from './process/cpu.ts'
import {ownContainer} from './process/process.ts'
import type {Thresholds} from './thresholds.ts'
import type {AgentFacts} from './types.ts'
import {walCapacityBytes} from './wal/wal-volume.ts'

interface Use {
  /** Null: not known. */
  used: number | null
  /** Null: none set, or not known. */
  requested: number | null
  limit: number | null
  /** Whether the request, and the limit, are near the truth; null where they or the use are not known. */
  requestFits: 'fits' | 'too-low' | 'too-high' | null
  limitFits: 'fits' | 'too-low' | 'too-high' | null
}

export interface Resources {
  /** Bytes: process_resident_memory_bytes. */
  memory: Use
  /** Cores: process_cpu_seconds_total over the window. */
  cpu: Use
  wal: {usedBytes: number | null; capacityBytes: number | null}
  activeSeries: number | null
  /** Scraped, over the life of the process. */
  samplesPerSecond: number | null
  memoryBytesPerSeries: number | null
  memoryBytesPerSamplePerSecond: number | null
  cpuSecondsPerSample: number | null
  walBytesPerSeries: number | null
}

export function readResources(agent: AgentFacts): Resources {
  const {metrics, process, samplesInTotal, wal, evidence, thresholds} = agent
  const container = ownContainer(evidence)
  const memory = process?.residentBytes ?? null
  const cores = cpuCores(agent)
  const activeSeries =
    metrics === null
      ? null
      : (sample(metrics, 'prometheus_agent_active_series') ?? sample(metrics, 'prometheus_tsdb_head_series'))
  const uptime = process?.uptimeSeconds ?? 0
  const samplesPerSecond = samplesInTotal === null || uptime <= 0 ? null : samplesInTotal / uptime
  return {
    memory: useOf(memory, container?.memoryRequestBytes ?? null, container?.memoryLimitBytes ?? null, {
      ...thresholds,
      requestTooHigh: thresholds.memoryRequestTooHighRatio,
      limitTooHigh: thresholds.memoryLimitTooHighRatio,
    }),
    // CPU comes in bursts: a limit that is mostly idle is no waste.
    cpu: useOf(cores, container?.cpuRequestCores ?? null, container?.cpuLimitCores ?? null, {
      ...thresholds,
      requestTooHigh: thresholds.cpuRequestTooHighRatio,
      limitTooHigh: 0,
    }),
    wal: {usedBytes: wal.sizeBytes, capacityBytes: walCapacityBytes(evidence)},
    activeSeries,
    samplesPerSecond,
    memoryBytesPerSeries: ratio(memory, activeSeries),
    memoryBytesPerSamplePerSecond: ratio(memory, samplesPerSecond),
    cpuSecondsPerSample: ratio(cores, samplesPerSecond),
    walBytesPerSeries: ratio(wal.sizeBytes, activeSeries),
  }
}

interface Bounds extends Pick<Thresholds, 'requestTooLowRatio' | 'limitRatio'> {
  requestTooHigh: number
  limitTooHigh: number
}

function useOf(
  used: number | null,
  requested: number | null,
  limit: number | null,
  {requestTooLowRatio, limitRatio, requestTooHigh, limitTooHigh}: Bounds,
): Use {
  return {
    used,
    requested,
    limit,
    requestFits: fitOf(ratio(used, requested), requestTooLowRatio, requestTooHigh),
    limitFits: fitOf(ratio(used, limit), limitRatio, limitTooHigh),
  }
}

function fitOf(share: number | null, tooLowFrom: number, tooHighBelow: number): Use['requestFits'] {
  if (share === null) return null
  if (share >= tooLowFrom) return 'too-low'
  return share <= tooHighBelow ? 'too-high' : 'fits'
}

function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null || b <= 0 ? null : a / b
}
