/** Under which labels a fleet writes, and what is done to them on the way: what `promfleet labels` shows, and with `-o json` as it is. */
import type {Shadow} from '../../facts/identity/shadows.ts'
import type {AgentReport, ContextReport, FindingReport, RunReport} from '../report.ts'

export interface LabelsReport extends RunReport {
  /** External labels of which each agent must have one. */
  identityLabels: string[]
  summary: {contexts: number; agents: number; error: number; warning: number; info: number; unknown: number}
  contexts: ContextReport[]
  /** All names of external labels: the identity's first, then by how many agents have them. */
  keys: LabelKey[]
  agents: LabelledAgent[]
  /** Of the checks on labels, in the order to read them. */
  findings: FindingReport[]
}

export interface LabelKey {
  name: string
  /** identity: tells agents apart · replica: tells replicas of one apart · operator: added by the Prometheus Operator · other */
  kind: 'identity' | 'replica' | 'operator' | 'other'
  /** How many agents have it, and how many different values there are. */
  agents: number
  values: number
}

export interface LabelledAgent
  extends Pick<AgentReport, 'key' | 'context' | 'namespace' | 'pod' | 'container' | 'name' | 'version' | 'group'> {
  /** Null: its configuration could not be read. */
  externalLabels: Record<string, string> | null
  /** Why not, or what else is not known of its labels; null: nothing. */
  problem: string | null
  /** Identity labels, when it has none of them; a variable that nothing replaced is none. */
  missing: string[]
  /** Keys of agents that write under the same identity to the same receiver; at most five. */
  collidesWith: string[]
  /** Proven: a target or a refusal shows it. */
  collisionIsProven: boolean
  shadows: Shadow[]
  /** Names that the operator keeps for itself: what the PrometheusAgent says of them is ignored. */
  ignored: {label: string; written: string; running: string | null}[]
  /** What scrape classes of its PrometheusAgent set, where that is an external label, too. */
  scrapeClasses: {name: string; isDefault: boolean; label: string; replacement: string; on?: 'targets' | 'series'}[]
  writes: LabelledWrite[]
}

export interface LabelledWrite {
  /** Name of the queue; null where the metrics could not be read and the entry has none. */
  queue: string | null
  /** Without credentials and query. */
  address: string
  /** Labels that everything of it carries after write_relabel_configs. */
  sent: Record<string, string>
  /** External labels in whose place every target brings a value of its own; they are not in `sent`. */
  ownOfTargets: string[]
  /** External labels that the rules change; `to` null: removed. */
  changed: {label: string; from: string; to: string | null; rule: string; dependsOn: string[]}[]
  rules: RuleReport[]
  simulation: SimulationReport | null
  /** Why there is no simulation; null when there is one, or no rule. */
  notSimulated: string | null
  /** By the agent's own counters since its start; null: not known. */
  measured: {droppedSamples: number; samples: number} | null
}

interface RuleReport {
  /** In words, as written. */
  rule: string
  action: string
  /** Pairs of target and metric name; null: not simulated. */
  dropped: number | null
  examples: string[]
  /** Labels that series may carry themselves and that were taken for absent. */
  assumes: string[]
}

export interface SimulationReport {
  targets: number
  names: number
  /** Pairs of target and metric name. */
  total: number
  kept: number
  dropped: number
  renamed: number
  /** False: estimated from a part. */
  complete: boolean
  /** What was run of how much, in words; absent: all, or what was not run is not known. */
  sample?: string[]
  identity: {label: string; carried: number; values: string[]; droppedWithout: number | null}[]
}
