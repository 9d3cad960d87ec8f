import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, aScrape, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'workload/disk-full'
const line = {
  ...{level: 'warn' as const, message: 'Scrape commit failed', queue: null},
  error: 'write to WAL: log samples: write /prometheus/wal/00000004: no space left on device',
}

function failedWrites(first: number, last: number) {
  const agent = anAgent()
  agent.evidence.scrapes = [
    {ok: true, at: timestamp(NOW - 10), value: aScrape({at: NOW - 10, uptime: 86_390, writesFailed: first})},
    {ok: true, at: timestamp(NOW), value: aScrape({at: NOW, writesFailed: last})},
  ]
  return agent
}

describe(ID, () => {
  it('is an error by the words of the log, though everything else looks healthy', async () => {
    const result = judgedAgents(ID, anAgent({log: [line], figures: {writesFailed: 1200}}))
    expect(result.severities).toEqual(['error'])
    expect(result.titles[0]).toContain('no space left on its volume')
    await expectWords(ID, result)
  })
  it('is an error from the first write that fails within the window', () => {
    expect(judgedAgents(ID, failedWrites(7, 7)).findings).toEqual([])
    expect(judgedAgents(ID, failedWrites(7, 8)).severities).toEqual(['error'])
  })
  it('does not mind a line older than five minutes once writes work again', () => {
    const log = [{...line, last: timestamp(NOW - 301)}]
    expect(judgedAgents(ID, anAgent({log, figures: {writesFailed: 1200}})).findings).toEqual([])
  })
  it('says nothing of a healthy agent', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
