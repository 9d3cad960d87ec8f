import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'scrape/too-slow'
function slowest(seconds: number, timeoutSeconds = 10) {
  const target = 'http://10.0.0.9:8080/metrics'
  const pool = {name: 'apps', active: 3, up: 3, down: 0, intervalSeconds: 15, errors: []}
  return anAgent({targets: {pools: [{...pool, slowest: {seconds, timeoutSeconds, target}}]}})
}

describe(ID, () => {
  it('warns of a target that is about to time out', async () => {
    const result = judgedAgents(ID, slowest(9.6))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result)
  })
  it('begins at 90 % of the time-out, exactly', () => {
    expect(judgedAgents(ID, slowest(9)).findings).toHaveLength(1)
    expect(judgedAgents(ID, slowest(8.99))).toMatchObject({findings: [], judged: 1})
  })
  it('leaves agents without a target that is up alone', () => {
    expect(judgedAgents(ID, anAgent({targets: {active: 1, up: 0, down: 1, pools: []}}))).toMatchObject({judged: 0})
  })
  it('is unknown without targets, and where a bundle of an earlier release did not record it', () => {
    expect(judgedAgents(ID, anAgent({targets: aFailure('timeout', 'no answer')})).unknown).toHaveLength(1)
    const pools = [{name: 'apps', active: 3, up: 3, down: 0, intervalSeconds: 15, errors: []}]
    expect(judgedAgents(ID, anAgent({targets: {pools}})).unknown).toEqual([
      'how long its scrapes take was not recorded',
    ])
  })
})
