import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'delivery/stalled'
const hangingFor = (forSeconds: number) => anAgent({queues: [{doing: 'hanging', forSeconds}]})

describe(ID, () => {
  it('finds a receiver that takes requests and never answers', async () => {
    const result = judgedAgents(ID, hangingFor(300))
    expect(result.severities).toEqual(['error'])
    expect(result.titles[0]).toContain('finishes nothing and retries nothing')
    await expectWords(ID, result)
  })
  it('waits one scrape interval + 20 s, exactly', () => {
    expect(judgedAgents(ID, hangingFor(35)).findings).toEqual([])
    expect(judgedAgents(ID, hangingFor(36)).severities).toEqual(['error'])
  })
  it('finds a WAL reader that stands still, and does not advise a restart before naming its price', async () => {
    const stuck = {pending: 0, recordsRead: 5000, total: 900_000, bytes: 20e6, highestSent: NOW - 900}
    const result = judgedAgents(ID, anAgent({version: '3.7.1', queues: [{figures: stuck}]}))
    expect(result.titles[0]).toContain('does not read the WAL')
    expect(result.words).toContain('move to 3.7.3')
    expect(result.findings[0]?.remedy[0]?.text).toContain('15 min of unsent data')
    await expectWords(ID, result, 'stuck-reader')
  })
  it('leaves a queue that retries to delivery/retrying', () => {
    expect(judgedAgents(ID, anAgent({queues: [{doing: 'retrying'}]})).findings).toEqual([])
  })
  describe('a window that falls between two retries', () => {
    const between = {doing: 'hanging' as const, forSeconds: 300, figures: {retried: 4000}}
    const log = [{error: 'server returned HTTP status 503 Service Unavailable: '}]
    it('is left to delivery/retrying while the log tells of the retries', () => {
      const agent = anAgent({intervalSeconds: 3, queues: [between], log})
      expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: [], judged: 1})
      expect(judgedAgents('delivery/retrying', agent).severities).toEqual(['warning'])
    })
    it('is not called one without retries when the log cannot be read', () => {
      const unread = aFailure('forbidden', 'pods/log is forbidden')
      const result = judgedAgents(ID, anAgent({intervalSeconds: 3, queues: [between], log: unread}))
      expect(result.titles).toEqual([
        'queue central of cluster2 monitoring/agent-0 finishes nothing; no retry fell into the 3 s watched',
      ])
      expect(result.words).toContain('retried: 4,000 samples since the queue was built')
    })
    it('is a stall when the log holds no error of this queue that is still current', () => {
      const old = [{...log[0], last: timestamp(NOW - 126)}]
      expect(judgedAgents(ID, anAgent({intervalSeconds: 3, queues: [between], log: old})).severities).toEqual(['error'])
    })
  })
  it('says nothing of a healthy agent that scrapes every 30 s and sends nothing in this window', () => {
    const still = {pending: 40, total: 900_000, bytes: 20e6, highestSent: NOW - 28}
    const agent = anAgent({scrapeIntervalSeconds: 30, queues: [{figures: still}], figures: {samplesIn: 900_000}})
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: []})
  })
  it('is unknown with one scrape of a queue that is late', () => {
    const result = judgedAgents(ID, anAgent({intervalSeconds: 0, queues: [{doing: 'hanging'}]}))
    expect(result).toMatchObject({findings: [], judged: 0})
    expect(result.unknown[0]).toContain('one scrape cannot tell')
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
