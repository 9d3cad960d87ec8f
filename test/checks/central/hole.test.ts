import {describe, expect, it} from 'vitest'
import {runChecks} from '../../../src/checks/run.ts'
import {diagnose} from '../../../src/diagnose/diagnose.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {aCentral, anIdentity} from '../../builders/central.ts'
import {aFailure, aFleet, aLogShape, anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedFleet} from '../judged.ts'

const ID = 'central/hole'
const HOUR = 3600
/** The range query sees a sample up to one step after it came. */
const STEP = 60
const LIMIT = 300 + STEP

const withGaps = (...gaps: [number, number][]) => [aCentral({identities: [anIdentity({gaps})]})]

describe(ID, () => {
  it('finds a gap of the last day that has ended, as a warning', async () => {
    const result = judgedFleet(ID, {centrals: withGaps([3 * HOUR, 3 * HOUR - 2280])})
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result)
  })
  it('names the longest of several, and what the agent and the central still know of each', async () => {
    const shape = aLogShape({
      level: 'error',
      message: 'error tailing WAL',
      error: 'no such file',
      last: timestamp(NOW - 2 * HOUR),
      first: timestamp(NOW - 2 * HOUR),
    })
    const retrying = aLogShape({first: timestamp(NOW - 5 * HOUR), last: timestamp(NOW - 2 * HOUR)})
    const agents = [anAgent({log: [shape, retrying]})]
    const result = judgedFleet(ID, {agents, centrals: withGaps([20 * HOUR, 19.5 * HOUR], [5 * HOUR, 2 * HOUR])})
    expect(result.titles[0]).toContain('the longest of 2 gaps')
    expect(result.findings[0]?.explains).toEqual(['delivery/loss-happened'])
    await expectWords(ID, result, 'overtaken')
  })
  it('says that the agent began anew where it did', () => {
    const agents = [anAgent({uptimeSeconds: 2 * HOUR})]
    const [finding] = judgedFleet(ID, {agents, centrals: withGaps([2.5 * HOUR, 2 * HOUR])}).findings
    expect(finding?.evidence[0]?.value).toContain('started anew')
  })
  it('says that sending failed then, where the log goes back so far', () => {
    const shape = aLogShape({
      error: 'connect: connection refused',
      first: timestamp(NOW - 3000),
      last: timestamp(NOW - 1300),
    })
    const [finding] = judgedFleet(ID, {agents: [anAgent({log: [shape]})], centrals: withGaps([3000, 1200])}).findings
    expect(finding?.evidence[0]?.value).toContain('sending failed then: connect: connection refused')
  })
  it('needs more than 5 min for sure, five scrape intervals where that is more', () => {
    expect(judgedFleet(ID, {centrals: withGaps([HOUR, HOUR - LIMIT])}).findings).toEqual([])
    expect(judgedFleet(ID, {centrals: withGaps([HOUR, HOUR - LIMIT - 1])}).severities).toEqual(['warning'])
    const agents = [anAgent({scrapeIntervalSeconds: 120})]
    expect(judgedFleet(ID, {agents, centrals: withGaps([HOUR, HOUR - 600 - STEP])}).findings).toEqual([])
    expect(judgedFleet(ID, {agents, centrals: withGaps([HOUR, HOUR - 601 - STEP])}).severities).toEqual(['warning'])
  })
  it('takes neither a young store nor a present outage for a gap', () => {
    const young = anIdentity({newestAgeSeconds: 3000})
    expect(judgedFleet(ID, {centrals: [aCentral({identities: [young]})]}).findings).toEqual([])
  })
  it('tells of replicas once', () => {
    const replica = (pod: string) =>
      anAgent({pod, podUid: pod, externalLabels: {cluster: 'cluster2', prometheus_replica: pod}})
    const agents = [replica('agent-0'), replica('agent-1')]
    expect(judgedFleet(ID, {agents, centrals: withGaps([HOUR, HOUR / 2])}).findings).toHaveLength(1)
  })
  it('clouds nothing where the day could not be asked for', () => {
    const identities = [anIdentity({lastDay: aFailure('timeout')})]
    expect(judgedFleet(ID, {centrals: [aCentral({identities})]})).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('leaves the state alone: history, exit code 0', () => {
    const facts = readFacts(
      aFleet({
        agents: [anAgent({clockSkewSeconds: 1, remoteWriteYaml: 'basic_auth: {username: a}'})],
        centrals: withGaps([HOUR, HOUR / 2]),
      }),
    )
    const report = diagnose(facts, runChecks(facts), {failOn: 'error'})
    expect(report).toMatchObject({state: 'delivering', exitCode: 0})
    expect(report.findings.find(({id}) => id === ID)?.group).toBe('history')
  })
})
