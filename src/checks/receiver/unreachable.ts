import {connecting} from '../dial.ts'
import {lookAtService, watchAnswers} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {agentWords, hostAndPort} from '../words.ts'

export default receiverCheck({
  id: 'receiver/unreachable',
  title: 'the address of every receiver can be reached from its agents',
  severity: 'error',
  classes: ['unreachable', 'no-route', 'timed-out'],
  dial: 'timeout',
  // A time-out is also what a slow receiver gives; connections that come about tell them apart: see receiver/slow.
  applies: ({agent, error}) => error?.class !== 'timed-out' || connecting(agent) !== 'connects',
  explains: RETRIED,
  blame: {alone: 'network', othersFine: 'network'},
  headline: ({agent, queue, error}) =>
    error?.class === 'no-route'
      ? `there is no route from ${agentWords(agent)} to ${hostAndPort(queue)}`
      : `${hostAndPort(queue)} does not answer ${agentWords(agent)}: connections time out`,
  evidence: ({agent, error}) =>
    error?.class === 'timed-out' && connecting(agent) === 'fails'
      ? [
          {
            what: 'connections',
            value: 'do not come about, so it is the way and not a slow answer',
            source: 'net_conntrack_dialer_conn_failed_total',
          },
        ]
      : [],
  why: () =>
    'Packets to that address vanish: a firewall, a route, a security group, or an address that is gone. The agent keeps trying and sends what waits once it is through, as long as its WAL holds it.',
  remedy: ({agent, queue, neighbours}) => [
    neighbours.fine.length > 0
      ? {
          text: `the receiver is up for others: look at the way from this cluster to ${hostAndPort(queue)} (firewall, security group, NetworkPolicy, NAT)`,
          changes: false,
        }
      : {
          text: `look at the way to ${hostAndPort(queue)}: firewall, security group, NodePort, load balancer, or whether the address is still the right one`,
          changes: false,
        },
    ...lookAtService(agent, queue),
    watchAnswers(agent),
    {text: 'leave the agent alone: it goes on by itself, and a restart would discard what waits', changes: false},
  ],
  documentation: `
Connecting to the endpoint takes too long or has no way at all: \`dial tcp … i/o timeout\`, \`no route to host\`, \`network is
unreachable\`. 3.x words a dead address and a slow receiver alike (\`context deadline exceeded\`); then
\`net_conntrack_dialer_conn_failed_total{dialer_name="remote_storage_write_client"}\` decides: it rises when connections do not
come about, and stays flat when the receiver is only slow (receiver/slow).

**Why it matters.** Nothing is delivered. Remote write tries again without end, so nothing is lost before the agent's WAL is
truncated past what was sent (or the pod restarts).

**What is measured.** The error in the log within the last minutes, and a queue that finishes nothing.

**What to do.** Check firewalls, security groups and network policies between the agent's nodes and the address, and the
address itself: one node's IP with a NodePort is gone with that node.

**What not to do.** Do not restart the agent: the backlog would be lost and the way would still be closed. A test from your own
machine takes another way and proves nothing.
`,
})
