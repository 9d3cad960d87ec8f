import type {ServerResponse} from 'node:http'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {StreamOptions} from '../../../src/collect/agent/log-stream.ts'
import type {LogSource} from '../../../src/collect/session.ts'
import {
  agentPod,
  type FakeCluster,
  type Handler,
  healthyAgent,
  startFakeCluster,
  takeFrom,
  text,
  withSession,
} from '../fake-cluster.ts'

let cluster: FakeCluster
beforeEach(async () => {
  cluster = await startFakeCluster()
  cluster.pods.push(agentPod('agent-0'))
  cluster.agents.set('agent-0', healthyAgent())
})
afterEach(() => cluster.close())

const source = (pod = 'agent-0'): LogSource => ({
  context: 'cluster1',
  namespace: 'monitoring',
  pod,
  container: 'prometheus',
})
const once: StreamOptions = {follow: false, previous: false, sinceSeconds: 60}

async function stream(handler: Handler, options: Partial<StreamOptions> = {}) {
  cluster.logs.set('agent-0', handler)
  const lines: string[] = []
  const failure = await withSession([cluster.server], {pieces: []}, {}, session =>
    session.stream(source(), {...once, ...options}, line => lines.push(line)),
  )
  return {lines, failure}
}

/** A log that grows: what is written goes to everyone who follows, and to those who come later from their time on. */
function growingLog() {
  const written: string[] = []
  const open = new Set<ServerResponse>()
  const handler: Handler = (_, response, url) => {
    const since = url.searchParams.get('sinceTime')
    // Whole seconds, as the kubelet: lines of that second come again.
    const from = since === null ? '' : since.replace(/\.\d+/, '').slice(0, 19)
    response.writeHead(200, {'content-type': 'text/plain'})
    for (const line of written.filter(each => each.slice(0, 19) >= from)) response.write(line)
    response.flushHeaders()
    open.add(response)
    response.on('close', () => open.delete(response))
  }
  return {
    handler,
    write(line: string) {
      written.push(`${line}\n`)
      for (const response of open) response.write(`${line}\n`)
    },
    /** As when the API server closes a long request, or the container ends. */
    end() {
      for (const response of open) response.end()
    },
    followers: () => open.size,
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); ) {
    if (Date.now() > end) throw new Error('the condition never came about')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

describe('a streamed log', () => {
  it('comes line by line, without the times of the node, secrets and escape sequences', async () => {
    const {lines, failure} = await stream(
      text('2026-11-23T02:00:00.1Z one\n2026-11-23T02:00:00.2Z url=http://u:hunter2@c/w \u001b[31mred\u001b[0m\n'),
    )
    expect(failure).toBeNull()
    expect(lines).toEqual(['one', 'url=http://u:xxxxx@c/w red'])
  })

  it('is read whatever it holds: no line feed, NULs, invalid UTF-8, a line of megabytes', async () => {
    const {lines} = await stream((_, response) => {
      response.write(`2026-11-23T02:00:00Z ${'x'.repeat(3_000_000)}\n`)
      response.write(Buffer.from([0x61, 0, 0xff, 0xfe, 0x62, 0x0a]))
      response.end('the last without an end')
    })
    expect(lines).toHaveLength(3)
    expect(lines[0]!.length).toBeLessThan(20_000)
    expect(lines[1]).toMatch(/^a.*b$/)
    expect(lines[2]).toBe('the last without an end')
  })

  it('that may not be read says which right is missing', async () => {
    cluster.denied.add('get pods/log')
    const {lines, failure} = await stream(text('never seen'))
    expect(lines).toEqual([])
    expect(failure).toMatchObject({reason: 'forbidden', needs: [[{verb: 'get', resource: 'pods/log'}]]})
  })

  it('that is followed goes on over its ends, with every line once', async () => {
    const log = growingLog()
    cluster.logs.set('agent-0', log.handler)
    const stop = new AbortController()
    const lines: string[] = []
    const following = withSession([cluster.server], {pieces: [], signal: stop.signal}, {}, session =>
      session.stream(source(), {...once, follow: true}, line => lines.push(line)),
    )
    await until(() => log.followers() === 1)
    log.write('2026-11-23T02:00:00.1Z one')
    log.write('2026-11-23T02:00:00.15Z two')
    await until(() => lines.length === 2)
    log.end()
    await until(() => log.followers() === 0)
    log.write('2026-11-23T02:00:00.2Z three, while nobody listened')
    await until(() => log.followers() === 1)
    log.write('2026-11-23T02:00:05Z four')
    await until(() => lines.includes('four'))
    stop.abort()
    expect(await following).toBeNull()
    expect(lines).toEqual(['one', 'two', 'three, while nobody listened', 'four'])
  })

  it('that is followed tells once that it cannot be read, and goes on when it can', async () => {
    const log = growingLog()
    let isGone = true
    const gaps: string[] = []
    const stop = new AbortController()
    cluster.logs.set('agent-0', (request, response, url) =>
      isGone
        ? response
            .writeHead(404, {'content-type': 'application/json'})
            .end('{"kind":"Status","message":"pods \\"agent-0\\" not found","code":404}')
        : log.handler(request, response, url),
    )
    const lines: string[] = []
    const options = {...once, follow: true, onGap: ({detail}: {detail: string}) => gaps.push(detail)}
    const following = withSession([cluster.server], {pieces: [], signal: stop.signal}, {}, session =>
      session.stream(source(), options, line => lines.push(line)),
    )
    await until(() => gaps.length > 0 && cluster.requests.filter(each => each.includes('/log?')).length > 1)
    isGone = false
    await until(() => log.followers() === 1)
    log.write('2026-11-23T02:00:00Z back')
    await until(() => lines.length === 1)
    stop.abort()
    await following
    expect(gaps).toHaveLength(1)
  })

  it('of many agents at one API server are all followed at once', async () => {
    const names = Array.from({length: 12}, (_, index) => `agent-${index}`)
    const logs = names.map(name => {
      const log = growingLog()
      cluster.logs.set(name, log.handler)
      return log
    })
    const stop = new AbortController()
    const following = withSession([cluster.server], {pieces: [], signal: stop.signal}, {}, session =>
      Promise.all(names.map(name => session.stream(source(name), {...once, follow: true}, () => {}))),
    )
    await until(() => logs.every(log => log.followers() === 1))
    stop.abort()
    expect(await following).toEqual(names.map(() => null))
  })
})

describe('a take of logs only', () => {
  it('asks the agents nothing and reads each log once', async () => {
    cluster.logs.set('agent-0', text('2026-11-23T02:00:00Z level=error msg="disk on fire"\n'))
    const evidence = await takeFrom([cluster.server], {pieces: ['log']})
    const agent = evidence.contexts[0]!.agents[0]!
    expect(agent.log).toMatchObject({ok: true, value: {shapes: [{message: 'disk on fire'}]}})
    expect(agent.scrapes).toEqual([])
    for (const piece of [agent.config, agent.targets, agent.events, agent.previousLog])
      expect(piece).toMatchObject({ok: false, reason: 'not-applicable'})
    expect(cluster.requests.filter(each => each.includes('/proxy/') || each.includes('/events'))).toEqual([])
    expect(cluster.requests.filter(each => each.includes('/log?'))).toHaveLength(1)
  })
})
