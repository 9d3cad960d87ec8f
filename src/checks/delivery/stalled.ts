import {knownBad} from '../../facts/process/versions.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {formatCount, formatSeconds} from '../../units.ts'
import {cautionBefore, restartCostLine} from '../caution.ts'
import type {EvidenceLine, RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {deliveredLine, isBetweenRetries, lagWords, stoppedAt} from '../delivery-figures.ts'
import {judgeQueues} from '../judge.ts'
import {readLog} from '../kubectl.ts'
import {readErrors} from '../receiver-address.ts'
import {addressOf, agentWords} from '../words.ts'

/** Resharding that blocks a queue for good. */
const RESHARDING_DEADLOCK = 'prometheus/prometheus#17412'

export default defineCheck({
  id: 'delivery/stalled',
  title: 'every queue reads the WAL and finishes batches',
  severity: 'error',
  explains: ['delivery/unsafe-to-restart'],
  needs: ['metrics', 'two-scrapes', 'config', 'targets', 'log'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      if (queue.delta === null && !queue.blocked)
        return queue.late ? {unknown: 'late, and one scrape cannot tell whether anything moves'} : 'holds'
      if (!queue.blocked || queue.blockedBy === 'retries' || isBetweenRetries(queue)) return 'holds'
      const since = stoppedAt(queue, agent)
      const stuck = queue.blockedBy === 'stuck-reader'
      return {
        severity: 'error',
        blame: stuck ? 'agent' : 'central',
        title: stuck
          ? `${agentWords(agent)} scrapes, but its queue ${queue.name} does not read the WAL`
          : `queue ${queue.name} of ${agentWords(agent)} finishes nothing${queue.levels.retried > 0 ? `; no retry fell into the ${formatSeconds(queue.delta?.seconds ?? 0)} watched` : ' and retries nothing'}`,
        ...(since !== null && {since}),
        evidence: [deliveredLine(queue), ...waitingLines(queue, agent), ...(stuck ? [] : restartCostLine(agent))],
        why: stuck
          ? 'Scraped samples go into the WAL and stay there; they are lost when the WAL is truncated.'
          : `Requests to ${addressOf(queue)} are not answered: it accepts connections and hangs, or answers more slowly than the window is long.${betweenTries(queue)} Unsent samples are kept as long as the WAL holds them.`,
        remedy: stuck
          ? stuckSteps(agent)
          : [
              {
                text: 'look at the receiver and the network to it; after remote_timeout (30 s by default) the request fails and the log says why',
                changes: false,
              },
              readErrors(agent),
              {text: 'leave the agent alone: a restart would discard the backlog', changes: false},
            ],
      }
    }),
  documentation: `
A queue finishes nothing and retries nothing, by its metrics and its log (a window can fall between two retries). Either samples wait and the newest finished one is older than one scrape interval +
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

/** The error of a try is logged after the pause that follows it. */
function betweenTries({config, delta}: QueueFacts): string {
  const pauseSeconds = config?.queue.maxBackoffSeconds ?? 0
  return pauseSeconds <= (delta?.seconds ?? 0)
    ? ''
    : ` Or they fail, and it pauses between two tries: max_backoff allows ${formatSeconds(pauseSeconds)}, and the log names the error only after the pause.`
}

function waitingLines(queue: QueueFacts, agent: AgentFacts): EvidenceLine[] {
  const {current, max} = queue.levels.shards
  const shards = current === null ? '' : `, ${current} of ${max ?? '?'} shards`
  return [
    {
      what: 'waiting',
      value: `${formatCount(queue.levels.pending)} samples in the queue${shards}; ${lagWords(queue)} behind`,
      source: 'metrics',
    },
    ...(queue.levels.retried > 0 && queue.blockedBy !== 'stuck-reader'
      ? [
          {
            what: 'retried',
            value: `${formatCount(queue.levels.retried)} samples since the queue was built`,
            source: 'samples_retried_total',
          },
        ]
      : []),
    ...(queue.blockedBy === 'stuck-reader'
      ? [
          {
            what: 'read',
            value: `0 WAL records, while ${formatCount(agent.samplesIn ?? 0)} samples were scraped`,
            source: 'wal_watcher_records_read_total, two scrapes',
          },
        ]
      : []),
    {
      what: 'limit',
      value: `${formatSeconds(agent.longestScrapeIntervalSeconds + queue.thresholds.sendDelaySeconds)} without a finished batch (scrape interval + ${queue.thresholds.sendDelaySeconds} s)`,
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
      text: 'look for "error tailing WAL" and other errors of the WAL reader',
      command: readLog(agent, {tail: 500}),
      changes: false,
    },
    ...(deadlock
      ? [
          {
            text: `release ${agent.version?.text} can deadlock a queue for good (${deadlock.reference}): move to ${deadlock.fixedIn}`,
            changes: true,
          },
        ]
      : []),
    {
      text: 'a restart starts the reader again and discards everything it has not read: only if that loss is acceptable',
      changes: true,
    },
  ]
}
