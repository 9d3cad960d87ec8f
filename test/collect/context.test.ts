import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {Failure} from '../../src/evidence/types.ts'
import {
  addAgent,
  agentPod,
  data,
  type FakeCluster,
  failureOf,
  type Handler,
  healthyAgent,
  metrics,
  startFakeCluster,
  takeOne,
  text,
} from './fake-cluster.ts'

let cluster: FakeCluster
beforeEach(async () => {
  cluster = await startFakeCluster()
})
afterEach(() => cluster.close())

describe('a right that is missing', () => {
  it.each([
    ['list pods', 'pods', 'list'],
    ['get pods/log', 'pods/log', 'get'],
    ['get pods/proxy', 'pods/proxy', 'get'],
    ['list events', 'events', 'list'],
    ['list persistentvolumeclaims', 'persistentvolumeclaims', 'list'],
    ['list prometheusagents', 'prometheusagents', 'list'],
  ])('%s: the failure names it, the rest is read, and a review explains it', async (denied, resource, verb) => {
    addAgent(cluster, {}, {spec: {volumes: [{name: 'db', persistentVolumeClaim: {claimName: 'db-agent-0'}}]}})
    cluster.denied.add(denied)
    const {context, agent} = await takeOne(cluster)
    const pieces = [
      context.agentResources,
      ...context.podLists.map(list => list.pods),
      agent?.ready,
      agent?.log,
      agent?.events,
      agent?.claims,
    ]
    const forbidden = pieces.filter(piece => piece?.ok === false && piece.reason === 'forbidden') as Failure[]
    expect(forbidden.length).toBeGreaterThan(0)
    expect(forbidden[0]?.needs.flat()).toContainEqual(expect.objectContaining({verb, resource}))
    expect(context.accessReviews).toContainEqual({
      permission: expect.objectContaining({verb, resource}),
      allowed: false,
    })
    const posts = cluster.requests.filter(request => !request.startsWith('GET'))
    expect(posts.every(request => request.endsWith('/selfsubjectaccessreviews'))).toBe(true)
    if (denied !== 'list pods') expect(agent.podStatus?.phase).toBe('Running')
    if (!denied.includes('proxy') && !denied.includes('list pods')) expect(agent.scrapes[0]?.ok).toBe(true)
  })

  it('to list pods everywhere: the namespaces that may be listed are asked one by one', async () => {
    addAgent(cluster, {}, {namespace: 'team-b'})
    cluster.denied.add('list pods everywhere').add('list pods in team-c')
    cluster.pods.push(agentPod('other', {namespace: 'team-c'}))
    const {context} = await takeOne(cluster)
    expect(context.agents.map(({namespace, pod}) => `${namespace}/${pod}`)).toEqual(['team-b/agent-0'])
    expect(context.podLists.map(({namespace, pods}) => [namespace, pods.ok])).toEqual([
      ['*', false],
      ['team-b', true],
      ['team-c', false],
    ])
  })

  it("to list namespaces as well: the context's namespace and the usual ones are tried, failed guesses left out", async () => {
    addAgent(cluster, {}, {namespace: 'monitoring'})
    cluster.denied
      .add('list pods everywhere')
      .add('list namespaces')
      .add('list pods in default')
      .add('list pods in team-a')
    const {context} = await takeOne(cluster)
    expect(context.agents).toHaveLength(1)
    expect(context.podLists.map(list => list.namespace)).toContain('monitoring')
    expect(context.podLists.map(list => list.namespace)).not.toContain('default')
    expect(context.podLists.find(list => list.namespace === 'team-a')?.pods).toMatchObject({reason: 'forbidden'})
  })
})

