/**
 * Where "too much" begins, once for the whole program, unless a fleet file says otherwise (docs/fleet-file.md); the report prints
 * those in force. Seconds, ratios and counts. Code reads them from facts; texts that explain a check show these defaults.
 */
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
  /** Series tracked over series that a round of scrapes brought, from which on most of them came and went; 2 after a rollout of everything. */
  seriesTimesScraped: 5,
  /** A WAL truncation after the start (2 h) an agent has dropped what its WAL replay and the first rollouts left behind. */
  seriesGrowthFromSeconds: 7200,
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
  /** Loss that is further ahead than this leaves time for office hours. */
  lossHorizonSeconds: 6 * 3600,
  /** Half of what a plain Prometheus takes without an out-of-order window: from this lag on people are told to open one. */
  openWindowFromSeconds: 1800,
  /** A request that takes longer is slow for a receiver in good health; remote_timeout is 30 s. */
  slowBatchSeconds: 1,
  /** "Delivers little": less than this share of what is offered. */
  littleDeliveredRatio: 0.5,
  /** Some target is always down somewhere; above this share of an agent's it is not an accident. */
  targetsDownRatio: 0.1,
  /** A pod that is made or ended takes seconds; after this it is not on its way but stuck. */
  podStuckSeconds: 60,
  /** Restarts that make a crash loop: one happens, two within the kubelet's memory of ten minutes repeat. */
  crashLoopRestarts: 2,
  /** Resident memory over the limit above which the next peak (a replay, full queues) is a kill. */
  nearMemoryLimitRatio: 0.85,
  /** The same where Go keeps to a limit of its own: 3.0 and later set it to 90 % of the container's, so that 85 % is ordinary. */
  nearMemoryLimitWithGoLimitRatio: 0.95,
  /** The newest sample at the central may be this old, and this many scrape intervals and the lag: an instant query sees 5 min. */
  centralFreshSeconds: 300,
  centralFreshIntervals: 2,
  /** Beyond two scrape intervals and the lag: up to here what is stored counts as stored now. */
  centralStoredSeconds: 60,
  /** Gaps at the central that are longer than this, and than this many scrape intervals. */
  holeSeconds: 300,
  holeIntervals: 5,
  /** Clocks further apart than this make times of one misleading to another. */
  clockSkewSeconds: 30,
  /** Renewals that work by themselves are through by then: the usual alert on probe_ssl_earliest_cert_expiry of the blackbox exporter. */
  certificateExpiringSeconds: 21 * 86_400,
} as const

/** Those of one run: the defaults, with what the user set instead. */
export type Thresholds = Readonly<Record<keyof typeof THRESHOLDS, number>>
