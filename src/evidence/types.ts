/**
 * What was seen, before anyone judged it: plain JSON, redacted, every piece either a value or the reason why it is missing.
 * All times are RFC 3339 in UTC; all other quantities carry their unit in the name. Holds types only.
 */
import type {LabelSets, MetricFamilies, MonitorSelector, Monitors, ScrapeClass, TargetLabels} from './labels.ts'

/** RFC 3339 in UTC, as `Date.prototype.toISOString` prints it. */
export type Timestamp = string

/** Why a piece of evidence is missing. */
export type FailureReason =
  | 'forbidden' // 403 of the API server; `needs` names the permission
  | 'unauthorized' // 401 of the API server, or the credential plug-in failed
  | 'agent-unauthorized' // 401 of the agent's own web server: it wants basic auth
  | 'unreachable' // no connection, or no transport left to try
  | 'untrusted' // it answered, but its TLS certificate is not trusted, has expired or is for another name
  | 'unusable' // what the kubeconfig says cannot be used: a plug-in that is not installed, a cluster that it does not have
  | 'timeout' // nothing came in time, or the whole run's time was up
  | 'not-found' // 404: the object went away, or the API does not exist there
  | 'malformed' // an answer that is not what was asked for: HTML for metrics, a body cut off, broken JSON
  | 'failed' // an answer with another status
  | 'not-applicable' // there is nothing to read, for example the log of a container that never ran
  | 'interrupted' // the user stopped the run before this was read

/** A right that the Kubernetes API asks for, in the terms of a Role rule. */
export interface Permission {
  verb: string
  /** API group, '' for the core group. */
  group: string
  /** With its subresource: `pods/portforward`. */
  resource: string
  /** null: in all namespaces, that is a ClusterRole. */
  namespace: string | null
}

/** A rule of a Role, and what it is for. */
export interface AccessRule {
  group: string
  resources: string[]
  verbs: string[]
  why: string
  /** The doctor works without it, and says what it could not see. */
  optional: boolean
}

export interface Failure {
  ok: false
  reason: FailureReason
  /** One sentence naming the thing and what answered; redacted, bounded, no escape sequences. */
  detail: string
  /** Permissions that would have made it work; any one of the inner lists is enough. */
  needs: Permission[][]
}

/** Evidence that may be missing; the reason for that is evidence too. */
export type Collected<T> = {ok: true; value: T; at: Timestamp} | Failure

/** The options that shape what is collected; they travel with the evidence so that a replay judges alike. */
export interface CollectOptions {
  /** Between the first and the second scrape; 0 takes one scrape only. */
  intervalSeconds: number
  /** How far back logs are read. */
  sinceSeconds: number
  timeoutSeconds: number
  /** null: every namespace that may be listed. */
  namespace: string | null
  selector: string | null
  /** Names given by --agent: pods, workloads or PrometheusAgent resources. */
  agents: string[]
  includeServers: boolean
  transport: TransportChoice
}

export type Transport = 'port-forward' | 'proxy' | 'kubectl'
export type TransportChoice = 'auto' | Transport

export interface TransportAttempt {
  transport: Transport
  outcome: 'ok' | 'failed'
  detail: string
}

export interface ContextEvidence {
  /** Of the kubeconfig. */
  name: string
  /** Name in the kubeconfig, null when the context has none. */
  user: string | null
  /** The API server's address, without credentials. */
  server: string | null
  /** GET /version: the first thing asked, so its failure is the context's. */
  serverVersion: Collected<string>
  /** What the API server's clock says minus ours, from its Date header; null when unknown. */
  clockSkewSeconds: number | null
  /** One per list call made to find pods: '*' for all namespaces at once, else one namespace. */
  podLists: {namespace: string; pods: Collected<number>}[]
  /** `prometheusagents.monitoring.coreos.com`; not-found where the CRD is not installed. */
  agentResources: Collected<AgentResource[]>
  /** Absent: there is no PrometheusAgent to take them, or a part of the cluster only is looked at, or not recorded. */
  monitors?: Collected<Monitors> | undefined
  agents: AgentEvidence[]
  /** Agents that are there and were not named with --agent; absent: none, or not recorded. */
  unnamedAgents?: OtherPod[] | undefined
  /** Of the namespace given with -n, where it holds no pod and namespaces may be listed; absent: not known. */
  namespaceExists?: boolean | undefined
  /** Running Prometheus servers, seen but not looked into (without --include-servers). */
  servers: OtherPod[]
  /** Senders of other makes: recognised, not diagnosed. */
  lookAlikes: (OtherPod & {kind: LookAlikeKind})[]
  /** Answers of SelfSubjectAccessReview, asked only to explain a 403. */
  accessReviews: {permission: Permission; allowed: boolean}[]
}

