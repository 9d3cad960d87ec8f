/**
 * The queries about all identities at once. They are written for 10,000 identities with a hundred targets each, on Prometheus 2.42
 * and later, VictoriaMetrics, Mimir and Thanos alike. Pure.
 */

/** Of the operator: they tell agents of one cluster, and replicas and shards of one agent, apart. __replica__ is Mimir's name. */
const AGENT_LABELS = ['prometheus', 'prometheus_replica', '__replica__']

/** A sample is looked for at each of these steps, and the query looks back as far from each (--query.lookback-delta, 5m everywhere). */
const STEP_SECONDS = 300
export const WINDOW_SECONDS = 3600
/** For identities that the first look does not show. */
export const WIDE_WINDOW_SECONDS = 86_400
const WIDE_WINDOW_OF_ALL_SECONDS = 6 * 3600

/** Beyond this a list of names makes no cheaper query. */
export const MOST_NAMED = 200

/** Series that an agent which drops `up` may still send, few for each. */
const OTHERS_THAN_UP = [
  'up',
  'scrape_samples_scraped',
  'scrape_duration_seconds',
  'prometheus_build_info',
  'prometheus_remote_storage_highest_timestamp_in_seconds',
  'kube_node_info',
  'node_uname_info',
  'node_boot_time_seconds',
  'machine_cpu_cores',
  'go_info',
  'process_start_time_seconds',
]

export function groupLabels(identityLabels: readonly string[]): string[] {
  return [...new Set([...identityLabels, ...AGENT_LABELS])]
}

/**
 * The newest sample of `up` for each identity; the first operand is exact to the sample for whatever was sent within five minutes. The
 * second adds what was sent within the hour: `timestamp` sees only the lookback, and `last_over_time` gives the value and not the time,
 * so that twelve steps of it are asked for. Aggregated inside, because a subquery keeps what it is given in memory, and
 * --query.max-samples counts it. A series that ended in a staleness marker is seen up to a step too old.
 */
export function newestQuery(identityLabels: readonly string[], values: readonly string[] | null): string {
  const series = `up{${matcher(identityLabels, values)}}`
  return `${newest(identityLabels, series)} or ${within(newest(identityLabels, series), WINDOW_SECONDS)}`
}

/**
 * For identities that are in the index and were not seen: further back, by more names, and by any series that they have right now. Of
 * dead ones there is none, so that the last operand reads only agents with names of their own.
 */
export function widerQuery(
  identityLabels: readonly string[],
  values: readonly string[] | null,
): {promql: string; windowSeconds: number} {
  const names = `__name__=~"${OTHERS_THAN_UP.join('|')}"`
  const chosen = matcher(identityLabels, values)
  const windowSeconds = values === null ? WIDE_WINDOW_OF_ALL_SECONDS : WIDE_WINDOW_SECONDS
  const named = newest(identityLabels, `{${names},${chosen}}`)
  const operands = [named, within(named, windowSeconds)]
  if (values !== null) operands.splice(1, 0, newest(identityLabels, `{__name__!="",${chosen}}`))
  return {promql: operands.join(' or '), windowSeconds}
}

/** Half of newestQuery, for a server that refuses the whole of it. */
export function freshQuery(identityLabels: readonly string[]): {promql: string; windowSeconds: number} {
  return {promql: newest(identityLabels, `up{${matcher(identityLabels, null)}}`), windowSeconds: STEP_SECONDS}
}

function newest(identityLabels: readonly string[], series: string): string {
  return `max by (${by(groupLabels(identityLabels))}) (timestamp(${series}))`
}

function within(query: string, seconds: number): string {
  return `max_over_time((${query})[${seconds}s:${STEP_SECONDS}s])`
}

/** Series without the identity label are nobody's: the central's own, for example. Several labels: any of them may be missing. */
function matcher(identityLabels: readonly string[], values: readonly string[] | null): string {
  const [first] = identityLabels
  if (first === undefined || identityLabels.length > 1) return values === null || !first ? '' : oneOf(first, values)
  return values === null ? `${name(first)}!=""` : oneOf(first, values)
}

