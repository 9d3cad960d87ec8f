import {watchAnswers} from '../receiver-address.ts'
import {REFUSED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/out-of-order',
  title: 'no two agents write the same series, and none comes late',
  severity: 'error',
  classes: ['out-of-order', 'conflict'],
  explains: REFUSED,
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) => `${addressOf(queue)} holds newer samples of the series that ${agentWords(agent)} sends`,
  why: () =>
    'Refused samples are gone for good, they are not sent again. The lag looks fine, because refused samples count as done.',
  remedy: ({agent}) => [
    {
      text: 'look for a second agent with the same external labels (HA replicas without a replica label, two clusters without a cluster label)',
      changes: false,
    },
    {
      text: 'when the agent comes back after an outage: open storage.tsdb.out_of_order_time_window at the central',
      changes: false,
    },
    watchAnswers(agent),
  ],
  documentation: `
\`out of order sample\`, Thanos Receive's 409, \`err-mimir-sample-out-of-order\`: the receiver holds newer samples of the same
series. Either two agents write the same series, or data comes late.

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine. A request is taken or refused as a whole: one such series
costs its batch.

**What to do.** Make the external labels of the two differ. For data that is late after an outage, \`out_of_order_time_window\`
at the receiver.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard what waits.
`,
})