export type LookAlikeKind = 'alloy' | 'grafana-agent' | 'vmagent' | 'opentelemetry-collector'

export interface OtherPod {
  namespace: string
  pod: string
}

/** A PrometheusAgent object of the Prometheus Operator. */
export interface AgentResource {
  namespace: string
  name: string
  mode: string // StatefulSet or DaemonSet
  replicas: number
  shards: number
  paused: boolean
  remoteWriteUrls: string[] // redacted
  /** queueConfig.maxRetries of the remoteWrite entries that set it; absent: not recorded. */
  maxRetries?: number[] | undefined
  /** spec.externalLabels, as written; this and the following absent: not recorded. */
  externalLabels?: Record<string, string> | undefined
  /** Under which labels the operator puts the names of the resource and of the pod; '': under none. */
  operatorLabels?: {resource: string; replica: string} | undefined
  scrapeClasses?: ScrapeClass[] | undefined
  monitorSelectors?: MonitorSelector[] | undefined
}

/** How discovery knew that a pod is (meant to be) an agent. */
export type AgentSign =
  | 'resource' // owned by a PrometheusAgent
  | 'label' // app.kubernetes.io/name=prometheus-agent, operator.prometheus.io/mode=agent
  | 'arguments' // --agent, --enable-feature=agent, --storage.agent.path
  | 'name' // the pod's or workload's name says agent: an intention, not a proof
  | 'server' // a Prometheus server, looked at because of --include-servers

export interface AgentEvidence {
  namespace: string
  /** '' for an agent whose pod does not exist (a PrometheusAgent without pods). */
  pod: string
  podUid: string
  /** The container that runs Prometheus. */
  container: string
  /** PrometheusAgent or workload name; what people call it. */
  name: string
  workload: {kind: string; name: string} | null
  /** Pods of one workload differ by shard (a slice of the targets) or replica (the same targets again); null: not known. */
  shard: number | null
  replica: number | null
  signs: AgentSign[]
  podStatus: PodEvidence | null
  web: WebEndpoint
  /** The transport that worked, null when none did. */
  transport: Transport | null
  /** Every transport tried, in order, with what it answered. */
  attempts: TransportAttempt[]
  /** `/-/ready`: status and the first line of the body tell agent from server and starting from ready. */
  ready: Collected<{status: number; text: string}>
  /** `/metrics`, oldest first; a scrape that failed keeps its place. */
  scrapes: Collected<Scrape>[]
  /** `/api/v1/status/config`: the running configuration as YAML, secrets removed. */
  config: Collected<string>
  /** `/api/v1/status/flags`. */
  flags: Collected<Record<string, string>>
  /** `/api/v1/status/buildinfo` and `/runtimeinfo`. */
  buildInfo: Collected<Record<string, string>>
  runtimeInfo: Collected<Record<string, string | number | boolean>>
  targets: Collected<TargetsEvidence>
  /** Read by `promfleet labels` and `capture` only, as is the next; absent: not asked for, or an older bundle. */
  labelSets?: Collected<LabelSets> | undefined
  metricFamilies?: Collected<MetricFamilies> | undefined
  log: Collected<LogEvidence>
  /** The log of the container's previous run; not-applicable when it never restarted. */
  previousLog: Collected<LogEvidence>
  events: Collected<EventEvidence[]>
  claims: Collected<ClaimEvidence[]>
}

/** Where the agent's web server listens, from its arguments, ports and probes. */
export interface WebEndpoint {
  scheme: 'http' | 'https'
  port: number
  /** '' or '/prefix', never with a trailing slash. */
  routePrefix: string
  /** True when it listens on localhost only: the API-server proxy cannot reach it. */
  localOnly: boolean
}

