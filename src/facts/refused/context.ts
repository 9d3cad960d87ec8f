/** Why next to nothing is known of a context or of its agents where rights are missing, and what grants them. Pure. */
import type {Failure} from '../../evidence/types.ts'
import {formatNumberOf} from '../../units.ts'
import type {ContextFacts} from '../types.ts'
import {centralInWords, listInWords} from '../words.ts'
import {grantCommand} from './grant.ts'
import {permissionsInWords} from './permissions-in-words.ts'
import {groupByPermission, needsOf, type Refusal, refusalsOf, refusedUser} from './refusals.ts'

export interface RefusedContext {
  /** "the metrics and configuration of 2 agents in cluster2". */
  what: string
  /** "get and create on pods/portforward in namespace monitoring, or get on pods/proxy in namespace monitoring". */
  needs: string
  /** For somebody who may grant it, with his own context in place of ADMIN_CONTEXT. */
  grant: string
  /** What serves without these rights; left out: nothing does. */
  instead?: string
}

/** Of what else is refused a doctor speaks: it leaves gaps, and no agent unknown. */
export const TELLING = ['pods', 'metrics', 'configuration', 'targets', 'log']

/** `telling`: of what, where the command reads less than a doctor. */
export function refusedContext(context: ContextFacts, telling: readonly string[] = TELLING): RefusedContext | null {
  // Where some namespace could be listed, the others may be meant to stay closed.
  const isListed = context.evidence.podLists.some(({pods}) => pods.ok)
  const refusals = refusalsOf(context).filter(({what}) => telling.includes(what) && !(what === 'pods' && isListed))
  if (refusals.length === 0) return null
  // Pods are looked for in one namespace where they may not be listed in all: one right would do.
  const everywhere = refusals.filter(({namespace}) => namespace === '*')
  const needs = groupByPermission(everywhere.length > 0 ? everywhere : refusals).map(needsOf)
  return {
    what: `the ${listInWords([...new Set(refusals.map(({what}) => what))])}${whose(refusals)} in ${context.name}`,
    needs: listInWords(needs.map(permissionsInWords).filter(words => words !== '')),
    grant: grantCommand(needs.flat(), refusedUser(refusals)),
  }
}

/** Of a central that is a pod and may not be found, or not be asked, for want of a right; null: it is something else. */
export function refusedCentral(name: string, failure: Failure): RefusedContext | null {
  if (failure.reason !== 'forbidden' || failure.needs.length === 0) return null
  return {
    what: centralInWords(name),
    needs: permissionsInWords(failure.needs),
    grant: grantCommand(failure.needs, refusedUser([{failure}])),
    instead: '--central-url URL asks the central itself, where it can be reached from here',
  }
}

function whose(refusals: readonly Refusal[]): string {
  const agents = new Set(refusals.flatMap(({agent}) => agent ?? []))
  return agents.size === 0 ? '' : ` of ${formatNumberOf(agents.size, 'agent')}`
}
