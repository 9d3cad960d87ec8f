import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'workload/out-of-memory'
const LIMIT = 512e6

function killed(secondsAgo: number) {
  const lastState = {
    ...{kind: 'terminated' as const, reason: 'OOMKilled', message: null, exitCode: 137},
    ...{startedAt: timestamp(NOW - secondsAgo - 60), finishedAt: timestamp(NOW - secondsAgo)},
  }
  return {restarts: 4, lastState}
}
const using = (residentBytes: number, memoryLimitBytes?: number) =>
  anAgent({figures: {residentBytes, ...(memoryLimitBytes !== undefined && {memoryLimitBytes})}})

describe(ID, () => {
  it('is an error while the container is down for want of memory', async () => {
    const state = {
      ...{kind: 'waiting' as const, reason: 'CrashLoopBackOff', message: null},
      ...{exitCode: null, startedAt: null, finishedAt: null},
    }
    const agent = anAgent({scrapes: [aFailure('unreachable')], container: {...killed(7200), state}})
    const result = judgedAgents(ID, agent)
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result)
  })
  it('is an error within the hour, a warning within the day, then info', () => {
    const severity = (secondsAgo: number) => judgedAgents(ID, anAgent({container: killed(secondsAgo)})).severities
    expect(severity(3599)).toEqual(['error'])
    expect(severity(3600)).toEqual(['warning'])
    expect(severity(86_399)).toEqual(['warning'])
    expect(severity(86_400)).toEqual(['info'])
  })
  it('warns above 85 % of the limit, not at it', () => {
    expect(judgedAgents(ID, using(0.85 * LIMIT)).findings).toEqual([])
    expect(judgedAgents(ID, using(0.85 * LIMIT + 1)).severities).toEqual(['warning'])
  })
  it('warns above 95 % where Go keeps to a limit of its own, as 3.x does', () => {
    expect(judgedAgents(ID, using(0.95 * LIMIT, 0.9 * LIMIT)).findings).toEqual([])
    expect(judgedAgents(ID, using(0.96 * LIMIT, 0.9 * LIMIT)).severities).toEqual(['warning'])
    expect(judgedAgents(ID, using(0.9 * LIMIT, 2 ** 63)).severities).toEqual(['warning'])
  })
  it('says what a kill would cost an agent that is behind, before it says to raise the limit', async () => {
    const agent = anAgent({figures: {residentBytes: 0.97 * LIMIT}, queues: [{doing: 'retrying', forSeconds: 2460}]})
    const result = judgedAgents(ID, agent)
    const texts = result.findings[0]?.remedy.map(({text}) => text) ?? []
    expect(texts[0]).toMatch(/^do not restart the agent/)
    expect(texts[0]).toContain('41 min of unsent data')
    await expectWords(ID, result, 'near-limit')
  })
  it('says nothing without a limit', () => {
    const agent = anAgent({figures: {residentBytes: 900e9}, container: {memoryLimitBytes: null}})
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], judged: 1})
  })
  it('is unknown when metrics are missing', () => {
    const result = judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer within 5 s')]}))
    expect(result.unknown).toEqual(['its metrics could not be read: no answer within 5 s'])
  })
})
