import {watchAnswers} from '../receiver-address.ts'
import {REFUSED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/out-of-bounds',
  title: 'samples are of a time that receivers take',
  severity: 'error',
  classes: ['out-of-bounds', 'too-old', 'future'],
  explains: REFUSED,
  blame: {alone: 'central', othersFine: 'config'},
  headline: ({agent, queue, error}) =>
    `${addressOf(queue)} refuses the times of what ${agentWords(agent)} sends: ${error?.class === 'future' ? 'they lie in the future' : 'they are too old'}`,
  why: () =>
    'Refused samples are gone for good, they are not sent again. The lag looks fine, because refused samples count as done.',
  remedy: ({agent}) => [
    {
      text: 'when the agent comes back after an outage: open storage.tsdb.out_of_order_time_window at a plain Prometheus central; until then all older data is refused',
      changes: false,
    },
    {
      text: "when the times are in the future, or the agent is not behind: compare the clocks of the agent's node and of the central",
      changes: false,
    },
    watchAnswers(agent),
  ],
  documentation: `
\`out of bounds\`, \`too old sample\`, \`too far in the future\`. A plain Prometheus takes nothing older than about one hour before
its newest sample, unless \`storage.tsdb.out_of_order_time_window\` is set (\`tsdb/head_append.go\`), and since 2.54 nothing more
than 10 minutes ahead.

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine. An agent that catches up after an outage loses its
backlog this way, batch by batch.

**What to do.** Past: open the window at the central, by a reload, at once. Future: mend the clock.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard what waits.
`,
})
