/** The time between two looks. */
import {UserError} from '../errors.ts'

export const USUAL_INTERVAL_SECONDS = 10

/** Of a take that ends before its second look nothing could be said about rates: throws UserError, when it was asked for. */
export function intervalSeconds({interval, timeout}: {interval?: number | undefined; timeout: number}): number {
  if (interval === undefined) return Math.min(USUAL_INTERVAL_SECONDS, timeout / 2)
  if (interval === 0 || interval < timeout) return interval
  throw new UserError(`--interval (${interval}s) must be shorter than --timeout (${timeout}s)`)
}
