import {describe, expect, it} from 'vitest'
import {runChecks} from '../../../src/checks/run.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {aFailure, aFleet, anAgent, collected} from '../../builders/evidence.ts'
import {expectWords, judged, judgedAgents, judgedFleet} from '../judged.ts'

const ID = 'access/no-agents'

describe(ID, () => {
  const podLists = [{namespace: '*', pods: collected(41)}]
  it('lists the senders of other makes that were seen instead', async () => {
    const lookAlikes = [{namespace: 'obs', pod: 'alloy-7xk2p', kind: 'alloy' as const}]
    const result = judgedFleet(ID, {agents: [], contexts: {cluster2: {podLists, lookAlikes}}})
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result)
  })
  it('is short where only a server runs, as in the context of the central', async () => {
    const servers = [{namespace: 'monitoring', pod: 'prometheus-k8s-0'}]
    const result = judgedFleet(ID, {agents: [], contexts: {cluster1: {podLists, servers}}})
    expect(result.severities).toEqual(['warning'])
    expect(result.findings[0]?.evidence).toHaveLength(1)
    expect(result.findings[0]?.remedy).toHaveLength(1)
    await expectWords(ID, result, 'server')
    const narrowed = [{namespace: 'monitoring', pods: podLists[0]!.pods}]
    const inOne = judgedFleet(ID, {agents: [], contexts: {cluster1: {podLists: narrowed, servers}}})
    expect(inOne.words).toContain('promfleet doctor --context cluster1 -n monitoring --include-servers')
  })
  it('says which filters were on', () => {
    const evidence = aFleet({agents: [], contexts: {c: {}}, options: {agents: ['agent-9'], selector: 'app=x'}})
    expect(judged(ID, evidence).titles[0]).toBe(
      'no Prometheus agent found in any namespace of c with --agent agent-9 -l app=x',
    )
  })
  it('lists the agents that are there when none has the given name', () => {
    const unnamedAgents = ['agent-0', 'agent-1'].map(pod => ({namespace: 'monitoring', pod}))
    const contexts = {cluster2: {podLists, unnamedAgents}}
    const result = judged(ID, aFleet({agents: [], contexts, options: {agents: ['agent-7']}}))
    expect(result.words).toContain('agents there: monitoring/agent-0 and monitoring/agent-1')
    expect(result.findings[0]?.remedy[0]?.command).toBe(
      'promfleet doctor --context cluster2 -n monitoring --agent agent-0',
    )
  })
  it('says of a namespace that does not exist that it does not, where that can be known', () => {
    const inNamespace = (namespaceExists?: boolean) => {
      const empty = [{namespace: 'nosuchns', pods: collected(0)}]
      const contexts = {cluster2: {podLists: empty, ...(namespaceExists !== undefined && {namespaceExists})}}
      return judged(ID, aFleet({agents: [], contexts, options: {namespace: 'nosuchns'}}))
    }
    expect(inNamespace(false).titles).toEqual(['namespace nosuchns does not exist in cluster2'])
    expect(inNamespace().words).toContain('nosuchns is empty or does not exist')
    expect(inNamespace(true).words).not.toContain('does not exist')
  })
  it('says nothing of a context in which the fleet file expects none', () => {
    const evidence = aFleet({agents: [], contexts: {central: {podLists}, cluster2: {podLists}}})
    const agents = [{context: 'cluster2', namespace: null, agent: 'agent', labels: {}}]
    const result = judged(ID, evidence, {expected: {agents, isWholeFleet: true}})
    expect(result.titles).toEqual(['no Prometheus agent found in any namespace of cluster2'])
    expect(judged(ID, evidence, {expected: null}).findings).toHaveLength(2)
  })
  it('says nothing when there is one', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], judged: 1})
  })
  it('is unknown, not empty, when pods could not be listed', () => {
    const podLists = [{namespace: '*', pods: aFailure('forbidden', 'pods is forbidden')}]
    const result = judgedFleet(ID, {agents: [], contexts: {c: {podLists}}})
    expect(result).toMatchObject({findings: [], unknown: ['its pods could not be read: pods is forbidden'], judged: 0})
  })
  it('is unknown when the API server does not answer', () => {
    const result = judgedFleet(ID, {agents: [], contexts: {c: {serverVersion: aFailure('timeout', 'no answer')}}})
    expect(result).toMatchObject({findings: [], judged: 0})
    expect(result.unknown).toHaveLength(1)
  })
  it('says of a server that does not remote-write that it was looked at, and nothing else', () => {
    const server = anAgent({pod: 'prometheus-0', mode: 'server', signs: ['server'], queues: [], targets: {active: 0}})
    const fleet = aFleet({agents: [server], contexts: {cluster2: {podLists}}})
    const evidence = {...fleet, options: {...fleet.options, includeServers: true}}
    const found = runChecks(readFacts(evidence)).findings
    expect(found.map(({id}) => id)).toEqual([ID])
    expect(found[0]?.evidence[0]?.value).toContain('1 server looked at: it does not remote-write')
  })
})
