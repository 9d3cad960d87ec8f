/** Where a Prometheus container listens, read from its arguments, ports and probes. Pure. */
import type {WebEndpoint} from '../../evidence/types.ts'
import type {ContainerObject, ProbeObject} from './kubernetes-objects.ts'

const DEFAULT_PORT = 9090

/**
 * Flags of a container's command line: names without dashes, in order, values as given, '' for a flag without one.
 * A shell line (`sh -c "exec prometheus --agent"`) is taken apart at white space.
 */
export function commandLineFlags(container: ContainerObject): {name: string; value: string}[] {
  const words = [...(container.command ?? []), ...(container.args ?? [])].flatMap(word =>
    typeof word === 'string' ? (/\s--?\w/.test(word) ? word.split(/\s+/) : [word]) : [],
  )
  const flags: {name: string; value: string}[] = []
  for (const [index, word] of words.entries()) {
    const flag = /^--?([a-zA-Z][\w.-]*)(?:=(.*))?$/s.exec(word)
    if (flag === null) continue
    const next = words[index + 1]
    const value = flag[2] ?? (next !== undefined && !next.startsWith('-') ? next : '')
    flags.push({name: flag[1] ?? '', value: value.replace(/^["']|["']$/g, '')})
  }
  return flags
}

/**
 * `--web.listen-address` (the first that is not local wins; repeatable since 3.0), `--web.route-prefix`, else the path of
 * `--web.external-url`, as in Prometheus's main.go; then ports named web or http-web, then 9090. The probe's scheme tells
 * web TLS: `--web.config.file` alone may only mean basic auth.
 */
export function webEndpoint(container: ContainerObject): WebEndpoint {
  const flags = commandLineFlags(container)
  const values = (name: string) => flags.filter(flag => flag.name === name && flag.value !== '').map(flag => flag.value)
  const addresses = values('web.listen-address')
    .map(parseListenAddress)
    .filter(address => address !== null)
  const address = addresses.find(candidate => !candidate.local) ?? addresses[0]
  const probe = [container.readinessProbe, container.startupProbe, container.livenessProbe].find(
    candidate => candidate?.httpGet !== undefined,
  )
  const named = container.ports?.find(port => /^(web|http-web|https-web)$/.test(port.name ?? ''))?.containerPort
  return {
    scheme: probe?.httpGet?.scheme === 'HTTPS' ? 'https' : 'http',
    port: address?.port ?? named ?? probePort(probe, container) ?? DEFAULT_PORT,
    routePrefix: routePrefix(values('web.route-prefix').at(-1), values('web.external-url').at(-1)),
    localOnly: address?.local ?? false,
  }
}

function parseListenAddress(text: string): {port: number; local: boolean} | null {
  const match = /^(.*):(\d+)$/.exec(text)
  const port = Number(match?.[2])
  if (match === null || !(port > 0 && port < 65_536)) return null
  return {port, local: /^(?:localhost|127\.[\d.]+|\[::1\]|::1)$/i.test(match[1] ?? '')}
}

function probePort(probe: ProbeObject | undefined, container: ContainerObject): number | null {
  const port = probe?.httpGet?.port
  if (!/\/-\/(?:ready|healthy)$/.test(probe?.httpGet?.path ?? '')) return null
  if (typeof port === 'number') return port
  return container.ports?.find(candidate => candidate.name === port)?.containerPort ?? null
}

function routePrefix(prefix: string | undefined, externalUrl: string | undefined): string {
  const path = prefix ?? (externalUrl === undefined ? '' : pathOf(externalUrl))
  const trimmed = path.replace(/^\/+|\/+$/g, '')
  return trimmed === '' || !/^[\w./~-]+$/.test(trimmed) || trimmed.split('/').includes('..') ? '' : `/${trimmed}`
}

/** Prometheus takes `host/path` and `/path` as external URLs too. */
function pathOf(externalUrl: string): string {
  const absolute = /^[a-z]+:\/\/[^/]*(\/[^?#]*)?/i.exec(externalUrl)
  if (absolute !== null) return absolute[1] ?? ''
  return externalUrl.slice(externalUrl.indexOf('/') < 0 ? externalUrl.length : externalUrl.indexOf('/'))
}
