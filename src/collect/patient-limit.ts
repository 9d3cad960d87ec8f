/** Turns that are not held by those who wait in vain. */
import type {LimitFunction} from 'p-limit'

/** Runs the work when its turn has come. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>

/**
 * A web server that answers does so within milliseconds, one that does not takes its whole time-out of some 12 s: by then a few of them
 * would keep all others of their cluster waiting. So a place is free again after `patienceSeconds`, while the work goes on; as all
 * work has a time-out, there is a bound to how much goes on.
 */
export function patientLimit(limit: LimitFunction, patienceSeconds: number): Limit {
  return work =>
    new Promise((resolve, reject) => {
      const occupy = () =>
        new Promise<void>(leave => {
          const timer = setTimeout(leave, patienceSeconds * 1000)
          const end = () => {
            clearTimeout(timer)
            leave()
          }
          work().then(resolve, reject).then(end)
        })
      limit(occupy).catch(reject)
    })
}
