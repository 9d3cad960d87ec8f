/** One look at an agent's /metrics: kept to the families that facts read while it streams in, with both clocks. */
import type {Collected, Failure, Scrape} from '../../evidence/types.ts'
import {createExpositionFilter, MAX_KEPT_BYTES} from '../../facts/exposition/exposition-filter.ts'
import type {FamiliesKept} from '../../facts/exposition/families.ts'
import {failure} from '../collected.ts'
import type {AgentConnection} from '../connections.ts'
import {cleanLines, cleanText, keepText, redactKnownShapes} from '../redact.ts'
import {refusal} from './answers.ts'

const TIMEOUT_SECONDS = 10
/** A Kubernetes-sized agent answers 1-5 MB; more than this is not an agent's own metrics. */
const MAX_BYTES = 256 * 2 ** 20
/** Enough of the start to see what it is. */
const HEAD_LENGTH = 4096
/** V8 keeps longer strings among its large objects, where garbage stays longer. */
const DECODED_AT_ONCE = 64 * 1024
const METRIC_LINE =
  /^#[ \t]+(?:TYPE|HELP)[ \t]|^[ \t]*(?:[a-zA-Z_:][\w:]*[ \t]*(?:\{|[ \t][+-]?(?:\d|\.\d|Inf|NaN))|\{")/m

/**
 * GET <prefix>/metrics. HTML, a body that was cut off and text without a single metric are failures of reason malformed;
 * the text is asked for as 0.0.4, since Prometheus offers no OpenMetrics of itself.
 */
export async function scrape(
  connection: Pick<AgentConnection, 'get'>,
  prefix: string,
  signal: AbortSignal,
  kept: FamiliesKept = 'all',
): Promise<Collected<Scrape>> {
  let filter = createExpositionFilter(kept)
  let bodyBytes = 0
  let head = ''
  const answer = await connection.get(`${prefix}/metrics`, {
    signal,
    timeoutSeconds: TIMEOUT_SECONDS,
    maxBytes: MAX_BYTES,
    headers: {accept: 'text/plain;version=0.0.4'},
    onRestart() {
      filter = createExpositionFilter(kept)
      bodyBytes = 0
      head = ''
    },
    onChunk(chunk) {
      bodyBytes += chunk.length
      if (bodyBytes > MAX_BYTES) return 'enough'
      if (head.length < HEAD_LENGTH) head += chunk.toString('latin1', 0, HEAD_LENGTH)
      for (let from = 0; from < chunk.length; from += DECODED_AT_ONCE)
        if (filter.push(chunk.toString('latin1', from, from + DECODED_AT_ONCE)) === 'enough') return 'enough'
      return 'more'
    },
  })
  if (!answer.ok) return answer
  const {status, headers} = answer.value
  if (status !== 200) return refusal(answer.value, `${prefix}/metrics`)
  const receivedAt = new Date().toISOString()
  const {text, families, unterminated, tooLarge} = filter.end()
  const problem = malformed(`${prefix}/metrics`, {head, bodyBytes, families, unterminated, tooLarge})
  if (problem !== null) return problem
  const date = Date.parse(headers.date ?? '')
  const scraped: Scrape = {
    agentTime: Number.isNaN(date) ? receivedAt : new Date(date).toISOString(),
    receivedAt,
    text: redactKnownShapes(cleanLines(text)),
    families: families.map(name => cleanText(name, 200)),
  }
  return {ok: true, value: scraped, at: receivedAt}
}

function malformed(
  path: string,
  body: {head: string; bodyBytes: number; families: string[]; unterminated: boolean; tooLarge: boolean},
): Failure | null {
  if (/^\s*<(?:!doctype|html|\?xml|head|body)/i.test(body.head)) {
    const title = /<title>([^<]*)/i.exec(body.head)?.[1]
    const called = title === undefined ? '' : ` titled "${keepText(title, 100)}"`
    return failure(
      'malformed',
      `${path} answered an HTML page${called} instead of metrics: is this Prometheus's own port and route prefix?`,
    )
  }
  if (body.bodyBytes > MAX_BYTES)
    return failure('malformed', `${path} answered more than ${MAX_BYTES} bytes, that is not read to its end`)
  if (body.tooLarge) {
    const most = `${MAX_KEPT_BYTES / 2 ** 20} MiB`
    return failure(
      'malformed',
      `${path} holds more than ${most} of Prometheus's metrics of itself, where a busy agent has 1 to 5: see that port and path are Prometheus's own, and how many scrape pools it has`,
    )
  }
  if (body.bodyBytes === 0) return failure('malformed', `${path} answered 200 with an empty body`)
  // Prometheus ends its last line with a line feed; without it, and without a length, only the missing end tells of a cut.
  if (body.unterminated)
    return failure('malformed', `${path} was cut off in the middle of a line, after ${body.bodyBytes} bytes`)
  if (body.families.length === 0 || !METRIC_LINE.test(body.head))
    return failure('malformed', `${path} answered something else than metrics: "${keepText(body.head, 80)}"`)
  return null
}
