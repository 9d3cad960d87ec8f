/** Names and lists in sentences. */
import type {AgentFacts} from './types.ts'

/**
 * `cluster2 monitoring/agent-0`: the pod, with the container where it holds more than one agent; the resource's name where there
 * is no pod.
 */
export function agentWords({context, namespace, name, pod, container}: AgentFacts): string {
  if (pod === '') return `${context} ${namespace}/${name}`
  return `${context} ${namespace}/${pod}${container === null ? '' : `/${container}`}`
}

/** `a, b and c`. */
export function listInWords(items: readonly string[], join: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${join} ${items.at(-1)}`
}

/** What a central is called, in a sentence: names that say so themselves stay as they are. */
export function centralInWords(name: string): string {
  return name.startsWith('the central') ? name : `the central ${name}`
}
