import {describe, expect, it} from 'vitest'
import {checks} from '../../src/checks/index.ts'
import {runChecks} from '../../src/checks/run.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {aFailure, aFleet, anAgent} from '../builders/evidence.ts'
import {refusing} from './receiver/outage.ts'

const healthy = readFacts(
  aFleet({
    agents: [
      anAgent({
        queues: [{url: 'https://central.example/api/v1/write'}],
        remoteWriteYaml: 'basic_auth: {username: a, password: <secret>}',
        podStatus: {volumes: [{name: 'db', kind: 'claim', claim: 'db-agent-0', mountPath: '/prometheus'}]},
      }),
    ],
  }),
)

describe('runChecks', () => {
  it('finds nothing on a healthy agent with TLS and credentials', () => {
    const run = runChecks(healthy)
    expect(run.findings).toEqual([])
    expect(run.unknown).toEqual([])
    expect(run.passed).toContain('delivery/rejected')
  })
  it('puts every check into exactly one of passed, found, unknown and skipped', () => {
    for (const facts of [
      healthy,
      readFacts(aFleet({agents: []})),
      readFacts(aFleet({agents: [refusing('401 Unauthorized')]})),
    ]) {
      const {passed, found, skipped, unknown} = runChecks(facts)
      const onlyUnknown = [...new Set(unknown.map(entry => entry.id))].filter(id => !found.includes(id))
      const all = [...passed, ...found, ...skipped.map(entry => entry.id), ...onlyUnknown]
      expect([...all].sort()).toEqual(checks.map(check => check.id).sort())
    }
  })
  it('gives each finding its id, in the order of the catalogue', () => {
    const {findings} = runChecks(readFacts(aFleet({agents: [refusing('401 Unauthorized')]})))
    const places = findings.map(finding => checks.findIndex(check => check.id === finding.id))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(findings.map(finding => finding.id)).toContain('receiver/unauthorized')
    expect(findings.every(finding => finding.status === 'found')).toBe(true)
  })
  it('never passes a check that could not look', () => {
    const failure = aFailure('timeout', 'no answer')
    const agent = anAgent({scrapes: [failure], config: failure, targets: failure, log: failure})
    const {passed, unknown} = runChecks(readFacts(aFleet({agents: [agent]})))
    expect(passed.filter(id => /^(delivery|receiver|labels|scrape|security)\//.test(id))).toEqual([])
    expect(unknown.map(entry => entry.id)).toContain('delivery/rejected')
  })
  it('skips what was not asked for, with the reason', () => {
    const run = runChecks(healthy, {only: ['delivery/behind', 'delivery/rejected'], skip: ['delivery/behind']})
    expect(run.passed).toEqual(['delivery/rejected'])
    expect(run.skipped).toContainEqual({id: 'delivery/behind', reason: 'left out by --skip'})
    expect(run.skipped).toContainEqual({id: 'receiver/refused', reason: 'not among --only'})
  })
  it('takes the identity labels of the user', () => {
    expect(runChecks(healthy, {identityLabels: ['site']}).found).toEqual(['labels/missing'])
  })
})
