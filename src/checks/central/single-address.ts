import {placeOfHost} from '../../facts/config/remote-write-url.ts'
import type {EndpointFacts} from '../../facts/types.ts'
import {formatNumberOf} from '../../units.ts'
import type {Scope} from '../check.ts'
import {defineCheck} from '../check.ts'
import {gather, type Judgement} from '../judge.ts'

/** The default of --service-node-port-range of kube-apiserver. */
const NODE_PORTS = {first: 30_000, last: 32_767}

export default defineCheck({
  id: 'central/single-address',
  title: 'agents write to a name, not to one address',
  severity: 'info',
  explains: [],
  needs: ['metrics'],
  evaluate: ({endpoints}) =>
    gather(endpoints.map((endpoint): [Scope, Judgement] => [{central: endpoint.address}, judge(endpoint)])),
  documentation: `
The URL of a remote_write entry names an IP address, or a port of the range that NodePorts are given from (${NODE_PORTS.first}-${NODE_PORTS.last}).

**Why it matters.** An address is one node, one pod or one load balancer of today. When that node is drained or the pod moves, every
agent has to be edited, and an edit of remote_write discards what is unsent.

**What to do.** A DNS name in front of a load balancer or an ingress; with a NodePort at least a name that lists several nodes. Change it
at a time when the agents are level.

**What not to do.** Do not change the URL during an outage: it rebuilds the queue, and what is unsent is gone.
`,
})

function judge({address, queues}: EndpointFacts): Judgement {
  const endpoint = queues[0]?.queue.endpoint ?? null
  if (endpoint === null || placeOfHost(endpoint.host) === 'loopback') return 'does-not-apply'
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(endpoint.host) || endpoint.host.includes(':')
  const isNodePort = endpoint.port >= NODE_PORTS.first && endpoint.port <= NODE_PORTS.last
  if (!isAddress && !isNodePort) return 'holds'
  const agents = new Set(queues.map(({agent}) => agent)).size
  const what = [isAddress ? 'an IP address' : '', isNodePort ? 'a NodePort' : ''].filter(word => word !== '')
  return {
    severity: 'info',
    blame: 'config',
    title: `${formatNumberOf(agents, 'agent')} ${agents === 1 ? 'writes' : 'write'} to ${what.join(' and ')}: ${address}`,
    evidence: [{what: 'URL', value: address, source: 'metrics, label url'}],
    why: isNodePort
      ? 'When that node is drained or replaced nothing is delivered any more, though the receiver is well.'
      : 'When what has this address moves, nothing is delivered any more, and every agent has to be edited.',
    remedy: [
      {
        text: 'give the receiver a DNS name (load balancer, ingress), and change the URL at a time when the agents are level: the edit rebuilds their queues and discards what is unsent',
        changes: true,
      },
    ],
  }
}
