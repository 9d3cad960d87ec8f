import {describe, expect, it} from 'vitest'
import {decideAgentState} from '../../../src/diagnose/state.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {type AgentOptions, aFleet, anAgent, NOW, timestamp} from '../../builders/evidence.ts'

/** Up for 27 min; 12 s ago a reload gave it an URL where nothing answers. */
function reloaded(options: Partial<AgentOptions> = {}) {
  const begins = {message: 'Loading configuration file', level: 'info' as const, queue: null}
  const start = {message: 'Starting WAL watcher', level: 'info' as const, queue: 'central'}
  const agent = anAgent({
    version: '2.53.0',
    uptimeSeconds: 1620,
    queues: [{doing: 'retrying', forSeconds: 1620, figures: {highestSent: null}}],
    figures: {lastReloadAt: NOW - 12},
    log: [
      {...begins, first: timestamp(NOW - 1620), last: timestamp(NOW - 12)},
      {...start, first: timestamp(NOW - 12), last: timestamp(NOW - 12)},
    ],
    ...options,
  })
  const facts = readFacts(aFleet({agents: [agent]})).agents[0]!
  return {decision: decideAgentState(facts, [facts]), queue: facts.queues[0]!}
}

describe('a queue that a reload built and that never sent', () => {
  it('has delivered nothing since the reload, not since the process started', () => {
    const {decision, queue} = reloaded()
    expect(queue.lagSeconds).toBe(12)
    expect(decision.state).toBe('behind')
    expect(decision.since).toBe(timestamp(NOW - 12))
  })
  it('sends what was scraped since the reload, which a plain Prometheus takes for an hour', () => {
    expect(reloaded().queue.lossClock.atPlainPrometheusSeconds).toBe(3588)
  })
  it('may be as old as its process where the log does not show it being built', () => {
    const {queue} = reloaded({log: []})
    expect(queue.lossClock.atPlainPrometheusSeconds).toBe(1980)
  })
  it('is as old as its first line, though it read the WAL to its end later', () => {
    const line = (message: string, age: number) => {
      const at = timestamp(NOW - age)
      return {message, level: 'info' as const, queue: 'central', first: at, last: at}
    }
    const log = [line('Loading configuration file', 1620), line('Starting WAL watcher', 40)]
    const {queue} = reloaded({log: [...log, line('Done replaying WAL', 2)], figures: {lastReloadAt: NOW - 40}})
    expect(queue.lagSeconds).toBe(40)
  })
})
