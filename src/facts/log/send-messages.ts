/** What became of a batch, by the message of the log line (storage/remote/queue_manager.go); the reason stands in its `err`. */

/** It will be sent again: network errors, 5xx, and 429 where that is retried. */
export function isRetryMessage(message: string): boolean {
  return /^Failed to send batch, retrying/i.test(message)
}

/**
 * It is dropped for good; the second text since 2.54, for a 2xx that admits to less than was sent. Of metadata ("non-recoverable error
 * while sending metadata") no sample depends.
 */
export function isRefusalMessage(message: string): boolean {
  return /^non-recoverable error$|^we got 2xx status code/i.test(message)
}

/** The receiver answered, with 429 or 5xx and Retry-After, and the queue waits as long as that; the answer is logged only after it. */
export function isWaitMessage(message: string): boolean {
  return /^Retrying after duration specified by Retry-After/i.test(message)
}
