/** Bounded and honest: what is asked of a central that is large, slow, half dead or hostile. */
import {describe, expect, it} from 'vitest'
import {askIdentities} from '../../../src/collect/central/identities.ts'
import type {InstantSample, QueryApi, SampleRange} from '../../../src/collect/central/query-api.ts'
import {stretchesOf} from '../../../src/collect/central/stretches.ts'
import type {Collected} from '../../../src/evidence/types.ts'
import {aFailure} from '../../builders/evidence.ts'

const NOW = Date.now() / 1000

interface Answers {
  instant?(promql: string): InstantSample[] | ReturnType<typeof aFailure>
  range?(promql: string, stepSeconds: number): SampleRange[] | ReturnType<typeof aFailure>
}

function aCentral({instant = () => [], range = () => []}: Answers) {
  const asked: string[] = []
  const steps: number[] = []
  const given = <T>(answer: T[] | ReturnType<typeof aFailure>, key: string): Collected<never> =>
    (Array.isArray(answer)
      ? {ok: true, at: new Date().toISOString(), value: {[key]: answer, warnings: []}}
      : answer) as Collected<never>
  const api: QueryApi = {
    name: 'central',
    clockSkewSeconds: () => 0,
    async query(promql) {
      asked.push(promql)
      return given(instant(promql), 'samples')
    },
    async queryRange(promql, {stepSeconds}) {
      asked.push(promql)
      steps.push(stepSeconds)
      return given(range(promql, stepSeconds), 'series')
    },
    labelValues: async () => aFailure('failed'),
    get: async () => aFailure('failed'),
    credentials: () => [],
    close() {},
  }
  return {api, asked, steps}
}

const {signal} = new AbortController()
const seen = (cluster: string, value: number): InstantSample => ({labels: {cluster}, atSeconds: NOW, value})
const isCount = (promql: string) => promql.startsWith('count')

