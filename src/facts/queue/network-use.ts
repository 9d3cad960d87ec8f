/** What a queue costs on the wire: compressed bytes, of which remote write's price is made. */

import type {AgentFacts, QueueFacts} from '../types.ts'
import {dials} from './dialer.ts'

export interface NetworkUse {
  /** Compressed bytes for each sample in requests that finished, refused ones included; null before the first. */
  bytesPerSample: number | null
  /** Compressed bytes/s of attempts that did not finish; 0 while no connection comes about, for then nothing is sent. */
  retriedBytesPerSecond: number | null
}

/** bytes_total counts finished requests only (storage/remote/queue_manager.go), samples_total all attempts. */
export function readNetworkUse(agent: AgentFacts, {levels, delta}: QueueFacts, lifeSeconds: number | null): NetworkUse {
  const finishedSamples = levels.total - levels.retried
  const bytesPerSample = levels.bytes > 0 && finishedSamples > 0 ? levels.bytes / finishedSamples : null
  const seconds = delta?.seconds ?? lifeSeconds
  const retried = delta?.retried ?? levels.retried
  if (retried === 0 || connectsNever(agent)) return {bytesPerSample, retriedBytesPerSecond: 0}
  const isKnown = bytesPerSample !== null && seconds !== null && seconds > 0
  return {bytesPerSample, retriedBytesPerSecond: isKnown ? (retried / seconds) * bytesPerSample : null}
}

/** Dialled within the window, and never got through. */
function connectsNever({metrics, firstMetrics, interval}: AgentFacts): boolean {
  if (metrics === null || firstMetrics === null || interval !== 'valid') return false
  const rise = (outcome: 'established' | 'failed') =>
    (dials(metrics, outcome) ?? 0) - (dials(firstMetrics, outcome) ?? 0)
  return rise('failed') > 0 && rise('established') <= 0
}
