/** A queue that a reload or an exit is stopping: it sends what it holds for the flush deadline, and drops the rest. */
import type {Timestamp} from '../../evidence/types.ts'
import type {LogFacts, QueueError, QueueFacts} from '../types.ts'
import {isRefusal} from './errors.ts'

/**
 * Since when it is being stopped; null when it is not, or when the log does not tell. The queue's own lines frame it
 * (storage/remote/queue_manager.go), but 3.x holds back what repeats across queues: the end of the reload ends it, too.
 */
export function stoppingSince(log: LogFacts, {name}: Pick<QueueFacts, 'name'>): Timestamp | null {
  const newest = (message: RegExp, queue: string | null) =>
    log.shapes
      .filter(shape => message.test(shape.message) && (queue === null || shape.queue === queue))
      .flatMap(({last}) => last ?? [])
      .sort()
      .at(-1) ?? null
  const stopping = newest(/^Stopping remote storage/i, name)
  if (stopping === null) return null
  const ends = [
    newest(/^(?:Remote storage stopped|Starting WAL watcher)/i, name),
    newest(/^(?:Completed loading of configuration file|Starting Prometheus)/i, null),
  ]
  return ends.some(end => end !== null && end > stopping) ? null : stopping
}

/**
 * Since when a reload is stopping queues, one after another; null when none is, or when the log does not tell. Of the queues that are
 * stopped in turn 3.x shows the first line only (util/logging/dedupe.go).
 */
export function reloadStoppingSince(log: LogFacts): Timestamp | null {
  const lasts = (message: RegExp) =>
    log.shapes.filter(shape => message.test(shape.message)).flatMap(({last}) => last ?? [])
  const end = lasts(/^(?:Completed loading of configuration file|Starting Prometheus)/i)
    .sort()
    .at(-1)
  const begins = lasts(/^Stopping remote storage/i).filter(at => end === undefined || at > end)
  return begins.sort()[0] ?? null
}

/** All that was dropped without a retry, by these lines, the agent gave up itself: the receiver had no say in it. */
export function isGivenUp(refusals: readonly QueueError[]): boolean {
  return refusals.length > 0 && refusals.every(refusal => refusal.class === 'cancelled')
}

/**
 * It counts as failed now what the agent itself gives up; or did a few minutes ago, and nothing is refused since: the queue may be held
 * up by its metadata for as long again.
 */
export function isGivingUp({errors, delta}: Pick<QueueFacts, 'errors' | 'delta'>): boolean {
  const refusals = errors.filter(isRefusal)
  const current = refusals.filter(error => error.current)
  return current.length > 0
    ? isGivenUp(current)
    : delta?.failed === 0 && isGivenUp(refusals.filter(error => error.fresh))
}
