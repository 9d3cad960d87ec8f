import {describe, expect, it} from 'vitest'
import type {Permission} from '../../../src/evidence/types.ts'
import {aFailure, anAgent, collected} from '../../builders/evidence.ts'
import {expectWords, judgedAgents, judgedFleet} from '../judged.ts'

const ID = 'access/permission-missing'
const inMonitoring = (verb: string, resource: string): Permission => ({
  verb,
  group: '',
  resource,
  namespace: 'monitoring',
})
const reach = [
  [inMonitoring('get', 'pods/proxy')],
  [inMonitoring('get', 'pods/portforward'), inMonitoring('create', 'pods/portforward')],
]
const refused = aFailure(
  'forbidden',
  'pods "agent-0" is forbidden: User "viewer" cannot get resource "pods/proxy"',
  reach,
)

function agentBehindRefusal(pod = 'agent-0') {
  const agent = anAgent({pod, scrapes: [refused, refused], config: refused, targets: refused})
  Object.assign(agent.evidence, {ready: refused, flags: refused, transport: null})
  return agent
}

function agentsIn(namespaces: string[]) {
  return namespaces.map(namespace => {
    const needs = [[{verb: 'get', group: '', resource: 'pods/log', namespace}]]
    return anAgent({namespace, log: aFailure('forbidden', 'pods/log is forbidden', needs)})
  })
}

