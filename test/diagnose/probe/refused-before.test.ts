/** Refusals of a moment ago: for two minutes the log says the same whether they go on or not, and so do levels. */
import {describe, expect, it} from 'vitest'
import {wantsLongerLook} from '../../../src/diagnose/probe/refused-before.ts'
import {reportProbe} from '../../../src/diagnose/probe/report-probe.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import {renderProbe} from '../../../src/report/probe/probe.ts'
import {aCentral, anIdentity} from '../../builders/central.ts'
import {
  type AgentOptions,
  aFleet,
  anAgent,
  type BuiltAgent,
  type FleetOptions,
  NOW,
  timestamp,
} from '../../builders/evidence.ts'
import type {QueueFigures} from '../../builders/scrape.ts'
import {validateProbeReport} from '../../report/schema.ts'

interface Past {
  /** Samples, of 100,000. */
  failed?: number
  /** Within the look. */
  failedNow?: number
  /** Whether batches were taken in it. */
  isTaken?: boolean
  refusedSecondsAgo?: number
  /** Between the two scrapes; 0: one. */
  seconds?: number
}

/** Scrapes every 15 s, and the receiver refused something. */
function refusedBefore(past: Past, options: AgentOptions = {}) {
  const {failed = 30_000, failedNow = 0, isTaken = true, refusedSecondsAgo = 40, seconds = 0} = past
  const last: QueueFigures = {total: 100_000, failed, pending: 0, bytes: 900_000, highestSent: NOW - 3}
  const taken = isTaken ? {total: 99_000, bytes: 890_000, highestSent: NOW - 15} : {}
  const first: QueueFigures = {...last, ...taken, failed: failed - failedNow}
  const at = timestamp(NOW - refusedSecondsAgo)
  const refusal = {
    ...{level: 'error' as const, message: 'non-recoverable error', count: 1, first: at, last: at},
    error: 'server returned HTTP status 400 Bad Request: out of order sample',
  }
  const queues = [{first, last, figures: last}]
  const clocks = {scrapeIntervalSeconds: 15, intervalSeconds: seconds, clockSkewSeconds: 1}
  return anAgent({...clocks, rate: 3, queues, log: [refusal], ...options})
}

function look(agents: BuiltAgent[], more: Pick<FleetOptions, 'centrals'> = {}) {
  const report = reportProbe(readFacts(aFleet({agents, ...more})), {interruptedWith: null})
  expect(validateProbeReport(JSON.parse(JSON.stringify(report)))).toEqual([])
  const style = {columns: 500, colour: false, unicode: true}
  return {
    ...{report, verdict: report.endpoints[0]?.verdict, text: renderProbe(report, style)},
    brief: renderProbe(report, {...style, quiet: true}),
  }
}
const storing = (ageSeconds: number) => [aCentral({identities: [anIdentity({newestAgeSeconds: ageSeconds})]})]
const unknown = {outcome: 'unknown', layer: 'accept', believe: null}

describe('where samples were refused before', () => {
  it('is not known, by one scrape, whether they still are: neither broken nor well', () => {
    for (const past of [{}, {failed: 500}, {refusedSecondsAgo: 200}, {refusedSecondsAgo: 500}]) {
      const {report, verdict, text, brief} = look([refusedBefore(past)])
      expect(report.exitCode).toBe(3)
      expect(verdict).toMatchObject(unknown)
      expect(text).toContain('whether samples are still refused is not known')
      expect(text).toContain('--interval')
      expect(brief).toContain('not known, samples were refused before')
    }
  })
  it('works where few were, and a look of a scrape interval saw batches taken and none refused', () => {
    expect(look([refusedBefore({failed: 500, seconds: 15})])).toMatchObject({
      report: {exitCode: 0},
      verdict: {outcome: 'works', believe: 'agent'},
    })
  })
  it('is not known where the look was shorter, or saw no answer', () => {
    expect(look([refusedBefore({seconds: 14})]).verdict).toMatchObject(unknown)
    expect(look([refusedBefore({seconds: 20, isTaken: false})]).verdict).toMatchObject(unknown)
  })
  it('is broken where the look saw one refused, or where hardly any was ever taken', () => {
    const broken = {outcome: 'broken', layer: 'accept', class: 'out-of-order', believe: 'agent'}
    expect(look([refusedBefore({seconds: 10, failedNow: 900})]).verdict).toMatchObject(broken)
    expect(look([refusedBefore({failed: 99_000})]).verdict).toMatchObject(broken)
  })
  it('works where the newest that was sent is stored, and says how to see whether a part is still refused', () => {
    for (const failed of [500, 30_000, 99_000]) {
      const {report, verdict, text} = look([refusedBefore({failed})], {centrals: storing(2)})
      expect(report.exitCode).toBe(0)
      expect(verdict).toMatchObject({outcome: 'works', believe: 'central'})
      expect(verdict?.next.join()).toContain('--interval')
      expect(text).toMatch(/the newest\s+that the agent has sent \d/)
    }
  })
  it('works by what had been sent at the first scrape, after which the central was asked', () => {
    const {verdict} = look([refusedBefore({seconds: 14})], {centrals: storing(10)})
    expect(verdict).toMatchObject({outcome: 'works', believe: 'central'})
  })
  it('is not known where what is stored is fresh, and older than what was sent', () => {
    for (const past of [{}, {seconds: 14}, {refusedSecondsAgo: 500}])
      expect(look([refusedBefore(past)], {centrals: storing(20)})).toMatchObject({
        report: {exitCode: 3},
        verdict: {outcome: 'unknown', layer: 'accept'},
      })
  })
  it('is not known of replicas, whose samples stand for each other at the central', () => {
    const replica = (pod: string, past: Past) =>
      refusedBefore(past, {pod, externalLabels: {cluster: 'cluster2', prometheus_replica: pod}})
    const pair = [replica('agent-0', {}), replica('agent-1', {})]
    expect(look(pair, {centrals: storing(2)}).verdict).toMatchObject({outcome: 'unknown', layer: 'accept'})
  })
  it('is not well because another agent delivers to the same address', () => {
    const agents = [refusedBefore({}), anAgent({context: 'cluster9', externalLabels: {cluster: 'cluster9'}})]
    expect(look(agents)).toMatchObject({report: {exitCode: 3}, verdict: unknown})
  })
})

describe('a longer look', () => {
  const wants = (past: Past, options?: AgentOptions) =>
    wantsLongerLook(refusedBefore(past, options).evidence, THRESHOLDS)
  it('is wanted where one scrape leaves it open, until a scrape interval shows none', () => {
    expect([wants({}), wants({failed: 500}), wants({seconds: 5}), wants({seconds: 10, isTaken: false})]).toEqual(
      Array(4).fill(true),
    )
    expect([39, 40].map(seconds => wants({failed: 500, seconds}))).toEqual([true, false])
  })
  it('is not wanted for what is settled', () => {
    expect([wants({seconds: 5, failedNow: 900}), wants({failed: 99_000}), wants({failed: 0})]).toEqual(
      Array(3).fill(false),
    )
    expect(wants({failed: 500, refusedSecondsAgo: 500})).toBe(false)
    for (const queue of [{}, {doing: 'retrying', forSeconds: 50}] as const)
      expect(wantsLongerLook(anAgent({intervalSeconds: 0, queues: [queue]}).evidence, THRESHOLDS)).toBe(false)
  })
})
