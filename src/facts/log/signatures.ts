/** The one table of log signatures, and which of them a line is. Pure; time in proportion to the line. */
import {sendErrorSignature} from './error-classes.ts'
import type {LogLevel} from './line.ts'
import {isRefusalMessage, isRetryMessage} from './send-messages.ts'
import {PROCESS_MESSAGES} from './signatures/process-messages.ts'
import {QUEUE_MESSAGES} from './signatures/queue-messages.ts'
import {RECEIVER_ANSWERS} from './signatures/receiver-answers.ts'
import {SEND_FAILURES} from './signatures/send-failures.ts'
import type {Signature} from './signatures/signature.ts'

export type {Signature} from './signatures/signature.ts'

/** Errors of writes whose words are not known: what became of the batch is known all the same, by the message. */
const UNKNOWN_SEND_ERRORS = {
  retried: {
    name: 'send-failed',
    class: 'unknown',
    status: null,
    pattern: null,
    recoverable: true,
    apart: true,
    severity: 'warning',
    cause: 'delivery/retrying',
    versions: null,
    title: 'batches are sent again and again',
    meaning: 'An error that is not known here; its words say what is known.',
    remedy: 'read the error; do not restart the agent, it keeps and sends what waits',
  },
  refused: {
    name: 'send-refused',
    class: 'unknown',
    status: null,
    pattern: null,
    recoverable: false,
    apart: true,
    severity: 'error',
    cause: 'delivery/rejected',
    versions: null,
    title: 'batches are dropped',
    meaning: 'An error that is not known here; its words say what is known. The batch is not sent again.',
    remedy: 'read the error: it is the receiver that gives the reason',
  },
} as const satisfies Record<string, Signature>

/** A full disk comes first: whatever failed, it failed for that. */
const MESSAGES = [...PROCESS_MESSAGES, ...QUEUE_MESSAGES]

/** Every signature once; within each table the first that fits wins. */
export const SIGNATURES: readonly Signature[] = [
  ...RECEIVER_ANSWERS,
  ...SEND_FAILURES,
  ...Object.values(UNKNOWN_SEND_ERRORS),
  ...MESSAGES,
]

/** A line taken apart, or the shape of several. */
export interface SignedLine {
  level: LogLevel
  message: string
  error: string | null
  /** The line as it came. */
  sample: string
}

/** Null for a line of no signature: ordinary when its level is info or debug, else unknown. */
export function recognise({message, error, sample}: SignedLine): Signature | null {
  const retried = isRetryMessage(message)
  if (retried || isRefusalMessage(message)) {
    const known = sendErrorSignature(error ?? message)
    return known ?? (retried ? UNKNOWN_SEND_ERRORS.retried : UNKNOWN_SEND_ERRORS.refused)
  }
  const found = MESSAGES.find(
    signature =>
      signature.message.test(message) &&
      (signature.error === undefined || signature.error.test(error ?? message)) &&
      (signature.line === undefined || signature.line.test(sample)),
  )
  return found ?? null
}
