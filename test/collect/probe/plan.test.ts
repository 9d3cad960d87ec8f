import {describe, expect, it} from 'vitest'
import {planProbes} from '../../../src/collect/probe/plan.ts'
import {NO_CREDENTIALS, type RemoteCredentials} from '../../../src/collect/probe/remote.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {aFailure, aFleet, anAgent, type BuiltAgent} from '../../builders/evidence.ts'

const password: RemoteCredentials = {...NO_CREDENTIALS, authorization: {kind: 'basic', header: 'Basic eDp5'}}
const plan = (agents: BuiltAgent[], remote = NO_CREDENTIALS, only: string[] = []) =>
  planProbes(readFacts(aFleet({agents})), remote, only)
const writing = (pod: string, url: string, remoteWriteYaml = '') => anAgent({pod, queues: [{url}], remoteWriteYaml})

describe('what is probed', () => {
  it('is each endpoint once, for all agents that write to it alike', () => {
    const {plans} = plan([
      writing('a', 'https://central.example/api/v1/write'),
      writing('b', 'https://central.example:443/api/v1/write'),
      writing('c', 'https://central.example/other'),
    ])
    expect(plans.map(({endpoint, agents}) => [endpoint.address, agents.map(({pod}) => pod)])).toEqual([
      ['https://central.example/api/v1/write', ['a', 'b']],
      ['https://central.example/other', ['c']],
    ])
  })
  it('is the same endpoint twice where agents reach it with other settings', () => {
    const url = 'https://central.example/api/v1/write'
    const {plans} = plan([
      writing('a', url),
      writing('b', url, 'tls_config: {server_name: other}'),
      writing('c', url, 'proxy_url: http://proxy:3128'),
      writing('d', url, 'protobuf_message: io.prometheus.write.v2.Request'),
    ])
    expect(plans).toHaveLength(4)
  })
  it('is known from the metrics where the configuration may not be read', () => {
    const agent = anAgent({config: aFailure('forbidden'), queues: [{url: 'http://central.example/api/v1/write'}]})
    const [only] = plan([agent]).plans
    expect(only).toMatchObject({
      endpoint: {address: 'http://central.example/api/v1/write'},
      settings: {auth: 'unknown'},
    })
  })
  it('keeps a query that tells the receiver what to do, and none whose token was masked', () => {
    const queries = plan([
      writing('a', 'http://x.example/w?db=prom'),
      writing('b', 'http://y.example/w?token=xxxxx'),
    ]).plans
    expect(queries.map(({query}) => query)).toEqual(['?db=prom', ''])
  })
  it.each([['http://a.example/api/v1/write'], ['http://a.example'], ['a.example'], ['a.example:80']])(
    'is chosen by %s',
    name => {
      const agents = [writing('a', 'http://a.example/api/v1/write'), writing('b', 'http://b.example/api/v1/write')]
      const {plans, unnamed} = plan(agents, NO_CREDENTIALS, [name, 'c.example'])
      expect(plans.map(({endpoint}) => endpoint.host)).toEqual(['a.example'])
      expect(unnamed).toEqual(['c.example'])
    },
  )
  it('has an end', () => {
    const agents = Array.from({length: 60}, (_, index) => writing(`a${index}`, `http://h${index}.example/w`))
    const {plans, left} = plan(agents)
    expect([plans.length, left]).toEqual([50, 10])
  })
})

describe('credentials that were given', () => {
  const agents = [writing('a', 'http://a.example/w'), writing('b', 'http://b.example/w')]
  it('are shown to nobody while agents write to several hosts', () => {
    for (const {settings} of plan(agents, password).plans)
      expect(settings.given).toMatchObject({credentials: 'none', withheld: true})
  })
  it('are for the one that is named', () => {
    expect(plan(agents, password, ['a.example']).plans[0]?.settings.given).toMatchObject({
      credentials: 'basic',
      withheld: false,
    })
  })
  it('are for all paths of one host', () => {
    const paths = [writing('a', 'http://a.example/x'), writing('b', 'http://a.example/y')]
    for (const {settings} of plan(paths, password).plans) expect(settings.given.credentials).toBe('basic')
  })
})
