import {describe, expect, it} from 'vitest'
import {readFacts} from '../../../src/facts/facts.ts'
import {type AgentOptions, aFailure, aFleet, anAgent, NOW} from '../../builders/evidence.ts'
import type {QueueStory} from '../../builders/story.ts'

const SAMPLES = 115 * 60

/** Scrapes 115 samples/s once a minute; up for an hour and watched for 10 s. */
function ratesOf(story: QueueStory, agentFigures: AgentOptions['figures'] = {}) {
  const all = 115 * 3600
  const figures = {total: all, bytes: all * 25, pending: 0, highestSent: NOW - 20}
  const options = {scrapeIntervalSeconds: 60, rate: 115, uptimeSeconds: 3600, queues: [{figures, ...story}]}
  const log = agentFigures.lastReloadAt === undefined ? {} : {log: aFailure('forbidden')}
  const queue = readFacts(aFleet({agents: [anAgent({...options, ...log, figures: agentFigures})]})).agents[0]!
    .queues[0]!
  return {delivered: queue.deliveredPerSecond, offered: queue.offeredPerSecond, over: queue.ratesOver}
}

describe('rates over a window that is shorter than the scrape interval', () => {
  it('are those of the process where nothing was sent in it', () => {
    expect(ratesOf({})).toEqual({delivered: 115, offered: 115, over: 'process-life'})
  })
  it('are those of the process, too, where a reload left the queue as it was', () => {
    const half = (115 * 3600) / 2
    const story = {figures: {total: half, bytes: half * 25, pending: 0, highestSent: NOW - 20}}
    expect(ratesOf(story, {lastReloadAt: NOW - 300})).toEqual({delivered: 57.5, offered: 115, over: 'process-life'})
  })
  it('never say that more is delivered than offered because a batch fell into it', () => {
    const burst = {first: {total: 115 * 3600 - SAMPLES, bytes: 1, highestSent: NOW - 80}}
    expect(ratesOf(burst)).toEqual({delivered: 115, offered: 115, over: 'process-life'})
  })
  it('are 0 of what is scraped while all that is sent is refused, or nothing is finished', () => {
    const failed = {
      first: {total: 115 * 3600 - SAMPLES, bytes: 1, failed: 0, highestSent: NOW - 80},
      last: {failed: SAMPLES},
    }
    expect(ratesOf(failed)).toMatchObject({delivered: 0, offered: 115})
    const retrying = {doing: 'retrying' as const, forSeconds: 600, figures: {}}
    expect(ratesOf(retrying)).toMatchObject({delivered: 0, offered: 115})
  })
  it('stay those of the window where it spans a scrape', () => {
    const queue = readFacts(aFleet({agents: [anAgent({scrapeIntervalSeconds: 3})]})).agents[0]!.queues[0]!
    expect(queue).toMatchObject({deliveredPerSecond: 180, offeredPerSecond: 180, ratesOver: 'window'})
  })
  it.each([
    [10, 3, 'window'],
    [10, 4, 'short-window'],
    [10, 10, 'short-window'],
    [6, 5, 'short-window'],
    [9, 1, 'window'],
    [8, 1, 'short-window'],
    [2, 1, 'short-window'],
    [10, 15, 'process-life'],
  ])(
    'of %i s at a scrape interval of %i s are of a %s: of a few scrapes or batches, one more makes another rate',
    (intervalSeconds, scrapeIntervalSeconds, over) => {
      const agents = [anAgent({intervalSeconds, scrapeIntervalSeconds})]
      expect(readFacts(aFleet({agents})).agents[0]!.queues[0]!.ratesOver).toBe(over)
    },
  )
})
