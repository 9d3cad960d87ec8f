import {describe, expect, it} from 'vitest'
import {anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {NO_LOG, refusing} from './outage.ts'

const ID = 'receiver/disabled'
const OFF = '404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'

describe(ID, () => {
  it("is found by the receiver's own words and the metrics together", async () => {
    const result = judgedAgents(ID, refusing(OFF))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]).toMatchObject({blame: 'central', since: timestamp(NOW - 600)})
    expect(result.findings[0]?.evidence[0]?.value).toContain('100 %')
    await expectWords(ID, result)
  })
  it('knows the words of 2.42', () => {
    const words = '404 Not Found: remote write receiver needs to be enabled with --enable-feature=remote-write-receiver'
    expect(judgedAgents(ID, refusing(words)).severities).toEqual(['error'])
  })
  it('does not take any other 404 for it', () => {
    expect(judgedAgents(ID, refusing('404 Not Found: 404 page not found')).findings).toEqual([])
  })
  it('says nothing once the receiver was turned on, though the log still holds the words', () => {
    const log = [
      {level: 'error' as const, message: 'non-recoverable error', error: `server returned HTTP status ${OFF}`},
    ]
    expect(judgedAgents(ID, anAgent({log, queues: [{figures: {failed: 100_000}}]})).findings).toEqual([])
  })
  it('counts the agents that get the same answer', () => {
    const result = judgedAgents(ID, refusing(OFF), refusing(OFF, {context: 'cluster3'}))
    expect(result.words).toContain('2 of 2 agents that write there get the same answer')
    expect(result.findings.map(({blame}) => blame)).toEqual(['central', 'central'])
  })
  it('is unknown, not passed, when everything is refused and the log cannot be read', () => {
    const result = judgedAgents(ID, refusing(OFF, {log: NO_LOG}))
    expect(result).toMatchObject({findings: [], judged: 0})
    expect(result.unknown).toEqual([
      'it does not deliver, and why is not known: its log could not be read: pods/log is forbidden',
    ])
  })
  it('passes a queue that delivers, log or no log', () => {
    expect(judgedAgents(ID, anAgent({log: NO_LOG}))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
})
