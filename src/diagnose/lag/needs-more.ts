/** Whether metrics alone decide an agent's state, for takes that read nothing else of those that work. Collect asks; it never judges itself. */
import type {AgentEvidence} from '../../evidence/types.ts'
import {readLifeRates} from '../../facts/queue/life-rates.ts'
import {THRESHOLDS, type Thresholds} from '../../facts/thresholds.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {mayBeRefused, readAlone} from '../another-scrape.ts'
import {decideAgentState} from '../state.ts'

/** How far back the log is read unless the user says otherwise. */
const LOG_SECONDS = 3600

/**
 * True when configuration, flags, log and claims have something to add: it does not deliver, or samples were refused and the window
 * does not tell whether that goes on, which the log may; or a reload built a queue anew lately, and its log alone tells what the one
 * before it could not send.
 */
export function needsMore(evidence: AgentEvidence, thresholds: Thresholds = THRESHOLDS): boolean {
  const agent = readAlone(evidence, thresholds)
  if (decideAgentState(agent).state !== 'delivering') return true
  return agent.queues.some(
    queue =>
      mayBeRefused(agent, queue) ||
      (queue.levels.failed > 0 && queue.failureRatio === null) ||
      isBuiltLately(agent, queue),
  )
}

/** By its counters: a reload leaves a queue as it was whose settings it did not change. */
function isBuiltLately(agent: AgentFacts, queue: QueueFacts): boolean {
  const {seconds} = readLifeRates(agent, queue)
  return seconds !== null && seconds <= LOG_SECONDS && seconds < (agent.process?.uptimeSeconds ?? 0)
}
