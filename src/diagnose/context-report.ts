/** What a report says of a context, beside its agents. */
import type {CollectOptions} from '../evidence/types.ts'
import {emptyContext} from '../facts/empty-context.ts'
import {refusedContext} from '../facts/refused/context.ts'
import type {ContextFacts} from '../facts/types.ts'
import type {ContextReport} from './report.ts'

export function reportContext({name, reachable, agents, evidence}: ContextFacts): ContextReport {
  const problem = problemOf(evidence)
  return {name, reachable, agents: agents.length, ...(problem !== null && {problem})}
}

/** The same, and of one that was read and has no agent what was looked for in vain; of one that was not for want of a right, which. */
export function reportContextWithGaps(context: ContextFacts, options: CollectOptions): ContextReport {
  const report = reportContext(context)
  const isEmpty = report.agents === 0 && report.problem === undefined
  const refused = refusedContext(context)
  return {
    ...report,
    ...(isEmpty && {noAgents: emptyContext(context, options)}),
    ...(refused !== null && {refused}),
  }
}

/** Why it is not known which agents a context has; some namespaces that may not be listed are a finding, not a blind eye. */
function problemOf({serverVersion, podLists}: ContextFacts['evidence']): string | null {
  if (!serverVersion.ok) return serverVersion.detail
  if (podLists.some(({pods}) => pods.ok)) return null
  const [refused] = podLists.flatMap(({pods}) => (pods.ok ? [] : [pods.detail]))
  return `its pods could not be listed${refused === undefined ? '' : `: ${refused}`}`
}
