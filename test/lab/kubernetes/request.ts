/** What a request to the API asks for, read from its method and path as a real API server does. */
import type {IncomingMessage} from 'node:http'
import {buffer} from 'node:stream/consumers'

export interface ApiRequest {
  method: string
  /** Decoded path without the query. */
  path: string
  query: URLSearchParams
  /** null: not about a resource, for example /version. */
  target: Target | null
}

export interface Target {
  /** get, list, watch, create, ... */
  verb: string
  /** '' for the core group. */
  group: string
  version: string
  resource: string
  subresource: string | null
  namespace: string | null
  name: string | null
  /** What follows the subresource: the path on the pod's web server, for `proxy`. */
  rest: string
}

/** `pods/log`, as rules and messages write it. */
export function resourceOf(target: Target): string {
  return target.subresource ? `${target.resource}/${target.subresource}` : target.resource
}

export function parseRequest(request: IncomingMessage): ApiRequest {
  const url = new URL(request.url ?? '/', 'https://api.invalid')
  const method = request.method ?? 'GET'
  return {method, path: url.pathname, query: url.searchParams, target: parseTarget(method, url)}
}

function parseTarget(method: string, url: URL): Target | null {
  const match = /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))\/(.+)$/.exec(url.pathname)
  if (!match) return null
  const group = match[2] ?? ''
  const version = match[1] ?? match[3] ?? 'v1'
  const parts = (match[4] ?? '').split('/')
  let namespace: string | null = null
  // /namespaces/NAME alone is the namespace itself, with more it is a scope
  if (parts[0] === 'namespaces' && parts.length > 2) {
    namespace = decodeURIComponent(parts[1] ?? '')
    parts.splice(0, 2)
  }
  const [resource = '', name, subresource, ...rest] = parts
  return {
    verb: verbOf(method, Boolean(name), url.searchParams),
    group,
    version,
    resource,
    subresource: subresource || null,
    namespace: resource === 'namespaces' && name ? decodeURIComponent(name) : namespace,
    name: name ? decodeURIComponent(name) : null,
    rest: rest.length > 0 || url.pathname.endsWith('/') ? `/${rest.join('/')}` : '',
  }
}

function verbOf(method: string, named: boolean, query: URLSearchParams): string {
  if (method === 'GET' || method === 'HEAD') {
    if (query.get('watch') === 'true' || query.get('watch') === '1') return 'watch'
    return named ? 'get' : 'list'
  }
  const verbs: Record<string, string> = {
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: named ? 'delete' : 'deletecollection',
  }
  return verbs[method] ?? method.toLowerCase()
}

/** The body of a request, as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  return (await buffer(request)).toString()
}
