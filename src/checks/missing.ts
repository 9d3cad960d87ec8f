/** Why a check cannot judge, in words that name the missing evidence and, where it is a permission, which. */
import type {Collected, Failure, Permission} from '../evidence/types.ts'
import type {AgentFacts} from '../facts/types.ts'
import {listInWords} from './words.ts'

/** `needs get on pods/proxy, or get and create on pods/portforward, in namespace monitoring`. */
export function permissionsInWords(needs: Permission[][]): string {
  return needs.map(together => listInWords(groupByResource(together), 'and')).join(', or ')
}

function groupByResource(permissions: Permission[]): string[] {
  const groups = new Map<string, {resource: string; verbs: Set<string>; namespaces: Set<string | null>}>()
  for (const {verb, group, resource, namespace} of permissions) {
    const name = group === '' ? resource : `${resource}.${group}`
    const known = groups.get(name) ?? {resource: name, verbs: new Set(), namespaces: new Set()}
    known.verbs.add(verb)
    known.namespaces.add(namespace)
    groups.set(name, known)
  }
  return [...groups.values()].map(
    ({resource, verbs, namespaces}) =>
      `${listInWords([...verbs], 'and')} on ${resource} in ${namespacesInWords([...namespaces])}`,
  )
}

/** How many namespaces are named before the rest is counted. */
const NAMED_NAMESPACES = 5

/** `all namespaces`, `namespace a`, `namespaces a, b and 3 more`; null stands for all. */
export function namespacesInWords(namespaces: readonly (string | null)[]): string {
  const names = namespaces.filter(name => name !== null)
  if (names.length === 0 || names.length < namespaces.length) return 'all namespaces'
  const rest = names.length - NAMED_NAMESPACES
  const shown = rest > 1 ? [...names.slice(0, NAMED_NAMESPACES), `${rest} more`] : names
  return `namespace${names.length === 1 ? '' : 's'} ${listInWords(shown)}`
}

/** A sentence for a piece that could not be collected. */
export function missing(what: string, failure: Failure): string {
  const needs = failure.needs.length > 0 ? ` (needs ${permissionsInWords(failure.needs)})` : ''
  return `${what} could not be read: ${failure.detail}${needs}`
}

/** The reason why an agent has no metrics to judge by. */
export function missingMetrics(agent: AgentFacts): string {
  if (agent.pod === '') return 'it has no pod'
  const failure =
    failureOf(agent.metricsFailure) ?? agent.evidence.scrapes.flatMap(scrape => failureOf(scrape) ?? []).at(-1)
  return failure ? missing('its metrics', failure) : 'its metrics were not read'
}

export function failureOf(collected: Collected<unknown> | null): Failure | null {
  return collected !== null && !collected.ok ? collected : null
}

/** Why a piece is missing although its reading may have succeeded (a text that does not parse). */
export function missingPiece(what: string, collected: Collected<unknown>): string {
  return collected.ok ? `${what} was read but could not be understood` : missing(what, collected)
}
