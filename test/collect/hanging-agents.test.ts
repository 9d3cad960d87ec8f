import {afterEach, beforeEach, expect, it} from 'vitest'
import {agentPod, type FakeCluster, healthyAgent, metrics, startFakeCluster, takeFrom, text} from './fake-cluster.ts'

let cluster: FakeCluster

beforeEach(async () => {
  cluster = await startFakeCluster()
})
afterEach(() => cluster.close())

it('agents that take connections and never answer hold up no other agent of their cluster', async () => {
  const waiting: (() => void)[] = []
  let givenUp = 0
  let givenUpBefore: number | null = null
  const hang: Parameters<FakeCluster['override']['set']>[1] = (_, response) => {
    response.once('close', () => {
      if (!response.writableEnded) givenUp += 1
    })
    waiting.push(() => response.writeHead(500).end())
    if (givenUpBefore !== null) response.writeHead(500).end()
  }
  for (let number = 10; number < 19; number += 1) {
    cluster.pods.push(agentPod(`hanging-${number}`))
    cluster.agents.set(`hanging-${number}`, new Map([...healthyAgent().keys()].map(path => [path, hang])))
  }
  cluster.pods.push(agentPod('well'))
  const answerMetrics = text(metrics)
  const well = healthyAgent({
    '/metrics': (request, response, url) => {
      givenUpBefore ??= givenUp
      for (const answer of waiting) answer()
      return answerMetrics(request, response, url)
    },
  })
  cluster.agents.set('well', well)
  const {contexts} = await takeFrom([cluster.server], {timeoutSeconds: 60})
  const agents = contexts.flatMap(context => context.agents)
  expect(agents.find(({pod}) => pod === 'well')?.scrapes[0]?.ok).toBe(true)
  expect(givenUpBefore).toBe(0)
}, 90_000)
