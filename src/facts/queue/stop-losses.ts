/**
 * What queues held when an exit or a reload stopped them, as they say it themselves (storage/remote/queue_manager.go); what was still
 * unread in the WAL comes on top.
 */
import type {LogShape, Timestamp} from '../../evidence/types.ts'
import {withoutUserInfo} from '../config/remote-write-url.ts'
import {classifyError} from '../log/error-classes.ts'
import {parseLogLine} from '../log/line.ts'
import {isRefusalMessage} from '../log/send-messages.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'

export interface StopLoss {
  from: Timestamp
  to: Timestamp
  /** At least; null: no line tells how many. */
  samples: number | null
  /** Where the queue wrote to that is there no longer; null: it is this queue. */
  formerUrl: string | null
}

const FLUSH_FAILED = /^Failed to flush all (?:samples|histograms) on shutdown/i

/**
 * A queue that a reload replaced by one of another URL is tied to none that is there now: it is said of once for the agent, at its
 * first queue.
 */
export function stopLosses(agent: AgentFacts, queue: QueueFacts): StopLoss[] {
  const before = agent.log.previousShapes.filter(isStopLoss)
  const since = agent.log.shapes.filter(isStopLoss)
  const ofQueue = (shape: LogShape) => isOf(shape, agent, queue)
  // Of a queue that lives on, or is still stopping, the counters hold it already, and more exactly.
  const {failed} = queue.levels
  const isCounted = failed > 0 && (inOne(since.filter(ofQueue), null)?.samples ?? 0) <= failed
  const own = [...before, ...(isCounted ? [] : since)].filter(ofQueue)
  const former = agent.queues[0] === queue ? [...before, ...since].filter(shape => isOfNone(shape, agent)) : []
  const formerUrls = [...new Set(former.map(({url}) => url))]
  const losses = [
    inOne(own, null),
    ...formerUrls.map(url =>
      inOne(
        former.filter(shape => shape.url === url),
        url,
      ),
    ),
  ]
  return losses.filter(loss => loss !== null)
}

/** Unnamed queues are called by a hash over their settings, which a reload changes: then the URL tells. */
export function isOf(shape: Pick<LogShape, 'queue' | 'url'>, {queues}: AgentFacts, queue: QueueFacts): boolean {
  if (shape.queue !== null) {
    if (shape.queue === queue.name) return true
    if (queues.some(({name}) => name === shape.queue)) return false
    const isOnly = queues.filter(({url}) => url === queue.url).length === 1
    return isOnly && shape.url !== null && withoutUserInfo(shape.url) === queue.url
  }
  return queues.length === 1
}

/** It names a queue, and none of the present ones. */
function isOfNone(shape: LogShape, agent: AgentFacts): boolean {
  return shape.queue !== null && !agent.queues.some(queue => isOf(shape, agent, queue))
}

/** What it was about to send, and the rest. */
function isStopLoss({message, error}: LogShape): boolean {
  return FLUSH_FAILED.test(message) || (isRefusalMessage(message) && classifyError(error ?? '') === 'cancelled')
}

function inOne(shapes: readonly LogShape[], url: string | null): StopLoss | null {
  const to = shapes
    .flatMap(({last}) => last ?? [])
    .sort()
    .at(-1)
  if (to === undefined) return null
  const counts = shapes.map(samplesToldBy).filter(Number.isFinite)
  return {
    from: shapes.flatMap(({first}) => first ?? []).sort()[0] ?? to,
    to,
    samples: counts.length > 0 ? counts.reduce((sum, count) => sum + count, 0) : null,
    formerUrl: url === null ? null : withoutUserInfo(url),
  }
}

/** Of the newest line; NaN without one. The second name is that of "non-recoverable error" in releases that know remote write 2.0. */
export function samplesToldBy({sample}: LogShape): number {
  const {count, failedSampleCount} = parseLogLine(sample).fields
  return Number(count ?? failedSampleCount)
}
