/** Connection pools to an API server: straight, or through the proxy that the kubeconfig or the environment names. */
import http from 'node:http'
import https from 'node:https'
import {BlockList, isIP} from 'node:net'
import {createSecureContext, type SecureContext} from 'node:tls'
import {HttpProxyAgent, HttpsProxyAgent} from 'hpagent'
import {getProxyForUrl} from 'proxy-from-env'
import type {TlsOptions} from '../kubeconfig/credentials.ts'

/** The pool that all requests to one API server share. WebSockets take a second one: they would use up the first. */
export function createAgent(server: URL, proxyUrl: string | null, tls: TlsOptions, maxSockets: number): http.Agent {
  const options = {keepAlive: true, maxSockets, scheduling: 'lifo' as const, timeout: 0}
  if (server.protocol === 'http:') {
    return proxyUrl === null ? new http.Agent(options) : new HttpProxyAgent({...options, proxy: proxyUrl})
  }
  return proxyUrl === null
    ? new https.Agent({...options, ...tls, ...sharedContext(tls)})
    : new HttpsProxyAgent({...options, ...tls, proxy: proxyUrl})
}

/**
 * The certificates read once for all connections: port-forward takes many. Where they cannot be read, each connection fails
 * with the reason, and that is where it is told.
 */
function sharedContext(tls: TlsOptions): {secureContext?: SecureContext} {
  try {
    return {secureContext: createSecureContext(tls)}
  } catch {
    return {}
  }
}

/**
 * The proxy for an API server: `proxy-url` of the kubeconfig, else HTTPS_PROXY and NO_PROXY as client-go reads them
 * (golang.org/x/net/http/httpproxy: never for loopback addresses, and NO_PROXY may hold address ranges). null: none.
 */
export function proxyFor(server: URL, configured: string | null): string | null {
  if (configured) return configured
  const host = server.hostname.replace(/^\[|\]$/g, '')
  if (host === 'localhost' || isLoopback(host) || isInRange(host, process.env.NO_PROXY ?? process.env.no_proxy ?? '')) {
    return null
  }
  return getProxyForUrl(server.href) || null
}

const isLoopback = (host: string): boolean => host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

function isInRange(host: string, noProxy: string): boolean {
  const family = isIP(host)
  if (family === 0) return false
  const ranges = new BlockList()
  for (const entry of noProxy.split(/[\s,]+/)) {
    const [address = '', prefix = ''] = entry.split('/')
    const version = isIP(address)
    if (version === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (version === 4 ? 32 : 128)) continue
    ranges.addSubnet(address, Number(prefix), version === 4 ? 'ipv4' : 'ipv6')
  }
  return ranges.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
