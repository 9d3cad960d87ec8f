/** A dead central is one thing, however many agents, paths and ways to it tell of it. */
import {describe, expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import type {CentralEvidence} from '../../src/evidence/central.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {aCentral, anUnreadCentral} from '../builders/central.ts'
import {type AgentOptions, aFailure, aFleet, anAgent, type BuiltAgent, collected} from '../builders/evidence.ts'
import {aFinding, aRun, queueOf} from '../builders/findings.ts'
import {retrying} from '../checks/receiver/outage.ts'

const REFUSED = 'dial tcp 10.0.0.1:9090: connect: connection refused'
const TIMES_OUT = 'dial tcp 10.0.0.1:9090: i/o timeout'
const failing = (context: string, error: string, path = '/api/v1/write', forSeconds = 660) =>
  retrying(error, {
    context,
    queues: [{doing: 'retrying', forSeconds, url: `http://central.example:9090${path}`}],
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
  it('tells when loss begins for the agent that loses first', () => {
    const agents = [failing('a', REFUSED), failing('b', REFUSED, '/w', 1800)]
    const facts = readFacts(aFleet({agents}))
    const [first] = diagnose(facts, runChecks(facts), {failOn: 'error'}).findings
    expect(first?.evidence.find(({what}) => what === 'loss begins')?.value).toMatch(
      /^b monitoring\/agent-0: in .*; if the central is a plain Prometheus it begins in 30 min/,
    )
  })
  it('and leaves others without an answer is one outage, which what most have seen leads', () => {
    const agents = [failing('a', REFUSED), failing('b', TIMES_OUT), failing('c', TIMES_OUT, '/w')]
    expect(told(agents)).toEqual([{id: 'receiver/unreachable', agents: 2, explains: ['receiver/refused']}])
    expect(told([failing('a', REFUSED), failing('b', TIMES_OUT)])).toEqual([
      {id: 'receiver/refused', agents: 1, explains: ['receiver/unreachable']},
    ])
    const many = [
      ...['a', 'b', 'c'].map(name => failing(name, REFUSED)),
      failing('d', TIMES_OUT),
      failing('e', TIMES_OUT),
    ]
    const facts = readFacts(aFleet({agents: many}))
    const [first] = diagnose(facts, runChecks(facts), {failOn: 'error'}).findings
    expect(first?.evidence.filter(({what}) => what === 'also').map(({value}) => value)).toEqual([
      'receiver/unreachable of d monitoring/agent-0, e monitoring/agent-0: nobody who writes there gets a connection',
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
  it('keeps it in a few lines, however many agents there are and whatever they say', () => {
    const pods = Array.from({length: 40}, (_, index) => `agent-${index}`)
    const pastsOf = (wordsOf: (pod: string) => string) => {
      const findings = pods.map(pod =>
        aFinding('receiver/refused', {
          scope: queueOf('cluster2', 'central', pod),
          evidence: [{what: 'before that', value: wordsOf(pod), source: 'log'}],
        }),
      )
      const facts = readFacts(aFleet({agents: pods.map(pod => anAgent({pod}))}))
      const [first] = diagnose(facts, aRun(findings), {failOn: 'error'}).findings
      return first?.evidence.filter(({what}) => what === 'before that').map(({value}) => value)
    }
    const of = (pod: string) => `cluster2 monitoring/${pod}`
    expect(pastsOf(() => 'all was refused')).toEqual([
      'all was refused',
      `${['agent-1', 'agent-2', 'agent-3', 'agent-4'].map(of).join(', ')} and 35 more: all was refused`,
    ])
    expect(pastsOf(pod => `404 of ${pod}`)).toEqual([
      '404 of agent-0',
      ...['agent-1', 'agent-2', 'agent-3', 'agent-4'].map(pod => `${of(pod)}: 404 of ${pod}`),
      'and of 35 more agents something else: --agent NAME tells it',
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
  it('is another in each cluster where only its DNS knows the name, and in each namespace where that is one word', () => {
    const own = (host: string, error: string, options: AgentOptions) =>
      retrying(error, {queues: [{doing: 'retrying', forSeconds: 660, url: `http://${host}:8429/w`}], ...options})
    const service = 'vmagent.monitoring.svc'
    for (const [first, second] of [
      [own(service, REFUSED, {context: 'eu'}), own(service, TIMES_OUT, {context: 'us'})],
      [own(service, REFUSED, {context: 'eu'}), own(service, REFUSED, {context: 'us'})],
      [own('vmagent', REFUSED, {namespace: 'one'}), own('vmagent', TIMES_OUT, {namespace: 'two'})],
    ] as const)
      expect(told([first, second])).toMatchObject([
        {agents: 1, explains: []},
        {agents: 1, explains: []},
      ])
    expect(
      told([own(service, REFUSED, {pod: 'one'}), own(service, TIMES_OUT, {namespace: 'two', pod: 'two'})]),
    ).toHaveLength(1)
    const both = ['eu', 'us'].flatMap(context =>
      ['agent-0', 'agent-1'].map(pod => own(service, REFUSED, {context, pod})),
    )
    const facts = readFacts(aFleet({agents: both}))
    const {findings} = diagnose(facts, runChecks(facts), {failOn: 'error'})
    const refused = findings.filter(({id}) => id === 'receiver/refused')
    expect(refused.map(({scope, agents}) => [scope.context, agents.length])).toEqual([
      ['eu', 2],
      ['us', 2],
    ])
    expect(new Set(findings.map(({key}) => key)).size).toBe(findings.length)
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
  it('is told once, whichever of the agents it is proven for', () => {
    const fromHere = {what: 'from here', value: 'no answer either', source: 'the central'}
    const scope = {central: 'http://central.example:9090/api/v1/write'}
    const facts = readFacts(aFleet({agents: ['agent-0', 'agent-1', 'agent-2'].map(pod => anAgent({pod}))}))
    for (const ids of [
      ['receiver/refused', 'receiver/refused', 'receiver/refused'],
      ['receiver/refused', 'receiver/refused', 'receiver/unreachable'],
    ])
      for (const proven of ids.keys()) {
        const findings = ids.map((id, index) =>
          aFinding(id, {
            scope: queueOf('cluster2', 'central', `agent-${index}`),
            ...(index === proven && {explains: ['central/unreachable'], evidence: [fromHere]}),
          }),
        )
        const run = aRun([aFinding('central/unreachable', {scope}), ...findings])
        const reported = diagnose(facts, run, {failOn: 'error'}).findings
        const [first, ...more] = reported.filter(({explainedBy}) => explainedBy === undefined)
        expect([first?.id, more]).toEqual(['receiver/refused', []])
        expect(reported.map(({id}) => id)).toContain('central/unreachable')
        expect(first?.evidence.filter(({what}) => what === 'from here')).toEqual([fromHere])
      }
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
