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
} as const
