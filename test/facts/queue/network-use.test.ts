import {describe, expect, it} from 'vitest'
import {readFacts} from '../../../src/facts/facts.ts'
import {readLifeRates} from '../../../src/facts/queue/life-rates.ts'
import {readNetworkUse} from '../../../src/facts/queue/network-use.ts'
import {type AgentOptions, aFailure, aFleet, anAgent, NOW} from '../../builders/evidence.ts'

function agentOf(options: AgentOptions) {
  const [agent] = readFacts(aFleet({agents: [anAgent(options)]})).agents
  return {agent: agent!, queue: agent!.queues[0]!}
}
const useOf = (options: AgentOptions, lifeSeconds: number | null = null) => {
  const {agent, queue} = agentOf(options)
  return readNetworkUse(agent, queue, lifeSeconds)
}
const dialled = (outcome: string, count: number) =>
  `net_conntrack_dialer_conn_${outcome}_total{dialer_name="remote_storage_write_client"} ${count}`

describe('what a queue costs on the wire', () => {
  it('is compressed bytes for each sample that was finished, and nothing for retries where there are none', () => {
    expect(useOf({})).toEqual({bytesPerSample: 25, retriedBytesPerSecond: 0})
  })
  it('counts refused samples, which went over the wire too', () => {
    expect(useOf({queues: [{doing: 'failing'}]})).toEqual({bytesPerSample: 25, retriedBytesPerSecond: 0})
  })
  it('is the rate of retries times that', () => {
    const {bytesPerSample, retriedBytesPerSecond} = useOf({queues: [{doing: 'retrying', forSeconds: 600}]})
    expect(bytesPerSample).toBe(25)
    expect(retriedBytesPerSecond).toBe(400 * 25)
  })
  it('is nothing for retries while no connection comes about', () => {
    const page = (failed: number) => [dialled('failed', failed), dialled('established', 3)].join('\n')
    const options: AgentOptions = {queues: [{doing: 'retrying', forSeconds: 600}]}
    const {evidence} = anAgent(options)
    const texts = evidence.scrapes.map((scrape, index) => {
      if (!scrape.ok) throw new Error('built without a scrape')
      return {...scrape.value, text: `${scrape.value.text}${page(10 + index)}\n`}
    })
    expect(useOf({...options, scrapes: texts}).retriedBytesPerSecond).toBe(0)
  })
  it('is not known where nothing was ever finished', () => {
    const use = useOf({uptimeSeconds: 600, queues: [{doing: 'retrying', forSeconds: 9000}]})
    expect(use).toEqual({bytesPerSample: null, retriedBytesPerSecond: null})
  })
  it('is a mean since the start with one scrape', () => {
    const use = useOf({intervalSeconds: 0, uptimeSeconds: 1000, queues: [{doing: 'retrying', forSeconds: 500}]}, 1000)
    expect(use.retriedBytesPerSecond).toBe((400 * 500 * 25) / 1000)
  })
})

describe('rates of a single scrape', () => {
  const ratesOf = (options: AgentOptions) => {
    const {agent, queue} = agentOf({intervalSeconds: 0, ...options})
    return readLifeRates(agent, queue)
  }
  it('are means over the life of the process', () => {
    expect(ratesOf({uptimeSeconds: 1000})).toEqual({
      seconds: 1000,
      deliveredPerSecond: 180,
      offeredPerSecond: 180,
      bytesPerSecond: 4500,
      failureRatio: 0,
      retryRatio: 0,
    })
  })
  it('count no attempt as delivered that never finished', () => {
    const {deliveredPerSecond, retryRatio} = ratesOf({
      uptimeSeconds: 600,
      queues: [{doing: 'retrying', forSeconds: 9000}],
    })
    expect(deliveredPerSecond).toBe(0)
    expect(retryRatio).toBe(1)
  })
  it('are of the share that the relabelling of the queue keeps', () => {
    const {offeredPerSecond} = ratesOf({
      uptimeSeconds: 1000,
      queues: [{last: {total: 18_000, pending: 0, dropped: {dropped_series: 162_000}}}],
    })
    expect(offeredPerSecond).toBe(18)
  })
  it('are over the life of the process where a reload left the queue as it was, which only its counters tell', () => {
    const reloaded = (total: number, age: number) => {
      const queues = [{figures: {total, bytes: total * 25, pending: 0}}]
      const figures = {lastReloadAt: NOW - age}
      return ratesOf({uptimeSeconds: 1000, queues, figures, log: aFailure('forbidden')})
    }
    const ofProcess = {seconds: 1000, deliveredPerSecond: 180, bytesPerSecond: 4500}
    expect(reloaded(180_000, 7)).toMatchObject(ofProcess)
    expect(reloaded(180_000, 600)).toMatchObject(ofProcess)
    expect(reloaded(100_000, 7)).toMatchObject({seconds: 1000, deliveredPerSecond: 100})
    // A queue that the reload built may have been given up to twice the mean, as targets become more.
    const twice = 2 * 180 * (100 + 15 + 9)
    expect(reloaded(twice, 100)).toMatchObject({seconds: 100})
    expect(reloaded(twice + 1, 100)).toMatchObject({seconds: 1000})
    // More than that is needed of no queue that answered nearly all: 162,000 are 90 %, 160,920 what 870 s bring at the mean.
    expect(reloaded(161_999, 870)).toMatchObject({seconds: 870})
    expect(reloaded(162_000, 870)).toMatchObject({seconds: 1000})
    expect(reloaded(162_000, 876)).toMatchObject({seconds: 876})
    expect(reloaded(0, 100)).toMatchObject({seconds: 100, deliveredPerSecond: 0})
  })
  it('are not known where the start of the process is not', () => {
    const {agent, queue} = agentOf({intervalSeconds: 0})
    expect(readLifeRates({...agent, process: null}, {...queue, ageSeconds: null})).toMatchObject({
      seconds: null,
      deliveredPerSecond: null,
      offeredPerSecond: null,
    })
  })
})
