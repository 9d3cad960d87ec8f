/** Samples that were refused a while ago: no longer the state, and never forgotten. */
import {describe, expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import type {Report} from '../../src/diagnose/report.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {renderTerminal} from '../../src/report/terminal.ts'
import {type AgentOptions, aFleet, anAgent, NOW, timestamp} from '../builders/evidence.ts'

/** Scrapes once a minute, delivers again, and had 2,000 of its 11,000 samples refused some time ago. */
function pastRefusals(agoSeconds: number, options: AgentOptions = {}): Report {
  const figures = {total: 11_000, failed: 2000, pending: 0, highestSent: NOW - 20, bytes: 500_000}
  const at = timestamp(NOW - agoSeconds)
  const refusal = {
    ...{level: 'error' as const, message: 'non-recoverable error', count: 1, first: at, last: at},
    error: 'server returned HTTP status 404 Not Found: 404 page not found',
  }
  const young = {rate: 3, uptimeSeconds: 3600}
  const agent = anAgent({...young, scrapeIntervalSeconds: 60, queues: [{figures}], log: [refusal], ...options})
  const facts = readFacts(aFleet({agents: [agent]}))
  return diagnose(facts, runChecks(facts), {failOn: 'error'})
}
const printed = (report: Report) => renderTerminal(report, {columns: 140, colour: false, unicode: true})

describe('refusals that are over', () => {
  it('stand in the table of an agent that delivers, with their number and their time', () => {
    const report = pastRefusals(600)
    expect(report.agents[0]?.state).toBe('delivering')
    expect(printed(report)).toMatch(/delivering .* 2,000 by 02:05/)
  })
  it('are a warning of their own', () => {
    expect(pastRefusals(600).findings.map(({id, severity}) => `${severity} ${id}`)).toContain(
      'warning delivery/loss-happened',
    )
  })
  it('stand in the table as "by now" when nothing tells their time', () => {
    expect(printed(pastRefusals(600, {log: []}))).toMatch(/delivering .* 2,000 by 02:14/)
  })
})

describe('one scrape of an agent that was refused something', () => {
  it('speaks of the past, and says when the last refusal was', () => {
    const report = pastRefusals(200, {intervalSeconds: 0})
    expect(report.agents[0]).toMatchObject({state: 'losing', stateRow: 4})
    expect(report.agents[0]?.stateReason).toBe(
      '18 % of all samples since the queue was built were refused, the last at 02:11: take two scrapes to see whether it goes on',
    )
    const rejected = report.findings.find(({id}) => id === 'delivery/rejected')
    expect(rejected?.title).toMatch(/refused 18 % of what .* sent since the queue was built/)
  })
  it('is unknown in the same words when the last refusal is older than five minutes', () => {
    const report = pastRefusals(400, {intervalSeconds: 0})
    expect(report.agents[0]).toMatchObject({
      state: 'unknown',
      stateReason:
        '18 % of all samples since the queue was built were refused, the last at 02:07: take two scrapes to see whether it goes on',
    })
    expect(pastRefusals(400, {intervalSeconds: 0, log: []}).agents[0]?.stateReason).toBe(
      '18 % of all samples since the queue was built were refused, when is not known: take two scrapes to see whether it goes on',
    )
  })
})
