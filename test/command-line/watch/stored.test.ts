/** The central beside the agents, look by look. */
import {describe, expect, it, vi} from 'vitest'
import type {CentralsLook, SeenCentrals} from '../../../src/collect/central/look-again.ts'
import {watchStored} from '../../../src/command-line/watch/stored.ts'
import {readStore} from '../../../src/facts/central/store.ts'
import {aCentral, anUnreadCentral} from '../../builders/central.ts'
import {aFailure} from '../../builders/evidence.ts'

const seen = (name: string): SeenCentrals => ({centrals: [aCentral({name})]})
const nothing = seen('not answered yet')

/** A session whose looks at the central end when the test says so. */
function aSession() {
  const looks: {answer(seen: SeenCentrals): void; fail(error: Error): void}[] = []
  const lookAtCentrals = (): CentralsLook => {
    let answer = (_: SeenCentrals) => {}
    let fail = (_: Error) => {}
    const done = new Promise<SeenCentrals>((resolve, reject) => {
      answer = resolve
      fail = reject
    })
    looks.push({answer, fail})
    return {peek: () => nothing, done}
  }
  return {looks, lookAtCentrals}
}

const around = () => ({intervalSeconds: 10, signal: new AbortController().signal})

describe('a central that is looked at with each frame', () => {
  it('is asked anew each time that it has answered', async () => {
    const session = aSession()
    const stored = watchStored(session, around())
    const first = stored.round([])
    session.looks[0]?.answer(seen('a'))
    expect(await first).toEqual(seen('a'))
    const second = stored.round([])
    session.looks[1]?.answer(seen('b'))
    expect(await second).toEqual(seen('b'))
  })
  it('that is slow holds up no frame and is not asked twice at once; what it said serves a while, and then it has not answered', async () => {
    vi.useFakeTimers()
    try {
      const session = aSession()
      const stored = watchStored(session, around())
      const first = stored.round([])
      session.looks[0]?.answer(seen('a'))
      await first
      const rounds: SeenCentrals[] = []
      for (let index = 0; index < 8; index += 1) {
        const startedAt = Date.now()
        const round = stored.round([])
        await vi.advanceTimersByTimeAsync(5000)
        rounds.push(await round)
        expect(Date.now() - startedAt).toBe(5000)
      }
      expect(session.looks).toHaveLength(2)
      expect(rounds).toEqual([...Array.from({length: 6}, () => seen('a')), nothing, nothing])
      session.looks[1]?.answer(seen('b'))
      await vi.advanceTimersByTimeAsync(0)
      const after = stored.round([])
      await vi.advanceTimersByTimeAsync(5000)
      expect(await after).toEqual(seen('b'))
    } finally {
      vi.useRealTimers()
    }
  })
  it('that is away is what it said of itself before: how old a sample it takes decides when data is lost', async () => {
    const session = aSession()
    const stored = watchStored(session, around())
    const rounds = [seen('a'), {centrals: [anUnreadCentral(aFailure('unreachable'), {name: 'the same'})]}]
    const shown: SeenCentrals[] = []
    for (const [index, found] of rounds.entries()) {
      const round = stored.round([])
      session.looks[index]?.answer(found)
      shown.push(await round)
    }
    expect(shown[0]?.centrals?.[0]?.earlier).toBeUndefined()
    const [away] = (shown[1]?.centrals ?? []).map(readStore)
    expect(away).toMatchObject({kind: 'prometheus', outOfOrderWindowSeconds: 0, refusesAfterSeconds: 3600})
    expect(away?.problem?.reason).toBe('unreachable')
  })
  it('that cannot be meant ends the watching with the reason', async () => {
    const session = aSession()
    const stored = watchStored(session, around())
    const first = stored.round([])
    session.looks[0]?.fail(new Error('no context "nowhere"'))
    await expect(first).rejects.toThrow('no context "nowhere"')
  })
})