describe(ID, () => {
  it('names what may not be read, and either of the permissions that would do', async () => {
    const permission = inMonitoring('create', 'pods/portforward')
    const result = judgedFleet(ID, {
      agents: [agentBehindRefusal()],
      contexts: {cluster2: {accessReviews: [{permission, allowed: false}]}},
    })
    expect(result.severities).toEqual(['warning'])
    expect(result.findings[0]?.evidence[0]?.value).toBe(
      'get on pods/proxy in namespace monitoring, or get and create on pods/portforward in namespace monitoring',
    )
    expect(result.findings[0]?.remedy[0]).toMatchObject({
      command: 'promfleet rbac --user viewer -n monitoring | kubectl --context ADMIN_CONTEXT apply -f -',
      changes: true,
    })
    await expectWords(ID, result)
  })
  it.each([
    ['viewer', '--user viewer'],
    ["o'brien x", `--user 'o'\\''brien x'`],
    ['system:serviceaccount:monitoring:promfleet', '--service-account monitoring:promfleet'],
    ['system:anonymous', '--user USER'],
  ])('binds the role to the one whom the API server refused: %s', (user, subject) => {
    const needs = [[{verb: 'list', group: '', resource: 'pods', namespace: null}]]
    const pods = aFailure('forbidden', `pods is forbidden: User "${user}" cannot list resource "pods"`, needs)
    const result = judgedFleet(ID, {agents: [], contexts: {c: {podLists: [{namespace: '*', pods}]}}})
    expect(result.findings[0]?.remedy[0]?.command).toBe(
      `promfleet rbac ${subject} | kubectl --context ADMIN_CONTEXT apply -f -`,
    )
  })
  it('is one finding for all agents that lack the same', () => {
    const result = judgedAgents(ID, agentBehindRefusal('agent-0'), agentBehindRefusal('agent-1'))
    expect(result.findings).toHaveLength(1)
    expect(result.titles[0]).toContain('2 agents in cluster2')
    expect(result.findings[0]?.scope).toEqual({context: 'cluster2'})
  })
  it('is one finding for a permission that is missing in many namespaces', async () => {
    const names = ['team-a', 'team-b', 'team-c', 'team-d', 'team-e', 'team-f', 'team-g']
    const podLists = names.map(namespace => {
      const needs = [[{verb: 'list', group: '', resource: 'pods', namespace}]]
      return {namespace, pods: aFailure('forbidden', `pods is forbidden in ${namespace}`, needs)}
    })
    const agents = agentsIn(['team-a', 'team-b'])
    const result = judgedFleet(ID, {agents, contexts: {cluster2: {podLists}}})
    expect(result.titles).toEqual([
      'pods in namespaces team-a, team-b, team-c, team-d, team-e and 2 more of cluster2 may not be listed',
      'no permission to read log of 2 agents in cluster2',
    ])
    expect(result.findings[0]?.remedy[0]?.command).toBe(
      `promfleet rbac --user USER -n ${names.join(',')} | kubectl --context ADMIN_CONTEXT apply -f -`,
    )
    expect(result.findings[1]?.evidence[0]?.value).toBe('get on pods/log in namespaces team-a and team-b')
    await expectWords(ID, result, 'namespaces')
  })
  it('leads with the right without which nothing can be judged, and grants all that is missing at once', () => {
    const refusal = (permission: Permission) => aFailure('forbidden', 'User "viewer" cannot list it', [[permission]])
    const agents = ['agent-0', 'agent-1'].map(pod => {
      const agent = agentBehindRefusal(pod)
      agent.evidence.events = refusal(inMonitoring('list', 'events'))
      agent.evidence.log = refusal(inMonitoring('get', 'pods/log'))
      return agent
    })
    const agentResources = refusal({...inMonitoring('list', 'prometheusagents'), group: 'monitoring.coreos.com'})
    const result = judgedFleet(ID, {agents, contexts: {cluster2: {agentResources}}})
    expect(result.findings.map(({severity, title}) => `${severity} ${title}`)).toEqual([
      'warning no permission to read metrics, readiness, configuration, flags and targets of 2 agents in cluster2',
      'warning no permission to read log of 2 agents in cluster2',
      'info no permission to read PrometheusAgent resources of cluster2',
      'info no permission to read events of 2 agents in cluster2',
    ])
    const [step] = result.findings[0]?.remedy ?? []
    expect(step?.command).toBe(
      'promfleet rbac --user viewer -n monitoring | kubectl --context ADMIN_CONTEXT apply -f -',
    )
    for (const resource of ['pods/portforward', 'pods/log', 'events', 'prometheusagents'])
      expect(step?.text).toContain(`"${resource}"`)
  })
  it('names what the printed role grants, and what is to be changed there', () => {
    const text = (needs: Permission[][]) => {
      const scrapes = [aFailure('forbidden', 'User "viewer" cannot', needs)]
      return judgedAgents(ID, anAgent({scrapes})).findings[0]?.remedy[0]?.text
    }
    expect(text(reach)).toMatch(
      /^ask the owner of the cluster to grant {apiGroups: \[""], resources: \["pods\/portforward"], verbs: \["get", "create"]}; with/,
    )
    expect(text([[inMonitoring('get', 'pods/proxy')]])).toMatch(
      /resources: \["pods\/proxy"], verbs: \["get"]}, in which pods\/proxy stands as a comment: take its # away; with/,
    )
  })
  it('warns of PrometheusAgent resources where nothing else is refused', () => {
    const agentResources = aFailure('forbidden', '403')
    expect(judgedFleet(ID, {agents: [anAgent()], contexts: {cluster2: {agentResources}}}).severities).toEqual([
      'warning',
    ])
  })
  it('does not ask for all namespaces where one right is missing in the one that may be listed', () => {
    const needs = [[{verb: 'list', group: '', resource: 'pods', namespace: null}]]
    const podLists = [
      {namespace: '*', pods: aFailure('forbidden', '403', needs)},
      {namespace: 'monitoring', pods: collected(1)},
    ]
    const result = judgedFleet(ID, {agents: [agentBehindRefusal()], contexts: {cluster2: {podLists}}})
    expect(result.findings.map(({severity, remedy}) => [severity, remedy[0]?.command?.split(' | ')[0]])).toEqual([
      ['warning', 'promfleet rbac --user viewer -n monitoring'],
      ['info', 'promfleet rbac --user USER'],
    ])
  })
  it('says nothing when one transport is refused and another works', () => {
    const agent = anAgent()
    agent.evidence.attempts = [
      {transport: 'port-forward', outcome: 'failed', detail: '403'},
      {transport: 'proxy', outcome: 'ok', detail: ''},
    ]
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], judged: 1})
  })
  it('only remarks on unseen namespaces while some namespace could be listed', async () => {
    const needs = [[{verb: 'list', group: '', resource: 'pods', namespace: null}]]
    const podLists = [
      {namespace: '*', pods: aFailure('forbidden', '403', needs)},
      {namespace: 'monitoring', pods: collected(3)},
    ]
    const result = judgedFleet(ID, {agents: [anAgent()], contexts: {cluster2: {podLists}}})
    expect(result.severities).toEqual(['info'])
    await expectWords(ID, result, 'elsewhere')
  })
  it('warns when no namespace may be listed at all', () => {
    const needs = [[{verb: 'list', group: '', resource: 'pods', namespace: null}]]
    const podLists = [{namespace: '*', pods: aFailure('forbidden', '403', needs)}]
    expect(judgedFleet(ID, {agents: [], contexts: {c: {podLists}}}).severities).toEqual(['warning'])
  })
  it('is unknown where the API server does not answer', () => {
    const result = judgedFleet(ID, {agents: [], contexts: {c: {serverVersion: aFailure('timeout', 'no answer')}}})
    expect(result).toMatchObject({findings: [], unknown: ['its API server could not be read: no answer'], judged: 0})
  })
})
