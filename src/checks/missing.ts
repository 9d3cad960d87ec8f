/** Why a check cannot judge, in words that name the missing evidence and, where it is a permission, which. */
import type {Collected, Failure, Permission} from '../evidence/types.ts'
import type {AgentFacts} from '../facts/types.ts'
import {listInWords} from './words.ts'

/** `needs get on pods/proxy, or get and create on pods/portforward, in namespace monitoring`. */
export function permissionsInWords(needs: Permission[][]): string {
  return needs.map(together => listInWords(groupByResource(together), 'and')).join(', or ')
}

function groupByResource(permissions: Permission[]): string[] {
  const groups = new Map<string, Permission[]>()
  for (const permission of permissions) {
    const key = JSON.stringify([permission.group, permission.resource, permission.namespace])
    groups.set(key, [...(groups.get(key) ?? []), permission])
  }
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (!first) return []
    const verbs = listInWords([...new Set(group.map(permission => permission.verb))], 'and')
    const resource = first.group === '' ? first.resource : `${first.resource}.${first.group}`
    return [
      `${verbs} on ${resource} in ${first.namespace === null ? 'all namespaces' : `namespace ${first.namespace}`}`,
    ]
  })
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
