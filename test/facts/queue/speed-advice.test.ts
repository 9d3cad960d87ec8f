import {describe, expect, it} from 'vitest'
import {readFacts} from '../../../src/facts/facts.ts'
import {adviseOnSpeed} from '../../../src/facts/queue/speed-advice.ts'
import {aFleet, anAgent, NOW, type QueueFigures} from '../../builders/evidence.ts'

interface Slow {
  rate?: number
  seconds?: number
  shards?: number
  batch?: number
  lag?: number
  deliveredPerSecond?: number
  more?: QueueFigures
}

/** A queue that finishes `deliveredPerSecond`, its requests taking `seconds`, with all the shards it may have. */
function adviceFor({
  rate = 20_000,
  seconds = 0.3,
  shards = 4,
  batch = 2000,
  lag = 700,
  deliveredPerSecond = 2000,
  more = {},
}: Slow) {
  const at = (age: number): QueueFigures => ({
    ...{total: 40_000_000 - deliveredPerSecond * age, bytes: 1_000_000_000 - 50_000 * age, pending: 11_999},
    ...{highestSent: NOW - lag - age, maxSamplesPerSend: batch},
    shards: {current: shards, desired: shards, max: shards},
    batches: {count: 100_000 - 4 * age, seconds: 900_000 - 4 * age * seconds},
    ...more,
  })
  const [agent] = readFacts(aFleet({agents: [anAgent({rate, queues: [{first: at(10), last: at(0)}]})]})).agents
  return adviseOnSpeed(agent!, agent!.queues[0]!)
}

describe('the advice to a queue that cannot keep up', () => {
  it('is more shards where requests are quick and batches large', () => {
    expect(adviceFor({rate: 50_000})).toEqual({
      kind: 'more-shards',
      text: '50,000/s x 300 ms a request / 2,000 samples a request = 8 shards, 4 allowed: raise max_shards above 8; the edit discards what waits',
    })
  })
  it('is larger batches where those are small', () => {
    const advice = adviceFor({batch: 500})
    expect(advice?.kind).toBe('larger-batches')
    expect(advice?.text).toContain('= 12 shards, 4 allowed; max_samples_per_send 2,000 takes 3')
  })
  it('is neither where a request takes a second or longer: the receiver or the link is slow', () => {
    expect(adviceFor({seconds: 1})?.kind).toBe('receiver-or-link')
    expect(adviceFor({seconds: 0.999})?.kind).not.toBe('receiver-or-link')
  })
  it('is neither where no reasonable number of shards would do', () => {
    expect(adviceFor({rate: 2_000_000, seconds: 0.5})?.kind).toBe('receiver-or-link')
  })
  it('is none where the arithmetic finds the shards enough', () => {
    expect(adviceFor({seconds: 0.01})).toBeNull()
    expect(adviceFor({rate: 26_000, seconds: 0.3, shards: 4})).toBeNull() // 3.9 shards
    expect(adviceFor({rate: 27_000, seconds: 0.3, shards: 4})).not.toBeNull() // 4.05
  })
  it('is none to a queue that keeps up, catches up, or finishes nothing', () => {
    expect(adviceFor({rate: 50_000, lag: 5})).toBeNull()
    expect(adviceFor({rate: 50_000, deliveredPerSecond: 80_000})).toBeNull()
    const still = {total: 40_000_000, bytes: 1_000_000_000, highestSent: NOW - 700, retried: 0}
    expect(adviceFor({rate: 50_000, more: still})).toBeNull()
  })
  it('begins at a lag of 30 s, before the queue is late', () => {
    expect(adviceFor({rate: 50_000, lag: 30})).toBeNull() // the newest sample is a second old: 29 s
    expect(adviceFor({rate: 50_000, lag: 31})?.kind).toBe('more-shards')
  })
  it('is none on releases that measure the duration of requests wrongly', () => {
    const at = (age: number): QueueFigures => ({
      total: 40_000_000 - 2000 * age,
      highestSent: NOW - 700 - age,
      shards: {current: 1, max: 1},
    })
    const agent = anAgent({version: '3.9.1', rate: 50_000, queues: [{first: at(10), last: at(0)}]})
    const facts = readFacts(aFleet({agents: [agent]})).agents[0]!
    expect(facts.queues[0]?.batchSeconds).toBeNull()
    expect(adviseOnSpeed(facts, facts.queues[0]!)).toBeNull()
  })
})
