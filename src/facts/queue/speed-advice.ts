/** What would let a queue keep up, by arithmetic: how many shards the offered rate takes at the measured duration of a request. */
import {formatCount, formatNumberOf, formatRate, formatSeconds} from '../../units.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'
import {batchSamples} from './capacity.ts'

export interface SpeedAdvice {
  kind: 'more-shards' | 'larger-batches' | 'receiver-or-link'
  /** The arithmetic, and what follows from it. */
  text: string
}

/** A request that takes longer than this is slow for a receiver in good health; remote_timeout is 30 s. */
const SLOW_SECONDS = 1
/** max_samples_per_send of 2.44 and later (config/config.go); receivers take such batches. */
const ORDINARY_BATCH = 2000
/** max_shards before 2.44, more than which no default ever was. */
const MOST_SHARDS = 200
/** storage/remote/write.go builds the queue anew, and that reads only what is written from then on. */
const CAUTION = 'the edit discards what waits'
/** Lag from which on a queue that does not gain is asked why, though it is not late yet. */
const FROM_LAG_SECONDS = 30

/**
 * Null for a queue that keeps up or catches up, for one that finishes nothing (that is an outage, not slowness), where the
 * arithmetic finds the allowed shards enough, and where one of its figures is missing.
 */
export function adviseOnSpeed(agent: AgentFacts, queue: QueueFacts): SpeedAdvice | null {
  const {batchSeconds, offeredPerSecond: offered} = queue
  const {max} = queue.levels.shards
  const batch = batchSamples(agent, queue)
  if (!cannotKeepUp(queue) || batchSeconds === null || batchSeconds <= 0 || max === null) return null
  if (offered === null || offered <= 0 || batch === null) return null
  const shardsFor = (samples: number) => Math.max(1, Math.ceil((offered * batchSeconds) / samples))
  const needed = shardsFor(batch)
  if (needed <= max) return null
  const sum = (samples: number) =>
    `${formatRate(offered, null)} x ${formatSeconds(batchSeconds)} a request / ${formatCount(samples)} samples a request`
  const arithmetic = `${sum(batch)} = ${formatNumberOf(needed, 'shard')}, ${formatCount(max)} allowed`
  if (batchSeconds >= SLOW_SECONDS || needed > MOST_SHARDS) {
    return {
      kind: 'receiver-or-link',
      text: `${arithmetic}: the receiver or the link is slow, more shards or larger batches do not mend that`,
    }
  }
  if (batch < ORDINARY_BATCH) {
    const fewer = shardsFor(ORDINARY_BATCH)
    return {
      kind: 'larger-batches',
      text: `${arithmetic}; max_samples_per_send ${formatCount(ORDINARY_BATCH)} takes ${formatCount(fewer)} if a request then takes as long; ${CAUTION}`,
    }
  }
  return {kind: 'more-shards', text: `${arithmetic}: raise max_shards above ${formatCount(needed)}; ${CAUTION}`}
}

function cannotKeepUp({blocked, finished, late, lagSeconds, catchUp}: QueueFacts): boolean {
  if (blocked || !finished || catchUp.verdict !== 'never') return false
  return late || (lagSeconds ?? 0) >= FROM_LAG_SECONDS
}
