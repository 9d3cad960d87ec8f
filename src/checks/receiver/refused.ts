import {lookAtService, watchAnswers} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {agentWords, hostAndPort} from '../words.ts'

export default receiverCheck({
  id: 'receiver/refused',
  title: 'something listens at every address that agents write to',
  severity: 'error',
  classes: ['refused'],
  dial: 'refused',
  explains: ['receiver/unreachable', ...RETRIED],
  blame: {alone: 'central', othersFine: 'network'},
  headline: ({agent, queue}) =>
    `nothing listens at ${hostAndPort(queue)}: every connection of ${agentWords(agent)} is refused`,
  why: () =>
    'The host answers, the port does not: the receiver is down, or the port is wrong. The agent keeps trying and sends what waits once it is back, as long as its WAL holds it.',
  remedy: ({agent, queue, neighbours}) => [
    ...(neighbours.fine.length > 0
      ? [
          {
            text: 'the receiver is up for others: look for a network policy, a firewall or a proxy on the way from this cluster that refuses',
            changes: false,
          },
        ]
      : [
          {
            text: `start the receiver, or mend what should listen at ${hostAndPort(queue)} (port of the Service, NodePort, load balancer)`,
            changes: true,
          },
        ]),
    ...lookAtService(agent, queue),
    watchAnswers(agent),
    {text: 'leave the agent alone: it goes on by itself, and a restart would discard what waits', changes: false},
  ],
  documentation: `
Connections to the endpoint are refused (\`connect: connection refused\`): the host is there and nothing listens at the port. A
name server that refuses connections reads alike but is receiver/name-not-resolved.

**Why it matters.** Nothing is delivered. Remote write tries again without end, so nothing is lost before the agent's WAL is
truncated past what was sent (or the pod restarts).

**What is measured.** The error in the log within the last minutes, and a queue that finishes nothing. Where the log may not be
read, \`net_conntrack_dialer_conn_failed_total{dialer_name="remote_storage_write_client",reason="refused"}\`.

**What to do.** Start the receiver. Check the port: a NodePort that changed, a Service without ready pods.

**What not to do.** Do not restart the agent, and do not edit its remote_write while it waits: both discard the backlog.
`,
})
