/** Where a receiver's address lies, as seen from the agent that writes to it. */

import {isLocalhost, placeOfHost} from '../facts/config/remote-write-url.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import type {RemedyStep} from './check.ts'
import {kubectl, promfleetFor} from './kubectl.ts'

/** The Service that a cluster-local name stands for; null for other names. */
function serviceOf(host: string, namespace: string): {name: string; namespace: string} | null {
  const match = /^(?<name>[a-z0-9-]+)(?:\.(?<space>[a-z0-9-]+)\.svc(?:\.[a-z0-9.-]+)?)?$/.exec(
    host.toLowerCase().replace(/\.$/, ''),
  )
  const name = match?.groups?.name
  if (name === undefined || placeOfHost(host) !== 'cluster') return null
  return {name, namespace: match?.groups?.space ?? namespace}
}

/** Shows the Service and what stands behind it, where the receiver is in the agent's own cluster; else []. */
export function lookAtService(agent: AgentFacts, queue: QueueFacts): RemedyStep[] {
  const service = queue.endpoint === null ? null : serviceOf(queue.endpoint.host, agent.namespace)
  if (!service) return []
  return [
    {
      text: 'see the Service, and whether it has endpoints (ready pods)',
      command: kubectl(agent.context, service.namespace, 'get', 'service,endpoints', service.name),
      changes: false,
    },
  ]
}

/** What listens there is a process of the agent's own pod: no Service, network or central is between. */
export function isBesideTheAgent({endpoint}: QueueFacts): boolean {
  return endpoint !== null && isLocalhost(endpoint.host)
}

/** Where the reason is not known yet: the log's errors, grouped, each with the name of its check. */
export function readErrors(agent: AgentFacts): RemedyStep {
  return {
    text: 'see which errors its log repeats, and what fixes the known ones',
    command: promfleetFor(agent, 'logs', '--since', '10m'),
    changes: false,
  }
}

/** The last step of most remedies. */
export function checkAgain(agent: AgentFacts): RemedyStep {
  return {text: 'then check that it delivers again', command: promfleetFor(agent, 'doctor'), changes: false}
}
