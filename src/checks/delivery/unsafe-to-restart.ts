import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {formatCount, formatEstimate, formatSeconds} from '../../units.ts'
import {isBehind} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {lagWords} from '../delivery-figures.ts'
import {type Judgement, judgeQueues} from '../judge.ts'
import {addressOf, agentWords} from '../words.ts'

export default defineCheck({
  id: 'delivery/unsafe-to-restart',
  title: 'a restart would cost no data',
  severity: 'warning',
  explains: [],
  needs: ['metrics', 'two-scrapes', 'config', 'targets', 'flags', 'log', 'pod-status', 'claims'],
  evaluate: facts => judgeQueues(facts, judge),
  documentation: `
What a restart of the agent, or a reload that rebuilds this queue, would discard at this moment: the time between the newest sample that
was delivered and now, and the samples scraped in it.

**Why it matters.** The WAL looks like a buffer, and across a restart it is none: remote write sends only what is written after its own
start (prometheus/prometheus#8809). The same holds for a reload that changes anything in the entry: URL, credentials, relabelling,
\`max_shards\`, or external_labels. So the first thing that people try at night is the one that loses the data.

**Threshold.** ${formatSeconds(THRESHOLDS.lateSeconds)} of unsent data, for a queue that is late or blocked. Info when the backlog is
lost already, because the WAL was truncated past the reader: then a restart costs only what is in memory.

**What to do.** Mend what holds the queue up (the finding above), let it drain, then restart if there is still a reason to.

**What not to do.** No restart, no rollout, no node drain, no edit of remote_write or external_labels until then. Edits at the receiver, of DNS, of
network policies and of certificates in Secrets that are mounted are safe.
`,
})

function judge(queue: QueueFacts, agent: AgentFacts): Judgement {
  if (!isBehind(queue)) return 'holds'
  const {seconds, samples} = queue.restartCost
  if (seconds === null) return {unknown: 'it is behind, and by how much is not known'}
  if (seconds < queue.thresholds.lateSeconds) return 'holds'
  const isLost = queue.lossClock.status === 'lost'
  const about = samples === null || samples <= 0 ? '' : `, about ${formatEstimate(samples)} samples`
  const amount = `${formatSeconds(seconds)} of unsent data${about}`
  return {
    severity: isLost ? 'info' : 'warning',
    blame: 'agent',
    title: isLost
      ? `most of what ${agentWords(agent)} has not sent to ${addressOf(queue)} is lost already: a restart would cost little more`
      : `a restart or reload of ${agentWords(agent)} would now lose ${amount}`,
    evidence: [
      isLost
        ? {
            what: 'in memory',
            value: `${formatCount(queue.levels.pending)} samples; the rest of the ${formatSeconds(seconds)} was truncated`,
            source: 'samples_pending',
          }
        : {what: 'unsent', value: amount, source: 'now - queue_highest_sent_timestamp_seconds, samples scraped'},
      {what: 'lag', value: lagWords(queue), source: 'metrics'},
    ],
    why: 'Remote write sends only what is written after its own start, so the WAL does not carry unsent data over a restart, nor over a reload that changes the entry or external_labels.',
    remedy: [
      {
        text: 'no restart, rollout or node drain of the agent, and no edit of its remote_write or external_labels, until the queue is level',
        changes: false,
      },
    ],
  }
}
