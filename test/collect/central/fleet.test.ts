import {afterEach, describe, expect, it} from 'vitest'
import {type FleetLookOptions, readCentralFleet} from '../../../src/collect/central/fleet.ts'
import {openCentralFleet} from '../../../src/collect/central/fleet-session.ts'
import {answer, answerVector, openAt, type StandInCentral, startCentral} from './stand-in-central.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const NOW = 1_700_000_000

/** Identities with the age of their newest sample; `indexed`: those that only the index knows. */
function store(
  aged: Record<string, number>,
  rest: {indexed?: string[]; wider?: Record<string, number>} = {},
): StandInCentral['respond'] {
  const {indexed = [], wider = {}} = rest
  return ({path, parameters}, response) => {
    const query = parameters.get('query') ?? ''
    const series = (ages: Record<string, number>) =>
      Object.entries(ages)
        .filter(([cluster]) => !query.includes('=~"') || query.includes(cluster))
        .map(([cluster, age]): [Record<string, string>, number] => [{cluster}, NOW - age])
    if (path.endsWith('/values')) answer(response, {status: 'success', data: [...Object.keys(aged), ...indexed]})
    else if (query.includes('promfleet_figure')) answerVector(response, [])
    else answerVector(response, query.includes('__name__') ? series(wider) : series(aged))
  }
}

async function read(respond: StandInCentral['respond'], rest: Partial<FleetLookOptions> = {}) {
  const server = await startCentral(respond)
  const api = openAt(server.url)
  closing.push(api.close, server.close)
  const fleet = await readCentralFleet(api, 'url', {
    identityLabels: ['cluster'],
    expected: [],
    intervalSeconds: 0.01,
    lateSeconds: 120,
    timeoutSeconds: 10,
    signal: new AbortController().signal,
    ...rest,
  })
  const queries = server.asked
    .filter(({path}) => path === '/api/v1/query')
    .map(({parameters}) => parameters.get('query') ?? '')
  return {fleet, queries, server, api}
}

describe('the questions about a fleet', () => {
  it('are two where all is well', async () => {
    const {fleet, queries} = await read(store({a: 10, b: 20}))
    expect(queries).toHaveLength(2)
    expect(fleet.looks).toMatchObject([
      {
        ok: true,
        value: {
          atSeconds: NOW,
          identities: [{labels: {cluster: 'a'}, newestSeconds: NOW - 10}, {labels: {cluster: 'b'}}],
        },
      },
    ])
    expect(fleet.widerLook).toMatchObject({ok: false, reason: 'not-applicable'})
  })

  it('are four at most: late ones are looked at again, and unseen ones further back', async () => {
    const {fleet, queries} = await read(store({fresh: 10, late: 600}, {indexed: ['unseen'], wider: {unseen: 7200}}))
    expect(queries).toHaveLength(4)
    expect(fleet.looks.map(look => look.ok && look.value.identities.map(({labels}) => labels.cluster))).toEqual([
      ['fresh', 'late'],
      ['late'],
    ])
    expect(fleet.widerLook).toMatchObject({value: {windowSeconds: 86_400, identities: [{labels: {cluster: 'unseen'}}]}})
  })

  it('are not asked a second time with an interval of 0', async () => {
    const {queries} = await read(store({late: 600}), {intervalSeconds: 0})
    expect(queries).toHaveLength(2)
  })

  it('name each late identity as text, whatever it holds', async () => {
    const odd = 'a"b\\c.d|e{f}\n'
    const {queries} = await read(store({[odd]: 600}))
    // RE2 in a PromQL string: a backslash for the expression, each backslash and quote doubled for the string.
    expect(queries[2]).toContain('cluster=~"a\\"b\\\\\\\\c\\\\.d\\\\|e\\\\{f\\\\}')
  })

  it('name no identities where there are too many of them', async () => {
    const many = Object.fromEntries(Array.from({length: 201}, (_, index) => [`c${index}`, 600]))
    const {queries} = await read(store(many))
    expect(queries).toHaveLength(3)
    expect(queries[2]).toBe(queries[0])
  })

  it('ask for what is fresh alone where the server refuses the whole', async () => {
    const all = store({a: 10})
    const {fleet, queries} = await read((asked, response) => {
      if (asked.parameters.get('query')?.includes('max_over_time'))
        answer(response, {status: 'error', error: 'query processing would load too many samples into memory'}, 422)
      else all(asked, response)
    })
    expect(queries.length).toBeLessThanOrEqual(4)
    expect(fleet.looks).toMatchObject([{ok: true, value: {windowSeconds: 300, identities: [{labels: {cluster: 'a'}}]}}])
  })

  it('that nobody answers are failures, each with the reason', async () => {
    const {fleet} = await read((_asked, response) => response.writeHead(503).end('<html>maintenance</html>'))
    for (const piece of [...fleet.looks, fleet.indexed, fleet.widerLook, fleet.queues])
      expect(piece).toMatchObject({ok: false, detail: expect.stringContaining('503')})
  })

  it('leave out series of nobody, and text that no terminal should see', async () => {
    const {fleet} = await read(({path}, response) => {
      if (path.endsWith('/values')) answer(response, {status: 'success', data: ['\u001b[31mred']})
      else
        answerVector(response, [
          [{job: 'prometheus'}, NOW],
          [{cluster: '\u001b[31mred'}, NOW - 5],
        ])
    })
    expect(fleet.looks).toMatchObject([{value: {identities: [{labels: {cluster: 'red'}}]}}])
  })
})

