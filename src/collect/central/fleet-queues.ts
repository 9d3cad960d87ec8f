/** Puts the figures of queues together, one series at a time: an answer about 10,000 agents is never held whole. */
import type {CentralQueue, CentralQueueFigures} from '../../evidence/central-fleet.ts'
import {keepText} from '../redact.ts'
import {FIGURE, type Figure, QUEUE_LABELS} from './fleet-queries.ts'
import type {InstantSample} from './query-api.ts'

const FIELDS: Record<Figure, keyof CentralQueueFigures> = {
  offered: 'offeredPerSecond',
  attempted: 'attemptedPerSecond',
  failed: 'failedPerSecond',
  retried: 'retriedPerSecond',
  bytes: 'bytesPerSecond',
  samples_pending: 'pendingSamples',
  shards: 'shards',
  shards_desired: 'shardsDesired',
  shards_max: 'shardsMax',
  highest_timestamp_in_seconds: 'appendedSeconds',
  queue_highest_sent_timestamp_seconds: 'sentSeconds',
  interval: 'intervalSeconds',
  agents: 'agents',
}

export interface QueueCollector {
  take(sample: InstantSample): void
  restart(): void
  /** Processes without a queue are left out. */
  queues(): CentralQueue[]
}

export function collectQueues(identity: readonly string[]): QueueCollector {
  const keep = keptOnce()
  const processes = new Map<string, CentralQueueFigures>()
  const queues = new Map<string, {queue: CentralQueue; process: string}>()
  const processLabels = [...identity, 'namespace', 'pod', 'instance']

  function take({labels, value}: InstantSample): void {
    const field = FIELDS[labels[FIGURE] as Figure]
    if (field === undefined || !Number.isFinite(value)) return
    const process = keyOf(labels, processLabels)
    if (labels.remote_name === undefined && labels.url === undefined) {
      const figures = processes.get(process) ?? {}
      // A process has an interval for each that its configuration names.
      figures[field] = Math.max(figures[field] ?? 0, value)
      processes.set(process, figures)
      return
    }
    const key = `${process}${labels.remote_name ?? ''}\n${labels.url ?? ''}`
    const entry = queues.get(key) ?? {queue: emptyQueue(labels), process}
    entry.queue[field] = value
    queues.set(key, entry)
  }

  function emptyQueue(labels: Record<string, string>): CentralQueue {
    const [namespace, pod, instance, name, url] = QUEUE_LABELS.map(label => keep(labels[label] ?? ''))
    return {
      labels: keptLabels(labels, identity, keep),
      namespace: namespace ?? '',
      pod: pod ?? '',
      instance: instance ?? '',
      name: name ?? '',
      url: url ?? '',
    }
  }

  return {
    take,
    restart() {
      processes.clear()
      queues.clear()
    },
    queues: () => [...queues.values()].map(({queue, process}) => ({...queue, ...processes.get(process)})),
  }
}

function keyOf(labels: Record<string, string>, names: readonly string[]): string {
  let key = ''
  for (const name of names) key += `${labels[name] ?? ''}\n`
  return key
}

/** Those labels of a series that are asked for, as they may be kept. */
export function keptLabels(
  labels: Record<string, string>,
  names: readonly string[],
  keep: (text: string) => string,
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of names) {
    const value = labels[name]
    if (typeof value === 'string') kept[name] = keep(value)
  }
  return kept
}

const LONGEST_VALUE = 300
const MOST_REMEMBERED = 100_000

/** keepText, worked out once for each text: thousands of series share theirs. */
export function keptOnce(): (text: string) => string {
  const known = new Map<string, string>()
  return text => {
    const before = known.get(text)
    if (before !== undefined) return before
    const kept = keepText(text, LONGEST_VALUE)
    if (known.size < MOST_REMEMBERED) known.set(text, kept)
    return kept
  }
}
