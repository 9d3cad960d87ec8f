import {checkAgain, isBesideTheAgent} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/disabled',
  title: 'every receiving Prometheus has its remote-write receiver enabled',
  severity: 'error',
  classes: ['receiver-disabled'],
  explains: REFUSED,
  blame: {alone: 'central', othersFine: 'central'},
  headline: ({agent, queue}) =>
    `${isBesideTheAgent(queue) ? 'the Prometheus in its own pod' : 'the central'} refuses every write from ${agentWords(agent)}: the remote-write receiver at ${addressOf(queue)} is off`,
  why: () => REFUSED_IS_LOST,
  remedy: ({agent, queue, neighbours}) => [
    {
      text: isBesideTheAgent(queue)
        ? 'enable the receiver on that Prometheus: the flag --web.enable-remote-write-receiver (--enable-feature=remote-write-receiver before 2.33). This restarts the pod'
        : 'enable the receiver on the central: enableRemoteWriteReceiver: true in the Prometheus resource (kube-prometheus-stack: prometheus.prometheusSpec.enableRemoteWriteReceiver), or the flag --web.enable-remote-write-receiver (--enable-feature=remote-write-receiver before 2.33). This restarts the central',
      changes: true,
    },
    {text: 'leave the agent as it is: it delivers by itself once its writes are accepted', changes: false},
    ...(neighbours.fine.length > 0
      ? [
          {
            text: 'other agents deliver to this address: look for a second replica of the central behind it that lacks the flag',
            changes: false,
          },
        ]
      : []),
    checkAgain(agent),
  ],
  documentation: `
The central is a Prometheus and answers every write with 404 and the words \`remote write receiver needs to be enabled with …\`.
Only a Prometheus whose receiver is off says this (\`web/api/v1/api.go\`); any other 404 is receiver/wrong-path.

**Why it matters.** A 404 is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries network
errors, 5xx and, where set, 429). And since 2.33 dropped batches move \`queue_highest_sent_timestamp_seconds\` along, so the lag
reads as fine while everything is lost.

**What is measured.** The answer in the agent's log within the last minutes, and a failed ratio of at least 1 % in the metrics.

**What to do.** On the central: \`enableRemoteWriteReceiver: true\` in the Prometheus resource of the operator, or
\`--web.enable-remote-write-receiver\` (2.33 and later; \`--enable-feature=remote-write-receiver\` from 2.25 until 2.55; 2.42 still names the old flag in its answer). The agent
needs no restart.

**What not to do.** Do not test it with a GET: a Prometheus answers 405 whether its receiver is on or off.
`,
})
