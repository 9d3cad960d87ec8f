import {connecting, dialFailure, dialsInWords} from '../dial.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain, lookAtService} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {agentWords, hostAndPort} from '../words.ts'

export default receiverCheck({
  id: 'receiver/unreachable',
  title: 'the address of every receiver can be reached from its agents',
  severity: 'error',
  classes: ['unreachable', 'no-route', 'timed-out'],
  dials: ['timeout', 'unknown'],
  // A time-out is also what a slow receiver gives; connections that come about tell them apart: see receiver/slow.
  applies: ({agent, error}) => error?.class !== 'timed-out' || connecting(agent) !== 'connects',
  explains: ['central/unreachable', ...RETRIED],
  blame: {alone: 'network', othersFine: 'network'},
  headline: ({agent, queue, error}) =>
    error?.class === 'no-route' || (error === null && dialFailure(agent)?.failure === 'unknown')
      ? `no route from ${agentWords(agent)} to ${hostAndPort(queue)}`
      : `connections from ${agentWords(agent)} to ${hostAndPort(queue)} time out`,
  evidence: ({agent, error}) =>
    error?.class === 'timed-out' && connecting(agent) === 'fails'
      ? [
          {
            what: 'connections',
            value: `are not established (${dialsInWords(agent)}), so it is the network and not a slow receiver`,
            source: 'net_conntrack_dialer_conn_{attempted,established,failed}_total',
          },
        ]
      : [],
  why: ({agent, queue}) =>
    `Packets to that address get lost: a firewall, a route, a security group, or an address that no longer exists. ${lossSoFar(agent, queue)}`,
  remedy: ({agent, queue, neighbours}) => [
    neighbours.fine.length > 0
      ? {
          text: `other agents reach the receiver: look at the network between this cluster and ${hostAndPort(queue)} (firewall, security group, NetworkPolicy, NAT)`,
          changes: false,
        }
      : {
          text: `look at the network to ${hostAndPort(queue)}: firewall, security group, NodePort, load balancer, and whether the address is still right`,
          changes: false,
        },
    ...lookAtService(agent, queue),
    checkAgain(agent),
    {text: 'leave the agent alone: it catches up by itself, and a restart would discard the backlog', changes: false},
  ],
  documentation: `
Connections to the endpoint time out or have no route: \`dial tcp … i/o timeout\`, \`no route to host\`, \`network is
unreachable\`. 3.x words a dead address and a slow receiver alike (\`context deadline exceeded\`); then the connection counters with
\`dialer_name="remote_storage_write_client"\` decide. It is this check when \`net_conntrack_dialer_conn_failed_total\` rises between two
scrapes, or when more connections were begun than have an outcome
(\`net_conntrack_dialer_conn_attempted_total\` > \`..._established_total\` + \`..._failed_total\`): the kernel tries for two minutes, far
longer than \`remote_timeout\`, and counts nothing until then. It is receiver/slow when \`..._established_total\` rises, or when every
connection that was begun was established.

**Why it matters.** Nothing is delivered. Remote write retries without end, so nothing is lost before the agent's WAL is
truncated past what was sent, or the pod restarts.

**What is measured.** The error in the log within the last minutes, and a queue that finishes nothing. Where the log tells no
reason that still holds (a line hides its like for a minute, so a receiver that was refused first reads "connection refused" until
then), \`net_conntrack_dialer_conn_failed_total\` with reason \`timeout\`, or \`unknown\`: an error of the network other than a
refusal, mostly no route to the host.

**What to do.** Check firewalls, security groups and network policies between the agent's nodes and the address, and the
address itself: one node's IP with a NodePort is gone with that node.

**What not to do.** Do not restart the agent: the backlog would be lost and the way would still be closed. A test from your own
machine takes another way and proves nothing.
`,
})
