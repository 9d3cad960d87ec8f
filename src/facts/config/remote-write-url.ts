/** Reads the address of a remote-write endpoint; its text never carries credentials or a query. */

export interface Endpoint {
  /** scheme://host[:port]/path, the port only when it is not the scheme's own: equal addresses are the same endpoint. */
  address: string
  scheme: string
  /** Without the brackets of an IPv6 address. */
  host: string
  port: number
  /** '/' when there is none. */
  path: string
}

/** The parts of an absolute http(s) URL; null when it cannot be read as one. */
export function parseEndpoint(url: string): Endpoint | null {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    return null
  }
  const scheme = parsed.protocol.slice(0, -1)
  if ((scheme !== 'http' && scheme !== 'https') || parsed.hostname === '') return null
  const port = parsed.port === '' ? (scheme === 'https' ? 443 : 80) : Number(parsed.port)
  return {
    address: `${scheme}://${parsed.host}${parsed.pathname}`,
    scheme,
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port,
    path: parsed.pathname,
  }
}

/** The agent's own pod, whichever agent it is. Other addresses of 127.0.0.0/8 are not taken for it: they may stand for pods. */
export function isLocalhost(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::'].includes(host.toLowerCase().replace(/\.$/, ''))
}

export type Place = 'loopback' | 'cluster' | 'elsewhere'

/** loopback: the same pod; cluster: a name that only the cluster's own DNS knows; elsewhere: everything else, private addresses too. */
export function placeOfHost(host: string): Place {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (name === 'localhost' || name === '::1' || /^127\./.test(name)) return 'loopback'
  // Behind svc stands the domain of the cluster, whatever it is called.
  if (/\.svc(\.[a-z0-9.-]+)?$/.test(name) || /\.cluster\.local$/.test(name)) return 'cluster'
  // One word is a Service of the agent's own namespace; an IPv6 address has no dot either.
  if (!name.includes('.') && !name.includes(':')) return 'cluster'
  return 'elsewhere'
}

/** The URL as text with `user:password@` taken out; texts that are no URL come back as they are. */
export function withoutUserInfo(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
}

/** What stands before the `@`: nothing, a user only, or a user and a (redacted) password. */
export function urlCredentials(url: string): 'none' | 'user' | 'password' {
  const userInfo = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i.exec(url)?.[1]
  if (userInfo === undefined || userInfo === '') return 'none'
  return userInfo.includes(':') ? 'password' : 'user'
}
