import {placeOfHost} from '../../facts/config/remote-write-url.ts'
import type {AgentFacts, QueueError} from '../../facts/types.ts'
import {editAndReload} from '../caution.ts'
import type {RemedyStep} from '../check.ts'
import {kubectl, kubectlFor, settingsOf} from '../kubectl.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain, lookAtService} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/name-not-resolved',
  title: 'the name of every receiver resolves where the agent runs',
  severity: 'error',
  classes: ['name-not-resolved'],
  dials: ['resolution'],
  explains: ['receiver/unreachable', ...RETRIED],
  blame: {alone: 'config', othersFine: 'cluster'},
  blameAlone: ({error}) => (silentServer(error) === null ? null : 'cluster'),
  headline: ({agent, queue, error}) => {
    const name = queue.endpoint?.host ?? addressOf(queue)
    const silent = silentServer(error)
    return silent === null
      ? `the name ${name} does not resolve for ${agentWords(agent)}`
      : `the DNS server ${silent} does not answer ${agentWords(agent)}, which asks it for ${name}`
  },
  evidence: ({queue, error}) =>
    silentServer(error) === null && queue.endpoint !== null && placeOfHost(queue.endpoint.host) === 'cluster'
      ? [
          {
            what: 'name',
            value: 'cluster-local: it resolves only inside the cluster that has the Service',
            source: 'remote_write URL',
          },
        ]
      : [],
  why: ({agent, queue}) => `Nothing is delivered. ${lossSoFar(agent, queue)}`,
  remedy: ({agent, queue, neighbours, error}) => [
    ...(neighbours.fine.length > 0
      ? [
          {
            text: 'the name resolves for other agents: look at DNS in this cluster (CoreDNS, its forwarding, the dnsPolicy of the pod)',
            changes: false,
          },
        ]
      : []),
    ...(silentServer(error) === null ? [makeItResolve] : reachServer(agent)),
    {
      text: 'see whether the cluster DNS pods are ready',
      command: kubectl(agent.context, 'kube-system', 'get', 'pods', '-l', 'k8s-app=kube-dns', '-o', 'wide'),
      changes: false,
    },
    ...(silentServer(error) === null
      ? [
          ...lookAtService(agent, queue),
          ...editAndReload(agent, `or correct the URL in ${settingsOf(agent).configuration}`, {
            text: 'see its current URL',
            command: settingsOf(agent).showConfiguration,
            changes: false,
          }),
        ]
      : []),
    checkAgain(agent),
  ],
  documentation: `
The agent cannot turn the receiver's name into an address: \`no such host\`, \`server misbehaving\`, or the name server itself
does not answer (\`lookup … i/o timeout\`, \`lookup … connection refused\`): then nothing is known of the name, and the way to
the name server is at fault.

**Why it matters.** Nothing is delivered. A name of the central's own cluster (\`central.monitoring.svc\`) never resolves in another
one: cross-cluster writing needs a name or address that both see.

**What is measured.** The error in the log within the last minutes, and a queue that finishes nothing: healthy agents have such
lines from their first seconds, before the pod's network was up, and those do not count. Where the log may not be read,
\`net_conntrack_dialer_conn_failed_total{dialer_name="remote_storage_write_client",reason="resolution"}\`.

**What to do.** Make the name resolve (record, private zone, forwarding of the cluster's DNS); where the server does not answer,
look at CoreDNS, network policies on port 53 and the pod's resolv.conf. Then the agent delivers its
backlog.

**What not to do.** Do not correct the URL or restart the agent before you have accepted what that loses: an edit of remote_write
rebuilds the queue, which begins at the present.
`,
})

const makeItResolve: RemedyStep = {
  text: 'make the name resolve in this cluster (a DNS record that it can see): the agent then catches up by itself and loses nothing',
  changes: true,
}

/**
 * The server that was asked and gave no answer, as Go names it: `lookup NAME on SERVER:53: read udp …: i/o timeout`, or
 * `…->SERVER:53: read: connection refused`. Null where it answered, if only that there is no such name.
 */
function silentServer(error: QueueError | null): string | null {
  const lookup = /lookup \S+ ?(?:on (?<server>\S+): )?(?<failure>.*)/.exec(error?.text ?? '')?.groups
  const failure = lookup?.failure ?? ''
  if (!/i\/o timeout|connection refused|network is unreachable|no route to host/.test(failure)) return null
  return lookup?.server ?? /->(?<server>\S+:\d+):/.exec(failure)?.groups?.server ?? 'of the pod'
}

/** Whether the name exists is not known: only the way to the server can be put right. */
function reachServer(agent: AgentFacts): RemedyStep[] {
  return [
    {
      text: 'see which name server the pod is told to ask (dnsPolicy and dnsConfig make its resolv.conf), and whether that address is right',
      command: kubectlFor(agent, 'get', 'pod', agent.pod, '-o', 'jsonpath={.spec.dnsPolicy} {.spec.dnsConfig}'),
      changes: false,
    },
    {
      text: 'see whether a network policy keeps the pod from port 53 (UDP and TCP)',
      command: kubectlFor(agent, 'get', 'networkpolicies'),
      changes: false,
    },
    {
      text: 'make the DNS server answer, or allow the way to it: the agent then catches up by itself and loses nothing',
      changes: true,
    },
  ]
}
