import {describe, expect, it} from 'vitest'
import {readFacts} from '../../../src/facts/facts.ts'
import {batchSamples, capacitySamples, unreadWalBytes} from '../../../src/facts/queue/capacity.ts'
import {type AgentOptions, aFleet, anAgent, NOW} from '../../builders/evidence.ts'

function queueOf(options: AgentOptions) {
  const [agent] = readFacts(aFleet({agents: [anAgent(options)]})).agents
  return {agent: agent!, queue: agent!.queues[0]!}
}

describe('what a queue holds at most', () => {
  it('is what a blocked shard was seen to stand at, a batch that fills up and one on its way included', () => {
    // Measured on a blocked queue: 13,296 pending with 10,000/2,000, 3,499 with 2,500/500.
    const usual = queueOf({})
    expect(capacitySamples(usual.agent, usual.queue)).toBe(14_000)
    const former = queueOf({queues: [{figures: {capacity: 2500, maxSamplesPerSend: 500}}]})
    expect(capacitySamples(former.agent, former.queue)).toBe(3500)
    expect(batchSamples(former.agent, former.queue)).toBe(500)
  })
  it('grows with the shards that run', () => {
    const {agent, queue} = queueOf({queues: [{figures: {shards: {current: 7}}}]})
    expect(capacitySamples(agent, queue)).toBe(98_000)
  })
  it('is two batches a shard where capacity is below a batch', () => {
    const {agent, queue} = queueOf({queues: [{figures: {capacity: 100, maxSamplesPerSend: 500}}]})
    expect(capacitySamples(agent, queue)).toBe(1000)
  })
  it('is not known without shards', () => {
    const {agent, queue} = queueOf({})
    const without = {...queue, levels: {...queue.levels, shards: {...queue.levels.shards, current: null}}}
    expect(capacitySamples(agent, without)).toBeNull()
  })
})

describe('what of the WAL is unread', () => {
  const walOf = (options: AgentOptions) => {
    const {agent, queue} = queueOf(options)
    return unreadWalBytes(agent, queue)
  }
  it('is nothing while nothing waits', () => {
    expect(walOf({queues: [{doing: 'idle'}]})).toBe(0)
  })
  it('is what was written within the lag, less what the shards hold already', () => {
    // 32 KiB every 10 s, 180 samples/s: 15 min less 11,999 samples.
    const lag = 899
    const expected = 3276.8 * (lag - 11_999 / 180)
    expect(walOf({queues: [{doing: 'retrying', forSeconds: 900}]})).toBeCloseTo(expected, -2)
  })
  it('is never more than the WAL', () => {
    expect(walOf({queues: [{doing: 'retrying', forSeconds: 9000}], figures: {walBytes: 1000}})).toBe(1000)
  })
  it('is all since the start where nothing was ever delivered', () => {
    const bytes = walOf({uptimeSeconds: 600, queues: [{doing: 'hanging', forSeconds: 9000}]})
    expect(bytes).toBeGreaterThan(3276.8 * 500)
    expect(bytes).toBeLessThanOrEqual(3276.8 * 600)
  })
  it('is not known where the lag is not', () => {
    expect(walOf({figures: {highestTimestamp: NOW + 500}})).toBeNull()
  })
})
