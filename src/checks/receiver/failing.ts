import {errorStatus} from '../../facts/error-classes.ts'
import {watchAnswers} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/failing',
  title: 'receivers answer without errors of their own',
  severity: 'error',
  classes: ['server-error', 'label-not-unique', 'bad-gateway', 'unavailable', 'gateway-timeout', 'connection-reset'],
  explains: RETRIED,
  blame: {alone: 'central', othersFine: 'central'},
  headline: ({agent, queue, error}) =>
    `${addressOf(queue)} fails and answers ${agentWords(agent)} ${error !== null && errorStatus(error.text) !== null ? `with status ${errorStatus(error.text)}` : 'by cutting the connection'}`,
  why: () =>
    'Nothing is lost yet: the agent keeps trying and sends what waits once this is mended, as long as its WAL holds it.',
  remedy: ({agent}) => [
    {
      text: 'look at the receiver and what stands in front of it: is it starting, overloaded, out of disk, without a quorum, or has the proxy no pod behind it (502, 503, 504)',
      changes: false,
    },
    watchAnswers(agent),
  ],
  documentation: `
5xx, or connections that are cut while in use: the receiver or its load balancer fails. 502 and 504 come from a proxy whose
receiver does not answer; 503 from a receiver that starts or a proxy without one.

**Why it matters.** Nothing is delivered. Remote write tries again without end, so nothing is lost before the agent's WAL is
truncated past what was sent (or the pod restarts).

**What to do.** Look at the receiver's own log. One batch that always gets 500 (\`label name is not unique\` on receivers up to
2.54) blocks its shard for ever.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard what waits.
`,
})
