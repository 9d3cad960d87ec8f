import {describe, expect, it} from 'vitest'
import {readFacts} from '../../src/facts/facts.ts'
import type {AgentFacts} from '../../src/facts/types.ts'
import {
  type AgentOptions,
  aFailure,
  aFleet,
  anAgent,
  aScrape,
  collected,
  DEFAULT_URL,
  NOW,
  timestamp,
} from '../builders/evidence.ts'

function agentOf(options: AgentOptions, change: (agent: ReturnType<typeof anAgent>) => void = () => {}): AgentFacts {
  const agent = anAgent(options)
  change(agent)
  return readFacts(aFleet({agents: [agent]})).agents[0]!
}

describe('an agent', () => {
  it('has its place, process, window, labels and rates', () => {
    expect(agentOf({})).toMatchObject({
      ...{key: 'cluster2/monitoring/agent-0', context: 'cluster2', mode: 'agent', version: {text: '3.5.0'}},
      process: {
        startSeconds: NOW - 86_400,
        uptimeSeconds: 86_400,
        lastReloadSuccessful: true,
        young: false,
      },
      window: {from: timestamp(NOW - 10), to: timestamp(NOW), scrapes: 2, secondsBetween: 10},
      ...{interval: 'valid', longestScrapeIntervalSeconds: 15, highestTimestampSeconds: NOW - 1, samplesIn: 1800},
      ...{samplesInTotal: 180 * 86_400, externalLabels: {cluster: 'cluster2'}},
      ...{wal: {activeSegment: 0, truncations: 0, writesFailed: 0, corruptions: 0}},
    })
  })
  it('native histograms count as scraped', () => {
    const scrapes = [0, 50].map((histogramsIn, n) =>
      aScrape({at: NOW - 10 + 10 * n, uptime: 100 + 10 * n, samplesIn: 10, histogramsIn}),
    )
    expect(agentOf({scrapes}).samplesIn).toBe(50)
  })
  it.each(['2.42.0', '3.5.0'])('%s that has scraped nothing yet has no H, whether that is absent or 0', version => {
    expect(agentOf({version, figures: {highestTimestamp: null}}).highestTimestampSeconds).toBeNull()
  })
  it('that restarted between the scrapes has no rates', () => {
    const scrapes = [
      aScrape({at: NOW - 10, uptime: 900, samplesIn: 900}),
      aScrape({at: NOW, uptime: 4, samplesIn: 1000}),
    ]
    expect(agentOf({scrapes})).toMatchObject({
      interval: 'restarted',
      samplesIn: null,
      samplesInTotal: 1000,
    })
  })
  it('with one scrape has levels only', () => {
    expect(agentOf({intervalSeconds: 0})).toMatchObject({
      interval: 'single-scrape',
      samplesIn: null,
      firstMetrics: null,
    })
  })
  it('whose metrics could not be read says why', () => {
    const failure = aFailure('timeout', 'no answer within 5 s')
    const agent = agentOf({scrapes: [failure, failure]})
    expect(agent).toMatchObject({metrics: null, metricsFailure: failure, process: null, interval: 'none', queues: []})
    expect(agent).toMatchObject({mode: 'agent', version: {text: '3.5.0'}, externalLabels: {cluster: 'cluster2'}})
  })
  it('that answers a web page has no metrics either', () => {
    const page = {...aScrape(), text: '<html><body>login</body></html>\n'}
    expect(agentOf({scrapes: [page, page]})).toMatchObject({
      metrics: null,
      metricsFailure: {ok: false, reason: 'malformed'},
    })
  })
  it('without a pod is known by its resource', () => {
    const agent = agentOf({pod: '', name: 'shop'})
    expect(agent).toMatchObject({key: 'cluster2/monitoring/shop', pod: '', mode: 'unknown', version: null, queues: []})
    expect(agent).toMatchObject({
      metrics: null,
      process: null,
      config: null,
      changes: [],
      longestScrapeIntervalSeconds: 60,
    })
  })
})

