/** How a central is to be reached, as the command line and the fleet file say it: secrets already read from where they stand. */
import {UserError} from '../../errors.ts'
import {redactKnownShapes} from '../redact.ts'

/** What proves to the central who asks; each part may be missing. */
export interface CentralCredentials {
  /** Sent with each request, `X-Scope-OrgID` for example. */
  headers: Record<string, string>
  basic: {username: string; password: string} | null
  token: string | null
}

interface CentralTls {
  /** PEM of the authorities to trust instead of the system's; null: the system's. */
  authority: string | null
  skipVerify: boolean
}

export type CentralAccess =
  | {kind: 'url'; url: URL; credentials: CentralCredentials; tls: CentralTls}
  | {
      kind: 'pod'
      context: string
      /** null: every namespace that may be listed. */
      namespace: string | null
      /** Of several that may be the central, this one. */
      pod: string | null
      credentials: CentralCredentials
    }

/** What people call it before it has been found: its URL without credentials, or where it is. */
export function nameOf(access: CentralAccess): string {
  if (access.kind === 'pod') return `the central in context ${access.context}`
  return `${access.url.origin}${access.url.pathname.replace(/\/+$/, '')}`
}

/**
 * The base URL as people copy it: with or without a trailing slash or `/api/v1/query`; user and password in it are taken for basic auth.
 * Throws UserError for what is no http(s) URL.
 */
export function parseCentralUrl(given: string): {url: URL; basic: CentralCredentials['basic']} {
  const shown = redactKnownShapes(given)
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new UserError(
      `--central-url "${shown}" is not an http(s) URL`,
      'for example https://mimir.example.com/prometheus: what stands before /api/v1/query',
    )
  }
  const url = new URL(given)
  if (url.search !== '' || url.hash !== '') {
    throw new UserError(`--central-url "${shown}" has a query`, 'give what stands before /api/v1/query')
  }
  const basic =
    url.username === '' && url.password === '' ? null : {username: decode(url.username), password: decode(url.password)}
  url.username = ''
  url.password = ''
  url.pathname = url.pathname.replace(/\/api\/v1(?:\/[^/]*)?\/?$/, '').replace(/\/+$/, '')
  return {url, basic}
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** As they go with a request. */
export function credentialHeaders({headers, basic, token}: CentralCredentials): Record<string, string> {
  if (token !== null) return {...headers, authorization: `Bearer ${token}`}
  if (basic !== null) return {...headers, authorization: `Basic ${encodeBasic(basic)}`}
  return headers
}

function encodeBasic({username, password}: {username: string; password: string}): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

/** A tenant is a name and no secret; of other headers nobody can know. */
const PLAIN_HEADERS = /^(?:x-scope-orgid|thanos-tenant|accept|accept-language|user-agent)$/i

/** Whatever must not be seen again, as it is and as headers carry it. */
export function secretsOf({headers, basic, token}: CentralCredentials): string[] {
  const fromHeaders = Object.entries(headers).flatMap(([name, value]) =>
    PLAIN_HEADERS.test(name) ? [] : [value, ...value.split(/[\s,;=]+/)],
  )
  return [
    ...new Set([
      ...fromHeaders,
      ...(token === null ? [] : [token]),
      ...(basic === null ? [] : [basic.password, encodeBasic(basic)]),
    ]),
  ].filter(secret => secret !== '')
}
