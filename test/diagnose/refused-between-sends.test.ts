import {describe, expect, it} from 'vitest'
import {decideQueueState} from '../../src/diagnose/state.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {type AgentOptions, aFleet, anAgent, NOW, type QueueFigures} from '../builders/evidence.ts'

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
