import {describe, expect, it} from 'vitest'
import type {Session} from '../../src/collect/session.ts'
import {probeAfterTake} from '../../src/command-line/probe-flags.ts'
import {aFleet} from '../builders/evidence.ts'

describe('what --timeout leaves to a probe', () => {
  it.each([11.861, 8.861, 0.1, 59.9999, 75])(
    'is a time that a timer takes, after a take of %s s',
    async durationSeconds => {
      const session: Pick<Session, 'probe'> = {
        async probe(evidence, {signal}) {
          expect(signal.aborted).toBe(false)
          return evidence
        },
      }
      const probe = probeAfterTake({timeout: 60} as Parameters<typeof probeAfterTake>[0])
      const evidence = {...aFleet(), durationSeconds}
      const tried = await probe(session as Session, evidence, new AbortController().signal)
      expect(tried.durationSeconds).toBeGreaterThanOrEqual(durationSeconds)
    },
  )
})
