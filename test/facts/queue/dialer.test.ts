/** Connection counters of remote write, as go-conntrack keeps them. */
import {describe, expect, it} from 'vitest'
import {parseExposition} from '../../../src/facts/exposition/exposition.ts'
import {DIAL_FAILURES, failedDials, isOutdated} from '../../../src/facts/queue/dialer.ts'

const counters = (counts: Record<string, number>) =>
  parseExposition(
    Object.entries(counts)
      .map(
        ([reason, count]) =>
          `net_conntrack_dialer_conn_failed_total{dialer_name="remote_storage_write_client",reason="${reason}"} ${count}\n`,
      )
      .join(''),
  )

describe('connections that failed', () => {
  it('are counted once each, though one that was refused or timed out is under unknown, too', () => {
    const metrics = counters({refused: 4, timeout: 2, resolution: 3, unknown: 7})
    expect(DIAL_FAILURES.map(reason => failedDials(metrics, reason))).toEqual([4, 3, 2, 1])
  })
  it('are never less than none', () => {
    expect(failedDials(counters({timeout: 2}), 'unknown')).toBe(0)
    expect(failedDials(counters({}), 'refused')).toBe(0)
  })
  it('overtake what the log says once all of them fail in another way', () => {
    const before = counters({refused: 0, unknown: 5})
    expect(isOutdated('no-route', before, counters({refused: 2, unknown: 7}))).toBe(true)
    expect(isOutdated('no-route', before, counters({refused: 0, unknown: 7}))).toBe(false)
    expect(isOutdated('refused', before, counters({refused: 0, unknown: 7}))).toBe(true)
  })
})
