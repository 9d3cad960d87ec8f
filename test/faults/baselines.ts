/**
 * What people get without promfleet, of the same agents at the same time. Both are read generously.
 *
 * Hand-made: `kubectl logs POD | grep -E "(error|failed|retry)"` and `curl /metrics | grep prometheus_remote_storage`.
 * - named: a line that the first lets through holds words that name the expected cause (the table below), whatever else it shows;
 * - noticed: a warning or error line came through, or a failed, retried or dropped counter is above 0, or the newest sample sent
 *   is 120 s older than the newest scraped: somebody looking knows that something is wrong, not what;
 * - nothing: neither. On a healthy fleet this is the right answer, and everything else a false alarm.
 *
 * Stock alerts: the formulas of documentation/prometheus-mixin/alerts.libsonnet that an agent's metrics can feed, over the window
 * between the first and the last scrape, their `for` taken as over. They name symptoms, so they count as fired or not.
 */
import {parseExposition, type Sample, samples} from '../../src/facts/exposition/exposition.ts'

export type HandMade = 'named' | 'noticed' | 'nothing'

/** Words that give a cause away, to somebody who knows what they mean. */
const tellTales: Record<string, RegExp> = {
  'receiver/refused': /connection refused/,
  'receiver/name-not-resolved': /no such host|server misbehaving|lookup /,
  'receiver/unreachable': /dial tcp.*(?:i\/o timeout|deadline exceeded)|no route to host|unreachable/,
  'receiver/tls-untrusted': /unknown authority/,
  'receiver/tls-name-mismatch': /certificate is valid for|doesn't contain any IP SANs|certificate is not valid/,
  'receiver/tls-expired': /expired/,
  'receiver/tls-client-certificate': /certificate required|bad certificate|handshake failure/,
  'receiver/scheme-mismatch': /HTTP response to HTTPS client|HTTP request to an HTTPS server|plain HTTP request/,
  'receiver/wrong-path': /\b404\b|\b405\b|unsupported path/,
  'receiver/disabled': /remote write receiver needs to be enabled/,
  'receiver/redirected': /redirect/,
  'receiver/unsupported-protocol': /\b415\b/,
  'receiver/unauthorized': /\b401\b/,
  'receiver/forbidden': /\b403\b/,
  'receiver/no-tenant': /no org id/,
  'receiver/rate-limited': /\b429\b/,
  'config/rate-limit-drops': /\b429\b/,
  'receiver/payload-too-large': /\b413\b/,
  'receiver/proxy': /\b407\b|\b502\b|\b504\b/,
  'receiver/failing': /\b50[03]\b|connection reset|EOF/,
  'receiver/slow': /deadline exceeded/,
  'receiver/out-of-order': /out.of.order/,
  'receiver/duplicate-samples': /duplicate sample/,
  'receiver/out-of-bounds': /out of bounds|too old/,
  'receiver/series-limit': /series limit/,
  'config/reload-failed': /reloading config|load configuration/,
  'workload/crash-looping': /loading config/i,
  'workload/disk-full': /no space left/,
  'wal/corrupt': /corrupt|repair/i,
  'delivery/loss-happened': /error tailing WAL/,
  'scrape/discovery-failing': /discovery|list|refresh|connection refused/i,
  'scrape/bad-samples': /out-of-order samples|same timestamp/,
  'scrape/targets-down': /Scrape failed|content.type/i,
}

const grep = /(error|failed|retry)/
const alarming = /level=(?:warn|error)|"level":"(?:warn|error)"/i

/** `log` is the whole log, `text` a /metrics. */
export function handMade(expectedCause: string | null, log: string, texts: readonly string[]): HandMade {
  const lines = log.split('\n').filter(line => grep.test(line))
  const words = expectedCause === null ? undefined : tellTales[expectedCause]
  if (words && lines.some(line => words.test(line))) return 'named'
  // An empty answer of the second command is the answer, generously.
  const isBare = texts.length > 0 && texts.every(text => !/^prometheus_remote_storage_shards\{/m.test(text))
  if (expectedCause === 'config/no-remote-write' && isBare) return 'named'
  if (lines.some(line => alarming.test(line))) return 'noticed'
  return texts.some(looksWrong) ? 'noticed' : 'nothing'
}

function looksWrong(text: string): boolean {
  const exposition = parseExposition(text)
  const total = (name: string) => samples(exposition, name).reduce((sum, {value}) => sum + value, 0)
  if (['failed', 'retried', 'dropped'].some(what => total(`prometheus_remote_storage_samples_${what}_total`) > 0))
    return true
  return behind(text)
}

function behind(text: string): boolean {
  const exposition = parseExposition(text)
  const [highest] = samples(exposition, 'prometheus_remote_storage_highest_timestamp_in_seconds')
  return samples(exposition, 'prometheus_remote_storage_queue_highest_sent_timestamp_seconds').some(
    ({value}) => (highest?.value ?? 0) - value > 120,
  )
}

/** Names of the alerts that would fire for one agent, from its first and its last scrape. */
export function stockAlerts(first: string, last: string): string[] {
  const before = parseExposition(first)
  const after = parseExposition(last)
  const key = ({labels}: Sample) => JSON.stringify(Object.entries(labels).sort())
  /** Δ per series; one that has just appeared counts from 0. */
  const increases = (name: string) => {
    const old = new Map(samples(before, name).map(sample => [key(sample), sample.value]))
    return new Map(samples(after, name).map(sample => [key(sample), sample.value - (old.get(key(sample)) ?? 0)]))
  }
  const rises = (name: string) => [...increases(name).values()].some(delta => delta > 0)
  const failed = increases('prometheus_remote_storage_samples_failed_total')
  const total = increases('prometheus_remote_storage_samples_total')
  const desired = samples(after, 'prometheus_remote_storage_shards_desired')
  const most = samples(after, 'prometheus_remote_storage_shards_max')
  const alerts: Record<string, boolean> = {
    PrometheusRemoteStorageFailures: [...failed].some(
      ([series, delta]) => delta > 0 && delta / (delta + (total.get(series) ?? 0)) > 0.01,
    ),
    PrometheusRemoteWriteBehind: behind(last),
    PrometheusRemoteWriteDesiredShards: desired.some(
      sample => sample.value > (most.find(other => key(other) === key(sample))?.value ?? Number.POSITIVE_INFINITY),
    ),
    PrometheusBadConfig: samples(after, 'prometheus_config_last_reload_successful').some(({value}) => value === 0),
    PrometheusSDRefreshFailure: rises('prometheus_sd_refresh_failures_total'),
    PrometheusKubernetesListWatchFailures: rises('prometheus_sd_kubernetes_failures_total'),
    PrometheusDuplicateTimestamps: rises('prometheus_target_scrapes_sample_duplicate_timestamp_total'),
    PrometheusOutOfOrderTimestamps: rises('prometheus_target_scrapes_sample_out_of_order_total'),
    PrometheusTargetLimitHit: rises('prometheus_target_scrape_pool_exceeded_target_limit_total'),
    PrometheusLabelLimitHit: rises('prometheus_target_scrape_pool_exceeded_label_limits_total'),
    PrometheusScrapeBodySizeLimitHit: rises('prometheus_target_scrapes_exceeded_body_size_limit_total'),
    PrometheusScrapeSampleLimitHit: rises('prometheus_target_scrapes_exceeded_sample_limit_total'),
    PrometheusTargetSyncFailure: rises('prometheus_target_sync_failed_total'),
  }
  return Object.keys(alerts).filter(name => alerts[name])
}