describe('the scrape interval', () => {
  it('is the longest of the active targets, else of the jobs, else the default', () => {
    expect(agentOf({targets: {longestIntervalSeconds: 300}}).longestScrapeIntervalSeconds).toBe(300)
    expect(agentOf({targets: aFailure('timeout'), scrapeIntervalSeconds: 30}).longestScrapeIntervalSeconds).toBe(30)
    const blind = {targets: aFailure('timeout'), config: aFailure('timeout')}
    expect(agentOf(blind).longestScrapeIntervalSeconds).toBe(60)
  })
  it('makes a slow agent young for longer', () => {
    expect(agentOf({uptimeSeconds: 100}).process?.young).toBe(false)
    expect(agentOf({uptimeSeconds: 100, scrapeIntervalSeconds: 60}).process?.young).toBe(true)
  })
})

describe('agent or server', () => {
  const blindReady = ({evidence}: ReturnType<typeof anAgent>) => {
    evidence.ready = aFailure('timeout')
  }
  it('the word of /-/ready comes first', () => {
    const agent = agentOf({}, ({evidence}) => {
      evidence.ready = collected({status: 200, text: 'Prometheus Server is Ready.'})
    })
    expect(agent.mode).toBe('server')
  })
  it('then metrics that exist in one mode only', () => {
    expect(agentOf({flags: {agent: 'false'}}, blindReady).mode).toBe('agent')
    expect(agentOf({mode: 'server', flags: {agent: 'true'}}, blindReady).mode).toBe('server')
  })
  it.each([
    ['3.5.0', {agent: 'true'}, 'agent'],
    ['3.5.0', {agent: 'false', 'enable-feature': 'agent'}, 'server'],
    ['2.53.0', {'enable-feature': 'exemplar-storage,agent'}, 'agent'],
    ['2.53.0', {'enable-feature': ''}, 'server'],
  ])('then flags: %s with %o is %s', (version, flags: Record<string, string>, mode) => {
    const agent = agentOf({version, scrapes: [aFailure('timeout')]}, built => {
      blindReady(built)
      built.evidence.flags = collected(flags)
    })
    expect(agent.mode).toBe(mode)
  })
  it.each([
    ['3.5.0', ['--agent'], 'agent'],
    ['2.53.0', ['--enable-feature=agent'], 'agent'],
    ['3.5.0', ['--enable-feature=agent', '--config.file=x'], 'server'],
    ['3.5.0', ['--config.file=x'], 'server'],
    ['3.5.0', ['start.sh'], 'unknown'],
  ])('last the arguments: %s with %j is %s', (version, args, mode) => {
    const agent = agentOf({version, container: {args}, scrapes: [aFailure('timeout')]}, built => {
      blindReady(built)
      built.evidence.flags = aFailure('timeout')
    })
    expect(agent.mode).toBe(mode)
  })
})

describe('clocks and logs', () => {
  it('the skew is the agent clock less ours, and unknown without a Date header', () => {
    expect(agentOf({clockSkewSeconds: 600}).clockSkewSeconds).toBe(600)
    expect(agentOf({scrapes: [aScrape({at: NOW, receivedAt: NOW})]}).clockSkewSeconds).toBeNull()
  })
  it('a log read to its end ends when it was read; one cut off ends at its last line', () => {
    const quiet = agentOf({}, ({evidence}) => {
      if (evidence.log.ok) evidence.log.value.last = timestamp(NOW - 1800)
    })
    expect(quiet.log.endSeconds).toBe(NOW)
    const cut = agentOf({}, ({evidence}) => {
      if (evidence.log.ok) Object.assign(evidence.log.value, {last: timestamp(NOW - 1800), truncated: true})
    })
    expect(cut.log.endSeconds).toBe(NOW - 1800)
  })
  it('the end of the log is on the agent clock', () => {
    expect(agentOf({clockSkewSeconds: 600}).log.endSeconds).toBe(NOW + 600)
  })
  it('a log that was not read is no empty log', () => {
    expect(agentOf({log: aFailure('forbidden')}).log).toMatchObject({read: false, endSeconds: null})
  })
})

