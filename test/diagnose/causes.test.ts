import {describe, expect, it} from 'vitest'
import type {Finding} from '../../src/checks/check.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {
  type AgentOptions,
  aFailure,
  aFleet,
  aLogShape,
  anAgent,
  type FleetOptions,
  NOW,
  timestamp,
} from '../builders/evidence.ts'
import {aFinding, agentOf, aRun, queueOf} from '../builders/findings.ts'

function report(agents: AgentOptions[], findings: Finding[], fleet: FleetOptions = {}) {
  return diagnose(readFacts(aFleet({agents: agents.map(anAgent), ...fleet})), aRun(findings), {failOn: 'error'})
}

function ids(agents: AgentOptions[], findings: Finding[]) {
  return report(agents, findings)
    .findings.filter(({explainedBy}) => explainedBy === undefined)
    .map(({id}) => id)
}

const retrying: AgentOptions = {queues: [{doing: 'retrying', forSeconds: 900}]}

describe('what is folded', () => {
  it('folds a symptom under its reason, and says so on both sides', () => {
    const {findings} = report(
      [retrying],
      [aFinding('delivery/retrying'), aFinding('receiver/refused', {explains: ['delivery/retrying']})],
    )
    expect(findings.map(({id}) => id)).toEqual(['receiver/refused', 'delivery/retrying'])
    expect(findings[0]).toMatchObject({cause: true, explains: [findings[1]!.key]})
    expect(findings[1]).toMatchObject({cause: false, explainedBy: findings[0]!.key})
  })

  it('folds a chain under its first link', () => {
    const {findings} = report(
      [retrying],
      [
        aFinding('delivery/retrying'),
        aFinding('delivery/behind', {explains: ['delivery/retrying']}),
        aFinding('receiver/refused', {explains: ['delivery/behind']}),
      ],
    )
    expect(findings[0]).toMatchObject({id: 'receiver/refused'})
    expect(findings[0]!.explains).toHaveLength(2)
  })

  it('survives checks that explain one another', () => {
    const {findings} = report(
      [retrying],
      [
        aFinding('delivery/retrying', {explains: ['delivery/behind']}),
        aFinding('delivery/behind', {explains: ['delivery/retrying']}),
      ],
    )
    expect(findings.map(({id, cause}) => `${id} ${cause}`)).toEqual(['delivery/retrying true', 'delivery/behind false'])
  })

  it('never borrows a reason seen for one queue for another', () => {
    const two: AgentOptions = {
      queues: [
        {name: 'a', doing: 'retrying'},
        {name: 'b', doing: 'retrying'},
      ],
    }
    const {findings} = report(
      [two],
      [
        aFinding('delivery/retrying', {scope: queueOf('cluster2', 'b')}),
        aFinding('receiver/refused', {scope: queueOf('cluster2', 'a'), explains: ['delivery/retrying']}),
      ],
    )
    expect(findings.find(({id}) => id === 'delivery/retrying')?.explainedBy).toBeUndefined()
  })

  it("explains an agent's queues by the agent, and a context's agents by the context", () => {
    const [cause] = report(
      [retrying],
      [
        aFinding('workload/out-of-memory', {scope: agentOf('cluster2'), explains: ['delivery/retrying']}),
        aFinding('delivery/retrying'),
      ],
    ).findings
    expect(cause?.explains).toHaveLength(1)
    const [wide] = report(
      [retrying],
      [
        aFinding('access/context-unreachable', {scope: {context: 'cluster2'}, explains: ['access/agent-unreachable']}),
        aFinding('access/agent-unreachable', {scope: agentOf('cluster2')}),
      ],
    ).findings
    expect(wide).toMatchObject({
      id: 'access/context-unreachable',
      explains: [expect.stringContaining('access/agent-unreachable')],
    })
  })

  it('does not let what could not be judged explain what was found', () => {
    const {findings} = report(
      [retrying],
      [
        aFinding('receiver/refused', {status: 'unknown', explains: ['delivery/retrying']}),
        aFinding('delivery/retrying'),
      ],
    )
    expect(findings.find(({id}) => id === 'delivery/retrying')?.explainedBy).toBeUndefined()
  })
})

