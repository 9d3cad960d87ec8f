import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import type {Progress} from '../../src/collect/progress.ts'
import type {Failure} from '../../src/evidence/types.ts'
import {
  agentPod,
  data,
  type FakeCluster,
  type Handler,
  healthyAgent,
  metrics,
  startFakeCluster,
  takeFrom,
  takesFrom,
  text,
} from './fake-cluster.ts'

let cluster: FakeCluster
beforeEach(async () => {
  cluster = await startFakeCluster()
})
afterEach(() => cluster.close())

const withAgent = (change: Parameters<typeof healthyAgent>[0] = {}, pod: Parameters<typeof agentPod>[1] = {}) => {
  cluster.pods.push(agentPod('agent-0', pod))
  cluster.agents.set('agent-0', healthyAgent(change))
}
const takeOne = async (change: Parameters<typeof takeFrom>[1] = {}) => {
  const evidence = await takeFrom([cluster.server], change)
  const context = evidence.contexts[0]!
  return {evidence, context, agent: context.agents[0]!}
}
const failureOf = (piece: {ok: true} | Failure | undefined): Failure => {
  expect(piece?.ok).toBe(false)
  return piece as Failure
}

describe('a healthy agent', () => {
  it('is read whole: two scrapes, configuration, flags, build, targets and log', async () => {
    withAgent()
    cluster.logs.set(
      'agent-0',
      text(
        'time=2026-11-23T02:00:00Z level=ERROR msg="non-recoverable error" component=remote url=http://u:hunter2@c/w\n',
      ),
    )
    const {agent, evidence} = await takeOne({intervalSeconds: 0.05})
    expect(evidence.ended).toBe('complete')
    expect(agent).toMatchObject({
      name: 'agent-0',
      signs: ['arguments', 'name'],
      transport: 'proxy',
      ready: {value: {status: 200, text: 'Prometheus Agent is Ready.'}},
    })
    expect(agent.scrapes).toHaveLength(2)
    expect(agent.scrapes[0]).toMatchObject({
      ok: true,
      value: {
        families: ['prometheus_agent_active_series', 'prometheus_build_info', 'prometheus_engine_queries'],
      },
    })
    expect(agent.scrapes[0]?.ok && agent.scrapes[0].value.text).not.toContain('prometheus_engine_queries')
    expect(agent.config).toMatchObject({value: 'global:\n  scrape_interval: 15s\n'})
    expect(agent.flags).toMatchObject({value: {agent: 'true'}})
    expect(agent.targets).toMatchObject({value: {active: 1, up: 1, longestIntervalSeconds: 15}})
    expect(agent.log).toMatchObject({value: {lines: 1, shapes: [{level: 'error'}]}})
    expect(JSON.stringify(evidence)).not.toContain('hunter2')
    expect(cluster.requests.every(request => request.startsWith('GET '))).toBe(true)
  })

  it('is looked at again after one scrape, too, where the caller wants that', async () => {
    withAgent()
    let asked = 0
    const {agent} = await takeOne({intervalSeconds: 0, wantsAnotherScrape: () => ++asked < 2})
    expect(agent.scrapes).toHaveLength(2)
  })

  it('costs one request and no more where its metrics are all that is asked for and say enough', async () => {
    withAgent()
    const wantsMore = vi.fn(() => false)
    const {agent} = await takeOne({intervalSeconds: 0, pieces: ['metrics'], wantsMore})
    expect(
      cluster.requests.filter(request => request.includes('/proxy/')).map(request => request.replace(/.*\/proxy/, '')),
    ).toEqual(['/metrics'])
    expect(cluster.requests.filter(request => /\/log\?|\/events/.test(request))).toEqual([])
    expect(wantsMore).toHaveBeenCalledOnce()
    expect(agent.scrapes).toMatchObject([{ok: true}])
    expect(failureOf(agent.config)).toMatchObject({
      reason: 'not-applicable',
      detail: 'this command does not ask for it',
    })
    expect(failureOf(agent.log).reason).toBe('not-applicable')
  })
  it('is read whole, but for earlier logs, where the metrics do not say enough', async () => {
    withAgent()
    cluster.logs.set('agent-0', text('time=2026-11-23T02:00:00Z level=ERROR msg="non-recoverable error"\n'))
    const asked: number[] = []
    const wantsMore = (seen: {scrapes: unknown[]}) => {
      asked.push(seen.scrapes.length)
      return true
    }
    const {agent} = await takeOne({intervalSeconds: 0.05, pieces: ['metrics'], wantsMore})
    expect(asked).toEqual([2])
    for (const piece of ['config', 'flags', 'buildInfo', 'runtimeInfo', 'targets', 'log', 'events', 'claims'] as const)
      expect([piece, agent[piece].ok]).toEqual([piece, true])
    expect(failureOf(agent.previousLog).reason).toBe('not-applicable')
  })
  it('is looked at again for as long as the caller wants, and the progress says so', async () => {
    withAgent()
    let asked = 0
    const told = new Set<string>()
    const {agent} = await takeOne({
      intervalSeconds: 0.01,
      wantsAnotherScrape: () => ++asked < 2,
      onProgress({waiting}) {
        for (const {what} of waiting) told.add(what)
      },
    })
    expect(agent.scrapes).toHaveLength(3)
    expect([...told]).toContain('monitoring/agent-0 again, what was read leaves it open')
  })

  it('tells what it is doing, and when only the second scrape is waited for', async () => {
    withAgent()
    const seen: Progress[] = []
    await takeOne({intervalSeconds: 0.6, onProgress: progress => seen.push(progress)})
    expect(seen.some(({waiting}) => waiting.some(({what}) => what === 'listing pods'))).toBe(true)
    expect(seen.some(({secondScrapeInSeconds}) => secondScrapeInSeconds !== null && secondScrapeInSeconds > 0)).toBe(
      true,
    )
    expect(seen.at(-1)).toMatchObject({contextsTotal: 1, contextsDone: 1, waiting: []})
  })

  it('shows unknown configuration fields and hides header values', async () => {
    withAgent({
      '/api/v1/status/config': data({
        yaml: 'remote_write:\n- url: http://u:hunter2@c/w\n  brand_new_field: {a: 1}\n  headers:\n    X-Key: hunter2\n',
      }),
    })
    const {agent} = await takeOne()
    expect(agent.config.ok && agent.config.value).toBe(
      'remote_write:\n- url: http://u:xxxxx@c/w\n  brand_new_field: {a: 1}\n  headers:\n    X-Key: <secret>\n',
    )
  })
})

