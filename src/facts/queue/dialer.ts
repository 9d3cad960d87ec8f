/**
 * What the connection counters of remote write say: net_conntrack_dialer_conn_{attempted,established,failed}_total with
 * dialer_name="remote_storage_write_client", shared by all queues of a process. They are of the present where the log is not: a
 * remote-write line hides its like for a minute (util/logging/dedupe.go), so a receiver that was refused first and has no route
 * since reads "connection refused" until then.
 */

import {type Exposition, sum} from '../exposition/exposition.ts'
import type {ErrorClass} from '../log/signatures/signature.ts'

/** Values of the label `reason`; `unknown` is any other error of the operating system, mostly no route to the host. */
export const DIAL_FAILURES = ['refused', 'resolution', 'timeout', 'unknown'] as const
export type DialFailure = (typeof DIAL_FAILURES)[number]

/** How a dial that the log names so is counted; errors after a connection came about are not here. */
const COUNTED_AS: Partial<Record<ErrorClass, DialFailure>> = {
  refused: 'refused',
  'name-not-resolved': 'resolution',
  unreachable: 'timeout',
  'no-route': 'unknown',
}

const DIALER = {dialer_name: 'remote_storage_write_client'}

/** Connections since the process started; null when not counted. */
export function dials(metrics: Exposition, outcome: 'attempted' | 'established' | 'failed'): number | null {
  return sum(metrics, `net_conntrack_dialer_conn_${outcome}_total`, DIALER)
}

/** What was refused or timed out is counted as `unknown`, too (mwitkow/go-conntrack, reportDialerConnFailed): not here. */
export function failedDials(metrics: Exposition, reason: DialFailure): number {
  const counted = (own: DialFailure) =>
    sum(metrics, 'net_conntrack_dialer_conn_failed_total', {...DIALER, reason: own}) ?? 0
  return reason === 'unknown'
    ? Math.max(0, counted('unknown') - counted('refused') - counted('timeout'))
    : counted(reason)
}

/** True where connections failed between two scrapes of one process, and none of them in the way that the log names. */
export function isOutdated(errorClass: ErrorClass, first: Exposition, last: Exposition): boolean {
  const counted = COUNTED_AS[errorClass]
  if (counted === undefined) return false
  const failed = (reason: DialFailure) => failedDials(last, reason) - failedDials(first, reason)
  return failed(counted) <= 0 && DIAL_FAILURES.some(reason => failed(reason) > 0)
}
