/**
 * Refusals that may be over. The log says the same for two minutes after the last one (util/logging/dedupe.go), levels for as long as the
 * queue lives; only batches that are taken while none is refused show that it is over, or what the central stores. Pure.
 */
import type {AgentEvidence} from '../../evidence/types.ts'
import {isRefusal, wasRefusedLately} from '../../facts/queue/errors.ts'
import {failedLevel} from '../../facts/queue/figures.ts'
import type {Thresholds} from '../../facts/thresholds.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {readAlone, wantsAnotherScrape} from '../another-scrape.ts'
import {type Decision, decideQueueState} from '../state.ts'
import type {ProbeVerdict, ProbeView} from './endpoint-probe.ts'

/** Samples were refused, and neither the scrapes nor all that was ever sent shows that they still are. */
export function mayBeOver(agent: AgentFacts, queue: QueueFacts, {row}: Decision): boolean {
  const {delta, levels, errors, thresholds} = queue
  if (levels.failed <= 0 || (delta?.failed ?? 0) > 0) return false
  const isAllRefused = failedLevel(queue) >= thresholds.failedLevelRatio && wasRefusedLately(agent)
  if (isAllRefused && !holdsNewestSent(agent, queue)) return false
  const error = errors.find(({current}) => current)
  if (error !== undefined && !isRefusal(error)) return false
  return row === 4 || row === 12 || error !== undefined
}

/** The central stores as new a sample as the queue has sent, and nobody else's: it takes some of it now. Replicas stand for each other. */
export function holdsNewestSent({group}: AgentFacts, {atCentral, delta, highestSentSeconds}: QueueFacts): boolean {
  if (atCentral === null || atCentral.isShared || group.kind === 'replicas') return false
  const {freshness, newestSeconds} = atCentral
  if (freshness !== 'fresh' || newestSeconds === null || highestSentSeconds === null) return false
  // At the first scrape: the central is asked after it, and not after those that may follow.
  return newestSeconds >= highestSentSeconds - (delta?.highestSentSeconds ?? 0)
}

/** Whether a probe, which takes one scrape, takes more of this agent; of two it asks what a doctor asks. */
export function wantsLongerLook(evidence: AgentEvidence, thresholds: Thresholds): boolean {
  if (wantsAnotherScrape(evidence, thresholds)) return true
  // Reading a whole scrape takes longer, and of most agents nothing was ever refused.
  if (!evidence.scrapes.some(scrape => scrape.ok && FAILED.test(scrape.value.text))) return false
  const agent = readAlone(evidence, thresholds)
  return agent.queues.some(queue => mayBeOver(agent, queue, decideQueueState(agent, queue)))
}

const FAILED = /_failed_total\{.*\} [1-9]/

export function refusedBefore({class: errorClass}: ProbeView, scope: string): ProbeVerdict {
  return {
    outcome: 'unknown',
    layer: 'accept',
    class: errorClass,
    believe: null,
    title: 'whether samples are still refused is not known',
    why: 'The log says the same for two minutes after the last refusal, and too few batches were seen to tell.',
    next: [`look for longer than a scrape interval: promfleet probe${scope} --interval 2m --timeout 4m`],
  }
}