function oneOf(label: string, values: readonly string[]): string {
  return `${name(label)}=~"${values.map(value => quoted(escaped(value))).join('|')}"`
}

/** For a regular expression of RE2. */
function escaped(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}

/** For a string literal of PromQL. */
function quoted(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
}

/** A name with other characters stands in quotes, which Prometheus 3 and later understand. */
function name(label: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : `"${quoted(label)}"`
}

function by(labels: readonly string[]): string {
  return labels.map(name).join(',')
}

/** Label that says which figure a series of queuesQuery is; a series without it is the gauge that it is called. */
export const FIGURE = 'promfleet_figure'

const RATES = {
  offered: 'samples_in_total',
  attempted: 'samples_total',
  failed: 'samples_failed_total',
  retried: 'samples_retried_total',
  bytes: 'bytes_total',
} as const

const GAUGES = [
  'samples_pending',
  'shards',
  'shards_desired',
  'shards_max',
  'highest_timestamp_in_seconds',
  'queue_highest_sent_timestamp_seconds',
] as const

export type Figure =
  | keyof typeof RATES
  | `prometheus_remote_storage_${(typeof GAUGES)[number]}`
  | 'interval'
  | 'offered_reset'
  | 'attempted_reset'
  | 'begun'
  | 'agents'
  | 'returns'

const PROCESS_LABELS = ['namespace', 'pod', 'instance'] as const
export const QUEUE_LABELS = [...PROCESS_LABELS, 'remote_name', 'url'] as const

/**
 * All figures of all queues in one answer: rates by the server, which knows of counters that began anew; `or` does not look at names,
 * so a label tells them apart, and from the gauges, which keep theirs. What failed and what was retried is left out where it is 0. Where
 * several agents of the last hour have all labels of a process alike, their number (scrapersOf): one of them that is silent would hide
 * behind the others, and whose figures these are is not known. Each time that a metric is named costs the server of 10,000 agents 45 ms,
 * and `or` goes through all that stands before it again: what has most series stands last.
 */
export function queuesQuery(identityLabels: readonly string[]): string {
  const chosen = matcher(identityLabels, null)
  const counterOf = (figure: keyof typeof RATES) => `prometheus_remote_storage_${RATES[figure]}{${chosen}}`
  const rate = (figure: keyof typeof RATES) => `rate(${counterOf(figure)}[5m])`
  const reset = (figure: keyof typeof RATES) => `(resets(${counterOf(figure)}[5m]) > 0) >= bool 0`
  // The first scrape after a start does not tell it: of an agent that dies again and again only an earlier life may.
  const interval = `last_over_time(prometheus_target_interval_length_seconds{quantile="0.99",${chosen}}[30m]) > 0`
  const processLabels = [...new Set([...groupLabels(identityLabels), ...PROCESS_LABELS, 'job'])]
  const all = [
    marked(`${within(scrapersOf(chosen, by(processLabels)), WINDOW_SECONDS)} > 1`, 'agents'),
    marked(reset('offered'), 'offered_reset'),
    marked(reset('attempted'), 'attempted_reset'),
    marked(begun(counterOf('attempted')), 'begun'),
    marked(returns(chosen), 'returns'),
    marked(`${rate('failed')} > 0`, 'failed'),
    marked(`${rate('retried')} > 0`, 'retried'),
    marked(interval, 'interval'),
    marked(rate('offered'), 'offered'),
    marked(rate('attempted'), 'attempted'),
    marked(rate('bytes'), 'bytes'),
    `{__name__=~"prometheus_remote_storage_(${GAUGES.join('|')})",${chosen}}`,
  ]
  const labels = ['__name__', ...groupLabels(identityLabels), ...QUEUE_LABELS, FIGURE]
  return `max by (${by(labels)}) (${all.join(' or ')}) or ${unlabelled(identityLabels)}`
}

