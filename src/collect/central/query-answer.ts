/** Answers of a query API, read while they stream in; what came instead of one is told in a sentence. */
import type {Collected, Failure, FailureReason} from '../../evidence/types.ts'
import {failure} from '../collected.ts'
import type {HttpAnswer} from '../connections.ts'
import {isRecord} from '../is-record.ts'
import {keepText} from '../redact.ts'
import type {InstantSample, SampleRange} from './query-api.ts'
import {type SeriesScanner, scanSeries} from './series-scanner.ts'

/** Ten times what 10,000 agents with a queue each answer. */
const MAX_ANSWER_BYTES = 256 * 2 ** 20
/** Series that are held at once; `onSample` may be given more. */
const MAX_SERIES = 300_000
const MAX_WARNINGS = 10

/** Takes an answer in as it comes; `end` says what it was. */
export interface AnswerReader {
  onChunk(chunk: Buffer): 'more' | 'enough'
  /** Forgets all: the answer begins again. */
  restart(): void
  end(answer: HttpAnswer, what: string): Failure | {warnings: string[]}
}

/** The reader of an array at `data.result`; `onElement` gets each series as parsed JSON. */
export function readResult(onElement: (series: unknown) => void): AnswerReader {
  let bytes = 0
  let series = 0
  let scanner = start()

  function start(): SeriesScanner {
    bytes = 0
    series = 0
    return scanSeries(given => {
      series += 1
      if (series <= MAX_SERIES) onElement(given)
    })
  }

  return {
    onChunk(chunk) {
      bytes += chunk.length
      scanner.push(chunk)
      return bytes > MAX_ANSWER_BYTES || series > MAX_SERIES ? 'enough' : 'more'
    },
    restart() {
      scanner = start()
    },
    end(answer, what) {
      const refused = refusalOf(answer, what)
      if (refused !== null) return refused
      const isComplete = scanner.end()
      if (bytes > MAX_ANSWER_BYTES)
        return failure('malformed', `${what} answered more than ${MAX_ANSWER_BYTES} bytes: the rest was not read`)
      if (series > MAX_SERIES)
        return failure('malformed', `${what} answered more than ${MAX_SERIES} series: the rest was not read`)
      if (!isComplete) return notAnAnswer(scanner.head(), what)
      const scalar = readScalar(scanner.head())
      if (scalar !== null) onElement(scalar)
      return {warnings: readWarnings(scanner)}
    },
  }
}

/** `[unix seconds, "value"]` at `data.result` of a scalar, as an element of a vector; null for anything else. */
function readScalar(head: string): unknown {
  if (!/"resultType":\s*"scalar"/.test(head)) return null
  const envelope = parse(head)
  const data = isRecord(envelope) && isRecord(envelope.data) ? envelope.data : {}
  return Array.isArray(data.result) ? {metric: {}, value: data.result} : null
}

/** `warnings` of Prometheus and Thanos stand behind the data; `isPartial` of a VictoriaMetrics cluster before it. */
function readWarnings(scanner: SeriesScanner): string[] {
  const envelope = parse(`{"data":{"result":[]${scanner.tail()}`)
  const given = isRecord(envelope) && Array.isArray(envelope.warnings) ? envelope.warnings : []
  const beforeData = scanner.head().split('"result"')[0] ?? ''
  return [
    ...given.slice(0, MAX_WARNINGS).map(warning => keepText(String(warning), 300)),
    ...(/"isPartial":\s*true/.test(beforeData) ? ['the answer is partial: a storage node did not answer'] : []),
  ]
}

/** null for an element that is no float sample: a native histogram, or not what the API promises. */
export function readSample(series: unknown): InstantSample | null {
  if (!isRecord(series) || !Array.isArray(series.value)) return null
  const [at, value] = series.value
  if (typeof at !== 'number' || typeof value !== 'string') return null
  return {labels: readLabels(series.metric), atSeconds: at, value: readValue(value)}
}

export function readRange(series: unknown): SampleRange | null {
  if (!isRecord(series) || !Array.isArray(series.values)) return null
  const samples = series.values.flatMap((pair: unknown): [number, number][] =>
    Array.isArray(pair) && typeof pair[0] === 'number' && typeof pair[1] === 'string'
      ? [[pair[0], readValue(pair[1])]]
      : [],
  )
  return {labels: readLabels(series.metric), samples}
}

