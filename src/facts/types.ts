/**
 * Figures read from the evidence, computed once per run; checks, states and renderers only compare them. Holds types only.
 * Seconds, bytes and samples are numbers in base units; null is "not known", never zero. Counters that Prometheus had not
 * registered yet ("absent = 0 = not yet") are null too, see queue.ts.
 */
import type {
  AgentEvidence,
  AgentSign,
  Collected,
  ContextEvidence,
  LogShape,
  TargetsEvidence,
  Timestamp,
  Transport,
} from '../evidence/types.ts'
import type {ReceiverKind} from './central/receiver.ts'
import type {QueueAtCentral} from './central/types.ts'
import type {AgentConfig, RemoteWriteConfig} from './config/config.ts'
import type {Exposition} from './exposition/exposition.ts'
import type {QueueLevels} from './exposition/queue-reading.ts'
import type {ErrorClass} from './log/signatures/signature.ts'
import type {AgentVersion} from './process/versions.ts'
import type {Thresholds} from './thresholds.ts'

export interface ContextFacts {
  name: string
  evidence: ContextEvidence
  reachable: boolean
  agents: AgentFacts[]
}

export interface EndpointFacts {
  /** scheme://host:port/path, without credentials and query. Several can be alike: on localhost, and in the DNS of several clusters. */
  address: string
  /** Equal for the endpoints of one host and port, in one pod or cluster where only it knows the name. */
  server: string
  queues: {agent: AgentFacts; queue: QueueFacts}[]
}

export interface AgentFacts {
  /**
   * context/namespace/pod, stable across runs; the pod's place is the resource's name when there is no pod. Where one pod holds
   * several agents the container follows.
   */
  key: string
  context: string
  namespace: string
  pod: string
  /** The agent's container where its pod holds another agent, too; else null. */
  container: string | null
  name: string
  signs: AgentSign[]
  evidence: AgentEvidence
  thresholds: Thresholds
  transport: Transport | null
  /** What the process is, by its own word: /-/ready, its flags, its metrics. */
  mode: 'agent' | 'server' | 'unknown'
  version: AgentVersion | null
  /** The agents of one workload: replicas scrape the same targets, shards and DaemonSet pods do not. */
  group: {key: string; kind: 'replicas' | 'shards' | 'single'}
  /** Agent clock minus our clock at the newest scrape; null without a Date header. */
  clockSkewSeconds: number | null
  process: ProcessFacts | null
  /** First and last usable scrape; secondsBetween is 0 when there is one only. */
  window: {from: Timestamp | null; to: Timestamp | null; scrapes: number; secondsBetween: number}
  /** The newest scrape, parsed; null when none could be read. */
  metrics: Exposition | null
  /** The first scrape, parsed; null when there are not two. */
  firstMetrics: Exposition | null
  /** Why metrics are missing, when they are. */
  metricsFailure: Collected<unknown> | null
  /** For how long its container has run, when that is short and nothing listens on its web port yet; else null. */
  startingSeconds: number | null
  config: AgentConfig | null
  /** Seconds between the two scrapes are valid for differences: same process. */
  interval: 'valid' | 'restarted' | 'single-scrape' | 'none'
  /** Longest scrape interval; 60 when it is not known: `i` of docs/how-it-decides.md. */
  longestScrapeIntervalSeconds: number
  /** Of those at which targets are scraped now; the longest where that is not known. */
  shortestScrapeIntervalSeconds: number
  /** `H`: highest_timestamp_in_seconds; null before the first scrape has committed (absent on 2.x, 0 on 3.x). */
  highestTimestampSeconds: number | null
  /** Δ(samples_in + histograms_in) over the window; null when the interval is not valid. */
  samplesIn: number | null
  /** The same, as a level since process start. */
  samplesInTotal: number | null
  queues: QueueFacts[]
  externalLabels: Record<string, string> | null
  targets: TargetsEvidence | null
  log: LogFacts
  wal: WalFacts
  /** Things that changed, newest first: process start, pod start, reload, image, container restarts, certificates. */
  changes: {at: Timestamp; what: string}[]
}

