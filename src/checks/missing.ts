/** Why a check cannot judge, in words that name the missing evidence and, where it is a permission, which. */
import type {Collected, Failure} from '../evidence/types.ts'
import {permissionsInWords} from '../facts/refused/permissions-in-words.ts'
import type {AgentFacts} from '../facts/types.ts'

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
