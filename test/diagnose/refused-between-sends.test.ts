import {describe, expect, it} from 'vitest'
import {decideQueueState} from '../../src/diagnose/state.ts'
import type {LogShape} from '../../src/evidence/types.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {type AgentOptions, aFleet, anAgent, NOW, type QueueFigures, timestamp} from '../builders/evidence.ts'

/** An agent that scrapes once a minute: most windows of 10 s see no attempt at all. */
function stateOf(figures: QueueFigures, options: AgentOptions = {}): string {
  const still = {pending: 0, highestSent: NOW - 20, bytes: 500_000, ...figures}
  const fleet = aFleet({agents: [anAgent({scrapeIntervalSeconds: 60, queues: [{figures: still}], ...options})]})
  const agent = readFacts(fleet).agents[0]!
  return decideQueueState(agent, agent.queues[0]!).state
}

const refusal = {
  message: 'non-recoverable error',
  level: 'error' as const,
  error: 'server returned HTTP status 401 Unauthorized: x',
}

describe('a window in which nothing was attempted', () => {
  it('does not hide that everything is refused', () => {
    expect(stateOf({total: 90_000, failed: 90_000})).toBe('losing')
  })
  it('does not hide that samples are refused since a while, of which the log tells', () => {
    expect(stateOf({total: 90_000_000, failed: 90_000}, {log: [refusal]})).toBe('losing')
  })
  it('does not make a refusal of long ago one of now', () => {
    expect(stateOf({total: 90_000_000, failed: 90_000})).toBe('delivering')
    expect(stateOf({total: 90_000_000, failed: 0}, {log: [refusal]})).toBe('delivering')
  })
})

describe('a queue of a month that loses one batch in eight', () => {
  // 100 samples of every 800, a line of which is printed every two minutes, is nothing beside ten million.
  const month = {total: 9_000_000, failed: 400, highestSent: NOW - 3}
  const lines = (count: number, firstAgo: number, lastAgo: number, samples = 'count=100') => ({
    ...{...refusal, count, first: timestamp(NOW - firstAgo), last: timestamp(NOW - lastAgo)},
    sample: `level=error remote_name=central msg="non-recoverable error" ${samples} err="x"`,
  })
  const between = (log: Partial<LogShape>, seconds = 40, failed = 400) => {
    const options = {rate: 20, intervalSeconds: seconds, log: [log]}
    const deliveries = {first: {total: 8_999_000}, figures: {failed}}
    const agent = anAgent({queues: [{...deliveries, last: {...month, failed}}], ...options})
    const facts = readFacts(aFleet({agents: [agent]})).agents[0]!
    return decideQueueState(facts, facts.queues[0]!)
  }
  it('is not said to deliver between two refused batches, by what the log counts', () => {
    for (const samples of ['count=100', 'failedSampleCount=100']) {
      const decision = between(lines(4, 480, 100, samples))
      expect(decision).toMatchObject({state: 'unknown', row: 12})
      expect(decision.reason).toMatch(/^samples were refused until .*look again in 2 min$/)
    }
  })
  it('delivers when none was refused for longer, and when the log counts few, one burst, or nothing', () => {
    expect(between(lines(4, 480, 100), 126).state).toBe('delivering')
    expect(between(lines(4, 480, 126)).state).toBe('delivering')
    expect(between(lines(4, 480, 100, 'count=23')).state).toBe('delivering')
    expect(between(lines(4, 480, 100, 'count=24')).state).toBe('unknown')
    expect(between(lines(4, 224, 100)).state).toBe('delivering')
    expect(between(lines(4, 480, 100, '')).state).toBe('delivering')
  })
  it('was refused no more than its counter has, whatever the newest line tells', () => {
    expect([95, 96].map(failed => between(lines(40, 480, 100, 'count=2000'), 40, failed).state)).toEqual([
      'delivering',
      'unknown',
    ])
  })
})
