/** The query API of Prometheus (web/api/v1/api.go), which VictoriaMetrics, Mimir and Thanos speak too, over any way to it. */
import type {Collected, Failure} from '../../evidence/types.ts'
import {dateSkewSeconds} from '../api-server/http.ts'
import type {HttpAnswer, RequestOptions} from '../connections.ts'
import {hideInside} from '../own-credentials.ts'
import {type AnswerReader, asCollected, readRange, readResult, readSample, readValues} from './query-answer.ts'
import type {CentralWay, InstantSample, QueryApi, QueryOptions, SampleRange} from './query-api.ts'
import {failsWhenItHangs} from './sign-of-life.ts'

/** Proxies take URLs of 8 KB and less; a longer query goes as a form where the way allows it. */
const LONGEST_QUERY_IN_URL = 4000
const MAX_VALUES_BYTES = 16 * 2 ** 20
/** Beyond the time that the server itself is given, so that its own words about being too slow still arrive. */
const GRACE_SECONDS = 2

export function openQueryApi(given: CentralWay): QueryApi {
  const way = failsWhenItHangs(given)
  let clockSkewSeconds: number | null = null

  async function ask(path: string, parameters: [string, string][], options: RequestOptions) {
    const form = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
    const isLong = form.length > LONGEST_QUERY_IN_URL
    const answer =
      isLong && way.postForm !== null
        ? await way.postForm(path, form, options)
        : await way.get(`${path}?${form}`, options)
    if (answer.ok) clockSkewSeconds = dateSkewSeconds(answer.value) ?? clockSkewSeconds
    return answer
  }

  async function askFor(
    path: string,
    parameters: [string, string][],
    {signal, timeoutSeconds}: QueryOptions,
    reader: AnswerReader,
    onRestart: () => void,
  ): Promise<Collected<{warnings: string[]}>> {
    const given: [string, string][] = [
      ...parameters,
      ['timeout', `${timeoutSeconds}s`],
      // VictoriaMetrics otherwise hides the newest 30 s (-search.latencyOffset); the others do not know the parameter.
      ['nocache', '1'],
    ]
    const answer = await ask(path, given, {
      signal,
      timeoutSeconds: timeoutSeconds + GRACE_SECONDS,
      maxBytes: Number.POSITIVE_INFINITY, // the reader has its own limit
      onChunk: reader.onChunk,
      onRestart() {
        reader.restart()
        onRestart()
      },
    })
    const what = `${way.name} ${path}`
    return hidden(asCollected(answer, answer.ok ? reader.end(answer.value, what) : answer))
  }

  /** Nothing that the other side says back to us may hold what we proved ourselves with. */
  function hidden<T>(answer: Collected<T>): Collected<T> {
    const credentials = way.credentials()
    if (credentials.length > 0) hideInside(answer, credentials)
    return answer
  }

  return {
    name: way.name,
    clockSkewSeconds: () => clockSkewSeconds,
    async query(promql, options) {
      const samples: InstantSample[] = []
      const take = options.onSample ?? (sample => void samples.push(sample))
      const reader = readResult(series => {
        const sample = readSample(series)
        if (sample !== null) take(sample)
      })
      const parameters: [string, string][] = [['query', promql]]
      if (options.atSeconds !== undefined) parameters.push(['time', String(options.atSeconds)])
      const answer = await askFor('/api/v1/query', parameters, options, reader, () => {
        samples.length = 0
        options.onRestart?.()
      })
      return answer.ok ? {...answer, value: {samples, warnings: answer.value.warnings}} : answer
    },
    async queryRange(promql, {fromSeconds, toSeconds, stepSeconds}, options) {
      const series: SampleRange[] = []
      const reader = readResult(given => {
        const range = readRange(given)
        if (range !== null) series.push(range)
      })
      const parameters: [string, string][] = [
        ['query', promql],
        ['start', String(fromSeconds)],
        ['end', String(toSeconds)],
        ['step', String(stepSeconds)],
      ]
      const answer = await askFor('/api/v1/query_range', parameters, options, reader, () => {
        series.length = 0
      })
      return answer.ok ? {...answer, value: {series, warnings: answer.value.warnings}} : answer
    },
    async labelValues(label, {fromSeconds, toSeconds}, {signal, timeoutSeconds}) {
      const path = `/api/v1/label/${encodeURIComponent(label)}/values`
      const parameters: [string, string][] = [
        ['start', String(fromSeconds)],
        ['end', String(toSeconds)],
      ]
      const answer = await ask(path, parameters, {signal, timeoutSeconds, maxBytes: MAX_VALUES_BYTES})
      return hidden(asCollected(answer, answer.ok ? readValues(answer.value, `${way.name} ${path}`) : answer))
    },
    async get(path, options) {
      const answer = await way.get(path, options)
      if (answer.ok) clockSkewSeconds = dateSkewSeconds(answer.value) ?? clockSkewSeconds
      return answer.ok ? answer : hidden<HttpAnswer>(answer)
    },
    credentials: () => way.credentials(),
    close: () => way.close(),
  }
}

/** A central that cannot be reached at all: each question gets the reason. */
export function failedQueryApi(name: string, reason: Failure): QueryApi {
  const fail = async () => reason
  return {
    name,
    clockSkewSeconds: () => null,
    query: fail,
    queryRange: fail,
    labelValues: fail,
    get: fail,
    credentials: () => [],
    close() {},
  }
}
