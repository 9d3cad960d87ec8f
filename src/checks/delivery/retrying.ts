import {THRESHOLDS} from '../../facts/thresholds.ts'
import {formatPercent} from '../../units.ts'
import {restartCostLine} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {deliveredLine, stoppedAt} from '../delivery-figures.ts'
import {judgeQueues} from '../judge.ts'
import {missingPiece} from '../missing.ts'
import {watchAnswers} from '../receiver-address.ts'
import {addressOf, agentWords, excerpt} from '../words.ts'

/** "Finished little": less than this share of what is offered. */
const LITTLE = 0.5

export default defineCheck({
  id: 'delivery/retrying',
  title: 'batches arrive at their first attempt',
  severity: 'warning',
  explains: ['delivery/stalled'],
  needs: ['metrics', 'two-scrapes', 'log'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      if (queue.retryRatio === null)
        return queue.delta === null && queue.levels.retried > 0 && queue.lagSeconds !== 0
          ? {
              unknown:
                'batches were sent again at some time since the queue was built; one scrape cannot tell whether it goes on',
            }
          : 'holds'
      if (queue.retryRatio <= THRESHOLDS.retryRatio) return 'holds'
      const offered = queue.offeredPerSecond
      const little = !queue.finished || (offered !== null && (queue.deliveredPerSecond ?? 0) < LITTLE * offered)
      if (!little) return 'holds'
      const error = queue.errors.find(({current}) => current)
      const since = queue.blocked ? stoppedAt(queue, agent) : null
      return {
        severity: 'warning',
        blame: 'central',
        title: `${agentWords(agent)} sends again and again to ${addressOf(queue)} and ${queue.finished ? 'finishes little' : 'finishes nothing'}`,
        ...(since !== null && {since}),
        evidence: [
          deliveredLine(queue),
          {
            what: 'sent again',
            value: `${formatPercent(queue.retryRatio)} of all attempts (limit ${formatPercent(THRESHOLDS.retryRatio)})`,
            source: 'samples_retried_total, two scrapes',
          },
          error
            ? {what: 'reason', value: excerpt(error.text), source: 'log', ...(error.last !== null && {at: error.last})}
            : {
                what: 'reason',
                value: agent.log.read
                  ? 'not visible: no error of this queue in the log that was read (it is logged after the back-off, in 3.x once a minute for all queues)'
                  : `not visible: ${missingPiece('the log', agent.evidence.log)}`,
                source: 'log',
              },
          ...restartCostLine(agent),
        ],
        why: 'Nothing is lost yet: what waits is sent once the receiver takes it, as long as the WAL holds it and the agent is not restarted.',
        remedy: [
          {text: 'find the reason in the log, and look at the receiver and the way to it', changes: false},
          watchAnswers(agent),
          {text: 'leave the agent alone: a restart would discard what waits', changes: false},
        ],
      }
    }),
  documentation: `
The share of attempts that were repetitions: Δretried / Δtotal between two scrapes, while nothing or little is finished. Remote
write repeats a batch after network errors, 5xx, and 429 where \`retry_on_http_429\` is on, without end.

**Why it matters.** It is the first sign of an outage, minutes before the lag grows past any limit.

**Threshold.** More than ${THRESHOLDS.retryRatio * 100} % repeated, and nothing finished or less than half of what is scraped. In an outage the share is
near 100 %; a blip that is overtaken by deliveries is none.

**What to do.** The reason is in the log (\`Failed to send batch, retrying\`); where promfleet knows it, a receiver/* finding leads.

**What not to do.** Do not restart the agent: it would give up what waits and meet the same receiver.
`,
})
