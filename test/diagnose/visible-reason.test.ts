/** A headline never says that the reason is not visible above a line that shows it. */
import {describe, expect, it} from 'vitest'
import {matchChecks} from '../../src/checks/match.ts'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import type {FindingReport} from '../../src/diagnose/report.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {aFleet, type BuiltAgent} from '../builders/evidence.ts'
import {refusing, retrying} from '../checks/receiver/outage.ts'

const RECEIVER = matchChecks(['receiver'], '--skip')

/** As with --skip receiver. */
function withoutReceiver(...agents: BuiltAgent[]): FindingReport | undefined {
  const facts = readFacts(aFleet({agents}))
  return diagnose(facts, runChecks(facts, {skip: RECEIVER}), {failOn: 'error'}).findings[0]
}

describe('a symptom that leads because the check of its reason was left out', () => {
  it.each([
    ['delivery/rejected', refusing('404 Not Found: 404 page not found'), /HTTP status 404/],
    ['delivery/behind', retrying('dial tcp 10.0.0.1:9090: connect: connection refused'), /connection refused/],
  ])('%s shows the reason and does not deny it', (id, agent, reason) => {
    const lead = withoutReceiver(agent)
    expect(lead?.id).toBe(id)
    expect(lead?.title).not.toContain('not visible')
    expect(lead?.evidence.find(({what}) => what === 'reason')?.value).toMatch(reason)
  })
  it('says that the reason is not visible when no check would know it', () => {
    expect(withoutReceiver(retrying('something new'))?.title).toMatch(/; the reason is not visible$/)
  })
})
