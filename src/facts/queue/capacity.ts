/** How much a queue holds, and how much more of the WAL waits for it. */
import {sample} from '../exposition/exposition.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'
import {walBytesPerSecond} from '../wal/truncation-ticks.ts'

/** `max_samples_per_send` in force; null when neither metrics nor configuration tell. */
export function batchSamples(agent: Pick<AgentFacts, 'metrics'>, queue: QueueFacts): number | null {
  return setting(agent, queue, 'max_samples_per_send') ?? queue.config?.queue.maxSamplesPerSend ?? null
}

/**
 * Samples that all running shards hold at most: each has room for whole batches within queue_config.capacity, one that fills up
 * and one on its way (storage/remote/queue_manager.go, newQueue). A blocked queue stands at this, and the reader stops.
 */
export function capacitySamples(agent: Pick<AgentFacts, 'metrics'>, queue: QueueFacts): number | null {
  const {current} = queue.levels.shards
  const perShard = setting(agent, queue, 'shard_capacity') ?? queue.config?.queue.capacity ?? null
  const batch = batchSamples(agent, queue)
  if (current === null || perShard === null || batch === null || batch <= 0) return null
  return current * batch * (Math.floor(perShard / batch) + 2)
}

function setting({metrics}: Pick<AgentFacts, 'metrics'>, queue: QueueFacts, name: string): number | null {
  if (metrics === null) return null
  const value = sample(metrics, `prometheus_remote_storage_${name}`, {remote_name: queue.name})
  return value !== null && Number.isFinite(value) && value > 0 ? value : null
}

/**
 * Bytes of the WAL that this queue has not read: what the agent wrote within the lag, at its mean rate since the start, less what
 * waits in the shards, which is read already. No metric tells the reader's place within a segment. 0 when nothing waits; null
 * when the lag is not known.
 */
export function unreadWalBytes(agent: AgentFacts, queue: QueueFacts): number | null {
  if (queue.nothingWaiting === true) return 0
  const {metrics, process} = agent
  if (metrics === null || process === null || queue.lagSeconds === null) return null
  const bytesPerSecond = walBytesPerSecond(metrics, process)
  if (bytesPerSecond === null || agent.samplesInTotal === null || process.uptimeSeconds <= 0) return null
  const inShardsSeconds =
    queue.levels.pending / Math.max(agent.samplesInTotal / process.uptimeSeconds, Number.MIN_VALUE)
  const bytes = bytesPerSecond * Math.max(0, queue.lagSeconds - inShardsSeconds)
  const written = agent.wal.sizeBytes
  return Math.round(written === null ? bytes : Math.min(bytes, written))
}