describe('an answer that is not what was asked for', () => {
  it.each([
    [
      'HTML instead of metrics',
      text('<!DOCTYPE html><html><title>Login</title>', 200, 'text/html'),
      /HTML page titled "Login" instead of metrics/,
    ],
    ['metrics cut off in the middle of a line', text(metrics.slice(0, -5)), /cut off in the middle of a line/],
    ['something else', text('hello there\nit works\n'), /something else than metrics|cut off/],
    ['nothing', text(''), /empty body/],
    ['another status', text('boom\n', 503), /answered 503: boom/],
  ])('%s: a failure with a sentence', async (_, handler, sentence) => {
    addAgent(cluster, {'/metrics': handler})
    const {agent} = await takeOne(cluster)
    expect(failureOf(agent.scrapes[0]).detail).toMatch(sentence)
  })

  it('metrics cut off by the connection are malformed, never half a scrape', async () => {
    addAgent(cluster, {
      '/metrics': (_, response) => {
        response.writeHead(200, {'content-length': '100000'})
        response.write(metrics)
        setTimeout(() => response.destroy(), 20)
      },
    })
    const {agent} = await takeOne(cluster)
    expect(failureOf(agent.scrapes[0])).toMatchObject({reason: 'malformed', detail: expect.stringContaining('cut off')})
  })

  it('broken and foreign JSON of the API', async () => {
    addAgent(cluster, {
      '/api/v1/status/config': text('{"status":"succ'),
      '/api/v1/status/flags': text('<html>'),
      '/api/v1/targets': text('{"status":"success","data":{"activeTargets":[{"a":'),
    })
    const {agent} = await takeOne(cluster)
    expect(failureOf(agent.config).reason).toBe('malformed')
    expect(failureOf(agent.flags).reason).toBe('malformed')
    expect(failureOf(agent.targets).detail).toContain('no complete list of targets')
  })

  it("the agent's own 401 asks for its password", async () => {
    addAgent(cluster, {
      '/-/ready': (_, response) =>
        response.writeHead(401, {'www-authenticate': 'Basic', 'content-type': 'text/plain'}).end('Unauthorized\n'),
    })
    const {agent} = await takeOne(cluster)
    expect(failureOf(agent.ready).reason).toBe('agent-unauthorized')
    expect(failureOf(agent.scrapes[0]).reason).toBe('agent-unauthorized')
  })

  it("terminal escapes in a target's error are taken out", async () => {
    const target = {
      scrapePool: 'p\u001b[31m',
      scrapeUrl: 'http://u:hunter2@h/\u001b]0;x\u0007',
      health: 'down',
      lastError: 'bad \u001b[2J\u009b31mthing',
    }
    addAgent(cluster, {'/api/v1/targets': data({activeTargets: [target]})})
    const {agent} = await takeOne(cluster)
    expect(agent.targets).toMatchObject({
      value: {pools: [{name: 'p', errors: [{error: 'bad thing', examples: ['http://u:xxxxx@h/']}]}]},
    })
  })
})

