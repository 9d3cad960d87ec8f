import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'delivery/rejected'
const refusal = {
  level: 'error' as const,
  message: 'non-recoverable error',
  error: "server returned HTTP status 418 I'm a teapot: short and stout",
}
/** 2,000 samples finished in the window, of which so many were refused. */
const refusing = (failed: number) =>
  anAgent({queues: [{first: {total: 10_000, failed: 0}, last: {total: 12_000, failed}}]})

describe(ID, () => {
  it('is an error whatever the lag says, and quotes the answer', async () => {
    const result = judgedAgents(ID, anAgent({queues: [{doing: 'failing', forSeconds: 660}], log: [refusal]}))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.evidence[0]?.value).toBe('180 of 180/s, 100 % (limit 1 %)')
    expect(result.words).toContain('short and stout')
    await expectWords(ID, result)
  })
  it('says what to do about labels that the receiver does not take', () => {
    const error =
      'server returned HTTP status 400 Bad Request: received a series whose number of labels exceeds the limit (actual: 31, limit: 30) (err-mimir-max-label-names-per-series)'
    const queues = [{doing: 'failing' as const, forSeconds: 660}]
    const {words} = judgedAgents(ID, anAgent({queues, log: [{...refusal, error}]}))
    expect(words).toMatch(/CHANGE drop or shorten the labels that the answer names/)
  })
  it('begins at 1 % of what was finished, exactly', () => {
    expect(judgedAgents(ID, refusing(19)).findings).toEqual([])
    expect(judgedAgents(ID, refusing(20)).severities).toEqual(['error'])
  })
  it('says nothing of a queue that delivers, or that only retries', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
    expect(judgedAgents(ID, anAgent({queues: [{doing: 'retrying'}]})).findings).toEqual([])
  })
  it('does not call refusals that have ended a rejection', () => {
    const agent = anAgent({queues: [{figures: {failed: 50_000}}], log: [{...refusal, last: timestamp(NOW - 1800)}]})
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: []})
  })
  it('needs no second scrape when everything was refused since the start', () => {
    const agent = anAgent({intervalSeconds: 0, queues: [{doing: 'failing', forSeconds: 1e6}]})
    expect(judgedAgents(ID, agent).severities).toEqual(['error'])
  })
  it('takes a fresh refusal for the missing second scrape', () => {
    const queues = [{doing: 'failing' as const, forSeconds: 3600}]
    expect(judgedAgents(ID, anAgent({intervalSeconds: 0, queues, log: [refusal]})).severities).toEqual(['error'])
  })
  it('is unknown with one scrape and no word of when', () => {
    const result = judgedAgents(ID, anAgent({intervalSeconds: 0, queues: [{doing: 'failing', forSeconds: 3600}]}))
    expect(result).toMatchObject({findings: [], judged: 0})
    expect(result.unknown[0]).toContain('one scrape cannot tell')
  })
  it('says so when the reason cannot be read', () => {
    const agent = anAgent({queues: [{doing: 'failing'}], log: aFailure('forbidden', 'pods/log is forbidden')})
    expect(judgedAgents(ID, agent).words).toContain('not visible: the log could not be read: pods/log is forbidden')
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toEqual([
      'its metrics could not be read: no answer',
    ])
  })
})
