/** What a store holds of one queue's agent, as every report tells it. Holds a type only. */
import type {Timestamp} from '../evidence/types.ts'

export interface StoredReport {
  /** As in `central.address`. */
  address: string
  /** How the queue's address is known to lead to this store; null: it is not. */
  proof: string | null
  /** Labels under which the agent's series were looked for; null: they cannot be told apart there. */
  identity: Record<string, string> | null
  /** fresh: it stores what is sent; old: it does not; between: later than it should be; unknown: see `unknownBecause`. */
  freshness: 'fresh' | 'between' | 'old' | 'unknown'
  unknownBecause: string | null
  newestSampleAt: Timestamp | null
  ageSeconds: number | null
  /** Gaps of the last day; null: not known. */
  holes: {from: Timestamp; to: Timestamp; seconds: number}[] | null
}
