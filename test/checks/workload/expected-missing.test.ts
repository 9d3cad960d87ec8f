import {describe, expect, it} from 'vitest'
import type {ExpectedAgent} from '../../../src/checks/check.ts'
import {runChecks} from '../../../src/checks/run.ts'
import {diagnose} from '../../../src/diagnose/diagnose.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {renderTerminal} from '../../../src/report/terminal.ts'
import {aFailure, aFleet, anAgent, collected, type FleetOptions} from '../../builders/evidence.ts'
import {expectWords, judged} from '../judged.ts'

const ID = 'workload/expected-missing'
const listed = {podLists: [{namespace: '*', pods: collected(41)}]}

function judgedFor(expected: Partial<ExpectedAgent>[], fleet: FleetOptions = {}, isWholeFleet = true) {
  const agents = expected.map(entry => ({context: null, namespace: null, agent: null, labels: {}, ...entry}))
  return judged(ID, aFleet({agents: [], ...fleet}), {expected: {agents, isWholeFleet}})
}

describe(ID, () => {
  it('names an agent that is expected and was not found, and who is there', async () => {
    const here = anAgent({context: 'cluster2', namespace: 'monitoring', pod: 'other-0', name: 'other'})
    const expected = [{context: 'cluster2', namespace: 'monitoring', agent: 'agent', labels: {cluster: 'cluster2'}}]
    const result = judgedFor(expected, {agents: [here], contexts: {cluster2: listed}})
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result)
  })
  it('names an agent that is there and sends other labels', async () => {
    const agent = anAgent({context: 'cluster2', externalLabels: {cluster: 'prod', region: 'eu'}})
    const expected = [{context: 'cluster2', agent: agent.evidence.name, labels: {cluster: 'cluster2'}}]
    const result = judgedFor(expected, {agents: [agent], contexts: {cluster2: listed}})
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result, 'labels')
  })
  it('says of several agents that none sends the labels', () => {
    const agents = ['agent-0', 'other-0'].map(pod => anAgent({context: 'cluster2', pod, name: pod}))
    const expected = [{context: 'cluster2', labels: {cluster: 'cluster9'}}]
    expect(judgedFor(expected, {agents, contexts: {cluster2: listed}}).titles).toEqual([
      'an agent in cluster2 with cluster="cluster9" is expected, and none of 2 agents there sends these labels',
    ])
  })
  it.each<[string, Partial<ExpectedAgent>]>([
    ['its pod', {agent: 'agent-0'}],
    ['its workload', {agent: 'agent'}],
    ['its context alone', {context: 'cluster2'}],
    ['its labels', {labels: {cluster: 'cluster2'}}],
    ['all of them', {context: 'cluster2', namespace: 'monitoring', agent: 'agent', labels: {cluster: 'cluster2'}}],
  ])('is content with an agent that is known by %s', (_, entry) => {
    const agent = anAgent({context: 'cluster2', namespace: 'monitoring', pod: 'agent-0', name: 'agent'})
    expect(judgedFor([entry], {agents: [agent], contexts: {cluster2: listed}})).toMatchObject({findings: [], judged: 1})
  })
  it('takes an agent whose pod does not run for one that is there: another check speaks of it', () => {
    const agent = anAgent({context: 'cluster2', pod: '', name: 'agent'})
    const result = judgedFor([{context: 'cluster2', agent: 'agent'}], {agents: [agent], contexts: {cluster2: listed}})
    expect(result).toMatchObject({findings: [], judged: 1})
  })
  it('misses an agent without a context only where the whole fleet was looked at', () => {
    const fleet = {contexts: {cluster2: listed}}
    const entry = {labels: {cluster: 'cluster5'}}
    expect(judgedFor([entry], fleet).titles).toEqual(['an agent with cluster="cluster5" is expected and is not there'])
    expect(judgedFor([entry], fleet, false)).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('says nothing of contexts that were not looked at, nor of what the flags leave out', () => {
    const fleet = {contexts: {cluster2: listed}}
    expect(judgedFor([{context: 'cluster7'}], fleet)).toMatchObject({findings: [], unknown: [], judged: 0})
    const entry = {context: 'cluster2', namespace: 'monitoring', agent: 'agent'}
    const leftOut = [{agents: ['other']}, {selector: 'app=x'}, {namespace: 'default'}]
    for (const options of leftOut)
      expect(judgedFor([entry], {...fleet, options})).toMatchObject({findings: [], unknown: [], judged: 0})
    expect(judgedFor([entry], {...fleet, options: {namespace: 'monitoring'}}).severities).toEqual(['error'])
  })
  it.each<[string, NonNullable<FleetOptions['contexts']>, string]>([
    [
      'the API server does not answer',
      {cluster2: {serverVersion: aFailure('timeout', 'no answer'), podLists: []}},
      'no answer',
    ],
    [
      'its pods may not be listed',
      {cluster2: {podLists: [{namespace: '*', pods: aFailure('forbidden', 'pods is forbidden')}]}},
      'pods is forbidden',
    ],
    [
      'only some namespaces could be listed',
      {cluster2: {podLists: [{namespace: 'default', pods: collected(3)}]}},
      'namespace monitoring could be listed',
    ],
    [
      'a server of that name is seen and not looked into',
      {cluster2: {...listed, servers: [{namespace: 'monitoring', pod: 'agent-0'}]}},
      '--include-servers',
    ],
  ])('is unknown, not missing, when %s', (_, contexts, reason) => {
    const result = judgedFor([{context: 'cluster2', namespace: 'monitoring', agent: 'agent'}], {contexts})
    expect(result).toMatchObject({findings: [], judged: 0})
    expect(result.unknown).toEqual([expect.stringContaining(reason)])
  })
  it('is unknown when the labels of an agent that may be it could not be read', () => {
    const agent = anAgent({context: 'cluster2', config: aFailure('timeout', 'no answer')})
    const fleet = {agents: [agent], contexts: {cluster2: listed}}
    expect(judgedFor([{context: 'cluster2', labels: {cluster: 'cluster2'}}], fleet).unknown).toHaveLength(1)
  })
  it('does not apply without a fleet file', () => {
    expect(judged(ID, aFleet())).toMatchObject({findings: [], unknown: [], judged: 0})
  })
})

