/** What a check is. One file holds one check; its path below src/checks is its id, and people type that id. */
import type {Timestamp} from '../evidence/types.ts'
import type {FleetFacts} from '../facts/fleet.ts'

/** error: data is or will be lost, or does not arrive; warning: at risk; info: worth knowing. */
export type Severity = 'error' | 'warning' | 'info'

/** Who has to act. */
export type Blame = 'agent' | 'cluster' | 'network' | 'proxy' | 'central' | 'config' | 'access'

/** What a finding is about, from wide to narrow; absent parts mean "all of it". */
export interface Scope {
  context?: string
  namespace?: string
  pod?: string
  /** Where the pod holds more than one agent. */
  container?: string
  /** The agent's name as people know it. */
  agent?: string
  queue?: string
  /** Address of the receiver, for findings about the central. */
  central?: string
}

export interface EvidenceLine {
  /** Short noun: "refused", "answer", "last state". */
  what: string
  /** The value with its unit, and the limit where one was crossed: "180 of 180 samples/s (limit 1 %)". */
  value: string
  /** Where it was read: "metrics, two scrapes", "log", "pod status", a metric name. */
  source: string
  at?: Timestamp
}

export interface RemedyStep {
  text: string
  /** Complete and copyable, with its context. */
  command?: string
  /** True when the step changes anything; the renderer says so. */
  changes: boolean
}

/** A rule that did not hold, or could not be looked at. */
export interface Finding {
  id: string
  severity: Severity
  /** unknown: the rule could not be judged here; `title` says why. */
  status: 'found' | 'unknown'
  blame: Blame
  scope: Scope
  /** Subject, number, unit, object; stands alone; no final period. */
  title: string
  since?: Timestamp
  /** The deciding measurement first. */
  evidence: EvidenceLine[]
  /** What it means and why it matters, plainly. */
  why: string
  remedy: RemedyStep[]
  /** Instead of the check's own list, where what it explains depends on what was seen. */
  explains?: readonly string[]
}

/** A scope that a check could not judge, and why. */
export interface Unknown {
  scope: Scope
  reason: string
}

/** A finding as a check writes it: runChecks adds the id. */
export type Draft = Omit<Finding, 'id' | 'status'>

export interface CheckResult {
  findings: Draft[]
  /** Scopes that lack the evidence the check needs. */
  unknown: Unknown[]
  /** How many scopes were judged, found or not; 0 with nothing unknown means "does not apply". */
  judged: number
}

/** What the user says about the fleet that evidence does not. */
export interface CheckOptions {
  /** External labels of which each agent must have one; the first is the one remedies name. Default `cluster`. */
  identityLabels: readonly string[]
  /** Which agents there should be, by the fleet file; left out or null: it does not say. */
  expected?: Expectations | null
}

export interface Expectations {
  agents: readonly ExpectedAgent[]
  /** Everything that belongs to the fleet was looked at, so that an agent that may be anywhere can be missed. */
  isWholeFleet: boolean
}

/** One agent, or any that fits: null and {} fit all. */
export interface ExpectedAgent {
  context: string | null
  namespace: string | null
  /** Name of a pod, workload or PrometheusAgent resource. */
  agent: string | null
  /** External labels that it sends, these among others. */
  labels: Readonly<Record<string, string>>
}

export interface Check {
  /** subject/problem; equals the file's path; never renamed. */
  id: string
  /** The fact that should hold, as a sentence without a period: "the receiver takes what it is sent". */
  title: string
  /** The gravest severity it can give. */
  severity: Severity
  /** Ids whose findings in the same scope are consequences of this one. */
  explains: readonly string[]
  /** Pieces of evidence it reads: shown by `explain`, compared with what it does read by a test. */
  needs: readonly Need[]
  evaluate(facts: FleetFacts, options: CheckOptions): CheckResult
  /** What is measured, why it matters, how the threshold was chosen, what to do; Markdown, shown by `promfleet explain`. */
  documentation: string
}

export type Need =
  | 'api-server' // GET /version and the list calls
  | 'pods' // the pod lists of a context
  | 'agent-resources' // PrometheusAgent objects
  | 'monitors' // ServiceMonitors, PodMonitors, Probes and who takes them
  | 'pod-status'
  | 'previous-log' // the log of the container's last run
  | 'events'
  | 'claims'
  | 'transports' // which ways to the agent were tried
  | 'ready'
  | 'metrics'
  | 'two-scrapes'
  | 'config'
  | 'flags'
  | 'targets'
  | 'log'
  | 'central' // the store that agents write to
  | 'probe' // ways to receivers that were tried, with --probe

/** Types a check and checks nothing at run time; the tests in test/checks/catalogue.test.ts do. */
export function defineCheck(check: Check): Check {
  return check
}
