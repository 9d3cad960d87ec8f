/**
 * What a restart or a changed configuration would cost an agent that is behind. Remote write reads the WAL from its own start on:
 * what was not sent before a restart, or before a reload that rebuilds the queue (any edit of its remote_write entry or of
 * external_labels), is skipped silently (tsdb/wlog/watcher.go, prometheus/prometheus#8809). So every remedy that leads to
 * either begins with these words.
 */
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import {formatEstimate, formatSeconds} from '../units.ts'
import type {EvidenceLine, RemedyStep} from './check.ts'
import {reloadIt} from './reload.ts'

/** Behind: something waits that a restart would discard; an agent that is seconds late only finishes its batch. */
export function isBehind(queue: QueueFacts): boolean {
  return queue.late || queue.blocked
}

/** `41 min of unsent data, 118,000 samples,` for the queue that would lose most; null when no queue is behind. */
export function unsent(agent: AgentFacts): string | null {
  const behind = agent.queues.filter(isBehind)
  const worst = behind.sort((a, b) => (b.restartCost.seconds ?? 0) - (a.restartCost.seconds ?? 0))[0]
  if (!worst) return null
  const {seconds, samples} = worst.restartCost
  if (seconds === null || seconds <= 0) return 'all data that has not been sent'
  const amount = samples === null || samples <= 0 ? '' : ` (about ${formatEstimate(samples)} samples)`
  return `${formatSeconds(seconds)} of unsent data${amount}`
}

/** The warning to put before steps that restart or reload the agent; [] when it is not behind. */
export function cautionBefore(agent: AgentFacts): RemedyStep[] {
  const what = unsent(agent)
  if (what === null) return []
  return [
    {
      text: `do not restart the agent or edit its remote_write or external_labels while it is behind: ${what} would be lost`,
      changes: false,
    },
  ]
}

/** The same as a piece of evidence, for findings whose remedy lies elsewhere. */
export function restartCostLine(agent: AgentFacts): EvidenceLine[] {
  const what = unsent(agent)
  return what === null ? [] : [{what: 'restart cost', value: what, source: 'metrics'}]
}

/** A step that edits the agent's settings, with what that costs said in the same breath. */
export function editAgent(agent: AgentFacts, text: string): RemedyStep[] {
  const what = unsent(agent)
  if (what === null) return [{text, changes: true}]
  return [
    {
      text: `${text}. This rebuilds the queue and discards ${what}: do it only if that loss is acceptable`,
      changes: true,
    },
  ]
}

/** The same, with what to `look` at for it, and the step that makes the agent read it. */
export function editAndReload(agent: AgentFacts, text: string, ...look: RemedyStep[]): RemedyStep[] {
  return [...editAgent(agent, text), ...look, ...reloadIt(agent)]
}
