/** What the text of a remote-write error says went wrong, by the table in error-class-table.ts. */
import {ERROR_CLASSES, type ErrorClassRow} from './error-class-table.ts'

export type ErrorClass =
  | 'name-not-resolved'
  | 'refused'
  | 'unreachable'
  | 'no-route'
  | 'timed-out'
  | 'connection-reset'
  | 'tls-untrusted'
  | 'tls-name-mismatch'
  | 'tls-expired'
  | 'tls-client-certificate'
  | 'tls-failed'
  | 'scheme-mismatch'
  | 'proxy'
  | 'redirected'
  | 'unauthorized'
  | 'no-tenant'
  | 'forbidden'
  | 'receiver-disabled'
  | 'wrong-path'
  | 'method-not-allowed'
  | 'payload-too-large'
  | 'unsupported-protocol'
  | 'rate-limited'
  | 'out-of-order'
  | 'duplicate-sample'
  | 'out-of-bounds'
  | 'too-old'
  | 'future'
  | 'series-limit'
  | 'invalid-series'
  | 'label-not-unique'
  | 'conflict'
  | 'html-bad-request'
  | 'bad-request'
  | 'server-error'
  | 'bad-gateway'
  | 'unavailable'
  | 'gateway-timeout'
  | 'credentials-unreadable'
  | 'invalid-url'
  | 'cancelled'
  | 'unknown'

const UNKNOWN: ErrorClassRow = {
  class: 'unknown',
  status: null,
  pattern: null,
  recoverable: true,
  meaning: 'An error that is not known here; its words say what is known.',
}

const MAX_TEXT_LENGTH = 4096
const STATUS = /server returned HTTP status (\d{3})[^:]{0,60}(?::\s?)?/

/** HTTP status that the error names, null when there was no answer. */
export function errorStatus(text: string): number | null {
  const status = STATUS.exec(text.slice(0, MAX_TEXT_LENGTH))?.[1]
  return status === undefined ? null : Number(status)
}

/** The row that an error text falls into, with its meaning. */
export function errorClassRow(text: string): ErrorClassRow {
  const bounded = text.slice(0, MAX_TEXT_LENGTH).trim()
  const answer = STATUS.exec(bounded)
  if (answer) {
    const status = Number(answer[1])
    const body = bounded.slice(answer.index + answer[0].length)
    return (
      ERROR_CLASSES.find(row => matchesStatus(row, status) && (row.pattern === null || row.pattern.test(body))) ??
      UNKNOWN
    )
  }
  // The URL stands in front and may hold any word: Post "https://host/path": dial tcp …
  const failure = bounded.replace(/^.{0,60}?\b(?:Post|Get) "[^"]{0,2000}": /, '')
  return ERROR_CLASSES.find(row => row.status === null && row.pattern?.test(failure)) ?? UNKNOWN
}

/** What went wrong, by the `err` of a remote-write log line; `unknown` for any other text. */
export function classifyError(text: string): ErrorClass {
  return errorClassRow(text).class
}

function matchesStatus(row: ErrorClassRow, status: number): boolean {
  if (row.status === null) return false
  if (row.status === 'any' || row.status === status) return true
  return typeof row.status === 'string' && row.status === `${Math.floor(status / 100)}xx`
}