describe('a report in which an expected agent is missing', () => {
  const evidence = aFleet({agents: [anAgent({context: 'cluster2'})], contexts: {cluster2: listed, cluster3: listed}})
  const expected = [{context: 'cluster3', namespace: null, agent: 'agent', labels: {}}]
  const facts = readFacts(evidence)
  const run = runChecks(facts, {only: [ID, 'access/no-agents'], expected: {agents: expected, isWholeFleet: true}})
  const report = diagnose(facts, run, {failOn: 'error'})

  it('is silent and leads with it, though all agents that are there deliver', () => {
    expect(report).toMatchObject({state: 'silent', exitCode: 1, summary: {missing: 1, error: 1}})
    expect(report.findings[0]).toMatchObject({id: ID, group: 'state', agents: []})
  })
  it('counts it in the last line', () => {
    const text = renderTerminal(report, {columns: 120, colour: false, unicode: true})
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^✗ 1 expected agent missing, 1 delivering \(exit 1: 1 error/)
  })
  it('names it where there is that line only, before those that deliver less than all', () => {
    const losing = anAgent({context: 'cluster2', queues: [{doing: 'failing', forSeconds: 900}]})
    const late = anAgent({context: 'cluster3', pod: 'late-0', queues: [{doing: 'retrying', forSeconds: 900}]})
    const fleet = readFacts(aFleet({agents: [losing, late], contexts: {cluster2: listed, cluster3: listed}}))
    const gone = [{context: 'cluster3', namespace: null, agent: 'gone', labels: {}}]
    const found = runChecks(fleet, {expected: {agents: gone, isWholeFleet: true}})
    const options = {columns: 120, colour: false, unicode: true, quiet: true}
    const line = renderTerminal(diagnose(fleet, found, {failOn: 'error'}), options)
    expect(line).toMatch(/: cluster2 monitoring\/agent-0, cluster3 gone, cluster3 monitoring\/late-0$/m)
    expect(renderTerminal(report, options)).toMatch(/: cluster3 agent$/m)
  })
  it('does not call an agent missing that is there and sends other labels', () => {
    const agents = [{context: 'cluster2', namespace: null, agent: 'agent', labels: {cluster: 'x'}}]
    const wrong = runChecks(facts, {only: [ID], expected: {agents, isWholeFleet: true}})
    const told = diagnose(facts, wrong, {failOn: 'error'})
    expect(told).toMatchObject({state: 'delivering', exitCode: 1, summary: {error: 1}})
    expect(told.summary.missing).toBeUndefined()
  })
  it('gives two agents that are missing two keys', () => {
    const agents = ['a', 'b'].map(cluster => ({context: null, namespace: null, agent: null, labels: {cluster}}))
    const both = runChecks(facts, {only: [ID], expected: {agents, isWholeFleet: true}})
    const keys = diagnose(facts, both, {failOn: 'error'}).findings.map(({key}) => key)
    expect(new Set(keys).size).toBe(2)
  })
})
