/**
 * Lines of the queues about anything but the error of a write, and of the WAL that they read. Texts are those of Prometheus 2.32
 * to 3.14; 3.x begins some with a capital that 2.x wrote small, so letter case never counts.
 */
import type {MessageSignature} from './signature.ts'

const ORDINARY = {severity: 'ordinary', cause: null, remedy: null} as const

/** The first row that fits wins. */
export const QUEUE_MESSAGES: readonly MessageSignature[] = [
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
]
