import {describe, expect, it} from 'vitest'
import {aCentral, anUnreadCentral} from '../../builders/central.ts'
import {aFailure, collected} from '../../builders/evidence.ts'
import {expectWords, judgedFleet} from '../judged.ts'

const ID = 'central/unreachable'

describe(ID, () => {
  it('finds a central that was named and does not answer', async () => {
    const failure = aFailure('timeout', 'the central https://metrics.example gave no answer within 5 s')
    const central = anUnreadCentral(failure, {
      foundBy: 'url',
      name: 'https://metrics.example',
      place: null,
      endpoints: [],
    })
    const result = judgedFleet(ID, {centrals: [central]})
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result)
  })
  it('finds one that still reads its WAL', async () => {
    const result = judgedFleet(ID, {
      centrals: [aCentral({ready: collected({status: 503, text: 'Service Unavailable'})})],
    })
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result, 'starting')
  })
  it('says so where something else answers in its place', () => {
    const central = anUnreadCentral(aFailure('malformed', 'it answered an HTML page'), {foundBy: 'url', endpoints: []})
    expect(judgedFleet(ID, {centrals: [central]}).titles[0]).toMatch(/^what answers at .* is no central$/)
  })
  it('calls the central of a context once, where no pod of it was found', () => {
    for (const [reason, title] of [
      ['timeout', 'the central in context cluster1 does not answer from here'],
      ['not-found', 'the central in context cluster1 was not found'],
    ] as const) {
      const name = 'the central in context cluster1'
      const central = anUnreadCentral(aFailure(reason), {foundBy: 'context', name, place: null, endpoints: []})
      expect(judgedFleet(ID, {centrals: [central]}).titles).toEqual([title])
    }
  })
  it('is silent when it answers', () => {
    expect(judgedFleet(ID, {centrals: [aCentral()]})).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown, and no outage, where a right or a password is missing', () => {
    for (const reason of ['forbidden', 'unauthorized', 'agent-unauthorized', 'not-applicable'] as const)
      expect(judgedFleet(ID, {centrals: [anUnreadCentral(aFailure(reason))]})).toMatchObject({findings: [], judged: 0})
  })
  it('says nothing of a central that nobody named', () => {
    const central = anUnreadCentral(aFailure('unreachable'), {foundBy: 'endpoint'})
    expect(judgedFleet(ID, {centrals: [central]})).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('does not apply where no central is known', () => {
    expect(judgedFleet(ID, {})).toMatchObject({findings: [], unknown: [], judged: 0})
  })
})
