import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {
  agentPod,
  type FakeCluster,
  type Handler,
  healthyAgent,
  startFakeCluster,
  takeFrom,
  text,
} from '../fake-cluster.ts'

let cluster: FakeCluster
beforeEach(async () => {
  cluster = await startFakeCluster()
  cluster.pods.push(agentPod('agent-0'))
  cluster.agents.set('agent-0', healthyAgent())
})
afterEach(() => cluster.close())

const takeLog = async (handler: Handler, timeoutSeconds = 60) => {
  cluster.logs.set('agent-0', handler)
  const evidence = await takeFrom([cluster.server], {timeoutSeconds})
  return evidence.contexts[0]!.agents[0]!.log
}

/** Writes `count` copies of a block with back-pressure, as the kubelet does. */
const stream =
  (block: string, count: number, observe: () => void = () => {}): Handler =>
  async (_, response) => {
    for (let index = 0; index < count; index += 1) {
      if (!response.write(block)) await new Promise(resolve => response.once('drain', resolve))
      if (response.destroyed) return
      observe()
    }
    response.end()
  }

/** What is held on to, server and client together: garbage is collected first, because resident memory depends on when Node does. */
function liveBytes(): number {
  setFlagsFromString('--expose_gc')
  const collectGarbage = runInNewContext('gc')
  collectGarbage()
  collectGarbage() // buffers are given back only after the round that found them
  const {heapUsed, external} = process.memoryUsage()
  return heapUsed + external
}

const healthyLine =
  'ts=2026-11-23T02:00:00.000Z caller=db.go:1 level=info component=tsdb msg="Head GC completed" duration=1.5ms\n'
const retryLine =
  'ts=2026-11-23T02:00:01.000Z caller=dedupe.go:112 component=remote level=warn remote_name=a url=http://c/w msg="Failed to send batch, retrying" err="dial tcp 10.0.0.1:9090: connect: connection refused"\n'

describe('the log of an agent', () => {
  it('of 200 MB is streamed with flat memory', async () => {
    const block = (healthyLine.repeat(99) + retryLine).repeat(10)
    const count = Math.ceil((200 * 2 ** 20) / block.length)
    const before = liveBytes()
    let blocks = 0
    let most = 0
    const log = await takeLog((request, response, url) => {
      if (!url.searchParams.has('sinceSeconds')) return response.end()
      return stream(block, count, () => {
        blocks += 1
        if (blocks % Math.ceil(count / 10) === 0) most = Math.max(most, liveBytes())
      })(request, response, url)
    })
    expect(log.ok && log.value.bytes).toBe(block.length * count)
    expect(log.ok && log.value.lines).toBe(1000 * count)
    expect(log.ok && log.value.tail).toHaveLength(50)
    expect(log).toMatchObject({
      value: {truncated: false, shapes: [{message: 'Failed to send batch, retrying', queue: 'a', count: 10 * count}]},
    })
    expect(most).toBeGreaterThan(0)
    // A reader that kept the log would hold 200.
    expect((most - before) / 2 ** 20).toBeLessThan(100)
  }, 60_000)

  it('with lines of 5 MB is cut line by line, and the next line is whole again', async () => {
    const log = await takeLog(text(`level=error msg="${'x'.repeat(5 * 2 ** 20)}"\n${retryLine}`))
    expect(log.ok && Math.max(...log.value.tail.map(line => line.length))).toBeLessThanOrEqual(4096)
    expect(log.ok && log.value.tail.at(-1)).toBe(retryLine.trim())
    expect(JSON.stringify(log).length).toBeLessThan(40_000)
  })

  it('is read back for the truncations that its window does not hold', async () => {
    const checkpoints = [1, 2, 3].map(
      hour =>
        `ts=2026-11-22T0${hour}:00:00Z level=info msg="Creating checkpoint" from_segment=${hour} to_segment=${hour + 1} duration=2µs\n`,
    )
    const log = await takeLog((_, response, url) =>
      response.end(
        url.searchParams.has('sinceSeconds') ? checkpoints[2] : healthyLine.repeat(1000) + checkpoints.join(''),
      ),
    )
    expect(log.ok && log.value.walLines).toEqual(checkpoints.map(line => line.trim()))
    expect(log.ok && log.value.lines).toBe(1)
  })

  it('is not read back when two truncations are in its window', async () => {
    const line = 'level=info msg="Creating checkpoint" from_segment=1 to_segment=2\n'
    await takeLog(text(line + line))
    expect(cluster.requests.filter(request => request.includes('/log?'))).toHaveLength(1)
  })

  it('that breaks off keeps what came, and says that it was cut', async () => {
    const log = await takeLog((_, response, url) => {
      if (!url.searchParams.has('sinceSeconds')) return response.end()
      response.write(retryLine)
      return setTimeout(() => response.destroy(), 50)
    })
    expect(log).toMatchObject({ok: true, value: {truncated: true, shapes: [{level: 'warn'}]}})
  })

  it('of a container that waits, or that the runtime has removed, is not applicable', async () => {
    const status = JSON.stringify({
      kind: 'Status',
      message: 'container "prometheus" in pod "agent-0" is waiting to start: ContainerCreating',
      code: 400,
    })
    expect(await takeLog(text(status, 400, 'application/json'))).toMatchObject({
      ok: false,
      reason: 'not-applicable',
      detail: expect.stringContaining('waiting to start'),
    })
    expect(await takeLog(text('unable to retrieve container logs for containerd://8aa0'))).toMatchObject({
      ok: false,
      reason: 'not-applicable',
    })
  })

  it('comes without passwords and escape sequences', async () => {
    const log = await takeLog(
      text(
        'ts=2026-11-23T02:00:01Z level=error component=remote url="http://u:hunter2@c/w" msg="non-recoverable \u001b[31merror" err="Post \\"http://u:hunter2@c/w\\": EOF"\n',
      ),
    )
    expect(JSON.stringify(log)).not.toMatch(/hunter2|\\u001b/)
    expect(log).toMatchObject({value: {shapes: [{url: 'http://u:xxxxx@c/w', message: 'non-recoverable error'}]}})
  })
})

describe('the log of an agent that is scraped twice', () => {
  it('is asked for after the second scrape, so that what the scrapes count is in it', async () => {
    cluster.logs.set('agent-0', text(retryLine))
    const evidence = await takeFrom([cluster.server], {intervalSeconds: 1})
    expect(evidence.contexts[0]!.agents[0]!.log.ok).toBe(true)
    const scrapes = cluster.requests.flatMap((request, index) => (request.endsWith('/metrics') ? [index] : []))
    expect(scrapes).toHaveLength(2)
    expect(cluster.requests.findIndex(request => request.includes('/log?'))).toBeGreaterThan(scrapes[1]!)
  })
  it('is read though the web server answers nothing', async () => {
    cluster.logs.set('agent-0', text(retryLine))
    cluster.agents.set('agent-0', healthyAgent({'/metrics': text('down', 503)}))
    const evidence = await takeFrom([cluster.server], {intervalSeconds: 1})
    expect(evidence.contexts[0]!.agents[0]!.log.ok).toBe(true)
  })
})
