/** The two forms of every piece of evidence: what was read, and why it was not. */
import type {Collected, Failure, FailureReason} from '../evidence/types.ts'
import {keepText} from './redact.ts'

/** Read now, by our clock. */
export function collected<T>(value: T): Collected<T> {
  return {ok: true, value, at: new Date().toISOString()}
}

export function failure(reason: FailureReason, detail: string): Failure {
  return {ok: false, reason, detail: keepText(detail, 500), needs: []}
}

export function notApplicable(detail: string): Failure {
  return failure('not-applicable', detail)
}
