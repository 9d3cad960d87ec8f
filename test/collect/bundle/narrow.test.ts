import {describe, expect, it} from 'vitest'
import {type Narrowing, narrowEvidence} from '../../../src/collect/bundle/narrow.ts'
import {aFleet, anAgent} from '../../builders/evidence.ts'

const fleet = () =>
  aFleet({
    agents: [
      anAgent({context: 'prod-eu', namespace: 'monitoring', pod: 'agent-0', name: 'agent'}),
      anAgent({context: 'prod-eu', namespace: 'other', pod: 'agent-1', name: 'second'}),
      anAgent({context: 'test', namespace: 'monitoring', pod: '', name: 'planned'}),
    ],
    contexts: {
      'prod-eu': {servers: [{namespace: 'other', pod: 'prometheus-0'}]},
      empty: {},
    },
  })
const narrow = (given: Partial<Narrowing>) =>
  narrowEvidence(fleet(), {contexts: [], namespace: null, agents: [], ...given}, 'bundle "b"')
const agentsOf = (given: Partial<Narrowing>) =>
  narrow(given).contexts.flatMap(({name, agents}) => agents.map(agent => `${name}/${agent.pod || agent.name}`))

describe('of a bundle', () => {
  it('all is taken where nothing is named', () => {
    expect(narrow({})).toEqual(fleet())
  })
  it.each<[Partial<Narrowing>, string[]]>([
    [{contexts: ['prod-eu']}, ['prod-eu/agent-0', 'prod-eu/agent-1']],
    [{contexts: ['prod-*', 'test']}, ['prod-eu/agent-0', 'prod-eu/agent-1', 'test/planned']],
    [{namespace: 'monitoring'}, ['prod-eu/agent-0', 'test/planned']],
    [{agents: ['agent-0']}, ['prod-eu/agent-0']],
    [{agents: ['second', 'planned']}, ['prod-eu/agent-1', 'test/planned']],
    [{agents: ['other/agent-1']}, ['prod-eu/agent-1']],
    [{contexts: ['test'], namespace: 'monitoring', agents: ['planned']}, ['test/planned']],
  ])('%j is taken', (given, agents) => {
    expect(agentsOf(given)).toEqual(agents)
  })
  it('a context without agents may be taken by itself', () => {
    expect(narrow({contexts: ['empty'], agents: ['x']}).contexts.map(({name}) => name)).toEqual(['empty'])
  })
  it('what is left says how it was chosen', () => {
    const {options, contexts} = narrow({namespace: 'monitoring', agents: ['agent-0']})
    expect(options).toMatchObject({namespace: 'monitoring', agents: ['agent-0']})
    expect(contexts.flatMap(({servers}) => servers)).toEqual([])
  })
  it.each<[Partial<Narrowing>, string, string]>([
    [{contexts: ['prod-us']}, 'no context "prod-us" in bundle "b"', 'did you mean prod-eu?'],
    [{contexts: ['dev*']}, 'no context "dev*" in bundle "b"', 'there are prod-eu, test, empty'],
    [
      {namespace: 'monitoring', agents: ['agent-1', '\u001b[31mx']},
      'no agent of bundle "b" is meant by -n monitoring --agent agent-1 --agent x',
      'there are monitoring/agent-0, other/agent-1, monitoring/planned',
    ],
  ])('%j is refused with what there is', (given, message, hint) => {
    expect(() => narrow(given)).toThrow(expect.objectContaining({name: 'UserError', message, hint}))
  })
})
