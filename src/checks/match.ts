/** Turns what people type after --only and --skip into ids of checks. */
import {UserError} from '../errors.ts'
import {nearest} from '../nearest.ts'
import type {Check} from './check.ts'
import {checks} from './index.ts'

/**
 * The ids that the names stand for, in the order of the catalogue: an id is itself, a subject ("receiver") all its checks.
 * `flag` is named in the error. Throws a UserError for a name that is neither.
 */
export function matchChecks(names: readonly string[], flag: string, catalogue: readonly Check[] = checks): string[] {
  const subjects = [...new Set(catalogue.map(check => subjectOf(check.id)))]
  const ids = catalogue.map(check => check.id)
  for (const name of names) {
    if (subjects.includes(name) || ids.includes(name)) continue
    const near = nearest(name, [...ids, ...subjects])
    throw new UserError(
      `${flag}: there is no check "${name}"`,
      near ? `did you mean ${near}?` : '"promfleet explain" lists all checks',
    )
  }
  return ids.filter(id => names.includes(id) || names.includes(subjectOf(id)))
}

function subjectOf(id: string): string {
  return id.slice(0, id.indexOf('/'))
}
