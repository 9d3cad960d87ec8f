/** How much a queue was refused by its log's own counts: in counters of a month an hour of refusals is little. */
import {secondsOf} from '../../units.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'
import {isRefusal} from './errors.ts'
import {samplesToldBy} from './stop-losses.ts'

/**
 * Of what was offered from the first refusal that the log shows to the log's end; null where they go on for less than two repeat windows of
 * util/logging/dedupe.go: one burst shows no share. An estimate: of lines that repeat one a minute is printed, and each stands for as many
 * samples as the newest tells, but for no more than the counter has of all.
 */
export function refusedRatioByLog({log}: Pick<AgentFacts, 'log'>, queue: QueueFacts): number | null {
  const {errors, levels, offeredPerSecond, thresholds} = queue
  const shapes = errors.flatMap(error =>
    isRefusal(error) && error.isFormer !== true && error.class !== 'cancelled' ? [error.shape] : [],
  )
  const firsts = shapes.flatMap(({first}) => first ?? []).sort()
  const lasts = shapes.flatMap(({last}) => last ?? []).sort()
  const [first, last] = [firsts[0], lasts.at(-1)]
  if (first === undefined || last === undefined || log.endSeconds === null || offeredPerSecond === null) return null
  if (secondsOf(last) - secondsOf(first) < thresholds.currentErrorSeconds) return null
  const offered = offeredPerSecond * (log.endSeconds - secondsOf(first))
  const refused = shapes.reduce((sum, shape) => sum + shape.count * (samplesToldBy(shape) || 0), 0)
  return offered > 0 ? Math.min(refused, levels.failed) / offered : null
}
