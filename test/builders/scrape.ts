/**
 * Exposition text as a Prometheus of a given version writes it, from a few figures. What a version does not know is left out:
 * before 2.43 no WAL size, before 2.50 no drop reasons, on 2.x no high-water marks before their first value (3.x shows 0),
 * from 3.7 the queue's own highest timestamp.
 */
import type {Scrape, Timestamp} from '../../src/evidence/types.ts'

/** The end of every default window: 2026-11-23T02:14:31Z. */
export const NOW = Date.parse('2026-11-23T02:14:31Z') / 1000

/** Seconds since 1970 as evidence writes times. */
export function timestamp(seconds: number): Timestamp {
  return new Date(seconds * 1000).toISOString()
}

/** Figures of one queue in one scrape. Counters count from the queue's start. */
export interface QueueFigures {
  name?: string
  url?: string
  total?: number
  retried?: number
  failed?: number
  /** By reason; before 2.50 their sum is shown without one. */
  dropped?: Record<string, number>
  pending?: number
  bytes?: number
  enqueueRetries?: number
  /** S: queue_highest_sent_timestamp_seconds; null: nothing was finished yet. */
  highestSent?: number | null
  /** queue_highest_timestamp_seconds, shown by 3.7 and later only. */
  highestEnqueued?: number
  /** R: wal_watcher_current_segment; null: not shown. */
  readSegment?: number | null
  recordsRead?: number
  shards?: {current?: number; desired?: number; min?: number; max?: number}
  capacity?: number
  maxSamplesPerSend?: number
  /** sent_batch_duration_seconds: how many, and their sum in seconds. */
  batches?: {count: number; seconds: number}
  /** Native histograms, a family of their own beside samples. */
  histograms?: {total?: number; retried?: number; failed?: number; pending?: number}
}

export interface ScrapeFigures {
  /** The agent's clock, seconds; default NOW. */
  at?: number
  /** Our clock when the answer came; default `at`. */
  receivedAt?: number
  version?: string
  mode?: 'agent' | 'server'
  /** Default a day. */
  uptime?: number
  samplesIn?: number
  histogramsIn?: number
  /** H; null: no scrape has committed yet. */
  highestTimestamp?: number | null
  queues?: QueueFigures[]
  /** A: wal_segment_current; null: not shown. */
  activeSegment?: number | null
  walBytes?: number
  completedPages?: number
  /** Completed truncations and the seconds they took. */
  truncations?: {count: number; seconds: number}
  replaySeconds?: number
  writesFailed?: number
  corruptions?: number
  cleanStart?: number
  residentBytes?: number
  /** Since the start; default a fiftieth of a core. */
  cpuSeconds?: number
  memoryLimitBytes?: number
  lastReloadSuccessful?: boolean
  lastReloadAt?: number
  /** Any further lines, as they are. */
  extra?: string
}

export const DEFAULT_URL = 'http://central.example:9090/api/v1/write'

function atLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}

/** One answer of /metrics. Everything left out has the value of a quiet healthy agent. */
export function aScrape(figures: ScrapeFigures = {}): Scrape {
  const at = figures.at ?? NOW
  const text = renderExposition({...figures, at})
  const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(match => match[1] ?? '').sort()
  const receivedAt = timestamp(figures.receivedAt ?? at)
  return {agentTime: timestamp(at), receivedAt, text, families}
}

function renderExposition(figures: ScrapeFigures & {at: number}): string {
  const version = figures.version ?? '3.5.0'
  const page = new Page()
  const start = figures.at - (figures.uptime ?? 86_400)
  const mark = (name: string, labels: Record<string, string>, value: number | null | undefined) => {
    if (value !== null && value !== undefined) page.add(name, 'gauge', labels, value)
    else if (atLeast(version, 3, 0)) page.add(name, 'gauge', labels, 0)
  }

  page.add('process_start_time_seconds', 'gauge', {}, start)
  page.add('process_cpu_seconds_total', 'counter', {}, figures.cpuSeconds ?? (figures.uptime ?? 86_400) / 50)
  page.add('process_resident_memory_bytes', 'gauge', {}, figures.residentBytes ?? 120e6)
  if (figures.memoryLimitBytes !== undefined) page.add('go_gc_gomemlimit_bytes', 'gauge', {}, figures.memoryLimitBytes)
  page.add('prometheus_build_info', 'gauge', {version, revision: 'abc', goversion: 'go1.24'}, 1)
  page.add('prometheus_config_last_reload_successful', 'gauge', {}, figures.lastReloadSuccessful === false ? 0 : 1)
  const reloadName = 'prometheus_config_last_reload_success_timestamp_seconds'
  page.add(reloadName, 'gauge', {}, figures.lastReloadAt ?? start + 1)
  if (figures.mode === 'server') page.add('prometheus_tsdb_head_series', 'gauge', {}, 1000)
  else addAgentStorage(page, figures)

  page.add('prometheus_tsdb_wal_writes_failed_total', 'counter', {}, figures.writesFailed ?? 0)
  page.add('prometheus_tsdb_wal_completed_pages_total', 'counter', {}, figures.completedPages ?? 1000)
  if (figures.activeSegment !== null)
    page.add('prometheus_tsdb_wal_segment_current', 'gauge', {}, figures.activeSegment ?? 0)
  if (atLeast(version, 2, 43)) page.add('prometheus_tsdb_wal_storage_size_bytes', 'gauge', {}, figures.walBytes ?? 30e6)

  page.add('prometheus_remote_storage_samples_in_total', 'counter', {}, figures.samplesIn ?? 0)
  page.add('prometheus_remote_storage_histograms_in_total', 'counter', {}, figures.histogramsIn ?? 0)
  mark('prometheus_remote_storage_highest_timestamp_in_seconds', {}, figures.highestTimestamp)
  for (const queue of figures.queues ?? []) addQueue(page, version, queue, mark)
  return `${page.text()}${figures.extra ? `${figures.extra}\n` : ''}`
}

