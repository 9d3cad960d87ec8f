/** The configuration of an agent as the rest of promfleet knows it, and which of its entries a queue belongs to. */
import {type Endpoint, parseEndpoint, withoutUserInfo} from './remote-write-url.ts'

export interface AgentConfig {
  externalLabels: Record<string, string>
  /** global.scrape_interval, 60 by default. */
  scrapeIntervalSeconds: number
  scrapeTimeoutSeconds: number
  scrapeConfigs: ScrapeConfig[]
  remoteWrites: RemoteWriteConfig[]
  /** storage.tsdb.out_of_order_time_window; 0 when closed. Read on a central, and by agents since 2.54. */
  outOfOrderWindowSeconds: number
  /** Sections an agent refuses (rule_files, alerting, remote_read): their presence says server. */
  serverSections: string[]
}

export interface ScrapeConfig {
  jobName: string
  scrapeIntervalSeconds: number
  scrapeTimeoutSeconds: number
  metricsPath: string
  scheme: string
  honorLabels: boolean
  sampleLimit: number
  targetLimit: number
  /** Bytes; 0 is no limit. */
  bodySizeLimitBytes: number
  /** `kubernetes_sd_configs`, `static_configs`, …, sorted. */
  discovery: string[]
  /** The rules with action hashmod of relabel_configs, which deal targets out to shards. */
  hashmodRules: RelabelConfig[]
  /** Of relabel_configs those with action hashmod, what reads their target, and those that set an external label; others may be left out. */
  relabelConfigs: RelabelConfig[]
  metricRelabelConfigs: RelabelConfig[]
  /** Labels that static_configs set, all of them together. */
  staticLabels: Record<string, string>[]
}

/** One rule, with the defaults of Prometheus filled in. */
export interface RelabelConfig {
  sourceLabels: string[]
  separator: string
  regex: string
  modulus: number
  targetLabel: string
  replacement: string
  /** Lower case: replace, keep, drop, labeldrop, labelkeep, labelmap, hashmod, lowercase, uppercase, keepequal, dropequal. */
  action: string
}

type RemoteWriteAuth =
  | 'none'
  | 'basic' // basic_auth, or a user in the URL
  | 'authorization' // authorization, or the older bearer_token
  | 'oauth2'
  | 'sigv4'
  | 'azuread'
  | 'google-iam'
  | 'client-certificate' // nothing but a certificate of its own

export interface RemoteWriteConfig {
  /** Place in remote_write, from 0. */
  index: number
  /** null: Prometheus names the queue by the first 6 hex digits of a hash over the entry. */
  name: string | null
  /** As the configuration API shows it, passwords replaced. */
  url: string
  /** null when the URL cannot be read. */
  endpoint: Endpoint | null
  /** Credentials inside the URL show in logs and process lists. */
  urlCredentials: 'none' | 'user' | 'password'
  auth: RemoteWriteAuth
  /** A password or token stands in the entry itself; from a file it is read with each request (password_file, credentials_file). */
  hasInlineSecret: boolean
  tls: {
    insecureSkipVerify: boolean
    serverName: string | null
    hasAuthority: boolean // ca_file or ca
    hasClientCertificate: boolean // cert_file or cert
  }
  /** Names of custom headers, as written; a tenant id stands in `X-Scope-OrgID`. */
  headerNames: string[]
  /** Of those, the ones whose values the configuration API shows: `headers`, and `values` of `http_headers`. */
  shownHeaderNames: string[]
  proxyUrl: string | null
  /** Addresses that do not go through proxyUrl (2.43 and later). */
  noProxy: string | null
  proxyFromEnvironment: boolean
  followRedirects: boolean
  enableHttp2: boolean
  remoteTimeoutSeconds: number
  sendExemplars: boolean
  sendNativeHistograms: boolean
  sendMetadata: boolean
  /** `prometheus.WriteRequest` (1.0) or `io.prometheus.write.v2.Request`. */
  protobufMessage: string
  roundRobinDns: boolean
  writeRelabelConfigs: RelabelConfig[]
  queue: QueueConfig
}

interface QueueConfig {
  capacity: number
  maxShards: number
  minShards: number
  maxSamplesPerSend: number
  batchSendDeadlineSeconds: number
  minBackoffSeconds: number
  maxBackoffSeconds: number
  retryOnHttp429: boolean
  /** Older samples are dropped on purpose; 0 is no limit (2.50 and later). */
  sampleAgeLimitSeconds: number
}

/** Headers that name a tenant, whose values Prometheus or promfleet hides: whether two write for one, only its answers tell. */
const TENANT_HEADER = /^(?:x-scope-orgid|thanos-tenant)$/i

export function isForTenant({headerNames}: RemoteWriteConfig): boolean {
  return headerNames.some(name => TENANT_HEADER.test(name))
}

/**
 * The entry that a queue's metrics belong to: by its name, else among the unnamed ones by URL without credentials. Null when
 * none fits, or when several unnamed entries share the URL, since their names are hashes.
 */
export function matchRemoteWrite(
  remoteWrites: readonly RemoteWriteConfig[],
  queue: {name: string; url: string},
): RemoteWriteConfig | null {
  const named = remoteWrites.find(entry => entry.name === queue.name)
  if (named) return named
  const unnamed = remoteWrites.filter(entry => entry.name === null)
  const url = withoutUserInfo(queue.url)
  const sameUrl = unnamed.filter(entry => withoutUserInfo(entry.url) === url)
  const address = parseEndpoint(queue.url)?.address
  const candidates =
    sameUrl.length > 0 ? sameUrl : unnamed.filter(entry => address !== undefined && entry.endpoint?.address === address)
  return candidates.length === 1 ? (candidates[0] ?? null) : null
}