describe('endpoints and configuration', () => {
  it('queues of all agents are gathered by the address they write to', () => {
    const other = {name: 'b', url: 'https://b.example/api/v1/write'}
    const agents = [anAgent({context: 'c1', queues: [{}, other]}), anAgent({context: 'c2'})]
    const {endpoints} = readFacts(aFleet({agents}))
    expect(endpoints.map(({address, queues}) => [address, queues.map(({agent}) => agent.context)])).toEqual([
      [DEFAULT_URL, ['c1', 'c2']],
      [other.url, ['c1']],
    ])
  })
  it('a configuration that cannot be parsed is none', () => {
    expect(agentOf({config: 'remote_write: [\n'})).toMatchObject({config: null, externalLabels: null})
  })
})

describe('the fleet', () => {
  it('keeps the order of contexts, then namespace and pod', () => {
    const places = [
      ['z', 'b'],
      ['a', 'y'],
      ['a', 'x'],
    ] as const
    const agents = places.map(([namespace, pod]) => anAgent({context: 'c2', namespace, pod}))
    const facts = readFacts(aFleet({agents: [...agents, anAgent({context: 'c1'})]}))
    expect(facts.agents.map(({key}) => key)).toEqual(['c2/a/x', 'c2/a/y', 'c2/z/b', 'c1/monitoring/agent-0'])
  })
  it('one pod seen through two contexts is one agent: the one whose metrics were read', () => {
    const unread = anAgent({context: 'by-proxy', podUid: 'same', scrapes: [aFailure('forbidden')]})
    const facts = readFacts(aFleet({agents: [unread, anAgent({context: 'direct', podUid: 'same'})]}))
    expect(facts.agents.map(({context}) => context)).toEqual(['direct'])
    expect(facts.contexts.map(({agents}) => agents.map(({context}) => context))).toEqual([['direct'], ['direct']])
  })
  it('agents without a pod are not one another', () => {
    const missing = (name: string) => anAgent({name, pod: ''})
    expect(readFacts(aFleet({agents: [missing('a'), missing('b')]})).agents).toHaveLength(2)
  })
  it('a context that does not answer is there, unreachable, without agents', () => {
    const contexts = {c5: {serverVersion: aFailure('timeout')}}
    const facts = readFacts(aFleet({contexts}))
    expect(facts.contexts.map(({name, reachable, agents}) => [name, reachable, agents.length])).toEqual([
      ['cluster2', true, 1],
      ['c5', false, 0],
    ])
  })
  it('nothing at all is facts too', () => {
    expect(readFacts(aFleet({agents: []}))).toMatchObject({agents: [], contexts: [], endpoints: []})
  })
})

describe('what changed', () => {
  it('newest first, and one start is told once', () => {
    const container = {
      ...{restarts: 3, image: 'prom/prometheus:v3.5.0'},
      state: {
        kind: 'running' as const,
        reason: null,
        message: null,
        exitCode: null,
        startedAt: timestamp(NOW - 901),
        finishedAt: null,
      },
      lastState: {
        kind: 'terminated' as const,
        reason: 'OOMKilled',
        message: null,
        exitCode: 137,
        startedAt: null,
        finishedAt: null,
      },
    }
    const podStatus = {createdAt: timestamp(NOW - 7200)}
    const {changes} = agentOf({uptimeSeconds: 900, container, podStatus, figures: {lastReloadAt: NOW - 300}})
    expect(changes).toEqual([
      {at: timestamp(NOW - 300), what: 'configuration reloaded'},
      {at: timestamp(NOW - 901), what: 'container restarted (3 times so far), before that OOMKilled, exit code 137'},
      {at: timestamp(NOW - 7200), what: 'pod created with prom/prometheus:v3.5.0'},
    ])
  })
  it('a process that outlived its pod status is told by its own start', () => {
    const {changes} = agentOf({uptimeSeconds: 900, podStatus: null})
    expect(changes).toEqual([{at: timestamp(NOW - 900), what: 'Prometheus 3.5.0 started'}])
  })
})
