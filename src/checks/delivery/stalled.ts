import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {knownBad} from '../../facts/versions.ts'
import {formatCount, formatSeconds} from '../../units.ts'
import {cautionBefore, restartCostLine} from '../caution.ts'
import type {EvidenceLine, RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {deliveredLine, lagWords, stoppedAt} from '../delivery-figures.ts'
import {judgeQueues} from '../judge.ts'
import {readLog} from '../kubectl.ts'
import {watchAnswers} from '../receiver-address.ts'
import {addressOf, agentWords} from '../words.ts'

/** Resharding that blocks a queue for good. */
const RESHARDING_DEADLOCK = 'prometheus/prometheus#17412'

export default defineCheck({
  id: 'delivery/stalled',
  title: 'every queue reads the WAL and finishes batches',
  severity: 'error',
  explains: [],
  needs: ['metrics', 'two-scrapes', 'config', 'targets'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      if (queue.delta === null && !queue.blocked)
        return queue.late ? {unknown: 'late, and one scrape cannot tell whether anything moves'} : 'holds'
      if (!queue.blocked || queue.blockedBy === 'retries') return 'holds'
      const since = stoppedAt(queue, agent)
      const stuck = queue.blockedBy === 'stuck-reader'
      return {
        severity: 'error',
        blame: stuck ? 'agent' : 'central',
        title: stuck
          ? `${agentWords(agent)} scrapes, but its queue ${queue.name} does not read the WAL`
          : `queue ${queue.name} of ${agentWords(agent)} finishes nothing, and retries nothing`,
        ...(since !== null && {since}),
        evidence: [deliveredLine(queue), ...waitingLines(queue, agent), ...(stuck ? [] : restartCostLine(agent))],
        why: stuck
          ? 'What is scraped goes into the WAL and stays there: it is lost once the WAL is truncated past the reader.'
          : `Requests are under way to ${addressOf(queue)} without an answer: it takes connections and hangs, or is slower than the time-out. What waits is kept as long as the WAL holds it.`,
        remedy: stuck
          ? stuckSteps(agent)
          : [
              {
                text: 'look at the receiver and the way to it: an answer is due within remote_timeout (30 s by default), then the log says more',
                changes: false,
              },
              watchAnswers(agent),
              {text: 'leave the agent alone: a restart would discard what waits', changes: false},
            ],
      }
    }),
  documentation: `
A queue finishes nothing and retries nothing. Either samples wait and the newest finished one is older than one scrape interval +
20 s (requests hang), or the shards are full and refuse more, or samples are scraped while the queue's WAL reader reads nothing.

**Why it matters.** Neither the log nor a counter of failures says anything while this goes on.

**Threshold.** Longest scrape interval + 20 s since the newest finished sample: batches wait up to 5 s (\`batch_send_deadline\`),
and a healthy agent that scrapes every 30 s can look still for 10 s. Samples that wait must wait in both scrapes.

**What to do.** With samples waiting, look at the receiver. With a reader that stands still, look for \`error tailing WAL\` in the
log, and at the release: 3.7.0 to 3.7.2 can block a queue for good while resharding (prometheus/prometheus#17412).

**What not to do.** A restart does start the reader again, and gives up everything that was not sent. Do it only for a reader that is
stuck, and only when that loss is accepted.
`,
})

function waitingLines(queue: QueueFacts, agent: AgentFacts): EvidenceLine[] {
  const {current, max} = queue.levels.shards
  const shards = current === null ? '' : `, ${current} of ${max ?? '?'} shards`
  return [
    {
      what: 'waiting',
      value: `${formatCount(queue.levels.pending)} samples in the queue${shards}; ${lagWords(queue)} behind`,
      source: 'metrics',
    },
    ...(queue.blockedBy === 'stuck-reader'
      ? [
          {
            what: 'read',
            value: `0 records of the WAL, while ${formatCount(agent.samplesIn ?? 0)} samples were scraped`,
            source: 'wal_watcher_records_read_total, two scrapes',
          },
        ]
      : []),
    {
      what: 'limit',
      value: `${formatSeconds(agent.longestScrapeIntervalSeconds + THRESHOLDS.sendDelaySeconds)} without a finished batch (scrape interval + ${THRESHOLDS.sendDelaySeconds} s)`,
      source: 'configuration',
    },
  ]
}

function stuckSteps(agent: AgentFacts): RemedyStep[] {
  const bad = agent.version === null ? [] : knownBad(agent.version)
  const deadlock = bad.find(row => row.reference === RESHARDING_DEADLOCK)
  return [
    ...cautionBefore(agent),
    {
      text: 'look for "error tailing WAL" and other words of the WAL reader',
      command: readLog(agent, {tail: 500}),
      changes: false,
    },
    ...(deadlock
      ? [
          {
            text: `release ${agent.version?.text} can block a queue for good (${deadlock.reference}): move to ${deadlock.fixedIn}`,
            changes: true,
          },
        ]
      : []),
    {
      text: 'a restart starts the reader again and gives up all that it has not read: only when that is accepted',
      changes: true,
    },
  ]
}
