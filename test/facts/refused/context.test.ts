/** What a command without findings says of missing rights. */
import {describe, expect, it} from 'vitest'
import type {Permission} from '../../../src/evidence/types.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {refusedContext} from '../../../src/facts/refused/context.ts'
import {aFailure, aFleet, anAgent, collected, type FleetOptions} from '../../builders/evidence.ts'

const right = (verb: string, resource: string, namespace: string | null = 'monitoring'): Permission => ({
  ...{verb, group: '', resource, namespace},
})
const refusal = (resource: string, ...needs: Permission[][]) =>
  aFailure('forbidden', `pods is forbidden: User "viewer" cannot get resource "${resource}"`, needs)
const refusedOf = (options: FleetOptions) => {
  const [context] = readFacts(aFleet(options)).contexts
  return context === undefined ? null : refusedContext(context)
}
const listRefused = (namespace: string | null) => ({
  namespace: namespace ?? '*',
  pods: refusal('pods', [right('list', 'pods', namespace)]),
})

describe('rights that are missing', () => {
  it('are none where everything was read, or what was not leaves no agent unknown', () => {
    expect(refusedOf({agents: [anAgent()]})).toBeNull()
    const events = anAgent()
    Object.assign(events.evidence, {events: refusal('events', [right('list', 'events')])})
    expect(refusedOf({agents: [events]})).toBeNull()
  })
  it('are named with either of those that would do, once for all agents, with what grants them', () => {
    const either = refusal('pods/proxy', [right('get', 'pods/proxy')], [right('get', 'pods/portforward')])
    const agents = ['agent-0', 'agent-1'].map(pod => anAgent({pod, scrapes: [either], config: either}))
    expect(refusedOf({agents})).toEqual({
      what: 'the metrics and configuration of 2 agents in cluster2',
      needs: 'get on pods/proxy in namespace monitoring, or get on pods/portforward in namespace monitoring',
      grant: 'promfleet rbac --user viewer -n monitoring | kubectl --context ADMIN_CONTEXT apply -f -',
    })
  })
  it('are those of one list of pods where all namespaces and one were tried', () => {
    const podLists = [listRefused(null), listRefused('monitoring')]
    expect(refusedOf({agents: [], contexts: {c: {podLists}}})).toEqual({
      what: 'the pods in c',
      needs: 'list on pods in all namespaces',
      grant: 'promfleet rbac --user viewer | kubectl --context ADMIN_CONTEXT apply -f -',
    })
  })
  it('are none where the pods of one namespace may be listed: the others may be meant to stay closed', () => {
    const podLists = [listRefused(null), {namespace: 'monitoring', pods: collected(1)}]
    expect(refusedOf({agents: [anAgent()], contexts: {cluster2: {podLists}}})).toBeNull()
  })
  it('are told without a name where the API server gave none', () => {
    const agent = anAgent({scrapes: [aFailure('forbidden', '403')]})
    expect(refusedOf({agents: [agent]})).toMatchObject({
      needs: '',
      grant: 'promfleet rbac --user USER | kubectl --context ADMIN_CONTEXT apply -f -',
    })
  })
})
