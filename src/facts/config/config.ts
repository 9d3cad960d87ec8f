/**
 * Reads the running configuration, as `/api/v1/status/config` prints it: defaults filled in, secrets replaced. Fields that are
 * not known here are passed over; values of the wrong kind count as absent.
 * https://prometheus.io/docs/prometheus/latest/configuration/configuration/
 */
import {LineCounter, parseDocument} from 'yaml'
import {type PrometheusVersion, queueDefaults} from '../process/versions.ts'
import {type Endpoint, parseEndpoint, urlCredentials, withoutUserInfo} from './remote-write-url.ts'
import {
  bytes,
  flag,
  isGiven,
  isSection,
  list,
  number,
  type Section,
  seconds,
  section,
  sections,
  strings,
  text,
} from './values.ts'
import {isNestedTooDeep} from './yaml-depth.ts'

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

export type RemoteWriteAuth =
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

export interface QueueConfig {
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

/** Why a configuration could not be read. Line and column count from 1; null where no place can be named. */
export interface ConfigFailure {
  message: string
  line: number | null
  column: number | null
}

export type ParsedConfig = {ok: true; config: AgentConfig} | {ok: false; failure: ConfigFailure}

/** Parses the YAML; what is not written gets the default of that release, or of the newest when the version is not known. */
export function parseConfig(yaml: string, version: PrometheusVersion | null = null): ParsedConfig {
  const isRead = rulesThatMatter(yaml)
  const brief = yaml.replace(TARGET_RELABELLING, block =>
    block.replace(TARGET_RULE, rule => (isRead(rule) ? rule : '')),
  )
  const parsed = parseYaml(brief, version)
  // Only the whole text has the right line numbers.
  return parsed.ok || brief === yaml ? parsed : parseYaml(yaml, version)
}

/**
 * `relabel_configs` of a job, as Prometheus prints them: most of a configuration that the Prometheus Operator made, hardly read
 * here, and a second of parsing for each megabyte.
 */
const TARGET_RELABELLING = /^ {2}relabel_configs:\n(?: {2}(?:- | {2}).*\n)*/gm
const TARGET_RULE = /^ {2}- .*\n(?: {4}.*\n)*/gm
const EXTERNAL_LABELS = /^ {2}external_labels:\n((?: {4}.*\n)*)/m

/**
 * Rules that deal targets out to shards, with those after them that say which one this is, and rules that set a label which is an
 * external label, too. To be asked in their order.
 */
function rulesThatMatter(yaml: string): (rule: string) => boolean {
  const lines = EXTERNAL_LABELS.exec(yaml)?.[1]?.split('\n') ?? []
  const names = new Set(lines.flatMap(line => /^ {4}["']?([^"':]+)["']?:/.exec(line)?.[1] ?? []))
  const hashes = new Set<string>()
  return rule => {
    const target = /^ {4}target_label: ["']?([^"'\n]+?)["']?$/m.exec(rule)?.[1]
    const isHash = rule.includes('hashmod')
    // The operator writes modulus 1 where there is one shard.
    if (isHash && target !== undefined && !/^ {4}modulus: 1$/m.test(rule)) hashes.add(target)
    return isHash || (target !== undefined && names.has(target)) || [...hashes].some(hash => rule.includes(hash))
  }
}

function parseYaml(yaml: string, version: PrometheusVersion | null): ParsedConfig {
  if (isNestedTooDeep(yaml)) {
    const message = 'the configuration is nested deeper than any of Prometheus'
    return {ok: false, failure: {message, line: null, column: null}}
  }
  const lineCounter = new LineCounter()
  // The failsafe schema keeps every scalar a string, so that a label value of `1e3` or `no` stays what was written.
  const document = parseDocument(yaml, {
    schema: 'failsafe',
    lineCounter,
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
  })
  const error = document.errors[0]
  if (error) {
    const place = lineCounter.linePos(error.pos[0])
    const message = `the configuration is not valid YAML: ${error.message.split('\n')[0] ?? ''}`
    return {ok: false, failure: {message, line: place.line, column: place.col}}
  }
  let content: unknown
  try {
    content = document.toJS({maxAliasCount: 100})
  } catch (cause) {
    return {
      ok: false,
      failure: {message: `the configuration cannot be read: ${(cause as Error).message}`, line: null, column: null},
    }
  }
  if (!isSection(content)) {
    return {ok: false, failure: {message: 'the configuration is not a YAML mapping', line: 1, column: 1}}
  }
  return {ok: true, config: readConfig(content, version)}
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

function readConfig(content: Section, version: PrometheusVersion | null): AgentConfig {
  const global = section(content.global)
  const scrapeIntervalSeconds = seconds(global.scrape_interval, 60)
  const scrapeTimeoutSeconds = seconds(global.scrape_timeout, 10)
  return {
    externalLabels: strings(global.external_labels),
    scrapeIntervalSeconds,
    scrapeTimeoutSeconds,
    scrapeConfigs: sections(content.scrape_configs).map(entry =>
      readScrapeConfig(entry, scrapeIntervalSeconds, scrapeTimeoutSeconds),
    ),
    remoteWrites: sections(content.remote_write).map((entry, index) => readRemoteWrite(entry, index, version)),
    outOfOrderWindowSeconds: seconds(section(section(content.storage).tsdb).out_of_order_time_window, 0),
    serverSections: ['alerting', 'remote_read', 'rule_files'].filter(name => {
      const value = content[name]
      return Array.isArray(value) ? value.length > 0 : isSection(value)
    }),
  }
}

function readScrapeConfig(entry: Section, intervalSeconds: number, timeoutSeconds: number): ScrapeConfig {
  const relabelConfigs = sections(entry.relabel_configs).map(readRelabelConfig)
  return {
    jobName: text(entry.job_name) ?? '',
    scrapeIntervalSeconds: seconds(entry.scrape_interval, 0) || intervalSeconds,
    scrapeTimeoutSeconds: seconds(entry.scrape_timeout, 0) || timeoutSeconds,
    metricsPath: text(entry.metrics_path) ?? '/metrics',
    scheme: text(entry.scheme) ?? 'http',
    honorLabels: flag(entry.honor_labels, false),
    sampleLimit: number(entry.sample_limit, 0),
    targetLimit: number(entry.target_limit, 0),
    bodySizeLimitBytes: bytes(entry.body_size_limit),
    discovery: Object.keys(entry)
      .filter(key => key === 'static_configs' || key.endsWith('_sd_configs'))
      .sort(),
    hashmodRules: relabelConfigs.filter(rule => rule.action === 'hashmod'),
    relabelConfigs,
    metricRelabelConfigs: sections(entry.metric_relabel_configs).map(readRelabelConfig),
    staticLabels: sections(entry.static_configs)
      .map(group => strings(group.labels))
      .filter(labels => Object.keys(labels).length > 0),
  }
}

/**
 * Prometheus prints every rule with its action, and leaves out a separator and a replacement that are empty; of an empty regular
 * expression it prints `null`, and from 3.x on it leaves out the default one.
 */
function readRelabelConfig(entry: Section): RelabelConfig {
  const isPrinted = text(entry.action) !== null
  const regex = text(entry.regex) ?? '(.*)'
  return {
    sourceLabels: list(entry.source_labels),
    separator: text(entry.separator) ?? (isPrinted ? '' : ';'),
    regex: regex === 'null' ? '' : regex,
    modulus: number(entry.modulus, 0),
    targetLabel: text(entry.target_label) ?? '',
    replacement: text(entry.replacement) ?? (isPrinted ? '' : '$1'),
    action: (text(entry.action) ?? 'replace').toLowerCase(),
  }
}

function readRemoteWrite(entry: Section, index: number, version: PrometheusVersion | null): RemoteWriteConfig {
  const url = text(entry.url) ?? ''
  const defaults = queueDefaults(version)
  const queue = section(entry.queue_config)
  const tls = section(entry.tls_config)
  const hasClientCertificate = isGiven(tls.cert_file) || isGiven(tls.cert)
  return {
    index,
    name: text(entry.name) || null,
    url,
    endpoint: parseEndpoint(url),
    urlCredentials: urlCredentials(url),
    auth: readAuth(entry, url, hasClientCertificate),
    tls: {
      insecureSkipVerify: flag(tls.insecure_skip_verify, false),
      serverName: text(tls.server_name) || null,
      hasAuthority: isGiven(tls.ca_file) || isGiven(tls.ca),
      hasClientCertificate,
    },
    headerNames: [...new Set([...Object.keys(section(entry.headers)), ...Object.keys(section(entry.http_headers))])],
    shownHeaderNames: shownHeaders(entry),
    proxyUrl: text(entry.proxy_url) || null,
    noProxy: text(entry.no_proxy) || null,
    proxyFromEnvironment: flag(entry.proxy_from_environment, false),
    followRedirects: flag(entry.follow_redirects, true),
    enableHttp2: flag(entry.enable_http2, defaults.enableHttp2),
    remoteTimeoutSeconds: seconds(entry.remote_timeout, 30),
    sendExemplars: flag(entry.send_exemplars, false),
    sendNativeHistograms: flag(entry.send_native_histograms, false),
    sendMetadata: flag(section(entry.metadata_config).send, true),
    protobufMessage: text(entry.protobuf_message) || 'prometheus.WriteRequest',
    roundRobinDns: flag(entry.round_robin_dns, false),
    writeRelabelConfigs: sections(entry.write_relabel_configs).map(readRelabelConfig),
    queue: {
      capacity: number(queue.capacity, defaults.capacity),
      maxShards: number(queue.max_shards, defaults.maxShards),
      minShards: number(queue.min_shards, defaults.minShards),
      maxSamplesPerSend: number(queue.max_samples_per_send, defaults.maxSamplesPerSend),
      batchSendDeadlineSeconds: seconds(queue.batch_send_deadline, defaults.batchSendDeadlineSeconds),
      minBackoffSeconds: seconds(queue.min_backoff, defaults.minBackoffSeconds),
      maxBackoffSeconds: seconds(queue.max_backoff, defaults.maxBackoffSeconds),
      retryOnHttp429: flag(queue.retry_on_http_429, false),
      sampleAgeLimitSeconds: seconds(queue.sample_age_limit, 0),
    },
  }
}

/** Prometheus hides `secrets` of http_headers and keeps `files` apart; values of `headers` it prints as they are. */
function shownHeaders(entry: Section): string[] {
  const httpHeaders = Object.entries(section(entry.http_headers)).filter(
    ([, header]) => list(section(header).values).length > 0,
  )
  return [...new Set([...Object.keys(section(entry.headers)), ...httpHeaders.map(([name]) => name)])]
}

function readAuth(entry: Section, url: string, hasClientCertificate: boolean): RemoteWriteAuth {
  if (isGiven(entry.basic_auth)) return 'basic'
  if (isGiven(entry.authorization) || isGiven(entry.bearer_token) || isGiven(entry.bearer_token_file))
    return 'authorization'
  if (isGiven(entry.oauth2)) return 'oauth2'
  // `sigv4: {}` is the usual form: region and keys come from the environment.
  if ('sigv4' in entry) return 'sigv4'
  if (isGiven(entry.azuread)) return 'azuread'
  if (isGiven(entry.google_iam)) return 'google-iam'
  if (urlCredentials(url) !== 'none') return 'basic'
  return hasClientCertificate ? 'client-certificate' : 'none'
}
