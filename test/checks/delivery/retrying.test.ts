import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'delivery/retrying'

describe(ID, () => {
  it('is found in the first minute of an outage, whatever the lag', async () => {
    const result = judgedAgents(ID, anAgent({queues: [{doing: 'retrying', forSeconds: 40}]}))
    expect(result.severities).toEqual(['warning'])
    expect(result.titles[0]).toContain('delivers nothing')
    await expectWords(ID, result)
  })
  it('is found by the current log line when the window falls between two retries', async () => {
    const queues = [{doing: 'hanging' as const, forSeconds: 300, figures: {retried: 4000}}]
    const log = [{error: 'server returned HTTP status 503 Service Unavailable: '}]
    const result = judgedAgents(ID, anAgent({intervalSeconds: 3, queues, log}))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result, 'between-retries')
  })
  it('does not say that nothing is lost while sample_age_limit drops, or a reload drops the backlog', () => {
    const means = (options: Parameters<typeof anAgent>[0]) => judgedAgents(ID, anAgent(options)).findings[0]?.why
    const retrying = {doing: 'retrying', forSeconds: 300} as const
    expect(means({queues: [retrying]})).toMatch(/^Nothing is lost yet/)
    expect(means({queues: [{...retrying, last: {dropped: {too_old: 5725}}}]})).toMatch(/^Data is being lost.*5,725/)
    const log = [{level: 'info', message: 'Stopping remote storage...'} as const]
    expect(means({queues: [retrying], log})).toMatch(/^A reload is stopping this queue/)
  })
  it('begins above 5 % of all attempts while little is finished', () => {
    const window = (retried: number) =>
      anAgent({queues: [{first: {total: 10_000, retried: 0}, last: {total: 10_600, retried}}]})
    expect(judgedAgents(ID, window(30)).findings).toEqual([])
    expect(judgedAgents(ID, window(31)).severities).toEqual(['warning'])
  })
  it('does not mind a blip that deliveries overtake', () => {
    const window = {first: {total: 10_000, retried: 0}, last: {total: 12_400, retried: 600}}
    expect(judgedAgents(ID, anAgent({queues: [window]})).findings).toEqual([])
  })
  it('says nothing of a queue that delivers', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('tells people to leave the agent alone, never to restart it', () => {
    const result = judgedAgents(ID, anAgent({queues: [{doing: 'retrying', forSeconds: 2460}]}))
    expect(result.words).toContain('leave the agent alone')
    expect(result.words).toContain('restart cost: 41 min of unsent data')
  })
  it('is unknown with one scrape of a queue that has retried and is late', () => {
    const agent = anAgent({intervalSeconds: 0, queues: [{doing: 'retrying'}]})
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], judged: 0})
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