describe('a right that is missing', () => {
  it.each([
    ['list pods', 'pods', 'list'],
    ['get pods/log', 'pods/log', 'get'],
    ['get pods/proxy', 'pods/proxy', 'get'],
    ['list events', 'events', 'list'],
    ['list persistentvolumeclaims', 'persistentvolumeclaims', 'list'],
    ['list prometheusagents', 'prometheusagents', 'list'],
  ])('%s: the failure names it, the rest is read, and a review explains it', async (denied, resource, verb) => {
    withAgent({}, {spec: {volumes: [{name: 'db', persistentVolumeClaim: {claimName: 'db-agent-0'}}]}})
    cluster.denied.add(denied)
    const {context, agent} = await takeOne()
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
    withAgent({}, {namespace: 'team-b'})
    cluster.denied.add('list pods everywhere').add('list pods in team-c')
    cluster.pods.push(agentPod('other', {namespace: 'team-c'}))
    const {context} = await takeOne()
    expect(context.agents.map(({namespace, pod}) => `${namespace}/${pod}`)).toEqual(['team-b/agent-0'])
    expect(context.podLists.map(({namespace, pods}) => [namespace, pods.ok])).toEqual([
      ['*', false],
      ['team-b', true],
      ['team-c', false],
    ])
  })

  it("to list namespaces as well: the context's namespace and the usual ones are tried, failed guesses left out", async () => {
    withAgent({}, {namespace: 'monitoring'})
    cluster.denied
      .add('list pods everywhere')
      .add('list namespaces')
      .add('list pods in default')
      .add('list pods in team-a')
    const {context} = await takeOne()
    expect(context.agents).toHaveLength(1)
    expect(context.podLists.map(list => list.namespace)).toContain('monitoring')
    expect(context.podLists.map(list => list.namespace)).not.toContain('default')
    expect(context.podLists.find(list => list.namespace === 'team-a')?.pods).toMatchObject({reason: 'forbidden'})
  })
})

