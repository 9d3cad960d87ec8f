/** What kind of receiver an address leads to, for the clock of what waits. Pure. */
import type {CentralFacts, QueueAtCentral} from './types.ts'

export interface ReceiverKind {
  /** null: not known. */
  isPrometheus: boolean | null
  /** From which age on a Prometheus refuses samples, seconds; null: not known. */
  refusesAfterSeconds: number | null
}

export const UNKNOWN_RECEIVER: ReceiverKind = {isPrometheus: null, refusesAfterSeconds: null}

/**
 * Of the store that the address is proven to lead to. One that the user only named may be another than the one that is written to:
 * see receiverSeen. `address` of a queue's endpoint; null where its URL cannot be read.
 */
export function receiverBehind(centrals: readonly CentralFacts[], address: string | null): ReceiverKind {
  return kindOf(centrals.find(({evidence}) => evidence.endpoints.some(endpoint => endpoint.address === address)))
}

/**
 * Of the store that the user named for all agents, where it holds what this queue alone can have written: its agent's series, up to
 * about the newest sample that the queue has sent. Null where that is not seen.
 */
export function receiverSeen(
  {proof, central, isShared, newestSeconds}: QueueAtCentral,
  {highestSentSeconds, scrapeIntervalSeconds}: {highestSentSeconds: number | null; scrapeIntervalSeconds: number},
): ReceiverKind | null {
  if (proof !== null || isShared || newestSeconds === null || highestSentSeconds === null) return null
  const apart = Math.abs(newestSeconds - highestSentSeconds)
  return apart > SEEN_WITHIN_INTERVALS * scrapeIntervalSeconds + SEEN_WITHIN_SECONDS ? null : kindOf(central)
}

/** Series are scraped at moments of their own, and a store that is asked for a day is asked in steps of a minute. */
const SEEN_WITHIN_INTERVALS = 2
const SEEN_WITHIN_SECONDS = 60

function kindOf(central: CentralFacts | undefined): ReceiverKind {
  if (central === undefined || central.kind === 'unknown') return UNKNOWN_RECEIVER
  return {isPrometheus: central.kind === 'prometheus', refusesAfterSeconds: central.refusesAfterSeconds}
}