describe('asking a central for identities', () => {
  it('takes two queries and a range for all identities with the same labels', async () => {
    const clusters = ['a', 'b', 'c']
    const {api, asked} = aCentral({
      instant: promql => clusters.map(cluster => seen(cluster, isCount(promql) ? 3 : NOW - 5)),
      range: () => clusters.map(cluster => ({labels: {cluster}, samples: [[NOW, NOW - 5]]})),
    })
    const held = await askIdentities(
      api,
      clusters.map(cluster => ({cluster})),
      signal,
    )
    expect(asked).toHaveLength(3)
    expect(held.map(({newest}) => newest.ok && newest.value)).toEqual(
      clusters.map(() => ({selector: 'up', newestSeconds: NOW - 5, series: 3})),
    )
    expect(held.map(({lastDay}) => lastDay.ok && lastDay.value.stretches)).toEqual(
      clusters.map(() => [[NOW - 5, NOW - 5]]),
    )
  })
  it('asks with other series where there is no `up`, and with all of them before it says that there is nothing', async () => {
    const {api, asked} = aCentral({})
    const [held] = await askIdentities(api, [{cluster: 'a'}], signal)
    expect(held?.newest).toMatchObject({ok: true, value: {selector: '', newestSeconds: null}})
    expect(asked.slice(0, -1).map(promql => /up\{|__name__=~|\(timestamp\(\{cluster/.exec(promql)?.[0])).toEqual([
      'up{',
      'up{',
      '__name__=~',
      '__name__=~',
      '(timestamp({cluster',
    ])
  })
  it('is not fooled by what label values hold', async () => {
    const hostile = {cluster: 'a"} or vector(1) #', b: 'x|.*\\\n'}
    const {api, asked} = aCentral({})
    await askIdentities(api, [hostile, {cluster: 'c.d', b: 'y'}], signal)
    expect(asked[0]).toBe(
      'max by (cluster, b) (timestamp(up{cluster=~"a\\"\\\\} or vector\\\\(1\\\\) #|c\\\\.d",b=~"x\\\\|\\\\.\\\\*\\\\\\\\\\n|y"}))',
    )
  })
  it('keeps a failure as what it is, and asks no more', async () => {
    const {api, asked} = aCentral({instant: () => aFailure('timeout', 'no answer within 10 s')})
    const [held] = await askIdentities(api, [{cluster: 'a'}], signal)
    expect([held?.newest, held?.lastDay].map(piece => piece?.ok)).toEqual([false, false])
    expect(asked).toHaveLength(2)
  })
  it('takes longer steps for many series, and none for too many', async () => {
    const stepFor = async (series: number) => {
      const {api, steps} = aCentral({instant: promql => [seen('a', isCount(promql) ? series : NOW)]})
      const [held] = await askIdentities(api, [{cluster: 'a'}], signal)
      return steps[0] ?? (held?.lastDay.ok === false ? held.lastDay.detail : null)
    }
    expect(await stepFor(100)).toBe(60)
    expect(await stepFor(5000)).toBe(180)
    expect(await stepFor(10_400)).toBe(300)
    expect(await stepFor(11_000)).toContain('too many')
  })
  it('stops at so many identities, and says so', async () => {
    const {api, asked} = aCentral({instant: promql => (isCount(promql) ? [] : [])})
    const held = await askIdentities(
      api,
      Array.from({length: 2500}, (_, index) => ({cluster: `c${index}`})),
      signal,
    )
    expect(held).toHaveLength(2500)
    const detail = expect.stringContaining('500 of 2500 agents were not asked for, at most 2000 are: look at fewer')
    expect(held[1999]?.newest).not.toMatchObject({detail})
    for (const piece of [held[2000]?.newest, held[2499]?.newest, held[2499]?.lastDay])
      expect(piece).toMatchObject({ok: false, reason: 'not-applicable', detail})
    expect(held[100]?.newest).toMatchObject({ok: false, reason: 'not-applicable'}) // not all are asked by all series
    expect(asked.length).toBeLessThan(300)
  })
  it('asks for a day of those first that are not seen now, and says of whom it did not', async () => {
    const clusters = Array.from({length: 500}, (_, index) => `c${index}`)
    const gone = ['c498', 'c499']
    const named = (promql: string) =>
      clusters.filter(cluster => promql.includes(`${cluster}|`) || promql.includes(`${cluster}"`))
    const {api} = aCentral({
      instant: promql =>
        named(promql).flatMap(cluster => (gone.includes(cluster) ? [] : seen(cluster, isCount(promql) ? 3 : NOW - 5))),
      range: promql =>
        named(promql).map(cluster => ({
          labels: {cluster},
          samples: [[NOW, NOW - (gone.includes(cluster) ? 7200 : 5)]],
        })),
    })
    const held = await askIdentities(
      api,
      clusters.map(cluster => ({cluster})),
      signal,
    )
    expect(held.filter(({newest}) => newest.ok)).toHaveLength(500)
    expect(held.filter(({lastDay}) => lastDay.ok)).toHaveLength(400)
    for (const {labels, lastDay} of held.slice(498))
      expect({labels, isAsked: lastDay.ok}).toMatchObject({isAsked: true})
    expect(held[450]?.lastDay).toMatchObject({detail: 'the last day is asked for 400 agents at most'})
  })
})

describe('stretches without a pause', () => {
  it('end where more than two steps are missing', () => {
    const times = [0, 60, 120, 240, 361, 421]
    expect(stretchesOf(times, 60)).toEqual({
      stretches: [
        [0, 240],
        [361, 421],
      ],
      truncated: false,
    })
  })
  it('come of any order, with what is no number left out', () => {
    expect(stretchesOf([120, Number.NaN, 0, 60, Number.POSITIVE_INFINITY, 60], 60).stretches).toEqual([[0, 120]])
    expect(stretchesOf([], 60)).toEqual({stretches: [], truncated: false})
  })
  it('are the newest where there are too many', () => {
    const {stretches, truncated} = stretchesOf(
      Array.from({length: 1000}, (_, index) => index * 1000),
      60,
    )
    expect([stretches.length, stretches.at(-1), truncated]).toEqual([300, [999_000, 999_000], true])
  })
})