describe('a context that does not answer', () => {
  it('is given up after seconds and does not hold up the others', async () => {
    const hanging = await startFakeCluster()
    hanging.override.set('/version', () => {})
    withAgent()
    const stillWaiting: string[][] = []
    const evidence = await takeFrom([hanging.server, cluster.server], {
      onProgress: ({contextsDone, waiting}) => {
        if (contextsDone === 1) stillWaiting.push(waiting.map(({context}) => context))
      },
    })
    await hanging.close()
    expect(evidence.contexts[0]?.serverVersion).toMatchObject({ok: false, reason: 'timeout'})
    expect(evidence.contexts[0]?.agentResources).toMatchObject({ok: false, reason: 'timeout'})
    expect(evidence.contexts[1]?.agents[0]?.scrapes[0]?.ok).toBe(true)
    expect(stillWaiting[0]).toEqual(['cluster1'])
  })

  it('with wrong credentials: unauthorized, and nothing more is asked', async () => {
    cluster.override.set(
      '/version',
      text('{"kind":"Status","message":"Unauthorized","code":401}', 401, 'application/json'),
    )
    const {context} = await takeOne()
    expect(failureOf(context.serverVersion).reason).toBe('unauthorized')
    expect(cluster.requests.every(request => request === 'GET /version')).toBe(true)
  })

  it('in the middle: --timeout ends the run, what is missing says so, what came is kept', async () => {
    withAgent({'/api/v1/targets': () => {}})
    const {agent, evidence} = await takeOne({timeoutSeconds: 1})
    expect(evidence.ended).toBe('timeout')
    expect(evidence.durationSeconds).toBeLessThan(10)
    expect(agent.scrapes[0]?.ok).toBe(true)
    expect(failureOf(agent.targets).reason).toBe('timeout')
  })

  it('when the user stops the run, what is there is handed back', async () => {
    const controller = new AbortController()
    withAgent({
      '/api/v1/targets': () => setTimeout(() => controller.abort(), 50),
    })
    const {agent, evidence} = await takeOne({signal: controller.signal})
    expect(evidence.ended).toBe('interrupted')
    expect(failureOf(agent.targets).reason).toBe('interrupted')
    expect(agent.flags.ok).toBe(true)
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
    withAgent({'/metrics': handler})
    const {agent} = await takeOne()
    expect(failureOf(agent.scrapes[0]).detail).toMatch(sentence)
  })

  it('metrics cut off by the connection are malformed, never half a scrape', async () => {
    withAgent({
      '/metrics': (_, response) => {
        response.writeHead(200, {'content-length': '100000'})
        response.write(metrics)
        setTimeout(() => response.destroy(), 20)
      },
    })
    const {agent} = await takeOne()
    expect(failureOf(agent.scrapes[0])).toMatchObject({reason: 'malformed', detail: expect.stringContaining('cut off')})
  })

  it('broken and foreign JSON of the API', async () => {
    withAgent({
      '/api/v1/status/config': text('{"status":"succ'),
      '/api/v1/status/flags': text('<html>'),
      '/api/v1/targets': text('{"status":"success","data":{"activeTargets":[{"a":'),
    })
    const {agent} = await takeOne()
    expect(failureOf(agent.config).reason).toBe('malformed')
    expect(failureOf(agent.flags).reason).toBe('malformed')
    expect(failureOf(agent.targets).detail).toContain('no complete list of targets')
  })

  it("the agent's own 401 asks for its password", async () => {
    withAgent({
      '/-/ready': (_, response) =>
        response.writeHead(401, {'www-authenticate': 'Basic', 'content-type': 'text/plain'}).end('Unauthorized\n'),
    })
    const {agent} = await takeOne()
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
    withAgent({'/api/v1/targets': data({activeTargets: [target]})})
    const {agent} = await takeOne()
    expect(agent.targets).toMatchObject({
      value: {pools: [{name: 'p', errors: [{error: 'bad thing', examples: ['http://u:xxxxx@h/']}]}]},
    })
  })
})

