/** Looks at one context that follow each other over one session: `promfleet lag --watch` is made of them. */
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {ContextLookOptions, Session} from '../../src/collect/session.ts'
import {agentPod, type FakeCluster, healthyAgent, metrics, startFakeCluster, text, withSession} from './fake-cluster.ts'

let cluster: FakeCluster
beforeEach(async () => {
  cluster = await startFakeCluster()
  cluster.pods = [agentPod('agent-0'), agentPod('agent-1')]
  for (const pod of ['agent-0', 'agent-1']) cluster.agents.set(pod, healthyAgent())
})
afterEach(() => cluster.close())

const watching = <T>(servers: string[], work: (session: Session) => Promise<T>) =>
  withSession(servers, {pieces: ['metrics'], timeoutSeconds: 20}, {}, work)

function options(change: Partial<ContextLookOptions> = {}): ContextLookOptions {
  return {timeoutSeconds: 20, signal: new AbortController().signal, wantsMore: () => false, ...change}
}

/** Paths of the web server of agent-0 that were asked for meanwhile. */
async function asked(action: () => Promise<unknown>): Promise<string[]> {
  cluster.requests.length = 0
  await action()
  return cluster.requests.flatMap(request => /agent-0:9090\/proxy(\/\S*)/.exec(request)?.[1] ?? [])
}

describe('a look at a context', () => {
  it('asks each agent for its metrics, and for nothing else', async () => {
    await watching([cluster.server], async session => {
      const look = () => session.look('cluster1', options()).done
      expect(await asked(look)).toEqual(['/metrics'])
      expect(await asked(look)).toEqual(['/metrics'])
      const {agents} = await look()
      expect(agents.map(({scrapes}) => scrapes.length)).toEqual([1, 1])
    })
  })
  it('reads the rest of an agent that wants it', async () => {
    await watching([cluster.server], async session => {
      const wanting = options({wantsMore: ({pod}) => pod === 'agent-0'})
      const {agents} = await session.look('cluster1', wanting).done
      expect(agents.map(({config}) => config.ok)).toEqual([true, false])
    })
  })
  it('asks anew whether an agent is ready that did not answer as before', async () => {
    await watching([cluster.server], async session => {
      const look = () => session.look('cluster1', options()).done
      await look()
      cluster.agents.set('agent-0', healthyAgent({'/metrics': text('starting', 503)}))
      const failed = await asked(look)
      expect(failed).toContain('/-/ready')
      cluster.agents.set('agent-0', healthyAgent())
      const {agents} = await look()
      expect(agents[0]?.scrapes[0]?.ok).toBe(true)
    })
  })
  it('asks what shows no metric of an agent what it is', async () => {
    const ofServer = metrics.replaceAll('prometheus_agent_', 'prometheus_tsdb_head_')
    cluster.agents.set('agent-0', healthyAgent({'/metrics': text(ofServer)}))
    await watching([cluster.server], async session => {
      const look = () => session.look('cluster1', options()).done
      expect(await asked(look)).toContain('/-/ready')
      const {agents} = await look()
      expect(agents.map(({ready}) => ready.ok)).toEqual([true, false])
    })
  })
  it('can be peeked at: who has answered is in it, who has not says so', async () => {
    let answer = () => {}
    const waiting = new Promise<void>(resolve => {
      cluster.agents.set(
        'agent-1',
        healthyAgent({
          '/metrics': (_, response) => {
            resolve()
            answer = () => response.writeHead(200, {'content-type': 'text/plain'}).end(metrics)
          },
        }),
      )
    })
    await watching([cluster.server], async session => {
      const look = session.look('cluster1', options())
      await waiting
      await expect.poll(() => look.peek().agents[0]?.scrapes.length).toBe(1)
      expect(look.peek().agents[1]?.scrapes).toEqual([])
      answer()
      expect((await look.done).agents[1]?.scrapes).toHaveLength(1)
    })
  })
  it('ends when its time is up, and says that this was the time of a look', async () => {
    cluster.agents.set('agent-1', healthyAgent({'/metrics': () => {}}))
    await watching([cluster.server], async session => {
      const {agents} = await session.look('cluster1', options({timeoutSeconds: 0.5})).done
      expect(agents[0]?.scrapes[0]?.ok).toBe(true)
      expect(agents[1]?.ready).toMatchObject({ok: false, reason: 'timeout'})
      expect(JSON.stringify(agents[1]?.ready)).toContain('the time for one look (0.5 s) was up')
    })
  })
  it('at one context leaves the others alone', async () => {
    const other = await startFakeCluster()
    try {
      await watching([cluster.server, other.server], async session => {
        expect(session.contexts).toEqual(['cluster1', 'cluster2'])
        await session.look('cluster1', options()).done
        expect(other.requests).toEqual([])
      })
    } finally {
      await other.close()
    }
  })
  it('leaves no listener behind on the signal that ends the session', async () => {
    const {signal} = new AbortController()
    let listeners = 0
    const {addEventListener, removeEventListener} = signal
    signal.addEventListener = (...given: Parameters<AbortSignal['addEventListener']>) => {
      listeners += 1
      addEventListener.apply(signal, given)
    }
    signal.removeEventListener = (...given: Parameters<AbortSignal['removeEventListener']>) => {
      listeners -= 1
      removeEventListener.apply(signal, given)
    }
    await watching([cluster.server], async session => {
      for (let look = 0; look < 5; look += 1) await session.look('cluster1', options({signal})).done
    })
    expect(listeners).toBe(0)
  })
})
