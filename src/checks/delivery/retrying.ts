import {THRESHOLDS} from '../../facts/thresholds.ts'
import {formatCount, formatPercent, formatSeconds} from '../../units.ts'
import {restartCostLine} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {deliveredLine, isBetweenRetries, stoppedAt} from '../delivery-figures.ts'
import {judgeQueues} from '../judge.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {missingPiece} from '../missing.ts'
import {readErrors} from '../receiver-address.ts'
import {addressOf, agentWords, excerpt} from '../words.ts'

export default defineCheck({
  id: 'delivery/retrying',
  title: 'batches are delivered at the first attempt',
  severity: 'warning',
  explains: ['delivery/stalled', 'delivery/unsafe-to-restart'],
  needs: ['metrics', 'two-scrapes', 'log'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      const between = isBetweenRetries(queue)
      if (queue.retryRatio === null && !between)
        return queue.delta === null && queue.levels.retried > 0 && queue.lagSeconds !== 0
          ? {
              unknown:
                'batches were retried at some time since the queue was built; one scrape cannot tell whether they still are',
            }
          : 'holds'
      const ratio = queue.retryRatio ?? 0
      if (ratio <= queue.thresholds.retryRatio && !between) return 'holds'
      const offered = queue.offeredPerSecond
      const little =
        !queue.finished ||
        (offered !== null && (queue.deliveredPerSecond ?? 0) < facts.thresholds.littleDeliveredRatio * offered)
      if (!little) return 'holds'
      const error = queue.errors.find(({current}) => current)
      const since = queue.blocked ? stoppedAt(queue, agent) : null
      return {
        severity: 'warning',
        blame: 'central',
        title: `${agentWords(agent)} keeps retrying to ${addressOf(queue)} and delivers ${queue.finished ? 'little' : 'nothing'}`,
        ...(since !== null && {since}),
        evidence: [
          deliveredLine(queue),
          {
            what: 'retried',
            value: between
              ? `none in the ${formatSeconds(queue.delta?.seconds ?? 0)} watched, ${formatCount(queue.levels.retried)} samples since the queue was built`
              : `${formatPercent(ratio)} of all attempts (limit ${formatPercent(queue.thresholds.retryRatio)})`,
            source: 'samples_retried_total, two scrapes',
          },
          error
            ? {what: 'reason', value: excerpt(error.text), source: 'log', ...(error.last !== null && {at: error.last})}
            : {
                what: 'reason',
                value: agent.log.read
                  ? 'not visible: the log that was read has no error for this queue (it is logged after the first back-off, in 3.x once a minute for all queues together)'
                  : `not visible: ${missingPiece('the log', agent.evidence.log)}`,
                source: 'log',
              },
          ...restartCostLine(agent),
        ],
        why: lossSoFar(agent, queue),
        remedy: [
          readErrors(agent),
          {text: 'if no reason is named there, look at the receiver and the network to it', changes: false},
          {text: 'leave the agent alone: a restart would discard the backlog', changes: false},
        ],
      }
    }),
  documentation: `
The share of attempts that were repetitions: Δretried / Δtotal between two scrapes, while nothing or little is finished. Remote
write repeats a batch after network errors, 5xx, and 429 where \`retry_on_http_429\` is on, without end.

**Why it matters.** It is the first sign of an outage, minutes before the lag grows past any limit.

A window may fall between two retries, which wait up to 5 s (\`max_backoff\`) and, when requests time out, \`remote_timeout\` longer. So a
queue that finishes nothing also counts when its log has a retry within the last ${THRESHOLDS.currentErrorSeconds} s.

**Threshold.** More than ${THRESHOLDS.retryRatio * 100} % repeated, and nothing finished or less than half of what is scraped. In an outage the share is
near 100 %; a blip that is overtaken by deliveries is none.

**What to do.** The reason is in the log (\`Failed to send batch, retrying\`); where promfleet knows it, a receiver/* finding leads.

**What not to do.** Do not restart the agent: it would discard the backlog and meet the same receiver.
`,
})
