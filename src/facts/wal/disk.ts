/** When the WAL fills its volume. */
import {secondsOf} from '../../units.ts'
import type {AgentFacts, TruncationContext} from '../types.ts'
import {RATE_LEAST} from './truncation.ts'
import {truncationTicks, WAL_PAGE_BYTES, walBytesPerSecond, walPages} from './truncation-ticks.ts'
import {walCapacityBytes} from './wal-volume.ts'

/**
 * Seconds from now, at the latest: others may use the volume too. Null when the next truncation, which makes room whatever was
 * sent, comes first, and when the volume's size, the WAL's or the time of that truncation are not known.
 */
export function diskFullWithinSeconds(
  context: TruncationContext,
  bytesPerSecond: number | null = walBytesPerSecond(context.metrics, context.process),
): number | null {
  const {evidence, wal} = context
  const capacity = walCapacityBytes(evidence)
  const ticks = truncationTicks(context)
  if (capacity === null || wal.sizeBytes === null || bytesPerSecond === null || 'missing' in ticks) return null
  if (bytesPerSecond <= 0) return null
  const seconds = Math.max(0, (capacity - wal.sizeBytes) / (RATE_LEAST * bytesPerSecond))
  return ticks.possible.every(({earliest: [next]}) => next !== undefined && seconds < next) ? seconds : null
}

/** The first minutes write every series once, and more than is usual. */
const SETTLED_SECONDS = 600

/** The same of any agent, held up or not, by the slower of its pace since the start and its pace between the scrapes. */
export function agentDiskFullWithinSeconds(agent: AgentFacts): number | null {
  const {metrics, firstMetrics, process, evidence, wal, mode, window} = agent
  if (metrics === null || firstMetrics === null || process === null || agent.interval !== 'valid') return null
  if (process.uptimeSeconds < SETTLED_SECONDS || window.to === null || window.secondsBetween <= 0) return null
  const usual = walBytesPerSecond(metrics, process)
  const pages = walPages(metrics)
  const before = walPages(firstMetrics)
  if (usual === null || pages === null || before === null) return null
  const now = ((pages - before + 1) * WAL_PAGE_BYTES) / window.secondsBetween
  const context = {nowSeconds: secondsOf(window.to), mode, process, wal, metrics, evidence}
  return diskFullWithinSeconds(context, Math.min(usual, now))
}
