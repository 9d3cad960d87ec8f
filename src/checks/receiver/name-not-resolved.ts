import {editAgent} from '../caution.ts'
import {kubectl, settingsOf} from '../kubectl.ts'
import {checkAgain, lookAtService, placeOfHost} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/name-not-resolved',
  title: 'the name of every receiver resolves where the agent runs',
  severity: 'error',
  classes: ['name-not-resolved'],
  dial: 'resolution',
  explains: ['receiver/unreachable', ...RETRIED],
  blame: {alone: 'config', othersFine: 'cluster'},
  headline: ({agent, queue}) =>
    `the name ${queue.endpoint?.host ?? addressOf(queue)} does not resolve for ${agentWords(agent)}`,
  evidence: ({queue}) =>
    queue.endpoint !== null && placeOfHost(queue.endpoint.host) === 'cluster'
      ? [
          {
            what: 'name',
            value: 'cluster-local: it resolves only inside the cluster that has the Service',
            source: 'remote_write URL',
          },
        ]
      : [],
  why: () =>
    'Nothing is delivered. The agent keeps retrying and sends the backlog once the name resolves, as long as its WAL still holds it.',
  remedy: ({agent, queue, neighbours}) => [
    ...(neighbours.fine.length > 0
      ? [
          {
            text: 'the name resolves for other agents: look at DNS in this cluster (CoreDNS, its forwarding, the dnsPolicy of the pod)',
            changes: false,
          },
        ]
      : []),
    {
      text: 'make the name resolve in this cluster (a DNS record that it can see): the agent then catches up by itself and loses nothing',
      changes: true,
    },
    {
      text: 'see whether the cluster DNS pods are ready',
      command: kubectl(agent.context, 'kube-system', 'get', 'pods', '-l', 'k8s-app=kube-dns', '-o', 'wide'),
      changes: false,
    },
    ...lookAtService(agent, queue),
    ...editAgent(agent, `or correct the URL in ${settingsOf(agent).configuration}`),
    {text: 'see its current URL', command: settingsOf(agent).show, changes: false},
    checkAgain(agent),
  ],
  documentation: `
The agent cannot turn the receiver's name into an address: \`no such host\`, \`server misbehaving\`, or the name server itself
does not answer (\`lookup … i/o timeout\`, \`lookup … connection refused\`).

**Why it matters.** Nothing is delivered. A name of the central's own cluster (\`central.monitoring.svc\`) never resolves in another
one: cross-cluster writing needs a name or address that both see.

**What is measured.** The error in the log within the last minutes, and a queue that finishes nothing: healthy agents have such
lines from their first seconds, before the pod's network was up, and those do not count. Where the log may not be read,
\`net_conntrack_dialer_conn_failed_total{dialer_name="remote_storage_write_client",reason="resolution"}\`.

**What to do.** Make the name resolve (record, private zone, forwarding of the cluster's DNS). Then the agent delivers its
backlog.

**What not to do.** Do not correct the URL or restart the agent before you have accepted what that loses: an edit of remote_write
rebuilds the queue, which begins at the present.
`,
})
