import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, type QueueStory} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'delivery/shards-at-max'
const withShards = (current: number, desired: number, more: QueueStory = {}) =>
  anAgent({queues: [{...more, figures: {shards: {current, desired, max: 50}, ...more.figures}}]})

describe(ID, () => {
  it('warns when more shards are wanted than allowed, exactly', async () => {
    expect(judgedAgents(ID, withShards(50, 50)).findings).toEqual([])
    const result = judgedAgents(ID, withShards(50, 50.1))
    expect(result.severities).toEqual(['warning'])
    expect(result.findings[0]?.blame).toBe('config')
    expect(result.words).toContain('raise queue_config.max_shards above 51')
    await expectWords(ID, result)
  })
  it('blames the receiver when each request is slow', () => {
    const agent = withShards(50, 80, {
      first: {batches: {count: 100, seconds: 100}},
      last: {batches: {count: 110, seconds: 130}},
    })
    const result = judgedAgents(ID, agent)
    expect(result.findings[0]?.blame).toBe('central')
    expect(result.words).not.toContain('raise queue_config.max_shards')
  })
  it('warns when all shards run and the queue falls behind', () => {
    expect(judgedAgents(ID, withShards(50, 50, {doing: 'retrying'})).severities).toEqual(['warning'])
    expect(judgedAgents(ID, withShards(49, 49, {doing: 'retrying'})).findings).toEqual([])
  })
  it('says what an edit would cost before it says to edit', () => {
    const result = judgedAgents(ID, withShards(50, 80, {doing: 'retrying', forSeconds: 660}))
    expect(result.findings[0]?.remedy[0]?.text).toContain('11 min of unsent data')
  })
  it('says nothing of a queue with room', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