describe('what leads', () => {
  it('puts the cause of the state before loss ahead, history and the rest, whatever the order of the catalogue', () => {
    const findings = [
      aFinding('labels/missing', {scope: agentOf('cluster2')}),
      aFinding('delivery/loss-happened', {severity: 'warning'}),
      aFinding('delivery/loss-ahead'),
      aFinding('receiver/refused'),
    ]
    expect(ids([retrying], findings)).toEqual([
      'receiver/refused',
      'delivery/loss-ahead',
      'delivery/loss-happened',
      'labels/missing',
    ])
  })

  it('puts the cause of what is losing before the cause of what is behind, and that before what is unknown', () => {
    const agents: AgentOptions[] = [
      {context: 'c1', scrapes: [aFailure('forbidden')]},
      {context: 'c2', queues: [{doing: 'retrying'}]},
      {context: 'c3', queues: [{doing: 'failing'}]},
    ]
    const findings = [
      aFinding('access/permission-missing', {severity: 'warning', scope: agentOf('c1')}),
      aFinding('receiver/name-not-resolved', {scope: queueOf('c2')}),
      aFinding('receiver/unauthorized', {scope: queueOf('c3')}),
    ]
    expect(ids(agents, findings)).toEqual([
      'receiver/unauthorized',
      'receiver/name-not-resolved',
      'access/permission-missing',
    ])
  })

  it('within a group puts more agents first, then severity, then the order of the catalogue', () => {
    const findings = [
      aFinding('security/plaintext', {severity: 'warning'}),
      aFinding('labels/missing', {severity: 'error', scope: agentOf('c1')}),
      aFinding('security/no-authentication', {severity: 'error', scope: agentOf('c1')}),
      aFinding('labels/inconsistent', {severity: 'warning', scope: {}}),
    ]
    const agents = [{context: 'c1'}, {context: 'c2'}]
    expect(ids(agents, findings)).toEqual([
      'labels/inconsistent',
      'labels/missing',
      'security/no-authentication',
      'security/plaintext',
    ])
  })

  it('never puts what could not be looked at above an error about data of another context', () => {
    const findings = [
      aFinding('access/no-agents', {severity: 'warning', scope: {context: 'c2'}}),
      aFinding('labels/inconsistent', {severity: 'warning', scope: {}}),
      aFinding('config/reload-failed', {severity: 'error', scope: agentOf('c1')}),
    ]
    const order = ids([{context: 'c1'}], findings)
    expect(order.indexOf('config/reload-failed')).toBeLessThan(order.indexOf('access/no-agents'))
    expect(ids([{context: 'c1'}], findings.slice(0, 2))).toEqual(['access/no-agents', 'labels/inconsistent'])
  })

  it('does not lead with a finding about a queue that delivers', () => {
    const two: AgentOptions = {queues: [{name: 'a'}, {name: 'b', doing: 'retrying'}]}
    const {findings} = report(
      [two],
      [
        aFinding('receiver/slow', {scope: queueOf('cluster2', 'a')}),
        aFinding('receiver/refused', {scope: queueOf('cluster2', 'b')}),
      ],
    )
    expect(findings.map(({id, group}) => `${id} ${group}`)).toEqual(['receiver/refused state', 'receiver/slow rest'])
  })

  it('leads with a symptom only when no reason was found, says so, and quotes the newest error', () => {
    const error = 'server returned HTTP status 418 Teapot: go away'
    const {
      findings: [symptom],
    } = report([{...retrying, log: [aLogShape({error})]}], [aFinding('delivery/retrying')])
    expect(symptom?.title).toMatch(/; the reason is not visible$/)
    expect(symptom?.evidence.at(-1)?.value).toContain(error)
    const {
      findings: [blind],
    } = report([{...retrying, log: aFailure('forbidden', 'may not read logs')}], [aFinding('delivery/retrying')])
    expect(blind?.evidence.at(-1)?.value).toContain('may not read logs')
  })

  it('does not miss a reason for lag that shrinks: it is over', () => {
    const agent: AgentOptions = {queues: [{doing: 'catching-up', forSeconds: 60}]}
    expect(report([agent], [aFinding('delivery/behind', {title: 'behind'})]).findings[0]?.title).toBe('behind')
  })
})

describe('what several agents see at one address', () => {
  const broken = (context: string): AgentOptions => ({context, queues: [{doing: 'retrying'}]})
  const seen = (context: string) =>
    aFinding('receiver/refused', {
      scope: queueOf(context),
      blame: 'network',
      since: timestamp(NOW - 600),
      explains: ['delivery/retrying'],
    })

  it('is one finding about the central when two of two have it, and still explains the symptoms of each', () => {
    const {findings} = report(
      [broken('c1'), broken('c2')],
      [
        seen('c1'),
        seen('c2'),
        aFinding('delivery/retrying', {scope: queueOf('c1')}),
        aFinding('delivery/retrying', {scope: queueOf('c2')}),
      ],
    )
    expect(findings[0]).toMatchObject({
      id: 'receiver/refused',
      blame: 'central',
      scope: {central: 'http://central.example:9090/api/v1/write'},
      agents: ['c1/monitoring/agent-0', 'c2/monitoring/agent-0'],
      title: 'receiver/refused at 2 agents',
    })
    expect(findings[0]!.evidence[0]).toMatchObject({what: 'seen by', value: expect.stringMatching(/^2 of 2 agents/)})
    expect(findings.map(({explainedBy}) => explainedBy)).toEqual([undefined, findings[0]!.key, findings[0]!.key])
  })

  it('stays with the agents when they are fewer than half of those writing there, and when there is only one', () => {
    const healthy = ['c3', 'c4', 'c5'].map(context => ({context}))
    const minority = report([broken('c1'), broken('c2'), ...healthy], [seen('c1'), seen('c2')])
    expect(minority.findings.map(({scope}) => scope.central)).toEqual([undefined, undefined])
    expect(report([broken('c1')], [seen('c1')]).findings[0]).toMatchObject({blame: 'network', scope: queueOf('c1')})
  })
})

describe('what changed', () => {
  it('names the change nearest to since, and none that is an hour older', () => {
    const agent: AgentOptions = {...retrying, uptimeSeconds: 7200, figures: {lastReloadAt: NOW - 960}}
    const since = (age: number) =>
      report([agent], [aFinding('receiver/refused', {since: timestamp(NOW - age)})]).findings[0]
    expect(since(900)?.changed?.at).toBe(timestamp(NOW - 960))
    expect(since(4000)?.changed).toBeUndefined()
  })
})