/** The parsed object itself: of a hundred thousand series a copy would cost. JSON.parse makes own properties of all names. */
function readLabels(metric: unknown): Record<string, string> {
  if (!isRecord(metric)) return {}
  for (const name in metric) if (typeof metric[name] !== 'string') delete metric[name]
  return metric as Record<string, string>
}

/** Prometheus writes infinities as Go does: +Inf. */
function readValue(text: string): number {
  const value = Number(text)
  return Number.isNaN(value) ? Number(text.replace(/^([+-]?)Inf$/, '$1Infinity')) : value
}

/** `{"status":"success","data":[...]}` of a label's values; small enough to be held whole. */
export function readValues(answer: HttpAnswer, what: string): Failure | {values: string[]; warnings: string[]} {
  const refused = refusalOf(answer, what)
  if (refused !== null) return refused
  const text = answer.body.toString('utf8')
  const envelope = parse(text)
  if (!isRecord(envelope) || !Array.isArray(envelope.data)) return notAnAnswer(text, what)
  const warnings = Array.isArray(envelope.warnings) ? envelope.warnings : []
  return {
    values: envelope.data.filter(value => typeof value === 'string'),
    warnings: warnings.slice(0, MAX_WARNINGS).map(warning => keepText(String(warning), 300)),
  }
}

const REASONS: Record<number, FailureReason> = {401: 'unauthorized', 403: 'forbidden', 404: 'not-found', 408: 'timeout'}

/** What a status other than 200 means, with what can be done about it; null for 200. */
function refusalOf({status, headers, body}: HttpAnswer, what: string): Failure | null {
  if (status === 200) return null
  if (status >= 300 && status < 400) {
    const to = placeOf(headers.location)
    return failure(
      'failed',
      `${what} answered ${status}, a redirect${to}: a login page, or another address than this one`,
    )
  }
  const said = saidIn(body)
  const about = advice(status, said)
  return failure(REASONS[status] ?? 'failed', `${what} answered ${status}${said === '' ? '' : `: ${said}`}${about}`)
}

function advice(status: number, said: string): string {
  if (/no org id/i.test(said)) return ' (it wants a tenant: --central-tenant)'
  switch (status) {
    case 401:
      return ' (it asks who you are; give --central-user with --central-password-file, or --central-token-file)'
    case 403:
      return ' (who is asked for may not query it: name one who may by --central-user with --central-password-file, by --central-token-file, or by a header in --central-header-file)'
    case 404:
      return ' (no query API here: the path before /api/v1 may be missing, such as /prometheus or /select/0/prometheus)'
    case 405:
    case 407:
      return ' (something between here and the central answered)'
    default:
      return ''
  }
}

/** Without the query, which may carry a session. */
function placeOf(location: string | undefined): string {
  if (location === undefined) return ''
  return ` to ${keepText(location.replace(/[?#].*$/s, ''), 200)}`
}

/** `error` of the API's JSON, else the first words; of a page its title. */
function saidIn(body: Buffer): string {
  const text = body.subarray(0, 4000).toString('utf8')
  const envelope = parse(text)
  if (isRecord(envelope) && typeof envelope.error === 'string') return keepText(envelope.error, 300)
  return /^\s*</.test(text) ? titleOf(text) : keepText(text, 200)
}

function notAnAnswer(text: string, what: string): Failure {
  if (/^\s*</.test(text)) {
    return failure('malformed', `${what} answered ${titleOf(text)} instead of JSON: a login page, or not its query API`)
  }
  const envelope = parse(text)
  if (isRecord(envelope) && typeof envelope.error === 'string') {
    return failure('failed', `${what} answered: ${keepText(envelope.error, 300)}`)
  }
  if (text.trim() === '') return failure('malformed', `${what} answered nothing`)
  const isCut = envelope === undefined && /^\s*\{\s*"status"\s*:\s*"success"/.test(text)
  return failure(
    'malformed',
    isCut ? `${what} answered half a document` : `${what} answered what is no query API's: ${keepText(text, 100)}`,
  )
}

function titleOf(html: string): string {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(html)?.[1]?.trim()
  return title === undefined || title === '' ? 'an HTML page' : `an HTML page ("${keepText(title, 80)}")`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a reader's end says, as evidence read now. */
export function asCollected<T>(answer: Collected<HttpAnswer>, read: Failure | T): Collected<T> {
  if (!answer.ok) return answer
  return isFailure(read) ? read : {ok: true, value: read, at: answer.at}
}

function isFailure<T>(read: Failure | T): read is Failure {
  return isRecord(read) && read.ok === false
}
