import {describe, expect, it} from 'vitest'
import {scrape} from '../../../src/collect/agent/scrape.ts'
import type {AgentConnection} from '../../../src/collect/connections.ts'

/** An agent that streams the chunk again and again until it is told to stop; counts what was taken. */
function endless(chunk: Buffer): AgentConnection & {bytes(): number} {
  let bytes = 0
  return {
    transport: () => 'port-forward',
    attempts: () => [],
    async get(_path, {onChunk}) {
      while (onChunk?.(chunk) === 'more') bytes += chunk.length
      return {
        ok: true,
        value: {status: 200, headers: {}, body: Buffer.alloc(0), durationSeconds: 1},
        at: '2026-11-23T00:00:00Z',
      }
    },
    bytes: () => bytes,
  }
}

describe('a scrape of a body without end', () => {
  const {signal} = new AbortController()

  it('stops at what is worth keeping, and says so', async () => {
    const line = `prometheus_target_scrape_pool_targets{scrape_job="serviceMonitor/monitoring/app/0"} 1\n`
    const agent = endless(Buffer.from(line.repeat(1000)))
    expect(await scrape(agent, '/prefix', signal)).toMatchObject({
      ok: false,
      reason: 'malformed',
      detail: expect.stringMatching(/^\/prefix\/metrics holds more than 32 MiB of Prometheus's metrics of itself/),
    })
    expect(agent.bytes()).toBeLessThan(34 * 2 ** 20)
  })

  it('stops at what is worth reading, when there is nothing to keep', async () => {
    const agent = endless(Buffer.from('app_requests_total{path="/"} 17\n'.repeat(100_000)))
    expect(await scrape(agent, '', signal)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('answered more than 268435456 bytes'),
    })
  })
})
