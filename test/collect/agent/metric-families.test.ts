import {describe, expect, it} from 'vitest'
import {readMetricFamilies} from '../../../src/collect/agent/metric-families.ts'
import type {AgentConnection} from '../../../src/collect/connections.ts'
import type {LabelSets, MetricFamilies} from '../../../src/evidence/labels.ts'
import type {Collected} from '../../../src/evidence/types.ts'

const at = '2026-11-23T02:00:00Z'
const entry = (job: string, instance: string, metric: string, type = 'gauge') => ({
  target: {job, instance},
  metric,
  type,
})

/** An agent whose metadata API gives this by its query. */
function answering(answer: (query: URLSearchParams) => {status?: number; body: string}) {
  const asked: URLSearchParams[] = []
  const connection: AgentConnection = {
    transport: () => 'proxy',
    attempts: () => [],
    async get(path) {
      const query = new URL(path, 'http://agent').searchParams
      asked.push(query)
      const {status = 200, body} = answer(query)
      return {ok: true, at, value: {status, headers: {}, body: Buffer.from(body), durationSeconds: 0}}
    },
  }
  const read = (sets: LabelSets['sets'] = []): Promise<Collected<MetricFamilies>> =>
    readMetricFamilies(
      connection,
      '',
      {labelSets: {ok: true, at, value: {sets, complete: true}}, mostBytes: 2 ** 20},
      new AbortController().signal,
    )
  return {asked, read}
}

const success = (data: unknown) => ({body: JSON.stringify({status: 'success', data})})

describe('metric families', () => {
  it('are counted by job, with the targets that expose each', async () => {
    const entries = [
      entry('b', '1', 'up_to'),
      entry('a', '1', 'x_total', 'counter'),
      entry('a', '2', 'x_total', 'counter'),
      entry('a', '1', 'y'),
    ]
    const {asked, read} = answering(() => success([...entries, {target: null}, 7, {target: {}, metric: 1}]))
    expect(await read()).toMatchObject({
      value: {
        complete: true,
        jobs: [
          {
            ...{job: 'a', targets: 2},
            families: [
              {name: 'x_total', type: 'counter', targets: 2},
              {name: 'y', type: 'gauge', targets: 1},
            ],
          },
          {job: 'b', targets: 1, families: [{name: 'up_to', type: 'gauge', targets: 1}]},
        ],
      },
    })
    expect(asked.map(query => query.get('limit'))).toEqual(['40000'])
  })
  it('of a large agent are read of one target per job, by a selector that no name can break', async () => {
    const full = Array.from({length: 40_000}, (_, index) => entry('a', `${index}`, 'x'))
    const {asked, read} = answering(query => success(query.has('match_target') ? [entry('a', '0', 'x')] : full))
    const hostile = 'q"\\}'
    const sets = [
      {pool: 'p', labels: {job: 'a', instance: '0'}},
      {pool: 'p', labels: {job: 'a', instance: '1'}},
      {pool: 'p', labels: {job: hostile, instance: '1'}},
    ]
    expect(await read(sets)).toMatchObject({value: {complete: false, jobs: [{job: 'a', targets: 1}]}})
    expect(asked.slice(1).map(query => query.get('match_target'))).toEqual([
      '{job="a",instance="0"}',
      '{job="q\\"\\\\}",instance="1"}',
    ])
  })
  it('say why there are none', async () => {
    expect(await answering(() => ({status: 404, body: 'not found'})).read()).toMatchObject({
      ok: false,
      reason: 'not-found',
    })
    expect(await answering(() => ({body: '<html>'})).read()).toMatchObject({ok: false, reason: 'malformed'})
    expect(await answering(() => success({})).read()).toMatchObject({ok: false, reason: 'malformed'})
    expect(await answering(() => ({body: '{"status":"success","data":[{'})).read()).toMatchObject({ok: false})
  })
})
