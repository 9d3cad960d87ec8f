import {describe, expect, it} from 'vitest'
import type {ProbeEvidence} from '../../../src/evidence/probe.ts'
import {aFleet} from '../../builders/evidence.ts'
import {aFailedStep, aProbe, IN_POD} from '../../builders/probe.ts'
import {expectWords, judged} from '../judged.ts'

const ID = 'security/open-receiver'
const having = (...probes: ProbeEvidence[]) => judged(ID, {...aFleet(), probes})

describe(ID, () => {
  it('warns of a receiver that took the empty write without credentials', async () => {
    const result = having(aProbe())
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result)
  })
  it('names one address once, with every place that got through', () => {
    const result = having(aProbe(), aProbe({from: IN_POD}))
    expect(result.findings).toHaveLength(1)
    expect(result.words).toContain('here and pod cluster2 monitoring/agent-0')
  })
  it.each<[string, ProbeEvidence]>([
    ['a password was shown', aProbe({settings: {given: {credentials: 'basic'}}})],
    ['a header was shown', aProbe({settings: {given: {headerNames: ['x-scope-orgid']}}})],
    ['a client certificate was shown', aProbe({handshake: {}, settings: {given: {clientCertificate: true}}})],
    ['nothing was tried', aProbe({skipped: "a name of the agent's own cluster", http: null})],
    ['nothing answered', aProbe({http: aFailedStep('TIMEOUT')})],
  ])('learns nothing where %s', (_, probe) => {
    expect(having(probe)).toMatchObject({findings: [], judged: 0, unknown: []})
  })
  it.each<[string, ProbeEvidence]>([
    ['asks for a password', aProbe({answer: {status: 401}})],
    ['is a web page', aProbe({answer: {status: 200, contentType: 'text/html', body: '<html>'}})],
    ['is switched off', aProbe({answer: {status: 404, body: 'remote write receiver needs to be enabled with --x'}})],
  ])('says nothing of what %s', (_, probe) => {
    expect(having(probe)).toMatchObject({findings: [], judged: 1})
  })
  it('does not apply without a probe', () => {
    expect(judged(ID, aFleet())).toMatchObject({findings: [], judged: 0, unknown: []})
  })
})
