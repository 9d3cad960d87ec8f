import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import type {RemedyStep} from '../check.ts'
import {describePod, kubectlFor} from '../kubectl.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain, isBesideTheAgent, lookAtService} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {agentWords, hostAndPort} from '../words.ts'

export default receiverCheck({
  id: 'receiver/refused',
  title: 'something listens at every address that agents write to',
  severity: 'error',
  classes: ['refused'],
  dials: ['refused'],
  explains: ['receiver/unreachable', 'central/unreachable', ...RETRIED],
  blame: {alone: 'central', othersFine: 'network'},
  headline: ({agent, queue}) =>
    isBesideTheAgent(queue)
      ? `nothing listens at ${hostAndPort(queue)} in the pod of ${agentWords(agent)}: every connection is refused`
      : `nothing listens at ${hostAndPort(queue)}: every connection from ${agentWords(agent)} is refused`,
  why: ({agent, queue}) =>
    `${isBesideTheAgent(queue) ? 'The agent writes to its own pod, and the side car that should listen there is missing, down or on another port.' : 'The host is up, but nothing listens on the port: the receiver is down, or the port is wrong.'} ${lossSoFar(agent, queue)}`,
  remedy: ({agent, queue, neighbours}) => [
    ...(isBesideTheAgent(queue) ? fixSidecar(agent) : fixReceiver(queue, neighbours.fine.length > 0)),
    ...lookAtService(agent, queue),
    checkAgain(agent),
    {text: 'leave the agent alone: it catches up by itself, and a restart would discard the backlog', changes: false},
  ],
  documentation: `
Connections to the endpoint are refused (\`connect: connection refused\`): the host is there and nothing listens at the port. A
name server that refuses connections reads alike but is receiver/name-not-resolved.

**Why it matters.** Nothing is delivered. Remote write retries without end, so nothing is lost before the agent's WAL is
truncated past what was sent, or the pod restarts.

**What is measured.** The error in the log within the last minutes, and a queue that finishes nothing. Where the log may not be
read, \`net_conntrack_dialer_conn_failed_total{dialer_name="remote_storage_write_client",reason="refused"}\`.

**What to do.** Start the receiver. Check the port: a NodePort that changed, a Service without ready pods. At localhost it is a side
car of the agent's own pod (a proxy, a relay): look at its state and log.

**What not to do.** Do not restart the agent, and do not edit its remote_write while it waits: both discard the backlog.
`,
})

function fixReceiver(queue: QueueFacts, isUpForOthers: boolean): RemedyStep[] {
  if (isUpForOthers)
    return [
      {
        text: 'other agents reach the receiver: look for a network policy, firewall or proxy between this cluster and it that refuses connections',
        changes: false,
      },
    ]
  return [
    {
      text: `start the receiver, or fix what should listen at ${hostAndPort(queue)} (Service port, NodePort, load balancer)`,
      changes: true,
    },
  ]
}

/** localhost is the pod itself: no Service or network is between. */
function fixSidecar(agent: AgentFacts): RemedyStep[] {
  return [
    {
      text: 'see whether the pod has a side car that should listen there, its state and its restarts',
      command: describePod(agent),
      changes: false,
    },
    {
      text: 'read why it does not listen',
      command: kubectlFor(agent, 'logs', agent.pod, '--all-containers', '--prefix', '--tail=30'),
      changes: false,
    },
    {
      text: 'fix what its log names; a container that crashed restarts alone, but a change of the pod template restarts the agent as well and discards the backlog',
      changes: true,
    },
  ]
}
