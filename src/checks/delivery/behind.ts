import {queueLateFromSeconds} from '../../facts/queue/figures.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {formatSeconds} from '../../units.ts'
import {cautionBefore} from '../caution.ts'
import type {EvidenceLine, RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {deliveredLine, isInTrouble, lagWords} from '../delivery-figures.ts'
import {judgeQueues} from '../judge.ts'
import {promfleetFor} from '../kubectl.ts'
import {openTheWindow} from '../loss-outlook.ts'
import {readErrors} from '../receiver-address.ts'
import {addressOf, agentWords} from '../words.ts'

export default defineCheck({
  id: 'delivery/behind',
  title: 'remote write keeps up with the WAL',
  severity: 'error',
  explains: ['delivery/retrying', 'delivery/stalled', 'delivery/unsafe-to-restart'],
  needs: ['metrics', 'two-scrapes', 'config', 'targets'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      if (queue.lagSeconds === null && !queue.late)
        return queue.clockFooled || isInTrouble(queue)
          ? {
              unknown: queue.clockFooled
                ? 'samples carry times of the future, so the lag cannot be read from timestamps'
                : 'its lag is not known',
            }
          : 'holds'
      if (!queue.late) return 'holds'
      const gains = gainsInTime(queue)
      return {
        severity: gains ? 'warning' : 'error',
        blame: 'central',
        title: `${agentWords(agent)} is ${lagWords(queue)} behind at ${addressOf(queue)}${gains ? ' and catching up' : ''}`,
        ...(queue.lastDeliveredAt !== null && {since: queue.lastDeliveredAt}),
        evidence: [
          {
            what: 'lag',
            value: `${lagWords(queue)} (limit ${formatSeconds(queueLateFromSeconds(queue, agent))})`,
            source: lagSource(queue),
          },
          deliveredLine(queue),
          catchUpLine(queue),
          ...shardLines(queue),
        ],
        why: gains
          ? 'Data arrives late, and the gap is closing. Until it is closed, a restart or a reload would discard the backlog.'
          : 'Unsent samples are kept in the WAL only, and the WAL is truncated whether they were sent or not: what waits too long is lost.',
        remedy: remedies(agent, queue, gains),
      }
    }),
  documentation: `
How far the newest finished sample of a queue is behind the newest scraped one:
\`prometheus_remote_storage_highest_timestamp_in_seconds\` - \`queue_highest_sent_timestamp_seconds\`; 0 while nothing waits, since
a narrow keep list makes that difference large on a healthy queue (prometheus/prometheus#9698). The queue's own
\`queue_highest_timestamp_seconds\` (3.7 and later) is not used as the minuend: it stands still while the queue is blocked. For
a queue that never finished anything the uptime is a lower bound.

**Why it matters.** Every truncation (2 h by default) removes about two thirds of the WAL segments, whatever was sent
(\`tsdb/agent/db.go\`). \`--storage.agent.retention.max-time\` does not protect unsent data.

**Threshold.** ${THRESHOLDS.lateSeconds} s, from \`PrometheusRemoteWriteBehind\` in the Prometheus mixin, or two scrape intervals where those are longer. Error when it does
not catch up before data is lost; a warning with an estimate when it does: lag / (delivered / scraped - 1).

**What to do.** Find what holds it up: a receiver/* finding, or shards at their maximum. When a plain Prometheus receives, open its
\`out_of_order_time_window\` before the agent returns from more than an hour: it refuses older samples.

**What not to do.** Do not restart or reload an agent that is behind: remote write begins at the present, and the backlog is lost
silently (prometheus/prometheus#8809). Edits of queue_config rebuild the queue and cost the same.
`,
})

/** Catches up, and before anything is beyond saving as far as that is known. */
function gainsInTime(queue: QueueFacts): boolean {
  const {verdict, seconds} = queue.catchUp
  if (verdict !== 'yes') return false
  const {status, earliestSeconds, latestSeconds} = queue.lossClock
  if (status === 'lost') return false
  const begins = earliestSeconds ?? latestSeconds
  return seconds === null || begins === null || seconds < begins
}

function lagSource(queue: QueueFacts): string {
  return queue.lagSource === 'uptime-lower-bound'
    ? 'uptime: nothing was finished since the start'
    : 'highest_timestamp_in_seconds - queue_highest_sent_timestamp_seconds'
}

function catchUpLine(queue: QueueFacts): EvidenceLine {
  const {verdict, seconds} = queue.catchUp
  const value =
    verdict === 'never'
      ? 'never at this rate: it delivers less than it scrapes'
      : verdict === 'yes'
        ? seconds === null
          ? 'yes, until when is not known'
          : `done in about ${formatSeconds(seconds)}`
        : 'not known'
  return {what: 'catching up', value, source: 'metrics, two scrapes'}
}

function shardLines(queue: QueueFacts): EvidenceLine[] {
  const {current, desired, max} = queue.levels.shards
  if (current === null || max === null) return []
  const wanted = desired === null ? '' : `, ${Math.ceil(desired)} desired`
  return [{what: 'shards', value: `${current} of ${max}${wanted}`, source: 'metrics'}]
}

function remedies(agent: AgentFacts, queue: QueueFacts, gains: boolean): RemedyStep[] {
  return [
    ...cautionBefore(agent),
    ...openTheWindow(queue),
    gains
      ? {
          text: 'let it catch up, then look again',
          command: promfleetFor(agent, 'doctor'),
          changes: false,
        }
      : {
          text: `find what holds it up: the receiver at ${addressOf(queue)}, the network to it, or too few shards`,
          changes: false,
        },
    ...(gains ? [] : [readErrors(agent)]),
  ]
}
