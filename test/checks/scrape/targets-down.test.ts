import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'scrape/targets-down'
const errors = (count: number) => [
  {
    error: 'Get "http://10.0.0.9:9100/metrics": dial tcp 10.0.0.9:9100: connect: connection refused',
    count,
    examples: ['http://10.0.0.9:9100/metrics'],
  },
]
/** Two jobs: nodes with so many of its 90 targets down, and pods with so many of 10. */
function down(nodes: number, pods: number) {
  const pool = (name: string, active: number, count: number) => ({
    ...{name, active, up: active - count, down: count, intervalSeconds: 15},
    errors: count > 0 ? errors(count) : [],
  })
  const pools = [pool('nodes', 90, nodes), pool('pods', 10, pods)]
  return anAgent({targets: {active: 100, up: 100 - nodes - pods, down: nodes + pods, pools}})
}

describe(ID, () => {
  it('is an error when all are down, grouped by the error', async () => {
    const result = judgedAgents(ID, down(90, 10))
    expect(result.severities).toEqual(['error'])
    expect(result.titles).toEqual(['all 100 targets of cluster2 monitoring/agent-0 are down'])
    expect(result.findings[0]?.evidence).toHaveLength(2)
    await expectWords(ID, result)
  })
  it('is a warning for a whole job', async () => {
    const result = judgedAgents(ID, down(0, 10))
    expect(result.severities).toEqual(['warning'])
    expect(result.titles[0]).toContain('including all of job pods')
    await expectWords(ID, result, 'job')
  })
  it('is a warning above 10 %, and info at it', () => {
    expect(judgedAgents(ID, down(10, 0)).severities).toEqual(['info'])
    expect(judgedAgents(ID, down(11, 0)).severities).toEqual(['warning'])
  })
  it('says nothing when all are up', () => {
    expect(judgedAgents(ID, down(0, 0))).toMatchObject({findings: [], judged: 1})
  })
  it('leaves an agent without targets to scrape/no-targets', () => {
    expect(judgedAgents(ID, anAgent({targets: {active: 0, up: 0, down: 0, pools: []}}))).toMatchObject({
      findings: [],
      judged: 0,
    })
  })
  it('is unknown without the targets', () => {
    const result = judgedAgents(ID, anAgent({targets: aFailure('timeout', 'no answer')}))
    expect(result).toMatchObject({findings: [], unknown: ['its targets could not be read: no answer'], judged: 0})
  })
})