function addAgentStorage(page: Page, figures: ScrapeFigures): void {
  page.add('prometheus_agent_active_series', 'gauge', {}, 1000)
  page.add('prometheus_agent_clean_start', 'gauge', {}, figures.cleanStart ?? 1)
  page.add('prometheus_agent_corruptions_total', 'counter', {}, figures.corruptions ?? 0)
  page.add('prometheus_agent_data_replay_duration_seconds', 'gauge', {}, figures.replaySeconds ?? 0)
  const truncations = figures.truncations ?? {count: 0, seconds: 0}
  page.add('prometheus_agent_truncate_duration_seconds', 'summary', {}, truncations.seconds, '_sum')
  page.add('prometheus_agent_truncate_duration_seconds', 'summary', {}, truncations.count, '_count')
}

type Mark = (name: string, labels: Record<string, string>, value: number | null | undefined) => void

function addQueue(page: Page, version: string, queue: QueueFigures, mark: Mark): void {
  const labels = {remote_name: queue.name ?? 'central', url: queue.url ?? DEFAULT_URL}
  const prefix = 'prometheus_remote_storage_'
  const counter = (name: string, value = 0, more = {}) =>
    page.add(`${prefix}${name}`, 'counter', {...labels, ...more}, value)
  const gauge = (name: string, value = 0) => page.add(`${prefix}${name}`, 'gauge', labels, value)
  counter('samples_total', queue.total)
  counter('samples_retried_total', queue.retried)
  counter('samples_failed_total', queue.failed)
  counter('exemplars_total')
  counter('exemplars_retried_total')
  counter('exemplars_failed_total')
  counter('histograms_total', queue.histograms?.total)
  counter('histograms_retried_total', queue.histograms?.retried)
  counter('histograms_failed_total', queue.histograms?.failed)
  const dropped = Object.entries(queue.dropped ?? {})
  if (atLeast(version, 2, 50)) for (const [reason, value] of dropped) counter('samples_dropped_total', value, {reason})
  else
    counter(
      'samples_dropped_total',
      dropped.reduce((sum, [, value]) => sum + value, 0),
    )
  counter('bytes_total', queue.bytes)
  counter('enqueue_retries_total', queue.enqueueRetries)
  gauge('samples_pending', queue.pending)
  gauge('exemplars_pending')
  gauge('histograms_pending', queue.histograms?.pending)
  gauge('shards', queue.shards?.current ?? 1)
  gauge('shards_desired', queue.shards?.desired ?? 1)
  gauge('shards_min', queue.shards?.min ?? 1)
  gauge('shards_max', queue.shards?.max ?? 50)
  gauge('shard_capacity', queue.capacity ?? 10_000)
  gauge('max_samples_per_send', queue.maxSamplesPerSend ?? 2000)
  mark(`${prefix}queue_highest_sent_timestamp_seconds`, labels, queue.highestSent)
  if (atLeast(version, 3, 7)) gauge('queue_highest_timestamp_seconds', queue.highestEnqueued ?? queue.highestSent ?? 0)
  const batches = queue.batches ?? {count: 100, seconds: 5}
  page.add(`${prefix}sent_batch_duration_seconds`, 'histogram', {...labels, le: '+Inf'}, batches.count, '_bucket')
  page.add(`${prefix}sent_batch_duration_seconds`, 'histogram', labels, batches.seconds, '_sum')
  page.add(`${prefix}sent_batch_duration_seconds`, 'histogram', labels, batches.count, '_count')
  const consumer = {consumer: labels.remote_name}
  if (queue.readSegment !== null)
    page.add('prometheus_wal_watcher_current_segment', 'gauge', consumer, queue.readSegment ?? 0)
  if (queue.recordsRead !== 0) {
    const records = {...consumer, type: 'samples'}
    page.add('prometheus_wal_watcher_records_read_total', 'counter', records, queue.recordsRead ?? 1)
  }
}

/** Collects samples by family, because a family's lines stand together. */
class Page {
  private readonly families = new Map<string, {type: string; lines: string[]}>()

  add(family: string, type: string, labels: Record<string, string>, value: number, suffix = ''): void {
    const entry = this.families.get(family) ?? {type, lines: []}
    const pairs = Object.entries(labels).map(([name, text]) => `${name}="${text.replace(/["\\]/g, '\\$&')}"`)
    entry.lines.push(`${family}${suffix}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`)
    this.families.set(family, entry)
  }

  text(): string {
    return [...this.families].map(([name, {type, lines}]) => `# TYPE ${name} ${type}\n${lines.join('\n')}\n`).join('')
  }
}