describe("queues by the agents' own metrics", () => {
  it('are put together from their series, with what is of their process', async () => {
    const process = {cluster: 'a', namespace: 'n', pod: 'p', instance: 'i'}
    const ofQueue = {...process, remote_name: 'r', url: 'http://me:pa55word@central/write'}
    const {fleet} = await read(({path, parameters}, response) => {
      if (path.endsWith('/values')) return answer(response, {status: 'success', data: ['a']})
      if (!parameters.get('query')?.includes('promfleet_figure')) return answerVector(response, [[{cluster: 'a'}, NOW]])
      answerVector(response, [
        [{...process, promfleet_figure: 'offered'}, 50],
        [{...process, promfleet_figure: 'interval'}, 15],
        [{...process, promfleet_figure: 'interval'}, 60],
        [{...ofQueue, promfleet_figure: 'attempted'}, 40],
        [{...ofQueue, promfleet_figure: 'shards'}, Number.NaN],
        [{...ofQueue, promfleet_figure: 'of a later release'}, 1],
        [{...process, pod: 'without a queue', promfleet_figure: 'offered'}, 9],
      ])
    })
    expect(fleet.queues).toMatchObject({
      value: [
        {
          labels: {cluster: 'a'},
          ...{namespace: 'n', pod: 'p', instance: 'i', name: 'r'},
          ...{offeredPerSecond: 50, intervalSeconds: 60, attemptedPerSecond: 40},
        },
      ],
    })
    expect(JSON.stringify(fleet.queues)).not.toContain('pa55word')
    expect(fleet.queues.ok && fleet.queues.value[0]).not.toHaveProperty('shards')
  })

  it('have their gauges by their names, and say of which counters they are too young', async () => {
    const process = {cluster: 'a', namespace: 'n', pod: 'p', instance: 'i'}
    const queue = (remote_name: string) => ({...process, remote_name, url: 'http://central/write'})
    const gauge = (name: string) => ({__name__: `prometheus_remote_storage_${name}`})
    const {fleet} = await read(({path, parameters}, response) => {
      if (path.endsWith('/values')) return answer(response, {status: 'success', data: ['a', 'b']})
      if (!parameters.get('query')?.includes('promfleet_figure')) return answerVector(response, [[{cluster: 'a'}, NOW]])
      answerVector(response, [
        [{...process, ...gauge('highest_timestamp_in_seconds')}, NOW],
        [{...queue('old'), ...gauge('queue_highest_sent_timestamp_seconds')}, NOW - 5],
        [{...queue('old'), ...gauge('shards_max')}, 50],
        [{...queue('old'), ...gauge('shard_capacity')}, 10_000],
        [{...queue('added'), promfleet_figure: 'begun'}, 1],
        [{...queue('rebuilt'), promfleet_figure: 'attempted_reset'}, 1],
        [{...process, cluster: 'b', promfleet_figure: 'offered_reset'}, 1],
        [{...queue('restarted'), cluster: 'b', promfleet_figure: 'attempted_reset'}, 1],
        [{...queue('mixed'), cluster: 'c', ...gauge('shards')}, 1],
        [{...process, cluster: 'c', promfleet_figure: 'returns'}, 18],
      ])
    })
    if (!fleet.queues.ok) throw new Error(fleet.queues.detail)
    const common = {labels: {cluster: 'a'}, namespace: 'n', pod: 'p', instance: 'i', url: 'http://central/write'}
    expect(fleet.queues.value).toEqual([
      {...common, name: 'old', appendedSeconds: NOW, sentSeconds: NOW - 5, shardsMax: 50},
      {...common, name: 'added', appendedSeconds: NOW, isOfferedYoung: 1, isAttemptedYoung: 1},
      {...common, name: 'rebuilt', appendedSeconds: NOW, isAttemptedYoung: 1},
      {...common, labels: {cluster: 'b'}, name: 'restarted', isOfferedYoung: 1, isAttemptedYoung: 1},
      {...common, labels: {cluster: 'c'}, name: 'mixed', shards: 1, returns: 18},
    ])
  })
})

