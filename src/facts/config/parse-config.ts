/**
 * Reads the running configuration, as `/api/v1/status/config` prints it: defaults filled in, secrets replaced. Fields that are
 * not known here are passed over; values of the wrong kind count as absent.
 * https://prometheus.io/docs/prometheus/latest/configuration/configuration/
 */
import {LineCounter, parseDocument} from 'yaml'
import {type PrometheusVersion, queueDefaults} from '../process/versions.ts'
import type {AgentConfig, RelabelConfig, RemoteWriteConfig, ScrapeConfig} from './config.ts'
import {parseEndpoint, urlCredentials} from './remote-write-url.ts'
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

/** Why a configuration could not be read. Line and column count from 1; null where no place can be named. */
interface ConfigFailure {
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
    hasInlineSecret: hasInlineSecret(entry, url),
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

function readAuth(entry: Section, url: string, hasClientCertificate: boolean): RemoteWriteConfig['auth'] {
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

function hasInlineSecret(entry: Section, url: string): boolean {
  return (
    [section(entry.basic_auth).password, section(entry.authorization).credentials, entry.bearer_token].some(isGiven) ||
    urlCredentials(url) === 'password'
  )
}