describe('pods', () => {
  it('deleted between list and scrape are said to be gone', async () => {
    withAgent()
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
    const {agent} = await takeOne()
    expect(failureOf(agent.ready)).toMatchObject({
      reason: 'not-found',
      detail: expect.stringContaining('monitoring/agent-0'),
    })
  })

  it('deleted between two scrapes are said to be gone, and the first scrape is kept', async () => {
    let scrapes = 0
    withAgent({
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
    const {agent} = await takeOne({intervalSeconds: 0.01})
    expect(agent.scrapes[0]?.ok).toBe(true)
    expect(failureOf(agent.scrapes[1])).toMatchObject({
      reason: 'not-found',
      detail: expect.stringContaining('was deleted'),
    })
  })

  it('that do not run are not asked; the log and the previous log are', async () => {
    withAgent(
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
    const {agent} = await takeOne()
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
    const {context} = await takeOne()
    expect(context.podLists[0]?.pods).toMatchObject({value: 1201})
    expect(context.agents.map(({pod}) => pod)).toEqual(['p-1200'])
  })

  it('without any agent leave servers and look-alikes to be seen', async () => {
    cluster.pods.push(
      agentPod('prometheus-0', {args: ['--storage.tsdb.path=/p']}),
      agentPod('alloy-1', {image: 'grafana/alloy:v1', args: []}),
    )
    const {context} = await takeOne()
    expect(context.agents).toEqual([])
    expect(context.servers).toMatchObject([{pod: 'prometheus-0'}])
    expect(context.lookAlikes).toMatchObject([{pod: 'alloy-1', kind: 'alloy'}])
  })

  it('of a wrong namespace: an empty list, and no agents', async () => {
    withAgent()
    const {context} = await takeOne({namespace: 'nowhere'})
    expect(context.podLists).toMatchObject([{namespace: 'nowhere', pods: {value: 0}}])
    expect(context.agents).toEqual([])
    expect(context.namespaceExists).toBe(false)
    cluster.denied.add('list namespaces')
    expect((await takeOne({namespace: 'nowhere'})).context.namespaceExists).toBeUndefined()
  })

  it('of which none has the name given with --agent are listed', async () => {
    cluster.pods.push(agentPod('agent-0'), agentPod('agent-1'))
    const {context} = await takeOne({agents: ['agent-7']})
    expect(context.agents).toEqual([])
    expect(context.unnamedAgents?.map(({pod}) => pod)).toEqual(['agent-0', 'agent-1'])
  })

  it('behind web TLS or another route prefix than their arguments say are found', async () => {
    withAgent({
      '/-/ready': text('404', 404),
      '/': (_, response) => response.writeHead(302, {location: '/x/query'}).end(),
      '/x/-/ready': text('Prometheus Agent is Ready.'),
      '/x/metrics': text(metrics),
    })
    const {agent} = await takeOne()
    expect(agent.web.routePrefix).toBe('/x')
    expect(agent.scrapes[0]?.ok).toBe(true)
  })
})

it('a TLS listener behind arguments that do not say so is asked again over TLS', async () => {
  withAgent()
  const agent = healthyAgent()
  const overTls =
    (path: string): Handler =>
    (request, response, url) =>
      request.url?.includes('/https:agent-0:')
        ? agent.get(path)?.(request, response, url)
        : text('Client sent an HTTP request to an HTTPS server.\n', 400)(request, response, url)
  cluster.agents.set('agent-0', new Map([...agent.keys()].map(path => [path, overTls(path)])))
  const taken = await takeOne()
  expect(taken.agent.web.scheme).toBe('https')
  expect(taken.agent.scrapes[0]?.ok).toBe(true)
})

it('events of an earlier pod of the same name are left out', async () => {
  withAgent()
  const event = (reason: string, uid: string) => ({reason, involvedObject: {kind: 'Pod', name: 'agent-0', uid}})
  const items = [event('Evicted', 'uid-of-the-old'), event('Started', 'uid-agent-0')]
  cluster.override.set('/api/v1/namespaces/monitoring/events', text(JSON.stringify({items}), 200, 'application/json'))
  const {agent} = await takeOne()
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
  const {agent, context} = await takeOne()
  expect(agent).toMatchObject({pod: '', name: 'shop', signs: ['resource'], ready: {reason: 'not-applicable'}})
  expect(context.agentResources).toMatchObject({value: [{remoteWriteUrls: ['http://a:xxxxx@b']}]})
})

describe('a session that takes again', () => {
  it('does not read the log back twice, and sees what has changed', async () => {
    withAgent()
    cluster.logs.set('agent-0', (_, response, url) =>
      response.end(
        url.searchParams.has('sinceSeconds')
          ? ''
          : 'level=info msg="Creating checkpoint" from_segment=0 to_segment=1\n',
      ),
    )
    const [first, second] = await takesFrom(cluster.server, 2, take => {
      if (take === 1) cluster.agents.set('agent-0', healthyAgent({'/-/ready': text('Service Unavailable', 503)}))
    })
    expect(first?.agents[0]?.ready).toMatchObject({value: {status: 200}})
    expect(second?.agents[0]?.ready).toMatchObject({value: {status: 503}})
    expect(second?.agents[0]?.log).toMatchObject({value: {walLines: [expect.stringContaining('Creating checkpoint')]}})
    expect(
      cluster.requests.filter(request => request.includes('/log?') && !request.includes('sinceSeconds')),
    ).toHaveLength(1)
  })
})
