import {describe, expect, it} from 'vitest'
import {isKeptFamily} from '../../../src/facts/exposition/families.ts'

describe('which families evidence keeps', () => {
  it.each([
    'prometheus_remote_storage_queue_highest_sent_timestamp_seconds',
    'prometheus_remote_storage_sent_batch_duration_seconds_bucket',
    'prometheus_wal_watcher_current_segment',
    'prometheus_tsdb_wal_segment_current',
    'prometheus_agent_truncate_duration_seconds_sum',
    'prometheus_target_interval_length_seconds',
    'prometheus_target_scrape_pool_targets',
    'prometheus_sd_refresh_failures_total',
    'prometheus_config_last_reload_successful',
    'prometheus_build_info',
    'net_conntrack_dialer_conn_failed_total',
    'process_start_time_seconds',
    'go_gc_gomemlimit_bytes',
    'prometheus_tsdb_head_series',
  ])('keeps %s', name => {
    expect(isKeptFamily(name)).toBe(true)
  })

  it.each([
    'go_gc_duration_seconds',
    'prometheus_http_request_duration_seconds_bucket',
    'prometheus_engine_queries',
    'up',
  ])('leaves out %s', name => {
    expect(isKeptFamily(name)).toBe(false)
  })
})
