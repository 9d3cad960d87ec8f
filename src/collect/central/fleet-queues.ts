/** Puts the figures of queues together, one series at a time: an answer about 10,000 agents is never held whole. */
import type {CentralQueue, CentralQueueFigures, UnlabelledAgents} from '../../evidence/central-fleet.ts'
import {keepText} from '../redact.ts'
import {AGENT_MODE, FIGURE, type Figure, isScrapeLabel, QUEUE_LABELS} from './fleet-queries.ts'
import type {InstantSample} from './query-api.ts'

const FIELDS: Record<Figure, readonly (keyof CentralQueueFigures)[]> = {
  offered: ['offeredPerSecond'],
  attempted: ['attemptedPerSecond'],
  failed: ['failedPerSecond'],
  retried: ['retriedPerSecond'],
  bytes: ['bytesPerSecond'],
  prometheus_remote_storage_samples_pending: ['pendingSamples'],
  prometheus_remote_storage_shards: ['shards'],
  prometheus_remote_storage_shards_desired: ['shardsDesired'],
  prometheus_remote_storage_shards_max: ['shardsMax'],
  prometheus_remote_storage_highest_timestamp_in_seconds: ['appendedSeconds'],
  prometheus_remote_storage_queue_highest_sent_timestamp_seconds: ['sentSeconds'],
  interval: ['intervalSeconds'],
  offered_reset: ['isOfferedYoung'],
  attempted_reset: ['isAttemptedYoung'],
  begun: ['isOfferedYoung', 'isAttemptedYoung'],
  agents: ['agents'],
  returns: ['returns'],
}

export interface QueueCollector {
  take(sample: InstantSample): void
  restart(): void
  /** Processes without a queue are left out. */
  queues(): CentralQueue[]
  withoutIdentity(): UnlabelledAgents[]
}

interface QueueOfProcess {
  queue: CentralQueue
  /** One text for each process. */
  process: string
}

/** `keep`: what may be kept of a text. */
export function collectQueues(identity: readonly string[], keep: (text: string) => string): QueueCollector {
  const processes = new Map<string, CentralQueueFigures>()
  const queues = new Map<string, QueueOfProcess>()
  const unlabelled = new Map<string, UnlabelledAgents>()
  const processLabels = [...identity, 'namespace', 'pod', 'instance']
  const queueLabels = [...identity, ...QUEUE_LABELS]

  function take({labels, value}: InstantSample): void {
    const figure = labels[FIGURE] ?? labels.__name__
    if (figure === undefined || figure === AGENT_MODE) {
      takeUnlabelled(labels, value, figure === AGENT_MODE)
      return
    }
    const fields = FIELDS[figure as Figure]
    if (fields === undefined || !Number.isFinite(value)) return
    if (labels.remote_name === undefined && labels.url === undefined) {
      const process = keyOf(labels, processLabels)
      const figures = processes.get(process) ?? {}
      // A process has an interval for each that its configuration names.
      for (const field of fields) figures[field] = Math.max(figures[field] ?? 0, value)
      processes.set(process, figures)
      return
    }
    const key = keyOf(labels, queueLabels)
    const entry = queues.get(key) ?? {queue: emptyQueue(labels), process: keyOf(labels, processLabels)}
    for (const field of fields) entry.queue[field] = value
    queues.set(key, entry)
  }

  /** What differs in labels of scraping alone is one. Of those without any other, only what runs as an agent is one for sure. */
  function takeUnlabelled(labels: Record<string, string>, agents: number, isAgentMode: boolean): void {
    const names = Object.keys(labels).filter(name => name !== '__name__' && name !== FIGURE && !isScrapeLabel(name))
    if ((names.length === 0) !== isAgentMode || !Number.isFinite(agents)) return
    const key = JSON.stringify(names.sort().map(name => [name, labels[name]]))
    const before = unlabelled.get(key)?.agents ?? 0
    unlabelled.set(key, {labels: keptLabels(labels, names, keep), agents: before + agents})
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
      unlabelled.clear()
    },
    queues: () =>
      liveQueues([...queues.values()]).map(({queue, process}) => Object.assign(queue, processes.get(process))),
    withoutIdentity: () => [...unlabelled.values()],
  }
}

/**
 * Without those that a reload has renamed or removed: their gauges end at the next scrape, with staleness markers, which rates over five
 * minutes pass over.
 */
function liveQueues(queues: readonly QueueOfProcess[]): QueueOfProcess[] {
  const hasGauges = ({queue}: QueueOfProcess) => queue.shards !== undefined
  const told = new Set(queues.filter(hasGauges).map(({process}) => process))
  return queues.filter(each => hasGauges(each) || !told.has(each.process))
}

function keyOf(labels: Record<string, string>, names: readonly string[]): string {
  return names.map(name => labels[name] ?? '').join('\n')
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
