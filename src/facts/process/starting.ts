/** A process that has just begun and does not listen yet: it reads its configuration and opens its files first. */
import type {AgentEvidence, Failure} from '../../evidence/types.ts'
import {secondsOf} from '../../units.ts'
import type {Thresholds} from '../thresholds.ts'
import {ownContainer} from './process.ts'

/**
 * For how many seconds its container has run, while that is short and connections to its web port are refused; else null. A port
 * that is wrong looks the same for that minute.
 */
export function startingSeconds(
  evidence: AgentEvidence,
  failure: Failure | null,
  {nowSeconds, thresholds}: {nowSeconds: number; thresholds: Pick<Thresholds, 'youngSeconds'>},
): number | null {
  const state = ownContainer(evidence)?.state
  if (failure?.reason !== 'unreachable' || state?.kind !== 'running' || state.startedAt === null) return null
  const answers = [failure.detail, ...evidence.attempts.map(({detail}) => detail)]
  if (!answers.some(answer => /refused/i.test(answer))) return null
  const seconds = Math.max(0, nowSeconds - secondsOf(state.startedAt))
  return seconds < thresholds.youngSeconds ? seconds : null
}
