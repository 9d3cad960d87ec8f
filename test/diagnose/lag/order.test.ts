/** The places of rows that are looked at again and again. */
import {describe, expect, it} from 'vitest'
import {inOrder} from '../../../src/diagnose/lag/order.ts'
import {lagReport} from '../../../src/diagnose/lag/report-lag.ts'
import {readFleet} from '../../../src/facts/fleet.ts'
import {aFleet, anAgent, NOW} from '../../builders/evidence.ts'

/** One queue per context that delivers with this lag. */
const rowsOf = (lags: Record<string, number>) => {
  const agents = Object.entries(lags).map(([context, lag]) =>
    anAgent({context, queues: [{figures: {highestSent: NOW - 1 - lag, pending: 100}}]}),
  )
  const options = {sort: 'state', onlyBehind: false, failOverSeconds: null} as const
  return lagReport(readFleet(aFleet({agents})), options).rows
}
const contextsOf = (lags: Record<string, number>, sort: 'state' | 'lag') =>
  inOrder(rowsOf(lags), sort).map(({context}) => context)

describe('rows that deliver', () => {
  it('keep their places while their lag is one that comes and goes with each scrape', () => {
    expect(rowsOf({a: 0, b: 29}).map(({queue}) => queue?.lagSeconds)).toEqual([0, 29])
    expect(contextsOf({a: 0, b: 29, c: 15}, 'state')).toEqual(['a', 'b', 'c'])
    expect(contextsOf({a: 0, b: 30, c: 15}, 'state')).toEqual(['b', 'a', 'c'])
  })
  it('are in the order of their lag where that is asked for', () => {
    expect(contextsOf({a: 0, b: 29, c: 15}, 'lag')).toEqual(['b', 'c', 'a'])
  })
})
