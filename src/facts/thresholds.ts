/** Where "too much" begins, once for the whole program; the report prints this record. Seconds and ratios. */
export const THRESHOLDS = {
  /** PrometheusRemoteWriteBehind of documentation/prometheus-mixin/alerts.libsonnet. */
  lateSeconds: 120,
  /** For agents that scrape rarely: late is at least this many scrape intervals. */
  lateIntervals: 2,
  /** PrometheusRemoteStorageFailures of the same mixin, there over failed + total, here over what was attempted. */
  failureRatio: 0.01,
  /** A failed share since the start this high needs no second scrape: it fails now. */
  failedLevelRatio: 0.99,
  /** Retries beyond this share of all attempts are more than the odd hiccup. */
  retryRatio: 0.05,
  /** Share of the scraped samples that may be dropped for age or an unknown series. */
  droppedRatio: 0.01,
  /** Relabelling that drops this share of what is read, and sends nothing, drops everything. */
  relabelledAwayRatio: 0.999,
  /** Before this, and two scrape intervals, nothing can be called idle. */
  youngSeconds: 60,
  youngIntervals: 2,
  /** Nothing scraped for this long, and three scrape intervals, is a stall. */
  stalledSeconds: 60,
  stalledIntervals: 3,
  /** Beyond one scrape interval: batch_send_deadline 5 s, and the reader's slowest wake-up of 15 s (tsdb/wlog/watcher.go). */
  sendDelaySeconds: 20,
  /** A timestamp this far ahead of the agent's own clock was exposed by a target, and high-water marks never come down. */
  futureSeconds: 30,
  /** Two repeat windows of util/logging/dedupe.go, and 5 s for writing: an error that is older has stopped. */
  currentErrorSeconds: 125,
  /** A refusal in the log this young counts as "lately" where one scrape alone must do. */
  freshErrorSeconds: 300,
  /** What Prometheus takes for the scrape interval when it cannot be read: global.scrape_interval of config/config.go. */
  defaultScrapeIntervalSeconds: 60,
  /** Use from this share of a limit on is "at the limit": the kernel throttles in periods of 100 ms, before the average gets there. */
  limitRatio: 0.9,
  /** Scrapes that come this many intervals apart (99th percentile of ten minutes) are late enough to leave holes in rates. */
  stretchedIntervals: 1.5,
  /** The longest pause between retries; Prometheus' own is 5 s (config/config.go), and at 100 ms each shard asks ten times a second. */
  hazardousBackoffSeconds: 1,
  /** Batches that a shard should hold: "3-10 times max_samples_per_send" of the remote write tuning guide (docs/practices/remote_write). */
  capacityBatches: 3,
  /** Share of scrape_timeout from which on the next slow moment makes a target go down. */
  slowScrapeRatio: 0.9,
  /** Active series of one agent beyond which it should be cut into shards: some 8 GiB at 4 KiB a series. */
  manySeries: 2_000_000,
  /** Above so many times the median of the fleet, and not below so many series, one agent stands out. */
  seriesTimesMedian: 10,
  seriesComparedFrom: 100_000,
  /** Samples that were scraped and neither sent, dropped nor waiting are counted only at a lag below this. */
  accountedLagSeconds: 15,
  /** Less than this share of all, or than a minute and two scrape intervals of samples, may be on its way. */
  unaccountedRatio: 0.001,
  unaccountedSeconds: 60,
  /** Use over request from which on a pod is counted too small: the scheduler places, and the kubelet evicts, by requests. */
  requestTooLowRatio: 2,
  /** Use over request up to which most of what is set aside lies idle; CPU comes in bursts, so less of it counts as idle. */
  memoryRequestTooHighRatio: 0.25,
  cpuRequestTooHighRatio: 0.05,
  /** Use over limit up to which the limit protects nobody. */
  memoryLimitTooHighRatio: 0.1,
} as const
