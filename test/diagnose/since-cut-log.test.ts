import {expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {lossOf} from '../../src/report/agent-row.ts'
import {aFleet, anAgent, NOW, timestamp} from '../builders/evidence.ts'

/** Refused for hours; the log was read for the last hour. `firstSecondsAgo`: its first line about it. */
function refused(firstSecondsAgo: number) {
  const shape = {
    error: 'server returned HTTP status 401 Unauthorized: Unauthorized',
    message: 'non-recoverable error',
    level: 'error' as const,
    first: timestamp(NOW - firstSecondsAgo),
    last: timestamp(NOW - 20),
    count: Math.floor(firstSecondsAgo / 60),
  }
  const agent = anAgent({queues: [{doing: 'failing', forSeconds: 7200}], log: [shape]})
  const facts = readFacts(aFleet({agents: [agent]}))
  return diagnose(facts, runChecks(facts), {failOn: 'error'})
}

it('a refusal that is in the log from where --since cut it began at an unknown time, not there', () => {
  const report = refused(3590)
  expect(report.agents[0]?.since).toBeNull()
  const cause = report.findings.find(({id}) => id === 'receiver/unauthorized')
  expect(cause?.since).toBeUndefined()
  expect(cause?.evidence.find(({what}) => what === 'logged')?.value).toMatch(
    /^at least once a minute since before \d\d:\d\d, where the log that was read begins$/,
  )
})

it('what is lost to it is dated as before that line, in the table as in JSON', () => {
  const queue = refused(3590).agents[0]?.queues[0]
  expect(queue?.losses).toMatchObject([{from: timestamp(NOW - 3590), beganBefore: true}])
  expect(queue && lossOf(queue, timestamp(NOW)).loss).toMatch(/^since before 01:14, [\d,]+ samples$/)
})

it('a refusal that begins later in the log began there', () => {
  const report = refused(1800)
  const queue = report.agents[0]?.queues[0]
  expect(queue?.losses).toMatchObject([{from: timestamp(NOW - 1800), beganBefore: false}])
  expect(queue && lossOf(queue, timestamp(NOW)).loss).toMatch(/^since 01:44, /)
  expect(report.agents[0]?.since).toBe(timestamp(NOW - 1800))
  expect(report.findings.find(({id}) => id === 'receiver/unauthorized')?.since).toBe(timestamp(NOW - 1800))
})
