import {describe, expect, it} from 'vitest'
import type {ProbeCertificate, ProbeEvidence} from '../../../src/evidence/probe.ts'
import {aFleet, NOW, timestamp} from '../../builders/evidence.ts'
import {aProbe} from '../../builders/probe.ts'
import {expectWords, judged} from '../judged.ts'

const ID = 'security/certificate-expiring'
const DAY = 86_400
const having = (...probes: ProbeEvidence[]) => judged(ID, {...aFleet(), probes})

const certificate = (leftSeconds: number, subject = 'CN=central'): ProbeCertificate => ({
  subject,
  issuer: 'CN=authority',
  names: ['central.example'],
  notBefore: timestamp(NOW - 300 * DAY),
  notAfter: timestamp(NOW + leftSeconds),
})
const ending = (...leftSeconds: number[]) =>
  aProbe({
    handshake: {
      chain: leftSeconds.map((left, index) => certificate(left, index === 0 ? 'CN=central' : 'CN=intermediate')),
    },
  })

describe(ID, () => {
  it('warns of a certificate that ends within three weeks', async () => {
    const result = having(ending(5 * DAY))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result)
  })
  it('counts every certificate of the chain', () => {
    const result = having(ending(80 * DAY, 3 * DAY))
    expect(result.words).toContain('CN=intermediate')
  })
  it('warns at exactly 21 days, and not a second before', () => {
    expect(having(ending(21 * DAY)).findings).toHaveLength(1)
    expect(having(ending(21 * DAY + 1))).toMatchObject({findings: [], judged: 1})
  })
  it('says so when it has ended already', () => {
    expect(having(ending(-2 * 3600)).titles[0]).toMatch(/ended 2 h ago$/)
  })
  it('does not apply without TLS, nor without a probe', () => {
    expect(having(aProbe())).toMatchObject({findings: [], judged: 0, unknown: []})
    expect(judged(ID, aFleet())).toMatchObject({findings: [], judged: 0, unknown: []})
  })
})
