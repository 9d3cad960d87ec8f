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

describe('rows that are behind', () => {
  it('stand in the order in which they would lose data, at a plain Prometheus too', () => {
    const started = {a: 30, b: 0, c: 0}
    const agents = Object.entries({a: 60, b: 900, c: 300} as const).map(([context, forSeconds]) =>
      anAgent({
        context,
        uptimeSeconds: 10_000 + started[context as keyof typeof started],
        queues: [{doing: 'retrying', forSeconds}],
      }),
    )
    const {rows} = lagReport(readFleet(aFleet({agents})), {sort: 'state', onlyBehind: false, failOverSeconds: null})
    const earliest = Object.fromEntries(rows.map(({context, queue}) => [context, queue?.lossClock.earliestSeconds]))
    expect(earliest.a).toBeLessThan(Number(earliest.b)) // half a minute in hours
    expect(rows.map(({context}) => context)).toEqual(['b', 'c', 'a'])
  })
  it('count the clock of a plain Prometheus unless they catch up before the other one', () => {
    const [row] = lagReport(readFleet(aFleet({agents: [anAgent({queues: [{doing: 'retrying', forSeconds: 60}]})]})), {
      sort: 'state',
      onlyBehind: false,
      failOverSeconds: null,
    }).rows
    if (!row?.queue) throw new Error('no queue')
    const {queue} = row
    const losing = (context: string, seconds: number, plainSeconds: number) => ({
      ...row,
      context,
      queue: {
        ...queue,
        catchUp: {...queue.catchUp, verdict: 'yes' as const, seconds},
        lossClock: {...queue.lossClock, earliestSeconds: 3600, atPlainPrometheusSeconds: plainSeconds},
      },
    })
    const order = (seconds: number) =>
      inOrder([losing('other', 7200, 900), losing('own', seconds, 60)], 'loss').map(({context}) => context)
    expect(order(3600)).toEqual(['own', 'other'])
    expect(order(3599)).toEqual(['other', 'own'])
  })
})
