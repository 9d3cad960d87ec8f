/** What an agent is called in reports. */
import type {AgentReport} from '../diagnose/report.ts'
import {clean} from './text.ts'

type Named = Pick<AgentReport, 'context' | 'namespace' | 'pod' | 'container' | 'name'>

interface Names {
  agents: readonly Named[]
}

/** "agent-0", with the container where the pod holds more than one agent; the resource's name where there is no pod. */
export function podName(agent: Named, {agents}: Names): string {
  if (agent.pod === '') return clean(agent.name)
  const sharesPod = agents.some(
    ({context, namespace, pod, container}) =>
      context === agent.context && namespace === agent.namespace && pod === agent.pod && container !== agent.container,
  )
  return clean(sharesPod ? `${agent.pod}/${agent.container}` : agent.pod)
}

/** "monitoring/agent-0". */
export function agentName(agent: Named, report: Names): string {
  return clean(`${agent.namespace}/${podName(agent, report)}`)
}
