/** What is known to be lost for good: from when to when, how much, and by which evidence. Ended losses stay here as history. */
import type {Timestamp} from '../evidence/types.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import {timestampOf} from '../units.ts'
import type {QueueReport} from './report.ts'

type Loss = QueueReport['losses'][number]

/** Oldest first. */
export function lossesOf(agent: AgentFacts, queue: QueueFacts): Loss[] {
  const losses = [refused(agent, queue), skippedByRestart(agent, queue), overtaken(agent, queue)]
  return losses.filter(loss => loss !== null).sort((a, b) => (a.from < b.from ? -1 : 1))
}

/** From the first line of the log that says so, as far back as the log was read; else what the window itself showed. */
function refused(agent: AgentFacts, queue: QueueFacts): Loss | null {
  const end = agent.window.to
  if (queue.levels.failed <= 0 || end === null) return null
  const failing = (queue.delta?.failed ?? 0) > 0
  const lines = queue.errors.filter(({shape}) => /non-recoverable error/i.test(shape.message))
  const first = lines.flatMap(line => line.first ?? []).sort()[0]
  const last = lines
    .flatMap(line => line.last ?? [])
    .sort()
    .at(-1)
  const evidence = 'samples_failed_total since the queue was built'
  if (first !== undefined) {
    return {from: first, to: failing || last === undefined ? end : last, samples: queue.levels.failed, evidence}
  }
  const start = agent.process === null ? null : timestampOf(agent.process.startSeconds)
  if (failing && agent.window.from !== null && queue.delta) {
    return {
      from: agent.window.from,
      to: end,
      samples: queue.delta.failed,
      evidence: 'samples_failed_total between the scrapes',
    }
  }
  return start === null
    ? null
    : {from: start, to: end, samples: queue.levels.failed, evidence: `${evidence}; when is not known`}
}

/** Remote write reads the WAL from its own start on: what was unsent before a restart or rebuild is skipped. */
function skippedByRestart(agent: AgentFacts, {interval, before}: QueueFacts): Loss | null {
  if (before?.late !== true || before.highestSentSeconds === null) return null
  const eventSeconds = interval === 'restarted' ? agent.process?.startSeconds : before.atSeconds
  const from = timestampOf(before.highestSentSeconds)
  const to = eventSeconds === undefined ? null : timestampOf(eventSeconds)
  if (from === null || to === null) return null
  const what = interval === 'restarted' ? 'the process restarted' : 'a reload rebuilt the queue'
  return {from, to, samples: null, evidence: `${what} while it was late`}
}

/** The log line comes when the reader finds its segment gone; what was unsent by then had been waiting since S at the earliest. */
function overtaken(agent: AgentFacts, queue: QueueFacts): Loss | null {
  const at = queue.tailingErrorAt
  if (at === null) return null
  const open = queue.highestSentSeconds !== null && queue.highestSentSeconds * 1000 < Date.parse(at)
  const from: Timestamp | null = open ? queue.lastDeliveredAt : at
  const to = open ? (agent.window.to ?? at) : at
  return {from: from ?? at, to, samples: null, evidence: 'log: error tailing WAL'}
}
