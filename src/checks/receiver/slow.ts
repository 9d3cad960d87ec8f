import {formatSeconds} from '../../units.ts'
import {isBehind} from '../caution.ts'
import {connecting} from '../dial.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain} from '../receiver-address.ts'
import {receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

/** remote_timeout where the configuration could not be read: the default of all releases. */
const DEFAULT_TIMEOUT_SECONDS = 30

export default receiverCheck({
  id: 'receiver/slow',
  title: 'every receiver answers well within remote_timeout',
  severity: 'error',
  classes: ['timed-out'],
  applies: ({agent}) => connecting(agent) === 'connects',
  explains: [
    'delivery/shards-at-max',
    'delivery/behind',
    'delivery/retrying',
    'delivery/stalled',
    'delivery/loss-ahead',
  ],
  blame: {alone: 'central', othersFine: 'network'},
  headline: ({agent, queue}) =>
    `${addressOf(queue)} accepts connections from ${agentWords(agent)} but does not answer within ${formatSeconds(timeoutOf(queue))}`,
  severityOf: ({queue}) => (queue.finished && !isBehind(queue) ? 'warning' : 'error'),
  evidence: ({queue}) => [
    {
      what: 'connections',
      value: 'are established, so the receiver is reached and answers too late',
      source: 'net_conntrack_dialer_conn_established_total',
    },
    ...(queue.batchSeconds === null || queue.batchSeconds * 2 < timeoutOf(queue)
      ? []
      : [
          {
            what: 'one request',
            value: `${formatSeconds(queue.batchSeconds)} on average (remote_timeout ${formatSeconds(timeoutOf(queue))})`,
            source: 'sent_batch_duration_seconds',
          },
        ]),
  ],
  why: ({agent, queue}) =>
    `Requests that time out are sent again, which adds to the load of a slow receiver. ${lossSoFar(agent, queue)}`,
  remedy: ({agent}) => [
    {
      text: 'look at the receiver (CPU, memory, disk, compaction) and at the load balancer or proxy in front of it',
      changes: false,
    },
    checkAgain(agent),
    {
      text: 'leave the agent alone: raising max_shards or remote_timeout rebuilds the queue and discards the backlog',
      changes: false,
    },
  ],
  documentation: `
Requests reach the receiver and are not answered within \`remote_timeout\` (30 s by default): \`context deadline exceeded\` in the
log while connections come about (\`net_conntrack_dialer_conn_established_total\`). Where they do not, it is receiver/unreachable.

**Why it matters.** Each time-out is sent again, so a receiver that is a little too slow gets more and more to do. A receiver that
takes connections and hangs looks the same and delivers nothing.

**What to do.** Look at the receiver first. On a long line, fewer and larger batches help.

**What not to do.** Do not raise max_shards against a slow receiver, and do not edit remote_write of an agent that is behind: the
edit rebuilds the queue and discards the backlog.
`,
})

function timeoutOf(queue: {config: {remoteTimeoutSeconds: number} | null}): number {
  return queue.config?.remoteTimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS
}
