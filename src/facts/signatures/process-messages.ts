/**
 * Lines about anything but the error of a write: queues, WAL, disk, start and configuration, scraping and discovery. Texts are
 * those of Prometheus 2.32 to 3.14; 3.x begins some with a capital that 2.x wrote small, so letter case never counts.
 */
import type {MessageSignature} from './signature.ts'

const ORDINARY = {severity: 'ordinary', cause: null, remedy: null} as const

/** The first row that fits wins. */
export const PROCESS_MESSAGES: readonly MessageSignature[] = [
  // Whatever failed, it failed for this.
  {
    ...{name: 'disk-full', level: 'error', message: /./s, error: /no space left on device/i},
    ...{severity: 'error', cause: 'workload/disk-full', versions: null},
    title: 'no space left on the volume of the WAL',
    meaning:
      'The volume is full: what is scraped is not written, and so never sent, while targets stay up and lag reads 0.',
    remedy: 'enlarge the volume; do not delete single WAL segments, the reader cannot go over the hole',
  },
  {
    ...{
      name: 'volume-locked',
      level: 'error',
      message: /./s,
      error: /lock DB directory: resource temporarily unavailable/i,
    },
    ...{severity: 'error', cause: 'workload/crash-looping', versions: null},
    title: 'another process holds the volume',
    meaning: 'Two processes use one data directory, and the second one does not start.',
    remedy: 'give each pod a volume of its own, or wait for the old pod to end; do not delete the lock file',
  },
  {
    ...{name: 'volume-not-writable', level: 'error', message: /./s},
    error: /(?:open|mkdir|creat|lock|storage|dir)\S* .{0,300}(?:permission denied|read-only file system)/i,
    ...{severity: 'error', cause: 'workload/crash-looping', versions: null},
    title: 'the data directory cannot be written',
    meaning: 'The user of the container may not write to the volume.',
    remedy: 'set fsGroup (or runAsUser) in the securityContext of the pod to one that owns the volume',
  },
  // Queues and their reader of the WAL (storage/remote/queue_manager.go, tsdb/wlog/watcher.go).
  {
    ...{name: 'metadata-cancelled', level: 'error', message: /^non-recoverable error while sending metadata/i},
    ...{error: /context canceled/i, ...ORDINARY, versions: null},
    title: 'metadata given up because the queue was stopping',
    meaning: 'A reload or an exit cancelled it; no sample is concerned.',
  },
  {
    ...{name: 'metadata-refused', level: 'error', message: /^non-recoverable error while sending metadata/i},
    ...{severity: 'info', cause: null, versions: null, apart: true},
    title: 'metadata is refused',
    meaning: 'Help texts and types are not taken; samples have lines of their own.',
    remedy:
      'look at the lines about samples first; a receiver that takes samples only is spared this by metadata_config.send: false',
  },
  {
    ...{name: 'receiver-asks-to-wait', level: 'info', message: /^Retrying after duration specified by Retry-After/i},
    ...{severity: 'info', cause: null, versions: null},
    title: 'the receiver asks to wait',
    meaning: 'The receiver answers with Retry-After, and the queue waits that long.',
    remedy: 'look at the load of the receiver',
  },
  {
    ...{name: 'resharding-pointless', level: 'warn', message: /^Skipping resharding, last successful send was beyond/i},
    ...{severity: 'warning', cause: 'delivery/retrying', versions: null},
    title: 'nothing was sent for a while',
    meaning: 'No batch was finished for ten seconds or more, so the number of shards stays as it is.',
    remedy: 'look for the error of sending; more shards do not help',
  },
  {
    ...{name: 'resharding-off', level: 'warn', message: /^Skipping resharding, resharding is disabled while waiting/i},
    ...{severity: 'warning', cause: 'delivery/retrying', versions: '2.51 and later'},
    title: 'waiting for the receiver',
    meaning: 'The receiver is down or limits the rate, so the number of shards stays as it is.',
    remedy: 'look for the error of sending; more shards do not help',
  },
  {
    ...{
      name: 'series-unknown',
      level: 'info',
      message: /^Dropped \w[\w ]* for series that was not explicitly dropped/i,
    },
    ...{severity: 'warning', cause: 'wal/corrupt', versions: null},
    title: 'samples of series that the WAL does not know',
    meaning: 'Samples refer to series that the reader never saw: the WAL is not consistent, and they are not sent.',
    remedy:
      'compare samples_dropped_total with what is scraped; if it goes on, start with an empty WAL once nothing waits to be sent',
  },
  {
    ...{name: 'custom-buckets-dropped', level: 'warn', message: /^Dropped native histogram with custom buckets/i},
    ...{severity: 'warning', cause: null, versions: '3.7 and later'},
    title: 'histograms with custom buckets are not sent',
    meaning: 'Remote write 1.0 cannot carry native histograms with custom buckets.',
    remedy: 'set protobuf_message: io.prometheus.write.v2.Request where the receiver knows it',
  },
  {
    ...{
      name: 'flush-failed',
      level: 'error',
      message: /^Failed to flush all (?:samples|exemplars|histograms) on shutdown/i,
    },
    ...{severity: 'warning', cause: 'delivery/loss-happened', versions: null},
    title: 'unsent data was dropped at a stop',
    meaning: 'A queue was stopped, by an exit or a reload, before it could send what it held.',
    remedy: 'before the next restart or reload let the queue drain; --storage.remote.flush-deadline (1m) can be raised',
  },
  {
    ...{
      name: 'flush-metadata-failed',
      level: 'error',
      message: /^Failed to flush metadata/i,
      ...ORDINARY,
      versions: null,
    },
    title: 'metadata was dropped at a stop',
    meaning: 'No sample is concerned.',
  },
  {
    ...{name: 'wal-reader-overtaken', level: 'error', message: /^error tailing WAL/i},
    error: /no such file or directory/i,
    ...{severity: 'error', cause: 'delivery/loss-happened', versions: null},
    title: 'the WAL was truncated before it was sent',
    meaning: 'The next segment is gone, so the reader starts anew and skips all that was not sent until then.',
    remedy:
      'mend the receiver or add shards so that it does not come again; this gap stays, a restart brings nothing back',
  },
  {
    ...{name: 'wal-hole', level: 'error', message: /^error tailing WAL/i, error: /segments are not sequential/i},
    ...{severity: 'error', cause: 'wal/corrupt', versions: null},
    title: 'WAL segments are missing in between',
    meaning: 'The segments on disk have a hole, so the reader cannot go on.',
    remedy: 'stop the agent, move the wal directory away and start it; what was not sent until then is lost',
  },
  {
    ...{name: 'wal-reader-failed', level: 'error', message: /^error tailing WAL/i, apart: true},
    ...{severity: 'error', cause: 'wal/corrupt', versions: null},
    title: 'the reader of the WAL starts anew',
    meaning: 'The reader met an error and skips all that was not sent until then.',
    remedy: 'read the error; what was skipped is lost to the receiver',
  },
  {
    ...{name: 'wal-cut-short', level: 'warn'},
    message: /^(?:Ignoring error reading to end of segment|Expected to have read whole segment)/i,
    ...{severity: 'warning', cause: 'wal/corrupt', versions: null},
    title: 'the end of a WAL segment could not be read',
    meaning: 'The end of a segment is broken, mostly after a crash; its samples are not sent.',
    remedy: 'look why the process before ended; the samples themselves cannot be had back',
  },
  {
    ...{name: 'checkpoint-not-read', level: 'warn', message: /^Error process checkpoint/i},
    ...{severity: 'warning', cause: 'wal/corrupt', versions: null},
    title: 'a checkpoint could not be read',
    meaning: 'The reader keeps labels of series that are gone: its memory grows.',
    remedy: 'look at the disk; if it goes on, restart the agent once nothing waits to be sent',
  },
  {
    ...{name: 'wal-repair', level: 'warn'},
    message:
      /^(?:encountered WAL read error|successfully repaired WAL|starting corruption repair|deleting all segments newer than corrupted|rewrite corrupted segment)/i,
    ...{severity: 'error', cause: 'wal/corrupt', versions: null},
    title: 'the WAL was broken and is repaired',
    meaning: 'All that stood behind the broken place is deleted.',
    remedy: 'look at the disk and at why the process before ended; what was deleted and not sent is lost',
  },
  {
    ...{name: 'wal-series-missing', level: 'warn', message: /^found sample referencing non-existing series/i},
    ...{severity: 'warning', cause: 'wal/corrupt', versions: null},
    title: 'WAL samples without their series',
    meaning: 'The WAL is not consistent, mostly after an unclean end.',
    remedy: 'look why the process before ended; nothing more is to be done about these samples',
  },
  {
    ...{name: 'wal-torn-page', level: 'warn', message: /^Last page of the (?:wlog|wal) is torn/i},
    ...{severity: 'info', cause: null, versions: null},
    title: 'the process before ended while writing',
    meaning: 'An unclean end left half a page, which is filled up; nothing else is concerned.',
    remedy: 'look why it ended: out of memory, a node that went away',
  },
  {
    ...{name: 'lockfile-left', level: 'warn', message: /^A lockfile from a previous execution/i},
    ...{severity: 'info', cause: null, versions: null},
    title: 'the process before ended uncleanly',
    meaning: 'It left its lock file behind: killed, out of memory, or the node went away.',
    remedy: 'look at the last state of the container (promfleet doctor); the lock file itself needs no care',
  },
  {
    ...{
      name: 'wal-truncation-failed',
      level: 'error',
      message: /^(?:failed to truncate WAL|truncat\w+ (?:the )?WAL failed)/i,
    },
    ...{severity: 'error', cause: 'wal/corrupt', versions: null},
    title: 'the WAL cannot be truncated',
    meaning: 'No checkpoint could be written, so the WAL grows until the disk is full.',
    remedy: 'read the error: disk full, or a broken segment',
  },
  // Start and configuration (cmd/prometheus/main.go, config/config.go).
  {
    ...{name: 'not-for-agents', level: 'error', message: /./s, error: /field \w+ is not allowed in agent mode/i},
    ...{severity: 'error', cause: 'config/reload-failed', versions: null},
    title: 'the configuration is one of a server',
    meaning: 'alerting, rule_files and remote_read are refused in agent mode, and with them the whole file.',
    remedy: 'take the section that it names out of the configuration of the agent',
  },
  {
    ...{name: 'config-not-loaded', level: 'error', message: /^Error loading config/i},
    ...{severity: 'error', cause: 'workload/crash-looping', versions: null, apart: true},
    title: 'the process does not start: its configuration is broken',
    meaning: 'The file cannot be read or is not valid, and Prometheus exits with 2.',
    remedy: 'correct the file (promtool check config --agent)',
  },
  {
    ...{
      name: 'config-not-reloaded',
      level: 'error',
      message: /^(?:Error reloading config|Failed to apply configuration)/i,
    },
    ...{severity: 'error', cause: 'config/reload-failed', versions: null, apart: true},
    title: 'a reload failed, the old configuration runs on',
    meaning: 'The new configuration is not in force.',
    remedy: 'correct the configuration; do not restart the agent, with the broken file it would not come up',
  },
  {
    ...{
      name: 'flag-of-the-other-mode',
      level: 'error',
      message: /^The following flag\(s\) can (?:not|only) be used in/i,
    },
    ...{severity: 'error', cause: 'workload/crash-looping', versions: null},
    title: 'the process does not start: a flag of the other mode',
    meaning: 'storage.tsdb.* flags are for servers, storage.agent.* flags for agents.',
    remedy: 'take out the flag that it names, or set --agent (before 3.0 --enable-feature=agent)',
  },
  {
    ...{name: 'unknown-feature', level: 'warn', message: /^Unknown option for --enable-feature/i, line: /\bagent\b/},
    ...{severity: 'error', cause: 'workload/not-an-agent', versions: '3.0 and later'},
    title: 'started with the agent flag of 2.x: it runs as a server',
    meaning: '--enable-feature=agent means nothing since 3.0.',
    remedy: 'set --agent',
  },
  {
    ...{
      name: 'unknown-flag',
      level: 'error',
      message: /^(?:Error parsing command ?line arguments|prometheus\S*: error: )/i,
    },
    ...{severity: 'error', cause: 'workload/crash-looping', versions: null},
    title: 'the process does not start: an unknown flag',
    meaning: 'A flag that this release does not know.',
    remedy: 'take the flag out, or run the release that knows it',
  },
  {
    ...{name: 'address-in-use', level: 'error', message: /./s, error: /bind: address already in use/i},
    ...{severity: 'error', cause: 'workload/crash-looping', versions: null},
    title: 'the process does not start: its port is taken',
    meaning: 'Another process of the pod, or of the node with host network, listens there.',
    remedy: 'change --web.listen-address',
  },
  {
    ...{name: 'out-of-memory', level: 'error', message: /^fatal error: runtime: (?:out of memory|cannot allocate)/i},
    ...{severity: 'error', cause: 'workload/out-of-memory', versions: null},
    title: 'out of memory',
    meaning: 'The Go runtime got no more memory and ended.',
    remedy: 'raise the memory limit; what was not sent before is lost with each such end',
  },
  {
    ...{name: 'panic', level: 'error', message: /^(?:panic: |fatal error: )/, apart: true},
    ...{severity: 'error', cause: 'workload/crash-looping', versions: null},
    title: 'the process crashed',
    meaning: 'A bug of Prometheus ended the process.',
    remedy: 'look for the text in the issues of Prometheus, and upgrade',
  },
  {
    ...{name: 'stopping', level: 'info', message: /^Received (?:SIGTERM|an OS signal|termination request)/i},
    ...{severity: 'info', cause: null, versions: null, remedy: null},
    title: 'the process was told to stop',
    meaning: 'A pod that is deleted or replaced, or a liveness probe that failed.',
  },
  {
    ...{name: 'started', level: 'info', message: /^Starting Prometheus/i},
    ...{severity: 'info', cause: null, versions: null, remedy: null},
    title: 'the process started',
    meaning: 'Data of before this moment that was not sent is never sent.',
  },
  {
    ...{name: 'metadata-setting-redundant', level: 'warn', ...ORDINARY, versions: '2.54 and later'},
    message: /^usage of 'metadata_config\.send' is redundant/i,
    title: 'a setting without effect',
    meaning: 'Remote write 2.0 always sends metadata.',
  },
  // Scraping (scrape/scrape.go, scrape/manager.go).
  {
    ...{name: 'scrape-out-of-order', level: 'warn', message: /^Error on ingesting out-of-order samples/i},
    ...{severity: 'warning', cause: 'scrape/bad-samples', versions: null},
    title: 'a target exposes older samples than before',
    meaning: 'Samples with timestamps of the target, older than the last ones, are not taken.',
    remedy: 'mend the exporter, or set honor_timestamps: false for its job',
  },
  {
    ...{
      name: 'scrape-duplicates',
      level: 'warn',
      message: /^Error on ingesting samples with different value but same timestamp/i,
    },
    ...{severity: 'warning', cause: 'scrape/bad-samples', versions: null},
    title: 'a target exposes one series twice',
    meaning: 'The same series has two values in one scrape, often after relabelling took away what told them apart.',
    remedy: 'look at metric_relabel_configs of the job, then at the exporter',
  },
  {
    ...{
      name: 'scrape-out-of-bounds',
      level: 'warn',
      message: /^Error on ingesting samples that are too old or are too far into the future/i,
    },
    ...{severity: 'warning', cause: 'scrape/bad-samples', versions: null},
    title: 'a target exposes samples of another time',
    meaning: 'Samples with timestamps of the target, far from now, are not taken.',
    remedy: 'set the clock of the target right, or honor_timestamps: false for its job',
  },
  {
    ...{name: 'scrape-exemplars-out-of-order', level: 'warn', message: /^Error on ingesting out-of-order exemplars/i},
    ...{severity: 'info', cause: 'scrape/bad-samples', versions: null},
    title: 'exemplars out of order',
    meaning: 'Exemplars older than the last ones are not taken; no sample is concerned.',
    remedy: 'mend the exporter',
  },
  {
    ...{name: 'scrape-content-type', level: 'error', message: /^Failed to determine correct type of scrape target/i},
    ...{severity: 'warning', cause: 'scrape/targets-down', versions: '3.0 and later'},
    title: 'a target does not say its content type',
    meaning: 'Since 3.0 a target with a blank or unknown Content-Type is not scraped.',
    remedy: 'set fallback_scrape_protocol: PrometheusText0.0.4 for its job, or mend the exporter',
  },
  {
    ...{
      name: 'scrape-not-stored',
      level: 'error',
      message: /^(?:Scrape commit failed|Appending scrape report failed)/i,
    },
    ...{severity: 'error', cause: 'scrape/stalled', versions: null, apart: true},
    title: 'what is scraped is not stored',
    meaning: 'Scrapes are answered, but their samples do not get into the WAL, and so are never sent.',
    remedy: 'read the error: mostly the disk',
  },
  {
    ...{name: 'scrape-not-taken', level: 'warn', message: /^Append failed/i},
    ...{severity: 'warning', cause: 'scrape/bad-samples', versions: null, apart: true},
    title: 'a scrape could not be taken',
    meaning: 'An answer of a target is not valid as a whole.',
    remedy: 'read the error, and mend the exporter',
  },
  {
    ...{
      name: 'scrape-pool-failed',
      level: 'error',
      message: /^(?:Creating targets? failed|error creating new scrape pool|error reloading target set)/i,
    },
    ...{severity: 'warning', cause: 'scrape/targets-down', versions: null, apart: true},
    title: 'targets could not be set up',
    meaning: 'A job, or some of its targets, is not scraped at all.',
    remedy: 'read the error: mostly relabelling that leaves no valid address, or files of TLS and credentials',
  },
  // Discovery (discovery/**; client-go under component=k8s_client_runtime).
  {
    ...{name: 'discovery-forbidden', level: 'error'},
    message: /Failed to (?:watch|list)|Unhandled Error|failed to list|Failed to watch/i,
    line: /\bforbidden\b/,
    ...{severity: 'error', cause: 'scrape/discovery-failing', versions: null},
    title: 'the agent may not list what it scrapes',
    meaning: 'The service account of the agent lacks a right, so targets of that kind are not found.',
    remedy: 'grant list and watch on the resource that it names to the service account of the agent',
  },
  {
    ...{
      name: 'discovery-watch-failed',
      level: 'error',
      message: /^(?:\S+ )?(?:Failed to (?:watch|list)|Unhandled Error)|failed to list \*v1/i,
    },
    ...{severity: 'warning', cause: 'scrape/discovery-failing', versions: null, apart: true},
    title: 'Kubernetes discovery fails',
    meaning: 'The agent does not hear of new and changed targets from the API server.',
    remedy: 'read the error: the API server, the network to it, or the rights of the service account',
  },
  {
    ...{name: 'discovery-failed', level: 'error'},
    message:
      /^(?:Unable to refresh target groups|Cannot create service discovery|DNS resolution failed|Error reading file|Error refreshing|error adding file watcher|Failed to refresh)/i,
    ...{severity: 'warning', cause: 'scrape/discovery-failing', versions: null, apart: true},
    title: 'discovery of targets fails',
    meaning: 'New and changed targets are not seen; those known before are scraped on.',
    remedy: 'read the error: the source that it names does not answer, or not with what is expected',
  },
  // The agent's own web server.
  {
    ...{
      name: 'asked-without-tls',
      level: 'error',
      message: /^http: TLS handshake error from/i,
      ...ORDINARY,
      versions: null,
    },
    title: 'somebody asked the web server of the agent without TLS',
    meaning: 'A probe or a person spoke plain HTTP to its TLS port, or closed at once; writing is not concerned.',
  },
]
