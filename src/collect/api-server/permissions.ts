/** Which right a request of the Kubernetes API needs, for the answer to a 403. Pure. */
import type {Permission} from '../../evidence/types.ts'

/** What requests there are; PATCH adds an ephemeral container, where the user asked for one. */
export type Method = 'GET' | 'POST' | 'PATCH'

/** The rights that make one action work; any one of the inner lists is enough. */
export function permissionsFor(
  verb: string,
  group: string,
  resource: string,
  namespace: string | null,
): Permission[][] {
  if (resource !== 'pods/portforward' && resource !== 'pods/exec') return [[{verb, group, resource, namespace}]]
  // WebSocket clients are a GET; Kubernetes 1.35 asks for create as well (AuthorizePodWebsocketUpgradeCreatePermission).
  return [['get', 'create'].map(each => ({verb: each, group, resource, namespace}))]
}

/** The right that a request needs by its path; empty for paths that name no resource, such as /version. */
export function permissionsForPath(method: Method, path: string): Permission[][] {
  const segments = (path.split('?')[0] ?? '').split('/').filter(segment => segment !== '')
  const isCore = segments[0] === 'api'
  const rest = segments.slice(isCore ? 2 : 3)
  if (rest.length === 0 || (!isCore && segments[0] !== 'apis')) return []
  const group = isCore ? '' : (segments[1] ?? '')
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2
  const namespace = rest[0] === 'namespaces' ? decode(rest[1] ?? null) : null
  const [resource = '', name, subresource] = isNamespaced ? rest.slice(2) : rest
  const verb = method === 'POST' ? 'create' : method === 'PATCH' ? 'patch' : name === undefined ? 'list' : 'get'
  return permissionsFor(verb, group, subresource === undefined ? resource : `${resource}/${subresource}`, namespace)
}

/**
 * The right that the API server itself says is missing ("User "viewer" cannot list resource "pods" in API group "" at the
 * cluster scope", pkg/registry/rbac and apiserver/pkg/endpoints/handlers/responsewriters/errors.go); null in other words.
 */
export function permissionsInMessage(message: string): Permission[][] | null {
  const found = /cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/.exec(message)
  if (found === null) return null
  const [, verb = '', resource = '', group = '', namespace = null] = found
  return permissionsFor(verb, group, resource, namespace)
}

function decode(segment: string | null): string | null {
  try {
    return segment === null ? null : decodeURIComponent(segment)
  } catch {
    return segment
  }
}
