import {errorStatus} from '../../facts/log/error-classes.ts'
import type {QueueError} from '../../facts/types.ts'
import {checkAgain} from '../receiver-address.ts'
import {NOTHING_LOST_YET, RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/failing',
  title: 'receivers answer without errors of their own',
  severity: 'error',
  classes: ['server-error', 'label-not-unique', 'unavailable', 'connection-reset'],
  explains: RETRIED,
  blame: {alone: 'central', othersFine: 'central'},
  headline: ({agent, queue, error}) => `${addressOf(queue)} ${inWords(error, agentWords(agent))}`,
  why: () => NOTHING_LOST_YET,
  remedy: ({agent}) => [
    {
      text: 'look at the log of the receiver and of the proxy in front of it: it may be starting, overloaded, out of disk or without a quorum',
      changes: false,
    },
    checkAgain(agent),
  ],
  documentation: `
5xx, or connections that are cut while in use: the receiver or its load balancer fails. 503 comes from a receiver that starts,
is overloaded or has no quorum; 502 and 504, and a 503 in the words of a proxy, are \`receiver/proxy\`.

**Why it matters.** Nothing is delivered. Remote write retries without end, so nothing is lost before the agent's WAL is
truncated past what was sent, or the pod restarts.

**What to do.** Look at the receiver's own log. One batch that always gets 500 (\`label name is not unique\` on receivers up to
2.54) blocks its shard forever.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

function inWords(error: QueueError | null, agent: string): string {
  const status = errorStatus(error?.text ?? '')
  if (status !== null) return `answers ${agent} with status ${status}`
  return error?.class === 'unavailable'
    ? `asks ${agent} to wait before it sends again`
    : `cuts the connections of ${agent}`
}