describe('a queue that a reload renamed', () => {
  it('is gone with its gauges, though rates look back for five minutes', async () => {
    const process = {cluster: 'a', namespace: 'n', pod: 'p', instance: 'i'}
    const queue = (remote_name: string, more: object = {}) => ({
      ...{...process, remote_name, url: 'http://central/write'},
      ...more,
    })
    const shards = {__name__: 'prometheus_remote_storage_shards'}
    const {fleet} = await read(({path, parameters}, response) => {
      if (path.endsWith('/values')) return answer(response, {status: 'success', data: ['a']})
      if (!parameters.get('query')?.includes('promfleet_figure')) return answerVector(response, [[{cluster: 'a'}, NOW]])
      answerVector(response, [
        [queue('before', {promfleet_figure: 'attempted'}), 40],
        [queue('after', {promfleet_figure: 'attempted'}), 4],
        [queue('after', shards), 1],
        // Of a process whose gauges do not arrive at all, nothing is known to be gone.
        [queue('of rates alone', {pod: 'q', promfleet_figure: 'attempted'}), 40],
      ])
    })
    if (!fleet.queues.ok) throw new Error(fleet.queues.detail)
    expect(fleet.queues.value.map(({name}) => name)).toEqual(['after', 'of rates alone'])
  })
})

describe('agents without the identity label', () => {
  async function without(...series: [Record<string, string>, number][]) {
    const {fleet, queries} = await read(({path, parameters}, response) => {
      if (path.endsWith('/values')) answer(response, {status: 'success', data: ['a']})
      else if (parameters.get('query')?.includes('promfleet_figure')) answerVector(response, series)
      else answerVector(response, [[{cluster: 'a'}, NOW]])
    })
    return {found: fleet.withoutIdentity, queues: fleet.queues, queries}
  }

  it('are found by the query about queues, and are none of the queues', async () => {
    const {found, queues, queries} = await without([{region: 'eu'}, 2])
    expect(found).toEqual([{labels: {region: 'eu'}, agents: 2}])
    expect(queues).toMatchObject({ok: true, value: []})
    expect(queries).toHaveLength(2)
    expect(queries.join()).toContain('prometheus_remote_storage_shards{cluster=""}')
  })

  it("are not what carries labels of scraping alone: that may be the central's own", async () => {
    const {found} = await without(
      [{}, 3],
      [{app_kubernetes_io_name: 'prometheus', helm_sh_chart: 'x', pod_template_hash: 'y'}, 1],
      [{region: 'eu', app_kubernetes_io_name: 'agent'}, 1],
    )
    expect(found).toEqual([{labels: {region: 'eu'}, agents: 1}])
  })

  it('are counted though no label of their own is left, where they run as agents', async () => {
    const mode = {promfleet_figure: 'agent_mode'}
    const {found, queries} = await without([{region: 'eu'}, 2], [{}, 4], [mode, 3], [{region: 'eu', ...mode}, 2])
    expect(found).toEqual([
      {labels: {region: 'eu'}, agents: 2},
      {labels: {}, agents: 3},
    ])
    expect(queries.join()).toContain('prometheus_agent_active_series{cluster=""}')
    expect(queries).toHaveLength(2)
  })

  it('hold no text that no terminal should see', async () => {
    expect((await without([{region: '\u001b[31mred'}, 1])).found).toEqual([{labels: {region: 'red'}, agents: 1}])
  })
})

describe('a fleet that is watched', () => {
  it('has in each look the one before it', async () => {
    const server = await startCentral(store({a: 600}))
    const api = openAt(server.url)
    closing.push(server.close)
    const session = openCentralFleet(api, {
      toolVersion: '0.0.0',
      foundBy: 'url',
      identityLabels: ['cluster'],
      expected: [],
      intervalSeconds: 0,
      lateSeconds: 120,
      timeoutSeconds: 10,
      transport: 'auto',
      signal: new AbortController().signal,
    })
    closing.push(() => session.close())
    const first = await session.take()
    const second = await session.take()
    expect([first, second].map(({centralFleet}) => centralFleet?.looks.length)).toEqual([1, 2])
    expect(second.ended).toBe('complete')
  })

  it('whose central hangs ends with the time of the run, and says so', async () => {
    const server = await startCentral(() => undefined)
    const api = openAt(server.url)
    closing.push(server.close)
    const session = openCentralFleet(api, {
      toolVersion: '0.0.0',
      foundBy: 'url',
      identityLabels: ['cluster'],
      expected: [],
      intervalSeconds: 10,
      lateSeconds: 120,
      timeoutSeconds: 0.3,
      transport: 'auto',
      signal: new AbortController().signal,
    })
    closing.push(() => session.close())
    const {centralFleet, ended} = await session.take()
    expect(ended).toBe('timeout')
    expect(centralFleet?.looks).toMatchObject([{ok: false, reason: 'timeout'}])
  })
})
