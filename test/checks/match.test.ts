import {describe, expect, it} from 'vitest'
import {matchChecks} from '../../src/checks/match.ts'
import {UserError} from '../../src/errors.ts'

describe('matchChecks', () => {
  it('takes an id for itself and a subject for all its checks, in the order of the catalogue', () => {
    expect(matchChecks(['config', 'access/no-agents'], '--only').slice(0, 2)).toEqual([
      'access/no-agents',
      'config/reload-failed',
    ])
  })
  it('gives nothing for nothing', () => {
    expect(matchChecks([], '--skip')).toEqual([])
  })
  it('refuses an unknown name and offers the nearest', () => {
    expect(() => matchChecks(['receiver/disable'], '--only')).toThrow(UserError)
    try {
      matchChecks(['receiver/disable'], '--only')
    } catch (error) {
      expect(error).toMatchObject({
        message: '--only: there is no check "receiver/disable"',
        hint: 'did you mean receiver/disabled?',
      })
    }
  })
  it('does not take the beginning of a subject for a subject', () => {
    expect(() => matchChecks(['deliver/'], '--skip')).toThrow(UserError)
  })
})
