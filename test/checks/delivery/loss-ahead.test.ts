import {describe, expect, it} from 'vitest'
import lossAhead from '../../../src/checks/delivery/loss-ahead.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import type {LossClock} from '../../../src/facts/types.ts'
import {aFailure, aFleet, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'delivery/loss-ahead'
const clock: LossClock = {
  ...{
    kind: 'truncation',
    status: 'known',
    earliestAt: null,
    latestAt: null,
    assumption: 'the WAL is truncated every 2 h',
  },
  ...{earliestSeconds: 1320, latestSeconds: 2280},
}

/** The clock itself is tested with the facts; here only what is said of it. */
function withClock(parts: Partial<LossClock>, catchUp?: {seconds: number; verdict: 'yes'}) {
  const facts = readFacts(aFleet({agents: [anAgent({queues: [{doing: 'retrying', forSeconds: 2460}]})]}))
  for (const queue of facts.agents.flatMap(agent => agent.queues)) {
    queue.lossClock = {...clock, ...parts}
    if (catchUp) queue.catchUp = catchUp
  }
  return lossAhead.evaluate(facts, {identityLabels: ['cluster']})
}

describe(ID, () => {
  it('says when loss begins, as a range, and what not to do', () => {
    const [finding] = withClock({}).findings
    expect(finding?.severity).toBe('error')
    expect(finding?.title).toContain('begins to lose data in 22-38 min, when WAL truncation removes unsent samples')
    expect(finding?.remedy[0]?.text).toMatch(/^do not restart the agent/)
  })
  it('leaves what sample_age_limit drops already to delivery/loss-happened', () => {
    const yaml = 'queue_config: {sample_age_limit: 60s}'
    const agent = (dropped: Record<string, number>) =>
      anAgent({remoteWriteYaml: yaml, queues: [{doing: 'retrying', forSeconds: 900, figures: {dropped}}]})
    expect(judgedAgents(ID, agent({})).titles[0]).toContain('has begun to lose data: sample_age_limit drops them')
    expect(judgedAgents(ID, agent({too_old: 5725})).findings).toEqual([])
    expect(judgedAgents('delivery/loss-happened', agent({too_old: 5725})).titles[0]).toContain('is losing data')
  })
  it('looks six hours ahead, exactly', () => {
    expect(withClock({earliestSeconds: 21_600}).findings).toHaveLength(1)
    expect(withClock({earliestSeconds: 21_601}).findings).toEqual([])
  })
  it('says nothing when the queue is level before that, and does when it is not', () => {
    expect(withClock({}, {seconds: 1319, verdict: 'yes'}).findings).toEqual([])
    expect(withClock({}, {seconds: 1320, verdict: 'yes'}).findings).toHaveLength(1)
  })
  it('speaks of a disk that fills, though only the latest time is known', () => {
    const [finding] = withClock({kind: 'disk', earliestSeconds: null, latestSeconds: 1320}).findings
    expect(finding?.title).toContain('begins to lose data in 22 min or sooner, when the volume is full')
    expect(withClock({kind: 'disk', earliestSeconds: null, latestSeconds: 21_601}).findings).toEqual([])
  })
  it.each([
    [0, 1320, 'begins to lose data in 22 min or sooner, when WAL'],
    [0, null, 'begins to lose data now or later, when WAL'],
    [0, 0, 'has begun to lose data: WAL'],
    [null, 0, 'has begun to lose data: WAL'],
    [1, 1320, 'begins to lose data in 1 s-22 min, when WAL'],
  ])('never says that it begins in 0 s: %s to %s', (earliestSeconds, latestSeconds, words) => {
    const [finding] = withClock({earliestSeconds, latestSeconds}).findings
    expect(finding?.title).toContain(words)
    expect(`${finding?.title} ${finding?.evidence[0]?.value}`).not.toMatch(/in 0 s|in \d+ ms/)
  })
  it('is unknown when the clock is', () => {
    expect(
      withClock({status: 'unknown', assumption: 'the flags are not known'}).unknown.map(({reason}) => reason),
    ).toEqual(['the flags are not known'])
  })
  it('says nothing of a queue that delivers', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
  it('reads the same in a report', async () => {
    const {findings, unknown, judged} = withClock({})
    const titles = findings.map(finding => finding.title)
    const words = findings
      .flatMap(({title, why, evidence, remedy}) => [
        title,
        why,
        ...evidence.map(({what, value}) => `${what}: ${value}`),
        ...remedy.map(({text}) => text),
      ])
      .join('\n')
    await expectWords(ID, {findings, titles, severities: [], unknown: unknown.map(({reason}) => reason), judged, words})
  })
})
