/** Where a lag was read from, for -v and JSON: the right minuend differs by what a queue has done and by release. */

import {isAtLeast} from '../../facts/process/versions.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import type {LagBasis} from './lag-report.ts'

const APPENDED = 'prometheus_remote_storage_highest_timestamp_in_seconds'
const SENT = 'prometheus_remote_storage_queue_highest_sent_timestamp_seconds'

export function lagBasisOf({version}: AgentFacts, queue: QueueFacts): LagBasis {
  switch (queue.lagSource) {
    case 'nothing-waiting':
      return {
        metrics: [
          'prometheus_remote_storage_samples_pending',
          'prometheus_wal_watcher_current_segment',
          'prometheus_tsdb_wal_segment_current',
        ],
        clock: null,
        note: 'nothing is pending and the reader is at the end of the WAL',
      }
    case 'appended-minus-sent': {
      // Set when a sample is put into a shard, so that it stands still with a blocked queue (prometheus/prometheus, 3.7.0).
      const hasOwnMark = version !== null && isAtLeast(version, '3.7')
      const besides = hasOwnMark ? ', not the queue_highest_timestamp_seconds, which stops with a blocked queue' : ''
      return {metrics: [APPENDED, SENT], clock: 'agent', note: `newest scraped less newest delivered${besides}`}
    }
    case 'pending-over-offered':
      return {
        metrics: ['prometheus_remote_storage_samples_pending', 'prometheus_remote_storage_samples_in_total'],
        clock: null,
        note: 'what waits all the time, over what is offered a second: others of its shards deliver',
      }
    case 'uptime-lower-bound':
      return {
        metrics: ['process_start_time_seconds'],
        clock: 'agent',
        note: 'at least: nothing was delivered since the queue was built',
      }
    case 'none':
      return {metrics: [], clock: null, note: whyUnknown(queue)}
  }
}

function whyUnknown({clockFooled, highestSentSeconds}: QueueFacts): string {
  if (clockFooled) return 'a scraped timestamp lies in the future, and the marks of both ends never come down'
  return highestSentSeconds === null
    ? `${SENT} is not set yet, and when the queue was built is not known`
    : `${APPENDED} is not set yet`
}
