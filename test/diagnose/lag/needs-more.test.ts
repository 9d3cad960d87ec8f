import {describe, expect, it} from 'vitest'
import {needsMore} from '../../../src/diagnose/lag/needs-more.ts'
import {type AgentOptions, aFailure, anAgent, NOW} from '../../builders/evidence.ts'

/** As a take has it that read the metrics alone. */
const needs = (options: AgentOptions) => {
  const unread = aFailure('not-applicable', 'this command does not ask for it')
  const {evidence} = anAgent({config: unread, targets: unread, log: unread, ...options})
  return needsMore({...evidence, flags: unread, buildInfo: unread, runtimeInfo: unread})
}

describe('metrics alone are enough', () => {
  it('for an agent that delivers, in two scrapes and in one', () => {
    expect(needs({})).toBe(false)
    expect(needs({intervalSeconds: 0})).toBe(false)
    expect(needs({queues: [{name: 'a'}, {name: 'b', doing: 'idle'}]})).toBe(false)
  })
  it('for one whose refusals have ended', () => {
    expect(needs({queues: [{figures: {failed: 10}}], intervalSeconds: 60})).toBe(false)
  })
})

describe('more is read', () => {
  it.each(['failing', 'retrying', 'hanging', 'dropping', 'catching-up'] as const)('of an agent that is %s', doing => {
    expect(needs({queues: [{doing, forSeconds: 900}]})).toBe(true)
  })
  it('of one of whose queues one is in trouble', () => {
    expect(needs({queues: [{name: 'a'}, {name: 'b', doing: 'failing'}]})).toBe(true)
  })
  it('of one that has no queue, has just started, or could not be scraped', () => {
    expect(needs({queues: []})).toBe(true)
    expect(needs({uptimeSeconds: 20})).toBe(true)
    expect(needs({scrapes: [aFailure('timeout')]})).toBe(true)
  })
  it('where samples were refused and nothing was tried in the window: the log may tell whether that goes on', () => {
    const still = {total: 1000, failed: 300, retried: 0, pending: 0}
    expect(needs({queues: [{first: still, last: still}]})).toBe(true)
  })
  it('where samples were refused before, and none in a short window: the log tells whether that is over', () => {
    const queues = [{first: {total: 1000, failed: 1, bytes: 1}, last: {total: 1500, failed: 1, bytes: 2}}]
    const afterLookOf = (seconds: number) => needs({queues, intervalSeconds: seconds, figures: {samplesIn: 9000}})
    expect([59, 60].map(afterLookOf)).toEqual([true, false])
  })
  it('where a reload built a queue anew in the last hour: the log tells what the one before it held', () => {
    const reloaded = (agoSeconds: number, total: number) =>
      needs({uptimeSeconds: 86_400, figures: {lastReloadAt: NOW - agoSeconds}, queues: [{figures: {total}}]})
    expect(reloaded(600, 100_000)).toBe(true)
    expect(reloaded(3600, 600_000)).toBe(true)
    expect(reloaded(3601, 600_000)).toBe(false)
    // All that was scraped in a day: the reload left it as it was.
    expect(reloaded(600, 180 * 86_400)).toBe(false)
    expect(reloaded(86_395, 180 * 86_400)).toBe(false) // the start's own
  })
})
