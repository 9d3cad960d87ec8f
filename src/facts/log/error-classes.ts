/** What the text of a remote-write error says went wrong, by the tables in signatures/. */
import {RECEIVER_ANSWERS} from './signatures/receiver-answers.ts'
import {SEND_FAILURES} from './signatures/send-failures.ts'
import type {ErrorClass, SendErrorSignature} from './signatures/signature.ts'

const MAX_TEXT_LENGTH = 4096
const STATUS = /server returned HTTP status (\d{3})[^:]{0,60}(?::\s?)?/

/** HTTP status that the error names, null when there was no answer. */
export function errorStatus(text: string): number | null {
  const status = STATUS.exec(text.slice(0, MAX_TEXT_LENGTH))?.[1]
  return status === undefined ? null : Number(status)
}

/** The signature that an error text falls into; null for one that is not known. */
export function sendErrorSignature(text: string): SendErrorSignature | null {
  const bounded = text.slice(0, MAX_TEXT_LENGTH).trim()
  const answer = STATUS.exec(bounded)
  // Answers of the receiver are apart from failures to get one, because a 502's body may well quote "connection refused".
  if (answer) {
    const status = Number(answer[1])
    const body = bounded.slice(answer.index + answer[0].length)
    const fits = (row: SendErrorSignature) => matchesStatus(row, status) && (row.pattern?.test(body) ?? true)
    return RECEIVER_ANSWERS.find(fits) ?? null
  }
  // The URL stands in front and may hold any word: Post "https://host/path": dial tcp …
  const failure = bounded.replace(/^.{0,60}?\b(?:Post|Get) "[^"]{0,2000}": /, '')
  return SEND_FAILURES.find(({pattern}) => pattern?.test(failure) ?? false) ?? null
}

/** What went wrong, by the `err` of a remote-write log line; `unknown` for any other text. */
export function classifyError(text: string): ErrorClass {
  return sendErrorSignature(text)?.class ?? 'unknown'
}

function matchesStatus(row: SendErrorSignature, status: number): boolean {
  if (row.status === null) return false
  if (row.status === 'any' || row.status === status) return true
  return typeof row.status === 'string' && row.status === `${Math.floor(status / 100)}xx`
}
