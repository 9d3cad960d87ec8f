/** What logs say, grouped by signature: what `promfleet logs` prints, and with `-o json` as it is (report.schema.json, logReport). */
import type {LogShape, Timestamp} from '../../evidence/types.ts'
import type {ContextReport, RunReport} from '../report.ts'

export interface LogReport extends RunReport {
  /** True for the logs of the containers' previous runs. */
  previous: boolean
  summary: {contexts: number; agents: number; kinds: number; lines: number; shownLines: number}
  contexts: ContextReport[]
  logs: AgentLogReport[]
  /** In the order to read them: what holds now first, then by severity. */
  kinds: LogKind[]
  /** Agents that the fleet file expects and that are not there, a sentence each; absent: none. */
  expectedMissing?: string[]
}

export interface AgentLogReport {
  context: string
  namespace: string
  pod: string
  container: string
  name: string
  /** First and last line read that carry a time. */
  first: Timestamp | null
  last: Timestamp | null
  lines: number
  /** False when a limit or a cut connection ended the reading early. */
  complete: boolean
  /** Why it could not be read; null when it was. */
  problem: string | null
}

/** What a line means. */
export interface LogMeaning {
  /** Null: not recognised. */
  signature: string | null
  severity: 'error' | 'warning' | 'info'
  /** Check that judges it (`promfleet explain ID`); null where none does. */
  cause: string | null
  title: string
  meaning: string | null
  remedy: string | null
}

/** Lines of one signature, or of one shape where they have none. */
export interface LogKind extends LogMeaning {
  level: LogShape['level']
  /** Seen within two repeat windows of the end of a log. */
  current: boolean
  lines: number
  /** Newest first. */
  places: LogPlace[]
}

/** Where it was said: one queue of one agent, or the agent itself. */
export interface LogPlace {
  context: string
  namespace: string
  pod: string
  container: string
  queue: string | null
  url: string | null
  first: Timestamp | null
  last: Timestamp | null
  /** In the log; what happened is at least that. */
  lines: number
  /**
   * How often it happens: remote-write lines are held back for a minute after they were printed (util/logging/dedupe.go), so
   * that they are a lower bound; `lines` is an exact count.
   */
  rate: 'at-least-once-a-minute' | 'at-least-lines' | 'lines'
  current: boolean
  /** Error of the newest line, whole. */
  error: string | null
  /** The newest line. */
  sample: string
}
