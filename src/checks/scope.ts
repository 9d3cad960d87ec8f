/** The scopes that findings are about, from facts; stable between runs, because finding keys are made of them. */
import type {AgentFacts, ContextFacts, QueueFacts} from '../facts/types.ts'
import type {Scope} from './check.ts'

export function contextScope(context: ContextFacts): Scope {
  return {context: context.name}
}

/** Without `pod` for a PrometheusAgent that has none. */
export function agentScope(agent: AgentFacts): Scope {
  const scope: Scope = {context: agent.context, namespace: agent.namespace}
  if (agent.pod !== '') scope.pod = agent.pod
  if (agent.container !== null) scope.container = agent.container
  return {...scope, agent: agent.name}
}

export function queueScope(agent: AgentFacts, queue: QueueFacts): Scope {
  return {...agentScope(agent), queue: queue.name}
}
