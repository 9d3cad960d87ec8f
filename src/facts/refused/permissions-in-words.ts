/** Rights of the Kubernetes API, as people read them. Pure. */
import type {Permission} from '../../evidence/types.ts'
import {listInWords} from '../words.ts'

/** `get on pods/proxy in namespace monitoring, or get and create on pods/portforward in namespace monitoring`. */
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
