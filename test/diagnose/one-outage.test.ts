/** A dead central is one thing, however many agents, paths and ways to it tell of it. */
import {describe, expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import type {CentralEvidence} from '../../src/evidence/central.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {aCentral, anUnreadCentral} from '../builders/central.ts'
import {aFailure, aFleet, anAgent, type BuiltAgent, collected} from '../builders/evidence.ts'
import {aFinding, aRun, queueOf} from '../builders/findings.ts'
import {retrying} from '../checks/receiver/outage.ts'

const REFUSED = 'dial tcp 10.0.0.1:9090: connect: connection refused'
const TIMES_OUT = 'dial tcp 10.0.0.1:9090: i/o timeout'
const failing = (context: string, error: string, path = '/api/v1/write') =>
  retrying(error, {
    context,
    queues: [{doing: 'retrying', forSeconds: 660, url: `http://central.example:9090${path}`}],
  })

/** Findings of the receiver and the central that nothing explains, with what each explains of the two subjects. */
function told(agents: BuiltAgent[], centrals: CentralEvidence[] = []) {
  const facts = readFacts(aFleet({agents, centrals}))
  const {findings, exitCode} = diagnose(facts, runChecks(facts), {failOn: 'error'})
  const own = findings.filter(({id}) => /^(?:receiver|central)\//.test(id))
  expect(exitCode).toBe(1)
  return own
    .filter(({explainedBy}) => explainedBy === undefined)
    .map(({id, key, agents: of}) => ({
      id,
      agents: of.length,
      explains: own.filter(({explainedBy}) => explainedBy === key).map(other => other.id),
    }))
}

describe('a host that refuses connections', () => {
  it('is one finding, whatever the paths of those that write there', () => {
    const agents = [failing('a', REFUSED), failing('b', REFUSED), failing('c', REFUSED, '/api/v1/wrote')]
    expect(told(agents)).toEqual([{id: 'receiver/refused', agents: 3, explains: []}])
  })
  it('and leaves others without an answer is one outage, which what most have seen leads', () => {
    const agents = [failing('a', REFUSED), failing('b', TIMES_OUT), failing('c', TIMES_OUT, '/w')]
    expect(told(agents)).toEqual([{id: 'receiver/unreachable', agents: 2, explains: ['receiver/refused']}])
    expect(told([failing('a', REFUSED), failing('b', TIMES_OUT)])).toEqual([
      {id: 'receiver/refused', agents: 1, explains: ['receiver/unreachable']},
    ])
  })
  it('keeps what was wrong with any of them before, which nobody else would tell', () => {
    const past = (pod: string) =>
      aFinding('receiver/refused', {
        scope: queueOf('cluster2', 'central', pod),
        evidence: [{what: 'before that', value: `404 of ${pod}`, source: 'log'}],
      })
    const agents = ['agent-0', 'agent-1', 'agent-2'].map(pod => anAgent({pod}))
    const findings = [past('agent-0'), past('agent-1'), past('agent-2')]
    const [first] = diagnose(readFacts(aFleet({agents})), aRun(findings), {failOn: 'error'}).findings
    expect(first?.evidence.map(({value}) => value).slice(1)).toEqual([
      '404 of agent-0',
      'cluster2 monitoring/agent-1: 404 of agent-1',
      'cluster2 monitoring/agent-2: 404 of agent-2',
    ])
  })
  it('is each agent’s own where another gets through', () => {
    const through = anAgent({context: 'd', queues: [{url: 'http://central.example:9090/api/v1/write'}]})
    expect(told([failing('a', REFUSED), failing('b', TIMES_OUT), through]).map(({id}) => id)).toEqual([
      'receiver/refused',
      'receiver/unreachable',
    ])
  })
  it('is another at another port, and at localhost of each pod', () => {
    const own = (context: string, url: string) =>
      retrying(REFUSED, {context, queues: [{doing: 'retrying', forSeconds: 660, url}]})
    for (const [first, second] of [
      ['http://central.example:9090/w', 'http://central.example:9091/w'],
      ['http://localhost:9090/w', 'http://localhost:9090/v'],
    ] as const)
      expect(told([own('a', first), own('b', second)])).toHaveLength(2)
  })
})

describe('a central that was named and gives no answer', () => {
  const dead = (reason: 'unreachable' | 'timeout' | 'malformed' = 'unreachable') =>
    anUnreadCentral(aFailure(reason, 'connection refused'))
  it('is told once, with those that write to it, be they one or many', () => {
    const agents = [failing('a', REFUSED), failing('b', REFUSED, '/other')]
    for (const own of [agents, agents.slice(0, 1), [failing('a', REFUSED), failing('b', TIMES_OUT)]]) {
      const [first, ...more] = told(own, [dead()])
      expect(more).toEqual([])
      expect(first?.id).toBe('receiver/refused')
      expect(first?.explains).toContain('central/unreachable')
    }
    expect(told([failing('a', TIMES_OUT)], [dead('timeout')])[0]?.explains).toEqual(['central/unreachable'])
  })
  it('stands for itself where the address is not proven to lead to it', () => {
    const central = anUnreadCentral(aFailure('unreachable'), {endpoints: [], foundBy: 'url'})
    expect(told([failing('a', REFUSED)], [central])).toHaveLength(2)
  })
  it('stands for itself where something else answers there, or it is only starting', () => {
    expect(told([failing('a', REFUSED)], [dead('malformed')])).toHaveLength(2)
    const starting = aCentral({ready: collected({status: 503, text: 'Service Unavailable'})})
    expect(told([failing('a', REFUSED)], [starting]).map(({id}) => id)).toContain('central/unreachable')
  })
  it('stands for itself while agents deliver', () => {
    const [only, ...more] = told([anAgent()], [dead()])
    expect([only?.id, more]).toEqual(['central/unreachable', []])
  })
})
