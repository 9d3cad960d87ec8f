/**
 * Which addresses `NO_PROXY`, or no_proxy of a remote_write, keeps from a proxy: the rules of golang.org/x/net/http/httpproxy, which
 * are not those of curl or Node (loopback never goes through one; ranges count; "example.com" means its subdomains, too). Pure.
 */
import {BlockList, isIP} from 'node:net'

interface Address {
  /** Without the brackets of an IPv6 address. */
  host: string
  port: number
}

/** useProxy of httpproxy/proxy.go. */
export function goesThroughProxy(noProxy: string, {host: given, port}: Address): boolean {
  const host = given.toLowerCase()
  if (host === 'localhost' || isLoopback(host)) return false
  return !noProxy.split(',').some(entry => isMeant(entry.trim().toLowerCase(), {host, port}))
}

function isMeant(rule: string, {host, port}: Address): boolean {
  if (rule === '') return false
  if (rule === '*') return true
  const [, base = '', prefix = ''] = /^([^/]+)\/(\d{1,3})$/.exec(rule) ?? []
  if (isIP(base) !== 0 && Number(prefix) <= (isIP(base) === 4 ? 32 : 128)) return isInside(host, base, Number(prefix))
  const {name, port: ofRule} = splitPort(rule)
  if (name === '' || (ofRule !== '' && ofRule !== String(port))) return false
  if (isIP(name) !== 0) return isInside(host, name, isIP(name) === 4 ? 32 : 128)
  if (isIP(host) !== 0) return false
  // example.com is itself and its subdomains; .example.com and *.example.com are the subdomains alone.
  const domain = name.startsWith('*.') ? name.slice(1) : name
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`)
}

/** As net.SplitHostPort: "host:port" or "[IPv6]:port"; anything else is a host as a whole. */
function splitPort(rule: string): {name: string; port: string} {
  const [, inBrackets, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(rule) ?? []
  const name = inBrackets ?? plain
  return name === undefined ? {name: rule, port: ''} : {name, port}
}

const isLoopback = (host: string): boolean =>
  isInside(host, '127.0.0.0', 8) || isInside(host, '::1', 128) || isInside(host, '::ffff:127.0.0.0', 104)

function isInside(host: string, base: string, prefix: number): boolean {
  const family = familyOf(host)
  if (family === null) return false
  const range = new BlockList()
  range.addSubnet(base, prefix, familyOf(base) ?? 'ipv4')
  return range.check(host, family)
}

function familyOf(host: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(host)
  return version === 0 ? null : version === 4 ? 'ipv4' : 'ipv6'
}
