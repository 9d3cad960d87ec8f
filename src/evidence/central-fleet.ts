/** What a central holds of every identity that it knows, by a handful of queries and without a look at any agent. Holds types only. */
import type {Collected} from './types.ts'

export interface CentralFleetEvidence {
  /** What people call it: its URL without credentials, or context/namespace/pod. */
  name: string
  foundBy: 'url' | 'context'
  /** Its clock minus ours, from its Date header; null when unknown. */
  clockSkewSeconds: number | null
  /** Labels that tell agents apart (--identity-label). */
  identityLabels: string[]
  /** External labels of agents that the fleet file expects. */
  expected: Record<string, string>[]
  /** Agents that the fleet file expects and does not name by labels; left out: not recorded. */
  unnamedExpected?: number | undefined
  /** Values of the first identity label, by the index of the last day; the index may be older than that by some of its blocks. */
  indexed: Collected<string[]>
  /** The newest sample of each identity; a second look follows where the first shows late ones and --interval is not 0. */
  looks: Collected<IdentityLook>[]
  /** Of identities that are indexed and that no look shows; not-applicable when there are none. */
  widerLook: Collected<IdentityLook>
  /** The agents' own remote-write metrics, where they arrive. */
  queues: Collected<CentralQueue[]>
  /** Agents that send their own metrics and have none of the identity labels; left out: not recorded, or not read. */
  withoutIdentity?: UnlabelledAgents[] | undefined
}

/** Agents whose labels are alike but for those of scraping. */
export interface UnlabelledAgents {
  /** Without those of scraping; empty: none is left, and they run as agents. */
  labels: Record<string, string>
  agents: number
}

/** One instant query: the newest sample of each identity. */
export interface IdentityLook {
  promql: string
  /** When it was asked, by the central's own clock, unix seconds; null when nothing was found. */
  atSeconds: number | null
  /** What is older is not seen. */
  windowSeconds: number
  identities: SeenIdentity[]
  /** The server's own: a partial answer. */
  warnings: string[]
}

export interface SeenIdentity {
  /** Identity labels, and the operator's prometheus and prometheus_replica where they are there. */
  labels: Record<string, string>
  newestSeconds: number
}

/** One queue by the agent's own metrics, as far as they arrive; a figure that is missing was not there. */
export interface CentralQueue extends CentralQueueFigures {
  /** As in SeenIdentity. */
  labels: Record<string, string>
  namespace: string
  pod: string
  instance: string
  /** remote_name */
  name: string
  /** Redacted. */
  url: string
}

/** Rates are over five minutes. */
export interface CentralQueueFigures {
  /** samples_in_total of its process */
  offeredPerSecond?: number | undefined
  /** samples_total, every attempt */
  attemptedPerSecond?: number | undefined
  failedPerSecond?: number | undefined
  retriedPerSecond?: number | undefined
  bytesPerSecond?: number | undefined
  pendingSamples?: number | undefined
  shards?: number | undefined
  shardsDesired?: number | undefined
  shardsMax?: number | undefined
  /** highest_timestamp_in_seconds of its process */
  appendedSeconds?: number | undefined
  /** queue_highest_sent_timestamp_seconds */
  sentSeconds?: number | undefined
  /** The longest interval between scrapes of its process, as it takes them (99th percentile). */
  intervalSeconds?: number | undefined
  /** 1: samples_in_total began anew in the five minutes, or the queue's counters do not span them; missing: neither. */
  isOfferedYoung?: number | undefined
  /** 1: the queue's counters, by samples_total, do not span the five minutes, or began anew in them; missing: neither. */
  isAttemptedYoung?: number | undefined
  /** So many agents of the last hour, by the times at which they scrape, have all labels of this process alike; missing: one. */
  agents?: number | undefined
  /**
   * So many times in the five minutes a process came back under these labels that loaded its configuration earlier than the one before
   * it; missing: once at most.
   */
  returns?: number | undefined
}
