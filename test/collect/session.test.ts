import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import type {Progress} from '../../src/collect/progress.ts'
import {
  addAgent,
  data,
  type FakeCluster,
  failureOf,
  healthyAgent,
  startFakeCluster,
  takeFrom,
  takeOne,
  takesFrom,
  text,
} from './fake-cluster.ts'

let cluster: FakeCluster
beforeEach(async () => {
  cluster = await startFakeCluster()
})
afterEach(() => cluster.close())

describe('a healthy agent', () => {
  it('is read whole: two scrapes, configuration, flags, build, targets and log', async () => {
    addAgent(cluster)
    cluster.logs.set(
      'agent-0',
      text(
        'time=2026-11-23T02:00:00Z level=ERROR msg="non-recoverable error" component=remote url=http://u:hunter2@c/w\n',
      ),
    )
    const {agent, evidence} = await takeOne(cluster, {intervalSeconds: 0.05})
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
    addAgent(cluster)
    let asked = 0
    const {agent} = await takeOne(cluster, {intervalSeconds: 0, wantsAnotherScrape: () => ++asked < 2})
    expect(agent.scrapes).toHaveLength(2)
  })

  it('costs one request and no more where its metrics are all that is asked for and say enough', async () => {
    addAgent(cluster)
    const wantsMore = vi.fn(() => false)
    const {agent} = await takeOne(cluster, {intervalSeconds: 0, pieces: ['metrics'], wantsMore})
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
    addAgent(cluster)
    cluster.logs.set('agent-0', text('time=2026-11-23T02:00:00Z level=ERROR msg="non-recoverable error"\n'))
    const asked: number[] = []
    const wantsMore = (seen: {scrapes: unknown[]}) => {
      asked.push(seen.scrapes.length)
      return true
    }
    const {agent} = await takeOne(cluster, {intervalSeconds: 0.05, pieces: ['metrics'], wantsMore})
    expect(asked).toEqual([2])
    for (const piece of ['config', 'flags', 'buildInfo', 'runtimeInfo', 'targets', 'log', 'events', 'claims'] as const)
      expect([piece, agent[piece].ok]).toEqual([piece, true])
    expect(failureOf(agent.previousLog).reason).toBe('not-applicable')
  })
  it('is looked at again for as long as the caller wants, and the progress says so', async () => {
    addAgent(cluster)
    let asked = 0
    const told = new Set<string>()
    const {agent} = await takeOne(cluster, {
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
    addAgent(cluster)
    const seen: Progress[] = []
    await takeOne(cluster, {intervalSeconds: 0.6, onProgress: progress => seen.push(progress)})
    expect(seen.some(({waiting}) => waiting.some(({what}) => what === 'listing pods'))).toBe(true)
    expect(seen.some(({secondScrapeInSeconds}) => secondScrapeInSeconds !== null && secondScrapeInSeconds > 0)).toBe(
      true,
    )
    expect(seen.at(-1)).toMatchObject({contextsTotal: 1, contextsDone: 1, waiting: []})
  })

  it('shows unknown configuration fields and hides header values', async () => {
    addAgent(cluster, {
      '/api/v1/status/config': data({
        yaml: 'remote_write:\n- url: http://u:hunter2@c/w\n  brand_new_field: {a: 1}\n  headers:\n    X-Key: hunter2\n',
      }),
    })
    const {agent} = await takeOne(cluster)
    expect(agent.config.ok && agent.config.value).toBe(
      'remote_write:\n- url: http://u:xxxxx@c/w\n  brand_new_field: {a: 1}\n  headers:\n    X-Key: <secret>\n',
    )
  })
})

describe('a context that does not answer', () => {
  it('is given up after seconds and does not hold up the others', async () => {
    const hanging = await startFakeCluster()
    hanging.override.set('/version', () => {})
    addAgent(cluster)
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
    const {context} = await takeOne(cluster)
    expect(failureOf(context.serverVersion).reason).toBe('unauthorized')
    expect(cluster.requests.every(request => request === 'GET /version')).toBe(true)
  })

  it('in the middle: --timeout ends the run, what is missing says so, what came is kept', async () => {
    addAgent(cluster, {'/api/v1/targets': () => {}})
    const {agent, evidence} = await takeOne(cluster, {timeoutSeconds: 1})
    expect(evidence.ended).toBe('timeout')
    expect(evidence.durationSeconds).toBeLessThan(10)
    expect(agent.scrapes[0]?.ok).toBe(true)
    expect(failureOf(agent.targets).reason).toBe('timeout')
  })

  it('when the user stops the run, what is there is handed back', async () => {
    const controller = new AbortController()
    addAgent(cluster, {
      '/api/v1/targets': () => setTimeout(() => controller.abort(), 50),
    })
    const {agent, evidence} = await takeOne(cluster, {signal: controller.signal})
    expect(evidence.ended).toBe('interrupted')
    expect(failureOf(agent.targets).reason).toBe('interrupted')
    expect(agent.flags.ok).toBe(true)
  })
})

describe('a session that takes again', () => {
  it('does not read the log back twice, and sees what has changed', async () => {
    addAgent(cluster)
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
