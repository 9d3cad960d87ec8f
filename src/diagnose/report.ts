/** The report: what every renderer receives, and what `-o json` prints (report.schema.json). Base units, no formatted numbers. */
import type {Blame, EvidenceLine, RemedyStep, Scope, Severity} from '../checks/check.ts'
import type {Timestamp, Transport} from '../evidence/types.ts'
import type {EmptyContext} from '../facts/empty-context.ts'
import type {RefusedContext} from '../facts/refused/context.ts'
import type {Resources} from '../facts/resources.ts'
import type {LossClock} from '../facts/types.ts'
import type {EndpointProbe, ProbeVerdict} from './probe/endpoint-probe.ts'
import type {StoredReport} from './stored-report.ts'

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
    /** Agents that the fleet file expects and that are not there; absent: none. */
    missing?: number
  }
  contexts: ContextReport[]
  agents: AgentReport[]
  groups: GroupReport[]
  findings: FindingReport[]
  /** Ways to receivers that were tried (--probe), broken ones first; absent: none was. */
  probes?: EndpointProbe[]
  /** The store that agents write to, where one was named or found. */
  central?: CentralReport
  /** Further ones. */
  otherCentrals?: CentralReport[]
  /** What could not be seen while the store was looked for by the agents' URLs; absent: it was found, or not looked for. */
  centralNotSeen?: string[]
  checks: {
    passed: string[]
    found: string[]
    skipped: {id: string; reason: string}[]
    /** One entry per scope. */
    unknown: {id: string; reason: string; scope: Scope}[]
  }
  /** The fleet file in effect, as it was named or found; absent: there was none. */
  fleetFile?: string
}

/** What the documents of all commands say of the run. */
export type RunReport = Pick<
  Report,
  'schemaVersion' | 'tool' | 'takenAt' | 'durationSeconds' | 'exitCode' | 'error' | 'ended' | 'fleetFile'
>

export interface ContextReport {
  name: string
  reachable: boolean
  agents: number
  /** Why it is not known which agents it has; absent when it is. */
  problem?: string
  /** What was looked for in vain, where it was read and has no agent; absent in the doctor's report, which has a finding of that. */
  noAgents?: EmptyContext
  /** Rights that are missing to see its agents, or how they are; absent: none, or the doctor's report, as above. */
  refused?: RefusedContext
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
  /**
   * Set where the window says little: shorter than a scrape interval, so that the rates are those of the process's life; or a short one,
   * of a few scrapes or batches, by one of which they are too high or too low.
   */
  ratesOver?: 'process-life' | 'short-window'
  /** Set by a watch: over how long the rates are, which is more than the window of its last looks. */
  ratesSeconds?: number
  failureRatio: number | null
  /**
   * Set by a watch of a queue that refused samples before: over how long failureRatio is, since the look before the first refusal that it
   * remembers, or since the last one where there was none for long.
   */
  failureSeconds?: number
  retryRatio: number | null
  pendingSamples: number | null
  bytesPerSecond: number | null
  shards: {current: number | null; desired: number | null; min: number | null; max: number | null}
  /** WAL segments: the one that its reader is in, and the one that the agent writes. */
  segments: {read: number | null; written: number | null}
  lossClock: LossClock
  catchUp: {seconds: number | null; verdict: 'yes' | 'never' | 'unknown'}
  restartCost: {seconds: number | null; samples: number | null}
  /**
   * `isDated`: false when it was lost at some time since `from`, and nothing tells when; absent: true. `beganBefore`: the log that was
   * read begins at `from`, and the loss began at some time before. `isLeast`: it goes on, and `samples` is what was counted of it so
   * far, which may be little; absent: false.
   */
  losses: {
    from: Timestamp
    isDated?: boolean
    beganBefore: boolean
    to: Timestamp
    samples: number | null
    isLeast?: boolean
    evidence: string
  }[]
  /** What the store holds of this queue's agent; absent: no store is known that it writes to. */
  central?: StoredReport
}

/** A store that agents write to, as it describes itself. */
export interface CentralReport {
  /** Its URL without credentials, or context/namespace/pod. */
  address: string
  kind: 'prometheus' | 'victoria-metrics' | 'mimir' | 'thanos' | 'unknown'
  version: string | null
  /** url: --central-url; context: --central-context; endpoint: an agent's URL led to it. */
  foundBy: 'url' | 'context' | 'endpoint'
  /** Endpoints of agents that are proven to lead there, and by what. */
  endpoints: {address: string; proof: string; detail: string}[]
  /** Why it could not be read; null: it could. */
  problem: string | null
  /** Whether a Prometheus takes remote writes; null: not known, or another make. */
  receiver: boolean | null
  /** 0: closed; null: not known, or another make. */
  outOfOrderWindowSeconds: number | null
  clockSkewSeconds: number | null
  headSeries: number | null
  headMaxAt: Timestamp | null
  walBytes: number | null
  /** Write requests since it started, by its own count. */
  writes: {requests: number; refused: number; failed: number} | null
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
  /** With --probe: what was seen of the way to the same address, whom to believe and why, and what to do next. */
  probe?: Pick<EndpointProbe, 'address'> & Pick<ProbeVerdict, 'outcome' | 'layer' | 'believe' | 'why' | 'next'>
}
