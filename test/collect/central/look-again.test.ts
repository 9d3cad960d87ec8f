/** Centrals that are looked at again and again, for as long as a watch is left open. */
import {getEventListeners} from 'node:events'
import {afterEach, describe, expect, it, vi} from 'vitest'
import {lookAgain} from '../../../src/collect/central/look-again.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('looks at the central', () => {
  it('leave nothing behind on the signal that ends all of them', async () => {
    const any = vi.spyOn(AbortSignal, 'any')
    const {signal} = new AbortController()
    const again = lookAgain([], {
      access: null,
      kubeconfig: null,
      impersonate: {user: null, groups: []},
      transport: 'auto',
    })
    for (let look = 0; look < 3; look += 1) expect(await again.begin([], signal).done).toEqual({})
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(any.mock.calls.length).toBeGreaterThan(0)
    expect(any.mock.calls.flat(2)).not.toContain(signal)
  })
})
