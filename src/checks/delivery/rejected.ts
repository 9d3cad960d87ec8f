import {isRefusal} from '../../facts/queue/errors.ts'
import {failedLevel} from '../../facts/queue/figures.ts'
import {isGivingUp} from '../../facts/queue/stopping.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {QueueError} from '../../facts/types.ts'
import {formatPercent} from '../../units.ts'
import {defineCheck} from '../check.ts'
import {isRejected, rejectedLine} from '../delivery-figures.ts'
import {judgeQueues} from '../judge.ts'
import {settingsOf} from '../kubectl.ts'
import {missingPiece} from '../missing.ts'
import {readErrors} from '../receiver-address.ts'
import {REFUSED_IS_LOST} from '../receiver-check.ts'
import {addressOf, agentWords, excerpt} from '../words.ts'

export default defineCheck({
  id: 'delivery/rejected',
  title: 'the receiver accepts what agents send',
  severity: 'error',
  explains: [],
  needs: ['metrics', 'two-scrapes', 'log'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      // What the agent itself gives up while a reload stops the queue is delivery/loss-happened.
      if (isGivingUp(queue)) return 'holds'
      if (!isRejected(queue)) {
        const level = failedLevel(queue)
        return queue.delta === null && level >= queue.thresholds.failureRatio
          ? {
              unknown: `${formatPercent(level)} of all samples were refused at some time since the queue was built; one scrape cannot tell whether it still happens`,
            }
          : 'holds'
      }
      const refusal = queue.errors.find(error => error.fresh && isRefusal(error))
      const ratio = queue.failureRatio ?? failedLevel(queue)
      return {
        severity: 'error',
        blame: 'central',
        title:
          queue.delta === null
            ? `${addressOf(queue)} refused ${formatPercent(ratio)} of what ${agentWords(agent)} sent since the queue was built`
            : `${addressOf(queue)} refuses ${formatPercent(ratio)} of what ${agentWords(agent)} sends`,
        ...(refusal?.first && {since: refusal.first}),
        evidence: [
          rejectedLine(queue),
          refusal
            ? {
                what: 'reason',
                value: excerpt(refusal.text),
                source: 'log',
                ...(refusal.last !== null && {at: refusal.last}),
              }
            : {
                what: 'reason',
                value: agent.log.read
                  ? 'not visible: the log that was read has no refusal for this queue (3.x logs a message once a minute for all queues together)'
                  : `not visible: ${missingPiece('the log', agent.evidence.log)}`,
                source: 'log',
              },
        ],
        why: REFUSED_IS_LOST,
        remedy: [
          readErrors(agent),
          ...(labelsRefused(refusal)
            ? [
                {
                  text: `drop or shorten the labels that the answer names (metric_relabel_configs, operator: metricRelabelings) in ${settingsOf(agent).configuration}: one bad series costs its whole batch, and such an edit leaves the queue alone`,
                  changes: true,
                },
              ]
            : [{text: 'the log quotes the answer of the receiver: fix what it names', changes: false}]),
        ],
      }
    }),
  documentation: `
The share of samples, histograms and exemplars that remote write gave up on: Δfailed / (Δtotal - Δretried) between two scrapes.
\`samples_total\` counts every attempt, retries included, so the usual failed / total is too small. With one scrape only, the
counters since the queue was built decide when at least 99 % failed, or at least 1 % and a refusal within the last 5 minutes.

**Why it matters.** Any answer but 2xx, 5xx and (where set) 429 makes remote write drop the batch for good. Since 2.33 dropped
batches move \`queue_highest_sent_timestamp_seconds\` along: a queue that is refused everything shows a lag of seconds.

**Threshold.** ${THRESHOLDS.failureRatio * 100} %, from \`PrometheusRemoteStorageFailures\` in the Prometheus mixin.

**What to do.** The answer of the receiver is in the log (\`non-recoverable error\`); where promfleet knows it, a receiver/*
finding leads and this one stands below it.

**What not to do.** Do not judge by the lag, and do not restart the agent: what was refused does not come back.
`,
})

/** The one known refusal that has no check of its own. */
function labelsRefused(refusal: QueueError | undefined): boolean {
  return refusal?.class === 'invalid-series'
}
