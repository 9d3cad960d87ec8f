/** The log of an agent as facts: its shapes, and the moment that its "now" is measured from. */
import type {AgentEvidence} from '../../evidence/types.ts'
import {secondsOf} from '../../units.ts'
import type {ReadScrape} from '../exposition/scrapes.ts'
import type {LogFacts} from '../types.ts'

/** `sinceSeconds`: how far back the log was asked for. */
export function readLog({log, previousLog}: AgentEvidence, newest: ReadScrape | null, sinceSeconds: number): LogFacts {
  const previousShapes = previousLog.ok ? previousLog.value.shapes : []
  if (!log.ok) return {read: false, endSeconds: null, cutSeconds: null, shapes: [], previousShapes}
  const last = log.value.last === null ? null : secondsOf(log.value.last)
  // A log read to its end ends when it was read, though its last line may be hours old: healthy agents are quiet. Its lines carry
  // the agent's clock, so that moment is moved by what the agent's clock differs from ours.
  const skew = newest ? newest.agentSeconds - newest.receivedSeconds : 0
  const readAt = secondsOf(log.at) + skew
  const endSeconds = log.value.truncated || Number.isNaN(readAt) ? last : Math.max(last ?? readAt, readAt)
  const cutSeconds = Number.isNaN(readAt) ? null : readAt - sinceSeconds
  return {read: true, endSeconds, cutSeconds, shapes: log.value.shapes, previousShapes}
}
