import {readRunningConfig} from '../kubectl.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, receiverCheck} from '../receiver-check.ts'
import {sameLabelsLines, tellApart} from '../same-labels.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/out-of-order',
  title: 'no two agents write the same series, and none comes late',
  severity: 'error',
  classes: ['out-of-order', 'conflict'],
  explains: REFUSED,
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) => `${addressOf(queue)} already has newer samples of the series of ${agentWords(agent)}`,
  evidence: ({facts, agent}) => sameLabelsLines(facts, agent),
  why: () => REFUSED_IS_LOST,
  remedy: ({facts, agent}) => [
    tellApart(
      facts,
      agent,
      'look for a second agent with the same external labels (HA replicas without a replica label, two clusters without a cluster label)',
    ),
    {
      text: 'after an outage: set storage.tsdb.out_of_order_time_window at the central (a reload is enough)',
      changes: false,
    },
    {text: 'see the external labels of this agent', command: readRunningConfig(agent), changes: false},
    checkAgain(agent),
  ],
  documentation: `
\`out of order sample\`, Thanos Receive's 409, \`err-mimir-sample-out-of-order\`: the receiver holds newer samples of the same
series. Either two agents write the same series, or data comes late.

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine. A request is taken or refused as a whole: one such series
costs its batch.

**What to do.** Make the external labels of the two differ. For data that is late after an outage, \`out_of_order_time_window\`
at the receiver.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})
