/** Why an exchange with another side came to nothing: one error with a reason and a sentence, and the evidence that it becomes. */
import type {Failure, FailureReason, Permission} from '../../evidence/types.ts'
import {keepText} from '../redact.ts'

/** The end of an attempt to get an answer; `failureOf` makes evidence of it. */
export class ExchangeError extends Error {
  override name = 'ExchangeError'
  readonly reason: FailureReason
  readonly needs: Permission[][]
  /** True when an answer had begun and broke off: another way may bring all of it. */
  readonly isCut: boolean
  /** True when a kept-alive connection turned out to be closed: the request never reached the other side. */
  readonly isStale: boolean
  constructor(
    reason: FailureReason,
    message: string,
    rest: {needs?: Permission[][]; isCut?: boolean; isStale?: boolean; cause?: unknown} = {},
  ) {
    super(message, {cause: rest.cause})
    this.reason = reason
    this.needs = rest.needs ?? []
    this.isCut = rest.isCut ?? false
    this.isStale = rest.isStale ?? false
  }
}

const LONGEST_DETAIL = 600

/** What is wrong, as evidence; an error that is not ours to expect is a bug and is thrown on. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof ExchangeError)) throw error
  return {ok: false, reason: error.reason, detail: keepText(error.message, LONGEST_DETAIL), needs: error.needs}
}
