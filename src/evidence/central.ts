/** A store that agents write to, as it was seen: what its own web server says, and what it holds of the agents. Holds types only. */
import type {Collected, Scrape} from './types.ts'

/** How it is known that an address leads to a store, and to no other. */
export type CentralProof =
  | 'pod-address' // the URL names the pod's own IP and the port of its web server
  | 'service' // a Service's cluster IP or cluster DNS name, that pod alone behind it
  | 'node-port' // a node of the cluster, and a NodePort of such a Service
  | 'load-balancer' // what the status of such a Service names
  | 'ingress' // the host and path of an Ingress in front of such a Service
  | 'given-url' // the same scheme, host, port and path prefix as --central-url

/** A store that agents write to: what its own web server says, and what it holds of the agents' identities. */
export interface CentralEvidence {
  /** What people call it: its URL without credentials, or context/namespace/pod. */
  name: string
  /** --central-url, --central-context, or the agents' own URLs. */
  foundBy: 'url' | 'context' | 'endpoint'
  /** Its pod; null when only its URL is known. */
  place: {context: string; namespace: string; pod: string; container: string; node: string | null} | null
  /** Addresses of remote-write endpoints (scheme://host:port/path, without credentials) that are proven to lead here. */
  endpoints: {address: string; proof: CentralProof; detail: string}[]
  /** Its clock minus ours, from its Date header; null when unknown. */
  clockSkewSeconds: number | null
  /** `/-/ready` */
  ready: Collected<{status: number; text: string}>
  buildInfo: Collected<Record<string, string>>
  flags: Collected<Record<string, string>>
  /** `/api/v1/status/config`, secrets removed. */
  config: Collected<string>
  /** `/metrics`, oldest first; `agentTime` is the store's own clock. */
  scrapes: Collected<Scrape>[]
  identities: CentralIdentity[]
  /** What it said of itself in an earlier look of a watch, while it does not answer; absent: it answers, or never did. */
  earlier?: CentralSelf | undefined
}

/** What a store says of itself, which does not change because it is away. */
export type CentralSelf = Pick<CentralEvidence, 'buildInfo' | 'flags' | 'config' | 'scrapes'>

/** What the store holds of the series with these labels. */
export interface CentralIdentity {
  /** External labels as they are after write_relabel_configs, without those that name a replica. */
  labels: Record<string, string>
  /** The newest sample that an instant query sees, unix seconds; null: it sees none. `at` is our clock. */
  newest: Collected<CentralNewest>
  lastDay: Collected<CentralDay>
}

export interface CentralNewest {
  /** The metrics that were asked for, as PromQL without the labels: `up`, or '' for every series. */
  selector: string
  newestSeconds: number | null
  series: number
}

/** What one range query over the last day shows, unix seconds. */
export interface CentralDay {
  selector: string
  fromSeconds: number
  toSeconds: number
  stepSeconds: number
  /** First and last sample of each stretch without a pause of more than two steps, oldest first. The first is known to a step. */
  stretches: [number, number][]
  /** There were more stretches than are kept: the oldest are left out. */
  truncated: boolean
}

/** What could be listed in a context while the store behind the agents' URLs was looked for. */
export interface CentralSearch {
  context: string
  /** How many there are. */
  services: Collected<number>
  ingresses: Collected<number>
}
