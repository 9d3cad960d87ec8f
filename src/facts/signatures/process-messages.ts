/**
 * Lines about the process: its disk, start and configuration, what it scrapes and discovers. Rows are tried from the top. Texts are
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
    error: /opening storage failed: .{0,400}(?:permission denied|read-only file system)/i,
    ...{severity: 'error', cause: 'workload/crash-looping', versions: null},
    title: 'the data directory cannot be written',
    meaning: 'The user of the container may not write to the volume.',
    remedy: 'set fsGroup (or runAsUser) in the securityContext of the pod to one that owns the volume',
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
