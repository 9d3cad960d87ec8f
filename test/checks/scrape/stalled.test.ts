import {describe, expect, it} from 'vitest'
import type {LogShape} from '../../../src/evidence/types.ts'
import {type AgentOptions, aFailure, anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'scrape/stalled'
const stillFor = (seconds: number, options: AgentOptions = {}) =>
  anAgent({rate: 0, queues: [{doing: 'idle'}], figures: {highestTimestamp: NOW - seconds}, ...options})

describe(ID, () => {
  it('is an error when there are targets and nothing comes in', async () => {
    const result = judgedAgents(ID, stillFor(900))
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result)
  })
  it('begins after 60 s, or three scrape intervals where those are longer', () => {
    expect(judgedAgents(ID, stillFor(60)).findings).toEqual([])
    expect(judgedAgents(ID, stillFor(61)).severities).toEqual(['error'])
    expect(judgedAgents(ID, stillFor(180, {scrapeIntervalSeconds: 60})).findings).toEqual([])
    expect(judgedAgents(ID, stillFor(181, {scrapeIntervalSeconds: 60})).severities).toEqual(['error'])
  })
  it('says to wait where a reload is stopping a queue since then, which ends by itself', async () => {
    const line = (agoSeconds: number, message = 'Stopping remote storage...'): Partial<LogShape> => {
      const at = timestamp(NOW - agoSeconds)
      return {level: 'info', message, first: at, last: at}
    }
    const queues = [{doing: 'retrying', forSeconds: 240} as const]
    const result = judgedAgents(ID, stillFor(110, {queues, log: [line(112)]}))
    await expectWords(ID, result, 'reload')
    expect(result.words).not.toContain('failed commits')
    const usual = [
      [line(112), line(10, 'Completed loading of configuration file')], // it has ended
      [line(300)], // samples were stored after it
      [line(10)], // there were none before it
    ]
    for (const log of usual)
      expect(judgedAgents(ID, stillFor(110, {queues, log})).words).toContain('look for failed commits')
  })
  it('says so of a reload that stops queues one after another, for twice the flush deadline each', () => {
    const at = (agoSeconds: number) => ({first: timestamp(NOW - agoSeconds), last: timestamp(NOW - agoSeconds)})
    const wordsAfter = (seconds: number, flags: Record<string, string> = {}) => {
      const log: Partial<LogShape>[] = [
        {level: 'info', message: 'Stopping remote storage...', queue: 'one', ...at(seconds)},
        {level: 'info', message: 'Remote storage stopped.', queue: 'one', ...at(seconds - 60)},
      ]
      const queues = ['one', 'two'].map(name => ({name, doing: 'retrying', forSeconds: 900}) as const)
      return judgedAgents(ID, stillFor(seconds, {queues, log, flags})).words
    }
    expect(wordsAfter(300)).toContain('wait until the reload has ended')
    expect(wordsAfter(301)).toContain('look for failed commits')
    expect(wordsAfter(540, {'storage.remote.flush-deadline': '2m'})).toContain('wait until the reload has ended')
    expect(wordsAfter(541, {'storage.remote.flush-deadline': '2m'})).toContain('look for failed commits')
  })
  it('says nothing while samples come in', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('leaves an agent without targets to scrape/no-targets', () => {
    const targets = {active: 0, up: 0, pools: []}
    expect(judgedAgents(ID, stillFor(900, {targets}))).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('gives a young agent time', () => {
    const young = stillFor(0, {uptimeSeconds: 40, figures: {highestTimestamp: null}})
    expect(judgedAgents(ID, young).unknown).toEqual(['started 40 s ago, too early to say'])
  })
  it('is unknown without metrics or targets', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
    expect(judgedAgents(ID, anAgent({targets: aFailure('timeout', 'no answer')})).unknown).toHaveLength(1)
  })
})
