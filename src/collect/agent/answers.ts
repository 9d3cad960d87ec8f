/** From HTTP answers of an agent's web server to evidence: what a status means, and the JSON envelope of /api/v1. */
import type {Collected, Failure} from '../../evidence/types.ts'
import {failure} from '../collected.ts'
import type {HttpAnswer} from '../connections.ts'
import {isRecord} from '../is-record.ts'
import {keepText} from '../redact.ts'

/** Any status that is not the one hoped for, with the first words of the body. */
export function refusal({status, body}: HttpAnswer, path: string): Failure {
  const words = firstWords(body)
  if (status === 401) {
    return failure(
      'agent-unauthorized',
      `the agent's web server wants basic auth for ${path} (401): give --web-user and --web-password-file`,
    )
  }
  if (status === 404) return failure('not-found', `the agent has no ${path} (404${words})`)
  return failure('failed', `${path} answered ${status}${words}`)
}

function firstWords(body: Buffer): string {
  const text = keepText(body.subarray(0, 1000).toString('utf8'), 150)
  return text === '' || text.startsWith('<') ? '' : `: ${text}`
}

/** `data` of `{"status":"success","data":…}`; anything else is a failure that says what came instead. */
export function apiData(answer: Collected<HttpAnswer>, path: string): Collected<unknown> {
  if (!answer.ok) return answer
  if (answer.value.status !== 200) return refusal(answer.value, path)
  const text = answer.value.body.toString('utf8')
  if (/^\s*</.test(text)) return failure('malformed', `${path} answered an HTML page instead of JSON`)
  try {
    const envelope: unknown = JSON.parse(text)
    if (isRecord(envelope) && envelope.status === 'success') return {...answer, value: envelope.data}
    return failure('malformed', `${path} answered JSON that is not Prometheus's: ${keepText(text, 100)}`)
  } catch {
    return failure('malformed', `${path} answered broken JSON: ${keepText(text, 100)}`)
  }
}