describe('pods', () => {
  it('deleted between list and scrape are said to be gone', async () => {
    addAgent(cluster)
    cluster.agents.set(
      'agent-0',
      new Map([
        [
          '/-/ready',
          (request, response) => {
            cluster.pods.length = 0
            text(
              '{"kind":"Status","message":"pods \\"agent-0\\" not found","reason":"NotFound","code":404}',
              404,
              'application/json',
            )(request, response, new URL('http://x'))
          },
        ],
      ]),
    )
    const {agent} = await takeOne(cluster)
    expect(failureOf(agent.ready)).toMatchObject({
      reason: 'not-found',
      detail: expect.stringContaining('monitoring/agent-0'),
    })
  })

  it('deleted between two scrapes are said to be gone, and the first scrape is kept', async () => {
    let scrapes = 0
    addAgent(cluster, {
      '/metrics': (request, response, url) => {
        scrapes += 1
        if (scrapes === 2) cluster.pods.length = 0
        return text(scrapes === 1 ? metrics : 'error trying to reach service', scrapes === 1 ? 200 : 503)(
          request,
          response,
          url,
        )
      },
    })
    const {agent} = await takeOne(cluster, {intervalSeconds: 0.01})
    expect(agent.scrapes[0]?.ok).toBe(true)
    expect(failureOf(agent.scrapes[1])).toMatchObject({
      reason: 'not-found',
      detail: expect.stringContaining('was deleted'),
    })
  })

  it('that do not run are not asked; the log and the previous log are', async () => {
    addAgent(
      cluster,
      {},
      {
        status: {
          containerStatuses: [{name: 'prometheus', restartCount: 4, state: {waiting: {reason: 'CrashLoopBackOff'}}}],
        },
      },
    )
    cluster.logs.set('agent-0', (_, response, url) =>
      response.end(url.searchParams.has('previous') ? 'panic: old\n' : 'panic: new\n'),
    )
    const {agent} = await takeOne(cluster)
    expect(failureOf(agent.ready)).toMatchObject({
      reason: 'not-applicable',
      detail: expect.stringContaining('is waiting: CrashLoopBackOff'),
    })
    expect(agent.log).toMatchObject({value: {tail: ['panic: new']}})
    expect(agent.previousLog).toMatchObject({value: {tail: ['panic: old']}})
    expect(cluster.requests.some(request => request.includes('/proxy/'))).toBe(false)
  })

  it('are listed page by page', async () => {
    for (let index = 0; index < 1201; index += 1)
      cluster.pods.push(
        agentPod(`p-${index}`, {
          image: index === 1200 ? 'prom/prometheus' : 'nginx',
          args: index === 1200 ? ['--agent'] : [],
        }),
      )
    const {context} = await takeOne(cluster)
    expect(context.podLists[0]?.pods).toMatchObject({value: 1201})
    expect(context.agents.map(({pod}) => pod)).toEqual(['p-1200'])
  })

  it('without any agent leave servers and look-alikes to be seen', async () => {
    cluster.pods.push(
      agentPod('prometheus-0', {args: ['--storage.tsdb.path=/p']}),
      agentPod('alloy-1', {image: 'grafana/alloy:v1', args: []}),
    )
    const {context} = await takeOne(cluster)
    expect(context.agents).toEqual([])
    expect(context.servers).toMatchObject([{pod: 'prometheus-0'}])
    expect(context.lookAlikes).toMatchObject([{pod: 'alloy-1', kind: 'alloy'}])
  })

  it('of a wrong namespace: an empty list, and no agents', async () => {
    addAgent(cluster)
    const {context} = await takeOne(cluster, {namespace: 'nowhere'})
    expect(context.podLists).toMatchObject([{namespace: 'nowhere', pods: {value: 0}}])
    expect(context.agents).toEqual([])
    expect(context.namespaceExists).toBe(false)
    cluster.denied.add('list namespaces')
    expect((await takeOne(cluster, {namespace: 'nowhere'})).context.namespaceExists).toBeUndefined()
  })

  it('of which none has the name given with --agent are listed', async () => {
    cluster.pods.push(agentPod('agent-0'), agentPod('agent-1'))
    const {context} = await takeOne(cluster, {agents: ['agent-7']})
    expect(context.agents).toEqual([])
    expect(context.unnamedAgents?.map(({pod}) => pod)).toEqual(['agent-0', 'agent-1'])
  })

  it('behind web TLS or another route prefix than their arguments say are found', async () => {
    addAgent(cluster, {
      '/-/ready': text('404', 404),
      '/': (_, response) => response.writeHead(302, {location: '/x/query'}).end(),
      '/x/-/ready': text('Prometheus Agent is Ready.'),
      '/x/metrics': text(metrics),
    })
    const {agent} = await takeOne(cluster)
    expect(agent.web.routePrefix).toBe('/x')
    expect(agent.scrapes[0]?.ok).toBe(true)
  })
})

it('a TLS listener behind arguments that do not say so is asked again over TLS', async () => {
  addAgent(cluster)
  const agent = healthyAgent()
  const overTls =
    (path: string): Handler =>
    (request, response, url) =>
      request.url?.includes('/https:agent-0:')
        ? agent.get(path)?.(request, response, url)
        : text('Client sent an HTTP request to an HTTPS server.\n', 400)(request, response, url)
  cluster.agents.set('agent-0', new Map([...agent.keys()].map(path => [path, overTls(path)])))
  const taken = await takeOne(cluster)
  expect(taken.agent.web.scheme).toBe('https')
  expect(taken.agent.scrapes[0]?.ok).toBe(true)
})

it('events of an earlier pod of the same name are left out', async () => {
  addAgent(cluster)
  const event = (reason: string, uid: string) => ({reason, involvedObject: {kind: 'Pod', name: 'agent-0', uid}})
  const items = [event('Evicted', 'uid-of-the-old'), event('Started', 'uid-agent-0')]
  cluster.override.set('/api/v1/namespaces/monitoring/events', text(JSON.stringify({items}), 200, 'application/json'))
  const {agent} = await takeOne(cluster)
  expect(agent.events).toMatchObject({value: [{reason: 'Started'}]})
})

it('a PrometheusAgent without pods is an agent without a pod', async () => {
  cluster.override.set(
    '/apis/monitoring.coreos.com/v1alpha1/prometheusagents',
    text(
      JSON.stringify({
        items: [
          {metadata: {name: 'shop', namespace: 'monitoring'}, spec: {remoteWrite: [{url: 'http://a:hunter2@b'}]}},
        ],
      }),
      200,
      'application/json',
    ),
  )
  const {agent, context} = await takeOne(cluster)
  expect(agent).toMatchObject({pod: '', name: 'shop', signs: ['resource'], ready: {reason: 'not-applicable'}})
  expect(context.agentResources).toMatchObject({value: [{remoteWriteUrls: ['http://a:xxxxx@b']}]})
})