export interface PodEvidence {
  phase: string // Pending, Running, Succeeded, Failed, Unknown
  reason: string | null
  message: string | null
  node: string | null
  createdAt: Timestamp
  startedAt: Timestamp | null
  deletedAt: Timestamp | null
  labels: Record<string, string>
  conditions: {type: string; status: string; reason: string | null; message: string | null; since: Timestamp | null}[]
  /** Containers of the pod, the agent's own first. */
  containers: ContainerEvidence[]
  volumes: VolumeEvidence[]
  /** A mesh side car or the like was seen: traffic may be encrypted below the agent. */
  meshSidecar: string | null
}

export interface ContainerEvidence {
  name: string
  image: string
  args: string[] // redacted
  restarts: number
  state: ContainerState | null
  lastState: ContainerState | null
  /** As bytes and cores; null: not set. */
  memoryLimitBytes: number | null
  memoryRequestBytes: number | null
  cpuLimitCores: number | null
  cpuRequestCores: number | null
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case, in order; `value` null: it comes `from` elsewhere. Absent: none is set, or an older bundle. */
  proxyVariables?: {name: string; value: string | null; from: string | null}[] | undefined
  /** ConfigMaps and Secrets that may set more of them. */
  environmentFrom?: string[] | undefined
}

export interface ContainerState {
  kind: 'running' | 'waiting' | 'terminated'
  reason: string | null
  message: string | null
  exitCode: number | null
  startedAt: Timestamp | null
  finishedAt: Timestamp | null
}

export interface VolumeEvidence {
  name: string
  kind: 'claim' | 'empty-dir' | 'host-path' | 'other'
  claim: string | null
  /** Where the agent's container mounts it, null when it does not. */
  mountPath: string | null
  /** The ConfigMap or Secret that it shows; absent: something else, several, or not recorded. */
  source?: {kind: 'ConfigMap' | 'Secret'; name: string} | undefined
}

export interface ClaimEvidence {
  name: string
  phase: string
  capacityBytes: number | null
  storageClass: string | null
}

export interface EventEvidence {
  type: string // Normal, Warning
  reason: string
  message: string
  count: number
  last: Timestamp | null
}

export interface Scrape {
  /** The agent's own clock: the HTTP Date header; our clock when there is none. */
  agentTime: Timestamp
  /** Our clock when the answer had come. */
  receivedAt: Timestamp
  /** Exposition text 0.0.4 of the families that facts read; others are named in `families` only. */
  text: string
  /** Names of all families seen, sorted; a look-alike is recognised by them. */
  families: string[]
}

export interface TargetsEvidence {
  active: number
  dropped: number | null
  up: number
  down: number
  unknown: number
  /** Per scrape pool, sorted by name. */
  pools: {
    name: string
    active: number
    up: number
    down: number
    intervalSeconds: number | null
    /** Of its up targets the one whose last scrape took most of its scrape_timeout; null: none is up; absent: not recorded. */
    slowest?: {seconds: number; timeoutSeconds: number; target: string} | null | undefined
    /** Down targets grouped by error text, most first, with up to three examples. */
    errors: {error: string; count: number; examples: string[]}[]
  }[]
  /** Longest scrape interval of the active targets. */
  longestIntervalSeconds: number | null
  /** Absent: not recorded. */
  labels?: TargetLabels | undefined
}

export interface LogEvidence {
  /** Of the lines read; null when no line carried a time. */
  first: Timestamp | null
  last: Timestamp | null
  lines: number
  bytes: number
  /** True when a limit ended the reading early. */
  truncated: boolean
  /** What repeats, grouped without judging; errors and warnings, and the info lines that facts read. */
  shapes: LogShape[]
  /** The last lines as they came, at most 50. */
  tail: string[]
  /** Truncation lines of the WAL, read back to the truncation before last. */
  walLines: string[]
}

/** Lines that differ only in numbers, times and identifiers. */
export interface LogShape {
  level: 'debug' | 'info' | 'warn' | 'error' | 'unknown'
  message: string
  component: string | null
  /** `remote_name` or, for WAL watchers, `queue`. */
  queue: string | null
  url: string | null
  /** The `err` of the newest line, whole. */
  error: string | null
  count: number
  first: Timestamp | null
  last: Timestamp | null
  /** The newest line as it came, redacted. */
  sample: string
}
