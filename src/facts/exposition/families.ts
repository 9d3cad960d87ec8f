/** Which metric families the evidence keeps of an agent's /metrics, and the filter that keeps them while the body streams in. */

/**
 * Names and starts of names that facts and checks read; a start covers its `_bucket`, `_sum` and `_count`. Everything an agent
 * tells about delivering, scraping, discovering and itself, and the little of a server that tells it from an agent.
 */
export const KEPT_FAMILY_PREFIXES: readonly string[] = [
  'prometheus_remote_storage_', // queues: storage/remote/queue_manager.go
  'prometheus_wal_watcher_', // their readers: tsdb/wlog/watcher.go
  'prometheus_tsdb_wal_', // the writer, on agents too: tsdb/wlog/wlog.go
  'prometheus_agent_', // agents only: tsdb/agent/db.go
  'prometheus_target_', // scraping: scrape/metrics.go
  'prometheus_sd_', // discovery
  'prometheus_config_', // reloads: cmd/prometheus/main.go
  'prometheus_build_info',
  'prometheus_ready',
  'prometheus_http_requests_total',
  'prometheus_api_remote_write_', // a receiver's own counters: storage/remote/write_handler.go
  'prometheus_tsdb_head_series', // servers only, as are the ones below
  'prometheus_tsdb_head_min_time',
  'prometheus_tsdb_head_max_time',
  'prometheus_tsdb_head_samples_appended_total',
  'prometheus_tsdb_head_active_appenders',
  'prometheus_tsdb_compactions_total',
  'prometheus_tsdb_compactions_failed_total',
  'prometheus_tsdb_out_of_bound_samples_total',
  'prometheus_tsdb_out_of_order_samples_total',
  'prometheus_tsdb_too_old_samples_total',
  'net_conntrack_dialer_', // why connections to the receiver fail: dialer_name="remote_storage_write_client"
  'process_',
  'go_info',
  'go_goroutines',
  'go_memstats_alloc_bytes',
  'go_memstats_heap_inuse_bytes',
  'go_memstats_sys_bytes',
  'go_gc_gomemlimit_bytes', // 3.0 and later: set from the container's memory limit
  'go_sched_gomaxprocs_threads',
]

/** Of those, what nobody reads and what is large on a busy agent. */
export const LEFT_OUT_FAMILY_PREFIXES: readonly string[] = [
  'prometheus_target_metadata_cache_',
  'prometheus_target_sync_length_histogram_seconds',
  'prometheus_target_interval_length_histogram_seconds',
  'prometheus_target_scrape_duration_seconds',
  'prometheus_sd_kubernetes_http_request_duration_',
  'prometheus_sd_kubernetes_workqueue_',
  'prometheus_sd_kubernetes_cache_',
  'prometheus_sd_refresh_duration_',
  'prometheus_remote_storage_read_',
]

const KEPT = new RegExp(`^(?!${LEFT_OUT_FAMILY_PREFIXES.join('|')})(?:${KEPT_FAMILY_PREFIXES.join('|')})`)

/**
 * What tells of each scrape job, and nothing of queues; it is most of what a busy agent answers, and looks at queues alone do
 * without it.
 */
const OF_SCRAPE_JOBS = /^(?:prometheus_sd_|prometheus_target_(?!interval_length_seconds))/
/** Counted for each scrape job, too; of interest is who dials the receiver. */
const DIALERS = 'net_conntrack_dialer_'
const OF_RECEIVERS = 'dialer_name="remote_storage'

/** `queues`: without what is told of each scrape job. */
export type FamiliesKept = 'all' | 'queues'

/** Whether evidence keeps a family, or a sample (`x_bucket`) of one. */
export function isKeptFamily(name: string): boolean {
  return KEPT.test(name)
}

export interface FilteredExposition {
  /** The kept families, comments and all, decoded. */
  text: string
  /** Names of all families seen, sorted; the sample's own name where the text has no TYPE for it. */
  families: string[]
  /** The body ended in the middle of a line: for Prometheus, which always ends its last line, it was cut off. */
  unterminated: boolean
  /** Lines that exceed a million characters, left out. */
  oversizedLines: number
  /** There was more to keep than MAX_KEPT_BYTES: the text is empty then. */
  tooLarge: boolean
}

/** An agent of ten thousand scrape pools comes to this; what is kept costs ten times as much while it is parsed. */
export const MAX_KEPT_BYTES = 32 * 2 ** 20

export interface ExpositionFilter {
  /**
   * Takes the next part of the body, decoded as latin1: that splits no character, and only what is kept is decoded again.
   * 'enough': it is too large, and the rest of no use.
   */
  push(chunk: string): 'more' | 'enough'
  /** The result; the filter must not be used afterwards. */
  end(): FilteredExposition
}

const MAX_LINE_LENGTH = 1_000_000
/** A hostile target cannot make the list of names grow without end. */
const MAX_FAMILIES = 20_000

/** Of samples whose family is called without it. */
const SUFFIXES = '_(?:bucket|sum|count|total|created|info|gcount|gsum)'
const SUFFIX = new RegExp(`${SUFFIXES}$`)
const AFTER_FAMILY = new RegExp(`(?:${SUFFIXES})?[ \\t{]`, 'y')

