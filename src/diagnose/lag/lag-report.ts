/** What `promfleet lag` shows, and what its `-o json` prints: a row per queue, totals per context. Base units, no formatted numbers. */
import type {Timestamp} from '../../evidence/types.ts'
import type {AgentReport, ContextReport, FindingReport, QueueReport, Report, RunReport, State} from '../report.ts'
import type {StoredGaps} from '../stored-unknown.ts'

export interface LagReport extends RunReport, StoredGaps, Pick<Report, 'thresholds' | 'state'> {
  /** agents: each was looked at; central: only what the central stores of them; both: each queue has what both say. */
  seenFrom: 'agents' | 'central' | 'both'
  /** --interval 0: rates are then means since each process started. */
  isSingleScrape: boolean
  /** --fail-over; null: not given, the states decide the exit code. */
  failOverSeconds: number | null
  /** Which rule of --fail-over applied, and for which row; absent: it was not given. */
  failOver?: LagFailOver
  /** Rows by state, those that --only-behind hides included. */
  summary: {contexts: number; agents: number; queues: number} & Record<State, number>
  contexts: LagContext[]
  /** Worst first, or as --sort asks; without those that deliver where --only-behind asks for that. */
  rows: LagRow[]
  /** Where agent and central contradict each other. */
  findings: FindingReport[]
}

/** losing, silent, over: exit 1; unknown, nothing-seen: 3; none-over: 0. The row is the worst by lag of those under the rule. */
export interface LagFailOver {
  rule: 'losing' | 'silent' | 'over' | 'unknown' | 'nothing-seen' | 'none-over'
  /** Of the row; null: there is none. */
  key: string | null
  /** null: the row has none. */
  queue: string | null
  /** Where the rule is unknown: at least that. */
  lagSeconds: number | null
  /** Further rows that have the same exit code. */
  others: number
}

export interface LagContext extends ContextReport {
  state: State
  totals: LagTotals
}

/** Sums over the queues of which the figure is known; null when it is known of none. */
export interface LagTotals {
  queues: number
  /** The worst. */
  lagSeconds: number | null
  deliveredPerSecond: number | null
  offeredPerSecond: number | null
  pendingSamples: number | null
  bytesPerSecond: number | null
  retriedBytesPerSecond: number | null
}

/** Which metrics or queries the lag was read from, and by whose clock. */
export interface LagBasis {
  /** Names of metrics, the minuend first; or PromQL. Empty when the lag is not known. */
  metrics: string[]
  /** Whose clock it was measured by; null when none was needed, or the lag is not known. */
  clock: 'agent' | 'central' | null
  /** How it was read, or why it is not known: a phrase. */
  note: string
}

/**
 * One queue; an agent without any, or one that could not be looked at, has a row of its own with `queue` null, and so has a context
 * that could not be read (`namespace`, `pod` and `name` are then empty).
 */
export interface LagRow
  extends Pick<
    AgentReport,
    | 'context'
    | 'namespace'
    | 'pod'
    | 'container'
    | 'name'
    | 'version'
    | 'transport'
    | 'state'
    | 'stateRow'
    | 'stateReason'
    | 'since'
    | 'window'
  > {
  of: 'queue' | 'agent' | 'context'
  /** Of the agent: context/namespace/pod; of an identity that only the central knows: its labels; of a context: its name. */
  key: string
  queue: QueueReport | null
  lagBasis: LagBasis
  /** Samples that all running shards hold at most; null when not known. */
  capacitySamples: number | null
  /** Written to the WAL and not read by this queue, at the mean rate of writing; an estimate. */
  unreadWalBytes: number | null
  /** Compressed bytes on the wire for each sample that was sent. */
  bytesPerSample: number | null
  /** Compressed bytes/s of attempts which did not finish; 0 while no connection comes about. */
  retriedBytesPerSecond: number | null
  /** For a queue that cannot keep up: what would help, with the arithmetic. */
  suggestion: {kind: 'more-shards' | 'larger-batches' | 'receiver-or-link'; text: string} | null
  /** Pod of a replica that delivers the same data to the same address, while this queue does not; absent: none was seen. */
  deliveringReplica?: string
  /** What the central stores of this queue's identity; null when the central was not asked or does not know it. */
  central: {identity: Record<string, string>; newestSampleAt: Timestamp | null; ageSeconds: number | null} | null
}
