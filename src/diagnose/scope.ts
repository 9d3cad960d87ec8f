/** What a finding is about, compared: which scope lies inside which, and the key that is the same from run to run. */
import type {Scope} from '../checks/check.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'

const parts = ['context', 'namespace', 'pod', 'container', 'agent', 'queue', 'central'] as const

/** True when `inner` is the same thing as `outer` or a part of it: a queue of its agent, an agent of its context. */
export function covers(outer: Scope, inner: Scope): boolean {
  return parts.every(part => outer[part] === undefined || outer[part] === inner[part])
}

/** Stable between runs: the id and the scope, wide to narrow. */
export function keyOf(id: string, scope: Scope): string {
  return [id, ...parts.flatMap(part => (scope[part] === undefined ? [] : [`${part}=${scope[part]}`]))].join(' ')
}

/** True when the scope names this agent, or something wider that holds it. */
export function concernsAgent(scope: Scope, agent: AgentFacts): boolean {
  if (scope.context !== undefined && scope.context !== agent.context) return false
  if (scope.namespace !== undefined && scope.namespace !== agent.namespace) return false
  if (scope.container !== undefined && scope.container !== agent.container) return false
  if (scope.pod !== undefined) return scope.pod === agent.pod
  return scope.agent === undefined || scope.agent === agent.name
}

/** "cluster2 monitoring/agent-0, queue central"; "the whole fleet" for an empty scope. */
export function scopeWords({context, namespace, pod, container, agent, queue, central}: Scope): string {
  const inPod = container === undefined ? '' : `/${container}`
  const place = namespace === undefined ? [] : [`${namespace}/${pod ?? agent ?? '*'}${inPod}`]
  const where = [...(context === undefined ? [] : [context]), ...place].join(' ')
  const words = [where, queue === undefined ? '' : `queue ${queue}`, central ?? ''].filter(word => word !== '')
  return words.length === 0 ? 'the whole fleet' : words.join(', ')
}

export function concernsQueue(scope: Scope, agent: AgentFacts, queue: QueueFacts): boolean {
  if (scope.central !== undefined && scope.central !== queue.endpoint?.address) return false
  return concernsAgent(scope, agent) && (scope.queue === undefined || scope.queue === queue.name)
}
