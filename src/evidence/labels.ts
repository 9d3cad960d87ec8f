/** What tells of labels: those of an agent's targets, its metric families, and the monitors of the Prometheus Operator. Types only. */

/** A digest of the active targets' labels, bounded whatever their number; from `/api/v1/targets`. */
export interface TargetLabels {
  /** All label names but job and instance, sorted; at most 100. */
  names: {
    name: string
    targets: number
    /** Most targets first, at most 5. */
    values: {value: string; targets: number}[]
    /** How many different values; 1000 stands for "at least". */
    distinct: number
    /** At most 3. */
    jobs: string[]
  }[]
  /**
   * At most 64 targets, those whose hashes are the smallest: two agents with many targets in common keep the same ones. `hash` is of
   * the whole label set.
   */
  sample: {job: string; instance: string; hash: string}[]
}

/** Label sets of the active targets as they stand on every series of a target: 16 MiB of them at most, in a bundle 4, less in large fleets. */
export interface LabelSets {
  /** `pool`: the job_name of the scrape configuration. */
  sets: {pool: string; labels: Record<string, string>}[]
  /** False when there are more: `sets` has every n-th target of each pool and job then. */
  complete: boolean
  /** How many targets there are; absent where `sets` has all. */
  groups?: {pool: string; job: string; targets: number}[] | undefined
}

/** What the targets expose, from `/api/v1/targets/metadata`; as much as of LabelSets. */
export interface MetricFamilies {
  jobs: {
    job: string
    /** How many of its targets were looked at. */
    targets: number
    /** Sorted by name; `targets` expose it. `type` as in exposition: counter, gauge, histogram, summary, unknown, … */
    families: {name: string; type: string; targets: number}[]
    /** How many there are, where `families` has only every n-th; absent: it has all. */
    familyCount?: number | undefined
  }[]
  /** False when a limit ended the reading: jobs are then known by one target each, by a part of their families, or not at all. */
  complete: boolean
}

export type MonitorKind = 'ServiceMonitor' | 'PodMonitor' | 'Probe'

/** metav1.LabelSelector. */
export interface LabelSelector {
  matchLabels: Record<string, string>
  matchExpressions: {key: string; operator: string; values: string[]}[]
}

/** Of one kind of monitor: null selects nothing, an empty selector everything; for namespaces null is its own. */
export interface MonitorSelector {
  kind: MonitorKind
  labels: LabelSelector | null
  namespaces: LabelSelector | null
}

export interface Monitors {
  /** At most 5,000. */
  monitors: {kind: MonitorKind; namespace: string; name: string; labels: Record<string, string>}[]
  /** `prometheuses.monitoring.coreos.com`: what they take, no agent needs to. */
  servers: {namespace: string; name: string; selectors: MonitorSelector[]}[]
  /** Labels by namespace; null: not needed, or they may not be listed. */
  namespaces: Record<string, Record<string, string>> | null
  /** False when there are more. */
  complete: boolean
}

/** What a scrape class of the operator sets on every target (`relabelings`) or series (`metricRelabelings`) of those who use it. */
export interface ScrapeClass {
  name: string
  isDefault: boolean
  sets: {label: string; replacement: string; on: 'targets' | 'series'}[]
}
