import {describe, expect, it} from 'vitest'
import {readFacts} from '../../src/facts/facts.ts'
import {type Resources, readResources} from '../../src/facts/resources.ts'
import {type AgentOptions, aFailure, aFleet, anAgent, collected} from '../builders/evidence.ts'

function resources(options: AgentOptions, change: (agent: ReturnType<typeof anAgent>) => void = () => {}): Resources {
  const agent = anAgent(options)
  change(agent)
  const [facts] = readFacts(aFleet({agents: [agent]})).agents
  if (!facts) throw new Error('no agent')
  return readResources(facts)
}
const memory = (used: number, requested: number | null, limit: number | null) =>
  resources({
    figures: {residentBytes: used},
    container: {memoryRequestBytes: requested, memoryLimitBytes: limit},
  }).memory

describe('resources', () => {
  it('are what the process uses, what it asked for and what it may have', () => {
    const {cpu, activeSeries, samplesPerSecond, memoryBytesPerSeries, wal} = resources({
      ...{rate: 180, figures: {residentBytes: 120e6, walBytes: 30e6}},
      container: {cpuRequestCores: 0.1, cpuLimitCores: 1},
    })
    expect(cpu).toMatchObject({requested: 0.1, limit: 1, requestFits: 'fits', limitFits: 'fits'})
    expect(cpu.used).toBeCloseTo(0.02)
    expect({activeSeries, memoryBytesPerSeries}).toEqual({activeSeries: 1000, memoryBytesPerSeries: 120_000})
    expect(samplesPerSecond).toBeCloseTo(180)
    expect(wal).toEqual({usedBytes: 30e6, capacityBytes: null})
  })
  it('call a request too low from twice its size on, and too high up to a quarter, exactly', () => {
    expect(memory(200, 100, null).requestFits).toBe('too-low')
    expect(memory(199, 100, null).requestFits).toBe('fits')
    expect(memory(26, 100, null).requestFits).toBe('fits')
    expect(memory(25, 100, null).requestFits).toBe('too-high')
  })
  it('call a limit too low from 90 % on, and too high up to a tenth, exactly', () => {
    expect(memory(90, null, 100).limitFits).toBe('too-low')
    expect(memory(89, null, 100).limitFits).toBe('fits')
    expect(memory(10, null, 100).limitFits).toBe('too-high')
    expect(memory(100, null, null)).toMatchObject({requestFits: null, limitFits: null})
  })
  it('know the room of the claim that the WAL lies on, and of no other', () => {
    const volume = (mountPath: string) => ({name: 'db', kind: 'claim' as const, claim: 'db-agent-0', mountPath})
    const claim = {...{name: 'db-agent-0', phase: 'Bound', requestedBytes: 5e9, storageClass: null}, capacityBytes: 5e9}
    const capacity = (mountPath: string) =>
      resources({podStatus: {volumes: [volume(mountPath)]}}, agent => {
        agent.evidence.claims = collected([claim])
      }).wal.capacityBytes
    expect(capacity('/prometheus')).toBe(5e9)
    expect(capacity('/backup')).toBeNull()
  })
  it('are null where they are not known, never zero', () => {
    expect(resources({scrapes: [aFailure('timeout', 'no answer')]})).toMatchObject({
      ...{memory: {used: null, requestFits: null}, cpu: {used: null}, wal: {usedBytes: null}},
      ...{activeSeries: null, samplesPerSecond: null, memoryBytesPerSeries: null, cpuSecondsPerSample: null},
    })
    expect(resources({intervalSeconds: 0}).cpu.used).toBeNull()
  })
})
