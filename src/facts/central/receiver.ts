/** What kind of receiver an address leads to, for the clock of what waits. Pure. */
import type {CentralFacts} from './types.ts'

export interface ReceiverKind {
  /** null: not known. */
  isPrometheus: boolean | null
  /** From which age on a Prometheus refuses samples, seconds; null: not known. */
  refusesAfterSeconds: number | null
}

export const UNKNOWN_RECEIVER: ReceiverKind = {isPrometheus: null, refusesAfterSeconds: null}

/**
 * Of the store that the address is proven to lead to; else of the one that the user named. `address` of a queue's endpoint; null
 * where its URL cannot be read.
 */
export function receiverBehind(centrals: readonly CentralFacts[], address: string | null): ReceiverKind {
  const central =
    centrals.find(({evidence}) => evidence.endpoints.some(endpoint => endpoint.address === address)) ??
    centrals.find(({foundBy}) => foundBy !== 'endpoint')
  if (central === undefined || central.kind === 'unknown') return UNKNOWN_RECEIVER
  return {isPrometheus: central.kind === 'prometheus', refusesAfterSeconds: central.refusesAfterSeconds}
}
