import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'config/relabel-drops-everything'
/** 180/s for a day are 15,552,000 samples. */
const dropping = (dropped: number, total = 0) =>
  anAgent({queues: [{doing: 'dropping', figures: {dropped: {dropped_series: dropped}, total}}]})

describe(ID, () => {
  it('is an error when nothing was ever sent, and shows the rules', async () => {
    const remoteWriteYaml = 'write_relabel_configs: [{source_labels: [cluster], regex: "^$", action: drop}]'
    const result = judgedAgents(ID, anAgent({queues: [{doing: 'dropping'}], remoteWriteYaml}))
    expect(result.severities).toEqual(['error'])
    expect(result.words).toContain('drop where [cluster] matches ^$')
    await expectWords(ID, result)
  })
  it('begins at 99.9 % of what was scraped, exactly', () => {
    expect(judgedAgents(ID, dropping(0.999 * 15_552_000 - 1)).findings).toEqual([])
    expect(judgedAgents(ID, dropping(0.999 * 15_552_000)).severities).toEqual(['error'])
  })
  it('does not mind a narrow keep list that sends something', () => {
    expect(judgedAgents(ID, dropping(15_551_000, 1000))).toMatchObject({findings: [], judged: 1})
  })
  it('reads the counter without a reason of 2.49 and earlier', () => {
    expect(judgedAgents(ID, anAgent({version: '2.42.0', queues: [{doing: 'dropping'}]})).severities).toEqual(['error'])
  })
  it('says nothing of a queue that delivers', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
