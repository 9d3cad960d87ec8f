/** What a report says of a context, beside its agents. */
import type {ContextFacts} from '../facts/types.ts'
import type {ContextReport} from './report.ts'

export function reportContext({name, reachable, agents, evidence}: ContextFacts): ContextReport {
  const problem = problemOf(evidence)
  return {name, reachable, agents: agents.length, ...(problem !== null && {problem})}
}

/** Why it is not known which agents a context has; some namespaces that may not be listed are a finding, not a blind eye. */
function problemOf({serverVersion, podLists}: ContextFacts['evidence']): string | null {
  if (!serverVersion.ok) return serverVersion.detail
  if (podLists.some(({pods}) => pods.ok)) return null
  const [refused] = podLists.flatMap(({pods}) => (pods.ok ? [] : [pods.detail]))
  return `its pods could not be listed${refused === undefined ? '' : `: ${refused}`}`
}
