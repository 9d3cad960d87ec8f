/** What one scrape shows of one remote-write queue (storage/remote/queue_manager.go, tsdb/wlog/watcher.go), as it stands there. */
import {type Exposition, sample, samples, sum} from './exposition.ts'

export interface QueueReading {
  name: string
  url: string
  levels: QueueLevels
  /** Null before the first finished batch: absent on 2.x, 0 on 3.x. */
  highestSentSeconds: number | null
  /** wal_watcher_records_read_total over all types; 0 before the first. */
  recordsRead: number
  batches: {count: number; seconds: number} | null
  /** Every counter of the queue by series: one that falls tells that the queue was rebuilt. */
  counters: ReadonlyMap<string, number>
}

/** Sums over samples, histograms and exemplars, since the queue was built. */
export interface QueueLevels {
  total: number
  retried: number
  failed: number
  /** By reason; 2.49 and earlier know no reason and are under ''. */
  dropped: Record<string, number>
  pending: number
  bytes: number
  enqueueRetries: number
  /** `R`: prometheus_wal_watcher_current_segment. */
  readSegment: number | null
  shards: {current: number | null; desired: number | null; min: number | null; max: number | null}
}

const PREFIX = 'prometheus_remote_storage_'
const KINDS = ['samples', 'histograms', 'exemplars'] as const
/** Present from a queue's start to its end, whatever it did. */
const PRESENCE = [`${PREFIX}shards`, `${PREFIX}samples_total`, `${PREFIX}samples_pending`]
const LATER_COUNTERS = ['bytes_total', 'enqueue_retries_total']

/** In the order of the exposition; empty for an agent without an endpoint. */
export function readQueues(exposition: Exposition): QueueReading[] {
  const found = new Map<string, {name: string; url: string}>()
  for (const metric of PRESENCE) {
    for (const {labels} of samples(exposition, metric)) {
      const {remote_name: name = '', url = ''} = labels
      found.set(`${name}\u0000${url}`, {name, url})
    }
  }
  return [...found.values()].map(identity => readQueue(exposition, identity.name, identity.url))
}

function readQueue(exposition: Exposition, name: string, url: string): QueueReading {
  const own = {remote_name: name, url}
  const level = (metric: string) => sample(exposition, PREFIX + metric, own)
  const overKinds = (end: string) =>
    KINDS.reduce((total, kind) => total + (sum(exposition, `${PREFIX}${kind}_${end}`, own) ?? 0), 0)
  const count = level('sent_batch_duration_seconds_count')
  const seconds = level('sent_batch_duration_seconds_sum')
  const levels: QueueLevels = {
    total: overKinds('total'),
    retried: overKinds('retried_total'),
    failed: overKinds('failed_total'),
    dropped: readDropped(exposition, own),
    pending: overKinds('pending'),
    bytes: level('bytes_total') ?? 0,
    enqueueRetries: level('enqueue_retries_total') ?? 0,
    readSegment: finite(sample(exposition, 'prometheus_wal_watcher_current_segment', {consumer: name})),
    shards: {
      current: finite(level('shards')),
      desired: finite(level('shards_desired')),
      min: finite(level('shards_min')),
      max: finite(level('shards_max')),
    },
  }
  return {
    name,
    url,
    levels,
    highestSentSeconds: highWaterMark(level('queue_highest_sent_timestamp_seconds')),
    recordsRead: sum(exposition, 'prometheus_wal_watcher_records_read_total', {consumer: name}) ?? 0,
    batches: count === null || seconds === null ? null : {count, seconds},
    counters: readCounters(exposition, own),
  }
}

/** A mark of time that starts unset: 2.x leaves it out until then, 3.x shows 0. Unset is never a number to reckon with. */
export function highWaterMark(value: number | null): number | null {
  return value === null || !Number.isFinite(value) || value <= 0 ? null : value
}

function readDropped(exposition: Exposition, own: Record<string, string>): Record<string, number> {
  const dropped: Record<string, number> = {}
  for (const kind of KINDS) {
    for (const {labels, value} of samples(exposition, `${PREFIX}${kind}_dropped_total`)) {
      if (labels.remote_name !== own.remote_name || labels.url !== own.url || !Number.isFinite(value)) continue
      const reason = labels.reason ?? ''
      dropped[reason] = (dropped[reason] ?? 0) + value
    }
  }
  return dropped
}

/** 2.49 and earlier count drops without a reason; relabelling is then the only ordinary one. */
export function droppedByRelabelling(dropped: Record<string, number>): number {
  return (dropped.dropped_series ?? 0) + (dropped[''] ?? 0)
}

function readCounters(exposition: Exposition, own: Record<string, string>): Map<string, number> {
  const counters = new Map<string, number>()
  const families = [
    ...KINDS.flatMap(kind => ['total', 'retried_total', 'failed_total', 'dropped_total'].map(end => `${kind}_${end}`)),
  ]
  for (const metric of [...families, ...LATER_COUNTERS]) {
    for (const {labels, value} of samples(exposition, PREFIX + metric)) {
      if (labels.remote_name === own.remote_name && labels.url === own.url)
        counters.set(`${metric} ${labels.reason ?? ''}`, value)
    }
  }
  return counters
}

function finite(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : value
}
