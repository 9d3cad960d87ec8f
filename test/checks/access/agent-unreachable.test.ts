import {describe, expect, it} from 'vitest'
import {decideAgentState} from '../../../src/diagnose/state.ts'
import type {Failure} from '../../../src/evidence/types.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {type AgentOptions, aFailure, aFleet, anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'access/agent-unreachable'

function unreachable(failure: Failure, options: AgentOptions = {}) {
  const agent = anAgent({...options, scrapes: [failure, failure]})
  agent.evidence.transport = null
  agent.evidence.attempts = [
    {transport: 'port-forward', outcome: 'failed', detail: 'dial tcp4 127.0.0.1:9090: connect: connection refused'},
    {transport: 'proxy', outcome: 'failed', detail: '503 no endpoints available'},
  ]
  return agent
}
const noWay = aFailure('unreachable', 'no transport reached port 9090')

describe(ID, () => {
  it('names each transport that was tried and what it answered', async () => {
    const result = judgedAgents(ID, unreachable(noWay))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.evidence.map(({what}) => what)).toEqual(['port-forward', 'proxy', 'metrics'])
    await expectWords(ID, result)
  })
  it("asks for the web user when the agent's own web server wants one", async () => {
    const result = judgedAgents(ID, unreachable(aFailure('agent-unauthorized', '401 Unauthorized of the agent')))
    expect(result.titles[0]).toContain('asks for a user name and password')
    await expectWords(ID, result, 'login')
  })
  it.each([
    [0, 1],
    [59, 1],
    [60, 0],
  ])('makes nothing of a port that refuses connections %d s after the start', (age, unknown) => {
    const agent = unreachable(noWay)
    const state = agent.evidence.podStatus?.containers[0]?.state
    if (state) state.startedAt = timestamp(NOW - age)
    expect(judgedAgents(ID, agent)).toMatchObject({
      unknown: Array(unknown).fill(expect.stringContaining('does not listen yet')),
    })
    expect(judgedAgents(ID, agent).findings).toHaveLength(1 - unknown)
    const [facts] = readFacts(aFleet({agents: [agent]})).agents
    expect(facts && decideAgentState(facts)).toMatchObject({
      ...{state: 'unknown', row: 2},
      reason: expect.stringMatching(unknown ? /^starting: its container has run for/ : /^no transport/),
    })
  })
  it('says nothing when metrics were read', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], judged: 1})
  })
  it('does not apply to a pod that does not run', () => {
    const agent = unreachable(noWay, {podStatus: {phase: 'Pending'}})
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('is unknown when it is a permission that is missing', () => {
    const result = judgedAgents(ID, unreachable(aFailure('forbidden', '403')))
    expect(result).toMatchObject({findings: [], unknown: ['may not be reached, see access/permission-missing']})
  })
})
