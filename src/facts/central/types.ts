/** What is known of the stores that agents write to, and what they hold of each agent. Holds types only. */
import type {CentralEvidence, CentralProof} from '../../evidence/central.ts'
import type {Failure, Timestamp} from '../../evidence/types.ts'
import type {PrometheusVersion} from '../process/versions.ts'

export interface CentralFacts {
  evidence: CentralEvidence
  name: string
  foundBy: CentralEvidence['foundBy']
  kind: 'prometheus' | 'victoria-metrics' | 'mimir' | 'thanos' | 'unknown'
  /** As its build information gives it. */
  version: PrometheusVersion | null
  /** It answered queries or told of itself. */
  isRead: boolean
  /** Why it could not be read, when it could not. */
  problem: Failure | null
  /** Its web server answers, and says that it is not ready: it replays its WAL. */
  isStarting: boolean
  /** Whether a Prometheus takes remote writes; null: not known, or another make. */
  receiver: boolean | null
  /** out_of_order_time_window of a Prometheus; 0: closed. Null: not known, or another make. */
  outOfOrderWindowSeconds: number | null
  /** A Prometheus refuses samples that are older than its newest by this; null: not known, or another make. */
  refusesAfterSeconds: number | null
  /** Its clock minus ours. */
  clockSkewSeconds: number | null
  /** Times of its head block and the series in it, of a Prometheus. */
  head: {minSeconds: number | null; maxSeconds: number | null; series: number | null}
  walBytes: number | null
  /** Write requests since it started, by its own count; null where it does not tell. */
  writes: {requests: number; refused: number; failed: number} | null
}

/** What one store holds of one queue's agent. */
export interface QueueAtCentral {
  central: CentralFacts
  /** How the queue's address is known to lead to this store; null: it is not, the user named this store for all agents. */
  proof: {kind: CentralProof; detail: string} | null
  /** What was asked for; null: the agent's series cannot be told apart there. */
  identity: Record<string, string> | null
  /** Why identity or newest sample are not known; null when both are. */
  unknownBecause: string | null
  /** Other queues, but those of its replicas, write under the same identity: what is seen may be theirs. */
  isShared: boolean
  /** By the clock of whoever scraped it, which is the agent's. Null: none is seen. */
  newestSeconds: number | null
  newestAt: Timestamp | null
  /** The agent's clock when the store was asked, minus newestSeconds; null when none is seen or the agent's clock is not known. */
  ageSeconds: number | null
  /** From which age on it is not fresh. */
  limitSeconds: number
  /**
   * fresh: as new as what the queue has sent; old: absent, or older than the limit; between: older than it should be, and not by
   * much; unknown: not read, or the clocks of the two are not known to agree.
   */
  freshness: 'fresh' | 'between' | 'old' | 'unknown'
  /** By its own figures the queue has delivered samples now: they must be there. */
  claimsDelivery: boolean
  /** Gaps of the last day; null: they were not looked for, or could not be. */
  holes: Hole[] | null
  holesUnknownBecause: string | null
}

/** A stretch of time of which the store holds nothing of an identity, though it has samples from before and after. */
export interface Hole {
  from: Timestamp
  to: Timestamp
  seconds: number
  /** `to` is known to this many seconds only. */
  toWithinSeconds: number
}