export interface ProcessFacts {
  /** process_start_time_seconds. */
  startSeconds: number
  uptimeSeconds: number
  residentBytes: number | null
  /** prometheus_config_last_reload_successful; null when absent. */
  lastReloadSuccessful: boolean | null
  lastReloadSuccessSeconds: number | null
  /** uptime < max(60 s, 2 x scrape interval): too early to call anything idle. */
  young: boolean
}

export interface WalFacts {
  /** `A`: prometheus_tsdb_wal_segment_current. */
  activeSegment: number | null
  sizeBytes: number | null
  /** prometheus_agent_truncate_duration_seconds: how many truncations, and their sum. */
  truncations: number | null
  truncateSeconds: number | null
  replaySeconds: number | null
  writesFailed: number | null
  corruptions: number | null
  /** `L`: bounds of the oldest segment that still exists; equal when a log line tells it. Null without `A`. */
  lowestSegment: {
    least: number
    most: number
    source: 'checkpoint-line' | 'replay-line' | 'fresh-volume' | 'bounds'
  } | null
}

/** One remote-write queue; names and formulas after docs/how-it-decides.md. */
export interface QueueFacts {
  /** remote_name. */
  name: string
  /** As the metric shows it, credentials removed. */
  url: string
  endpoint: {address: string; scheme: string; host: string; port: number; path: string} | null
  config: RemoteWriteConfig | null
  thresholds: Thresholds
  /** For how long it has been there, at least: since the process's start, or since the reload that built it anew. */
  ageSeconds: number | null
  levels: QueueLevels
  /** Differences over the window; null when the interval is not valid for this queue. */
  delta: QueueDelta | null
  /** Restarted or rebuilt: inside the window; `delta` then covers the scrapes after it, and is null when there is one only. */
  interval: 'valid' | 'restarted' | 'rebuilt' | 'single-scrape'
  /** Of the last scrape before a restart or rebuild: was it late then, and its S. Null without either. */
  before: {late: boolean; highestSentSeconds: number | null; atSeconds: number} | null

  /** `S`: queue_highest_sent_timestamp_seconds; null before the first finished batch. */
  highestSentSeconds: number | null
  finished: boolean
  attempted: number | null
  delivered: number | null
  deliveredPerSecond: number | null
  /** What should be delivered: scraped samples less those the user's relabelling drops. */
  offeredPerSecond: number | null
  /**
   * What the two rates are taken over: the window, or, where that is shorter than a scrape interval, the life of the process. A short
   * window holds so few scrapes or batches that one more or less makes another rate.
   */
  ratesOver: 'window' | 'short-window' | 'process-life' | null
  /** Over how long, where they are not of the window but of several looks; left out: of the window, or of the process's life. */
  ratesSeconds?: number
  failureRatio: number | null
  /** Over how long failureRatio is taken, where it is of several looks; left out: of the window. */
  failureSeconds?: number
  retryRatio: number | null
  bytesPerSecond: number | null
  reading: boolean | null
  nothingWaiting: boolean | null
  blocked: boolean
  /** Which of the four ways of being blocked. */
  blockedBy: 'retries' | 'enqueue-retries' | 'pending' | 'stuck-reader' | null
  clockFooled: boolean
  lagSeconds: number | null
  /** Where lagSeconds was read from; `lower-bound` when nothing was ever delivered. */
  lagSource: 'nothing-waiting' | 'appended-minus-sent' | 'pending-over-offered' | 'uptime-lower-bound' | 'none'
  late: boolean
  /** Newest moment up to which the receiver has taken data: S, as a time. */
  lastDeliveredAt: Timestamp | null
  /** Mean duration of one request over the window (or since the start), seconds; null on releases that measure it wrongly. */
  batchSeconds: number | null
  /** catch-up: lag / (delivered/offered - 1) while it gains. */
  catchUp: {seconds: number | null; verdict: 'yes' | 'never' | 'unknown'}
  /** What a restart or a queue rebuild would discard now. */
  restartCost: {seconds: number | null; samples: number | null}
  lossClock: LossClock
  /** What it was reckoned from, for what the fleet's stores tell of the receiver later; null where it cannot be reckoned. */
  lossClockInputs: LossClockInputs | null
  /** Log shapes that name this queue, and what they say went wrong, newest first. */
  shapes: LogShape[]
  /** The error that holds *now* by log and metrics together, and older ones; see error-classes.ts. */
  errors: QueueError[]
  /** Evidence that the WAL reader lost data: the tailing error's time, if logged in this process's life. */
  tailingErrorAt: Timestamp | null
  /** What the store behind it holds; null: no store is known that it may write to. */
  atCentral: QueueAtCentral | null
}

