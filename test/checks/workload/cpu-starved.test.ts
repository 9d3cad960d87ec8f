import {describe, expect, it} from 'vitest'
import {type AgentOptions, aFailure, anAgent} from '../../builders/evidence.ts'
import {scrapesWith} from '../extra.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'workload/cpu-starved'
/** Uses so many cores of a limit of 0.25; its 15 s scrapes come at most so many seconds apart. */
function using(cores: number, apart: number | string, more: AgentOptions = {}) {
  const interval = `prometheus_target_interval_length_seconds{interval="15s",quantile="0.99"} ${apart}`
  const scrapes = scrapesWith(
    ['process_cpu_seconds_total 100', interval],
    [`process_cpu_seconds_total ${100 + 10 * cores}`, interval],
  )
  return anAgent({scrapes, container: {cpuLimitCores: 0.25}, ...more})
}

describe(ID, () => {
  it('warns when scrapes come late at the limit', async () => {
    const result = judgedAgents(ID, using(0.25, 30))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result)
  })
  it('begins at 90 % of the limit and 1.5 intervals, exactly', () => {
    expect(judgedAgents(ID, using(0.225, 22.5)).findings).toHaveLength(1)
    expect(judgedAgents(ID, using(0.224, 22.5)).findings).toEqual([])
    expect(judgedAgents(ID, using(0.225, 22.4)).findings).toEqual([])
  })
  it('says nothing of an agent that uses its CPU and is punctual', () => {
    expect(judgedAgents(ID, using(0.25, 15))).toMatchObject({findings: [], judged: 1})
    expect(judgedAgents(ID, using(0.25, 'NaN')).findings).toEqual([])
  })
  it('does not blame the CPU for a queue that its receiver holds up', () => {
    const queue = using(0.25, 30)
    const result = judgedAgents(ID, queue)
    expect(result.findings[0]?.explains).toEqual(['scrape/too-slow'])
  })
  it.each([
    [['context deadline exceeded'], true],
    [['context deadline exceeded', 'connect: connection refused'], false],
    [[], false],
  ])('explains targets that are down for %j: %s', (errors, explains) => {
    const agent = using(0.25, 30)
    const down = errors.map(error => ({error: `Get "http://a:1/metrics": ${error}`, count: 1, examples: []}))
    if (agent.evidence.targets.ok) {
      const pool = {name: 'a', active: 3, up: 3 - down.length, down: down.length, intervalSeconds: 15, errors: down}
      agent.evidence.targets.value.pools = [pool]
    }
    expect(judgedAgents(ID, agent).findings[0]?.explains?.includes('scrape/targets-down')).toBe(explains)
  })
  it('does not apply without a limit', () => {
    expect(judgedAgents(ID, using(4, 60, {container: {cpuLimitCores: null}}))).toMatchObject({judged: 0, unknown: []})
  })
  it('is unknown with one scrape, and without metrics', () => {
    expect(judgedAgents(ID, anAgent({intervalSeconds: 0})).unknown).toEqual([
      'CPU use takes two scrapes of one process',
    ])
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