/** Figure that counts processes which run as agents and have none of the identity labels. */
export const AGENT_MODE = 'agent_mode'

/** Labels that whoever scrapes adds. */
const SCRAPE_LABELS = ['job', 'instance', 'namespace', 'pod', 'container', 'endpoint', 'service', 'node']
const MOST_UNLABELLED = 20

/**
 * How many processes that send their own metrics have none of the identity labels, by the labels that are left without those of
 * scraping. A Prometheus adds external labels to what it sends and not to what it stores: where none is left, it may be the central's
 * own, unless it tells what only an agent does (tsdb/agent/db.go).
 */
function unlabelled(identityLabels: readonly string[]): string {
  const none = identityLabels.map(label => `${name(label)}=""`).join(',')
  const most = (processes: string) =>
    `topk(${MOST_UNLABELLED},count without (${SCRAPE_LABELS.join(',')}) (${processes}))`
  return `${most(processesOf(none))} or ${marked(most(bareAgents(identityLabels, none)), AGENT_MODE)}`
}

/**
 * What runs as an agent, but for those that another series of an identity shows to have loaded their configuration at that very moment:
 * the central scrapes such an agent itself, beside what it sends.
 */
function bareAgents(identityLabels: readonly string[], none: string): string {
  const at = (chosen: string) => `prometheus_config_last_reload_success_timestamp_seconds{${chosen}}`
  const bare = `${at(none)} and on (job,instance,namespace,pod) prometheus_agent_active_series{${none}}`
  const labelled = identityLabels.map(label => at(`${name(label)}!=""`)).join(' or ')
  const loaded = 'promfleet_loaded'
  const others = `count_values without () ("${loaded}",${bare}) unless on (${loaded}) count_values ("${loaded}",${labelled})`
  return `max without (${loaded}) (${others})`
}

/**
 * How many have scraped a process, by the times at which they did. Those of one agent are the same to the millisecond in every of its
 * queues, whatever labels these add; two agents each have times of their own (scrape/target.go, offset). As of a minute ago, when what
 * one queue sends a moment later than another has come as well.
 */
function scrapersOf(chosen: string, processLabels: string): string {
  const times = `max without (remote_name,url) (timestamp(prometheus_remote_storage_shards{${chosen}} offset 1m))`
  return `count by (${processLabels}) (count_values by (${processLabels}) ("promfleet_at",${times}))`
}

/** One series for each process that has queues. */
function processesOf(chosen: string): string {
  return `max without (remote_name,url) (prometheus_remote_storage_shards{${chosen}})`
}

/** Labels that Kubernetes service discovery is made to copy from pods (labelmap) are those of scraping too. */
export function isScrapeLabel(label: string): boolean {
  return SCRAPE_LABELS.includes(label) || /_kubernetes_io_|^helm_sh_|_hash$|^(?:app|component)$/.test(label)
}

/**
 * 1 for counters of queues that have no sample where the five minutes start: `rate` then averages over time in which nothing was counted.
 * Series of a minute and more between samples have fewer, and the first of them comes later. Where a queue has none, its process has
 * none either, but after a reload that added the queue.
 */
function begun(counter: string): string {
  const sparse = `(count_over_time(${counter}[5m]) <= 7 and last_over_time(${counter}[2m] offset 3m))`
  return `(${counter} unless last_over_time(${counter}[45s] offset 255s) unless ${sparse}) >= bool 0`
}

/**
 * How many times a process came back that loaded its configuration earlier than the one before it: a process that restarts or reloads
 * only goes on, since the time is set before the first scrape (never 0 there on 2.42, 2.53, 3.5). Two that write the same series take
 * turns with every scrape; a clock that was set back does so once.
 */
function returns(chosen: string): string {
  return `resets(prometheus_config_last_reload_success_timestamp_seconds{${chosen}}[5m]) > 1`
}

function marked(query: string, figure: string): string {
  return `label_replace(${query},"${FIGURE}","${figure}","","")`
}
