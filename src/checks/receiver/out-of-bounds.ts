import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/out-of-bounds',
  title: 'samples are of a time that receivers take',
  severity: 'error',
  classes: ['out-of-bounds', 'too-old', 'future'],
  explains: REFUSED,
  blame: {alone: 'central', othersFine: 'config'},
  headline: ({agent, queue, error}) =>
    `${addressOf(queue)} refuses samples of ${agentWords(agent)}: ${error?.class === 'future' ? 'their timestamps are in the future' : 'they are too old'}`,
  why: () => REFUSED_IS_LOST,
  remedy: ({agent}) => [
    {
      text: 'after an outage, with a plain Prometheus as central: set storage.tsdb.out_of_order_time_window there (a reload is enough); until then it refuses the backlog',
      changes: false,
    },
    {
      text: "if the timestamps are in the future, or the agent is not behind: compare the clocks of the agent's node and of the central",
      changes: false,
    },
    checkAgain(agent),
  ],
  documentation: `
\`out of bounds\`, \`too old sample\`, \`too far in the future\`. A plain Prometheus takes nothing older than about one hour before
its newest sample, unless \`storage.tsdb.out_of_order_time_window\` is set (\`tsdb/head_append.go\`), and since 2.54 nothing more
than 10 minutes ahead.

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine. An agent that catches up after an outage loses its
backlog this way, batch by batch.

**What to do.** Past: open the window at the central, by a reload, at once. Future: fix the clock.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})
