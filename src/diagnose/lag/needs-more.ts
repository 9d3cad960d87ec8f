/** Whether metrics alone decide an agent's state, for takes that read nothing else of those that work. Collect asks; it never judges itself. */
import type {AgentEvidence} from '../../evidence/types.ts'
import {THRESHOLDS, type Thresholds} from '../../facts/thresholds.ts'
import {mayBeRefused, readAlone} from '../another-scrape.ts'
import {decideAgentState} from '../state.ts'

/**
 * True when configuration, flags, log and claims have something to add: it does not deliver, or samples were refused and the window
 * does not tell whether that goes on, which the log may.
 */
export function needsMore(evidence: AgentEvidence, thresholds: Thresholds = THRESHOLDS): boolean {
  const agent = readAlone(evidence, thresholds)
  if (decideAgentState(agent).state !== 'delivering') return true
  return agent.queues.some(
    queue => mayBeRefused(agent, queue) || (queue.levels.failed > 0 && queue.failureRatio === null),
  )
}