/** A TYPE or HELP line. */
const COMMENT = /[ \t]*#[ \t]+(?:TYPE|HELP)[ \t]+"?([a-zA-Z_:][^\s{"]*)[^\n]*/y
/** A sample, with all the lines below that start with the same name. */
const SAMPLES = /[ \t]*("?)([a-zA-Z_:][^\s{"]*)[^\n]*(?:\n\2(?=[ \t{])[^\n]*)*/y

export function createExpositionFilter(families: FamiliesKept = 'all'): ExpositionFilter {
  const isKept = (name: string) => KEPT.test(name) && (families === 'all' || !OF_SCRAPE_JOBS.test(name))
  const kept: string[] = []
  const typed = new Set<string>()
  const sampled = new Set<string>()
  /** The last family of what was scanned, where its comments told that nothing of it is kept. */
  let leftOut: string | null = null
  let rest = ''
  let keptBytes = 0
  let oversizedLines = 0
  let skippingLine = false

  function scan(text: string): void {
    const runs: string[] = []
    for (let at = leftOut === null ? 0 : skipFamily(text, 0, leftOut); at < text.length; ) {
      const comment = matchAt(COMMENT, text, at)
      const match = comment ?? matchAt(SAMPLES, text, at)
      if (match === null) {
        at = endOfLine(text, at) + 1
        continue
      }
      const run = match[0]
      const name = match.at(-1) ?? ''
      const names = comment === null ? sampled : typed
      if (names.size < MAX_FAMILIES && !names.has(name)) names.add(copy(name))
      at += run.length + 1
      leftOut = comment === null || isKept(name) ? null : copy(name)
      if (leftOut !== null) at = skipFamily(text, at, leftOut)
      else if (isKept(name)) {
        const isOfDialers = families === 'queues' && comment === null && name.startsWith(DIALERS)
        const lines = isOfDialers ? linesWith(OF_RECEIVERS, run) : [run]
        for (const line of lines) runs.push(line, '\n')
      }
    }
    if (runs.length === 0) return
    const latin1 = copy(runs.join(''))
    keptBytes += latin1.length
    if (keptBytes > MAX_KEPT_BYTES) kept.length = 0
    else kept.push(latin1)
  }

  function push(chunk: string): 'more' | 'enough' {
    take(chunk)
    return keptBytes > MAX_KEPT_BYTES ? 'enough' : 'more'
  }

  function take(chunk: string): void {
    let text = chunk
    if (skippingLine) {
      const newline = text.indexOf('\n')
      if (newline === -1) return
      skippingLine = false
      text = text.slice(newline + 1)
    }
    const end = text.lastIndexOf('\n')
    if (end !== -1) {
      scan(rest + text.slice(0, end))
      rest = text.slice(end + 1)
    } else {
      rest += text
    }
    if (rest.length > MAX_LINE_LENGTH) {
      rest = ''
      oversizedLines++
      skippingLine = true
    }
  }

  function end(): FilteredExposition {
    const unterminated = rest.trim() !== '' && rest.trim() !== '# EOF'
    scan(rest)
    let text = kept.join('')
    // The last line keeps its missing end, so that whoever parses the text sees it too.
    if (unterminated && isKept(rest.trimStart())) text = text.slice(0, -1)
    const families = new Set(typed)
    for (const name of sampled) if (!typed.has(familyOfSample(name, typed))) families.add(name)
    return {
      text: decodeUtf8(text),
      families: [...families].map(decodeUtf8).sort(),
      unterminated,
      oversizedLines,
      tooLarge: keptBytes > MAX_KEPT_BYTES,
    }
  }

  return {push, end}
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from)
  return newline === -1 ? text.length : newline
}

/**
 * The start of the line after the family's samples, which begin at `from`, or `from` itself where it is not plain that all lines up to
 * the next comment are of that family. Most of a body is of families that nobody keeps: looking for `#` takes a fraction of reading.
 */
function skipFamily(text: string, from: number, family: string): number {
  if (text.startsWith('#', from)) return from
  const comment = text.indexOf('\n#', from)
  const next = comment === -1 ? text.length + 1 : comment + 1
  const lastLine = text.lastIndexOf('\n', next - 2) + 1
  const isOfFamily = text.startsWith(family, lastLine) && matchAt(AFTER_FAMILY, text, lastLine + family.length) !== null
  return isOfFamily ? next : from
}

function linesWith(part: string, text: string): string[] {
  const lines: string[] = []
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at)) {
    const end = endOfLine(text, at)
    lines.push(text.slice(text.lastIndexOf('\n', at) + 1, end))
    at = end
  }
  return lines
}

function familyOfSample(name: string, typed: ReadonlySet<string>): string {
  if (typed.has(name)) return name
  const stem = name.replace(SUFFIX, '')
  return typed.has(stem) ? stem : name
}

/** A string cut out of a chunk keeps the whole chunk in memory; its copy does not. */
function copy(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('latin1')
}

function decodeUtf8(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1
  return Buffer.from(latin1, 'latin1').toString('utf8')
}
