/** How many canaries were not stored, or are not known to be, in a few words each. */
import type {CanaryOutcome, EndpointProbe} from '../../diagnose/probe/endpoint-probe.ts'

const WORDS: readonly [CanaryOutcome, string][] = [
  ['refused', 'refused'],
  ['not-taken', 'not taken'],
  ['not-written', 'not written'],
  ['unknown', 'not known to be stored'],
]

/** [] where all are stored. */
export function canaryWords(canaries: NonNullable<EndpointProbe['canaries']>): string[] {
  return WORDS.flatMap(([outcome, words]) => {
    const own = canaries.filter(canary => canary.outcome === outcome).length
    return own === 0 ? [] : [`${own === 1 ? 'a canary' : `${own} canaries`} ${words}`]
  })
}
