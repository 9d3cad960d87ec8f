/** Which metric families the evidence keeps of an agent's /metrics. */

/**
 * Names and starts of names that facts and checks read; a start covers its `_bucket`, `_sum` and `_count`. Everything an agent
 * tells about delivering, scraping, discovering and itself, and the little of a server that tells it from an agent.
 */
const KEPT_FAMILY_PREFIXES: readonly string[] = [
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
const LEFT_OUT_FAMILY_PREFIXES: readonly string[] = [
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

/** `queues`: without what is told of each scrape job. */
export type FamiliesKept = 'all' | 'queues'

/** Whether evidence keeps a family, or a sample (`x_bucket`) of one. */
export function isKeptFamily(name: string, kept: FamiliesKept = 'all'): boolean {
  return KEPT.test(name) && (kept === 'all' || !OF_SCRAPE_JOBS.test(name))
}
