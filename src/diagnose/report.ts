/** The report: what every renderer receives, and what `-o json` prints (report.schema.json). Base units, no formatted numbers. */
import type {Blame, EvidenceLine, RemedyStep, Scope, Severity} from '../checks/check.ts'
import type {Timestamp, Transport} from '../evidence/types.ts'
import type {LossClock} from '../facts/loss-clock.ts'
import type {Resources} from '../facts/resources.ts'

/** Ranked worst first: losing, silent, behind, unknown, delivering. */
export type State = 'losing' | 'silent' | 'behind' | 'unknown' | 'delivering'
export type Arrival = 'stored' | 'accepted' | 'unknown'

export interface Report {
  schemaVersion: 1
  tool: {name: 'promfleet'; version: string}
  takenAt: Timestamp
  durationSeconds: number
  exitCode: number
  /** Set when the run could not do its work (exit 2); everything else is then empty. */
  error?: {message: string; hint: string | null}
  ended: 'complete' | 'timeout' | 'interrupted'
  thresholds: Record<string, number>
  state: State
  summary: {
    contexts: number
    agents: number
    queues: number
    error: number
    warning: number
    info: number
    unknown: number
  }
  contexts: ContextReport[]
  agents: AgentReport[]
  groups: GroupReport[]
  findings: FindingReport[]
  checks: {
    passed: string[]
    found: string[]
    skipped: {id: string; reason: string}[]
    /** One entry per scope. */
    unknown: {id: string; reason: string; scope: Scope}[]
  }
}

export interface ContextReport {
  name: string
  reachable: boolean
  agents: number
  /** Why it is not known which agents it has; absent when it is. */
  problem?: string
}

export interface AgentReport {
  /** As in `findings[].agents` and `groups[].members`: context/namespace/pod, and the container where the pod holds more agents. */
  key: string
  context: string
  namespace: string
  pod: string
  podUid: string
  /** The container that runs Prometheus; '' for an agent that has no pod. */
  container: string
  name: string
  kind: string
  version: string | null
  mode: 'agent' | 'server' | 'unknown'
  transport: Transport | null
  state: State
  /** Row of the decision table that decided: its own for rows 1 and 2, else its worst queue's. */
  stateRow: number
  stateReason: string
  /** When the state began, as far as the evidence tells. */
  since: Timestamp | null
  externalLabels: Record<string, string> | null
  group: string
  window: {from: Timestamp | null; to: Timestamp | null; scrapes: number}
  resources: Resources
  queues: QueueReport[]
}

export interface QueueReport {
  name: string
  url: string
  state: State
  /** Row of the decision table in docs/how-it-decides.md. */
  stateRow: number
  stateReason: string
  arrival: Arrival
  lagSeconds: number | null
  lagSource: string
  lastDeliveredAt: Timestamp | null
  deliveredPerSecond: number | null
  offeredPerSecond: number | null
  /** Set where the window is shorter than a scrape interval: the rates are then those of the process's life. */
  ratesOver?: 'process-life'
  failureRatio: number | null
  retryRatio: number | null
  pendingSamples: number | null
  bytesPerSecond: number | null
  shards: {current: number | null; desired: number | null; min: number | null; max: number | null}
  /** WAL segments: the one that its reader is in, and the one that the agent writes. */
  segments: {read: number | null; written: number | null}
  lossClock: LossClock
  catchUp: {seconds: number | null; verdict: 'yes' | 'never' | 'unknown'}
  restartCost: {seconds: number | null; samples: number | null}
  losses: {from: Timestamp; to: Timestamp; samples: number | null; evidence: string}[]
}

export interface GroupReport {
  name: string
  members: string[]
  state: State
  /** 'full' all replicas deliver, 'lost' at least one does not, 'none' there is one only or they are shards. */
  redundancy: 'full' | 'lost' | 'none'
}

export interface FindingReport {
  /** id and scope; stable between runs. */
  key: string
  id: string
  severity: Severity
  status: 'found' | 'unknown'
  /** False when another finding explains it. */
  cause: boolean
  /** What the report leads with: state, ahead (loss to come), history, rest. */
  group: 'state' | 'ahead' | 'history' | 'rest'
  blame: Blame
  scope: Scope
  /** Agents (keys) concerned, when one finding stands for several. */
  agents: string[]
  title: string
  since?: Timestamp
  /** The change nearest to `since`. */
  changed?: {at: Timestamp; what: string}
  evidence: EvidenceLine[]
  why: string
  remedy: RemedyStep[]
  explains: string[]
  explainedBy?: string
}