export interface LossClock {
  /** What ends the data: truncation of the WAL, the receiver's refusal of old samples, a full disk, sample_age_limit. */
  kind: 'truncation' | 'receiver' | 'disk' | 'age-limit' | null
  earliestAt: Timestamp | null
  latestAt: Timestamp | null
  earliestSeconds: number | null
  latestSeconds: number | null
  /** What the range rests on, as a sentence; '' when nothing waits. */
  assumption: string
  /** not-needed: delivering; known: a range; unknown: not enough evidence; lost: too late already. */
  status: 'not-needed' | 'known' | 'unknown' | 'lost'
  /**
   * Set where nothing tells what the receiver is, and a plain Prometheus would end it sooner than what is said above: seconds until it
   * refuses what waits, 0 when it does already. The shorter of two clocks must not be left out for want of knowing which one runs.
   */
  atPlainPrometheusSeconds?: number
}

export interface LossClockInputs extends TruncationContext {
  /** Something waits that is not delivered as it should be. */
  isNeeded: boolean
  /** Set when what waits is gone already, as a sentence that says since when. */
  alreadyLost: string | null
  /** `R` */
  readSegment: number | null
  /** `S`; null before the first finished batch. */
  highestSentSeconds: number | null
  /** Of the queue, at most: it never sends what is older; null when not known. */
  ageSeconds: number | null
  sampleAgeLimitSeconds: number
  /** `i` */
  scrapeIntervalSeconds: number
  /** The longest time between two retries of a batch: max_backoff, after a request that took remote_timeout. */
  retryPauseSeconds: number
  /** What is known of the receiver; a plain Prometheus refuses what is older than its newest minus max(1 h, window). */
  receiver: ReceiverKind
}

/** From what the next truncations of the WAL are reckoned. */
export interface TruncationContext {
  nowSeconds: number
  mode: AgentFacts['mode']
  process: ProcessFacts
  wal: WalFacts
  metrics: Exposition
  evidence: AgentEvidence
}

/** Something the log says of sending to this queue's endpoint. */
export interface QueueError {
  class: ErrorClass
  text: string
  /**
   * Null when it was seen right where --since cut the log: it may have begun long before (`shape.first` is that line's time); and where
   * `isFormer`.
   */
  first: Timestamp | null
  last: Timestamp | null
  /** Seen within two repeat windows of the log's end, and the queue's metrics agree: it holds now. */
  current: boolean
  /** Seen within the last 5 minutes of the log; says nothing about metrics. */
  fresh: boolean
  /** Logged by the queue of the same URL that a reload put this one in the place of; absent: by this one. */
  isFormer?: true
  /** The receiver asked for it: the queue tries again this long after `last`. Null: it tries as it sees fit. */
  retryAfterSeconds: number | null
  shape: LogShape
}

export interface QueueDelta {
  seconds: number
  total: number
  retried: number
  failed: number
  dropped: Record<string, number>
  bytes: number
  enqueueRetries: number
  recordsRead: number
  highestSentSeconds: number
  pendingFirst: number
}

export interface LogFacts {
  read: boolean
  /** End of the log's own time, that "now" of the log is measured from. */
  endSeconds: number | null
  /** Where --since cut it, by the log's own time; null when nothing was read. */
  cutSeconds: number | null
  shapes: LogShape[]
  previousShapes: LogShape[]
}
