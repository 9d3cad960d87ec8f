import {describe, expect, it} from 'vitest'
import unsafeToRestart from '../../../src/checks/delivery/unsafe-to-restart.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import type {QueueFacts} from '../../../src/facts/types.ts'
import {aFailure, aFleet, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'delivery/unsafe-to-restart'

/** An agent that has not delivered for 41 min, but for what `parts` says. */
function withFigures(parts: Partial<QueueFacts>) {
  const facts = readFacts(aFleet({agents: [anAgent({queues: [{doing: 'retrying', forSeconds: 2460}]})]}))
  for (const queue of facts.agents.flatMap(agent => agent.queues)) Object.assign(queue, parts)
  return unsafeToRestart.evaluate(facts, {identityLabels: ['cluster']})
}

describe(ID, () => {
  it('says what a restart would lose now, in time and samples', async () => {
    const result = judgedAgents(ID, anAgent({queues: [{doing: 'retrying', forSeconds: 2460}]}))
    expect(result.severities).toEqual(['warning'])
    expect(result.titles).toEqual([
      'a restart or reload of cluster2 monitoring/agent-0 would now lose 41 min of unsent data, about 443,000 samples',
    ])
    await expectWords(ID, result)
  })
  it('begins at two minutes, exactly', () => {
    expect(withFigures({restartCost: {seconds: 120, samples: 1}}).findings).toHaveLength(1)
    expect(withFigures({restartCost: {seconds: 119, samples: 1}}).findings).toEqual([])
  })
  it('says so when most is lost already', () => {
    const [queue] = readFacts(aFleet()).agents.flatMap(agent => agent.queues)
    const lossClock = {...(queue?.lossClock as QueueFacts['lossClock']), status: 'lost' as const}
    const [finding] = withFigures({lossClock}).findings
    expect(finding?.severity).toBe('info')
    expect(finding?.title).toContain('is lost already')
  })
  it('tells each pod and queue apart', () => {
    const queues = [
      {name: 'a', url: 'http://a.example/api/v1/write', doing: 'retrying' as const, forSeconds: 2460},
      {name: 'b', url: 'http://b.example/api/v1/write'},
    ]
    const result = judgedAgents(ID, anAgent({queues}), anAgent({queues, pod: 'agent-1'}))
    expect(result.findings.map(({scope}) => `${scope.pod} ${scope.queue}`)).toEqual(['agent-0 a', 'agent-1 a'])
  })
  it('says nothing of a queue that delivers or is idle', () => {
    expect(judgedAgents(ID, anAgent(), anAgent({pod: 'agent-1', queues: [{doing: 'idle'}]}))).toMatchObject({
      ...{findings: [], unknown: [], judged: 2},
    })
  })
  it('is unknown where how far it is behind is', () => {
    expect(withFigures({restartCost: {seconds: null, samples: null}}).unknown).toHaveLength(1)
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
