/** The API server's own refusals (`kind: Status`, k8s.io/apimachinery/pkg/apis/meta/v1), told apart from those of others. Pure. */
import type {FailureReason} from '../../evidence/types.ts'
import type {HttpAnswer} from '../connections.ts'
import {keepText} from '../redact.ts'
import {ExchangeError} from './exchange-error.ts'
import {type Method, permissionsForPath, permissionsInMessage} from './permissions.ts'

export interface Status {
  message: string
}

/** null when the body is not a Status, that is when something else than the API server answered. */
export function readStatus(body: Buffer): Status | null {
  if (body[0] !== 0x7b) return null
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    if (typeof parsed !== 'object' || parsed === null || !('kind' in parsed) || parsed.kind !== 'Status') return null
    const {message} = parsed as {message?: unknown}
    return {message: typeof message === 'string' ? message : ''}
  } catch {
    return null
  }
}

const REASONS: Record<number, FailureReason> = {401: 'unauthorized', 403: 'forbidden', 404: 'not-found', 410: 'failed'}

/** What an answer of a status other than 2xx means; `needs` names the right that a 403 misses. */
export function refusalOf(
  method: Method,
  path: string,
  answer: Pick<HttpAnswer, 'status' | 'body'>,
  what: string,
): ExchangeError {
  const {status: code, body} = answer
  const status = readStatus(body)
  const said = keepText(status === null ? firstWords(body) : status.message, 300)
  // A Status that quotes a name says itself what was asked for.
  const asked = status !== null && said.includes('"') ? '' : ` to ${method} ${path.split('?')[0]}`
  const message = `${what} answered ${code}${asked}${said === '' ? '' : `: ${said}`}`
  // A 403 in other words is a firewall's or a proxy's: no Role would help.
  const needs =
    code === 403 && status !== null ? (permissionsInMessage(status.message) ?? permissionsForPath(method, path)) : []
  return new ExchangeError(REASONS[code] ?? 'failed', message, {needs})
}

/** Of a body that may be HTML: its text. */
function firstWords(body: Buffer): string {
  return body
    .subarray(0, 2000)
    .toString('utf8')
    .replace(/<style[\s\S]*?(?:<\/style>|$)/gi, ' ')
    .replace(/<[^>]*>?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
