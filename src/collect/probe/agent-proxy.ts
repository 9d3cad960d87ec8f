/**
 * Which proxy a remote_write goes through, by its own settings and by the environment of the agent's container, as Prometheus finds it
 * (prometheus/common config/http_config.go ProxyConfig.Proxy; golang.org/x/net/http/httpproxy FromEnvironment). Pure.
 */
import type {ContainerEvidence} from '../../evidence/types.ts'
import type {RemoteWriteConfig} from '../../facts/config/config.ts'
import type {Endpoint} from '../../facts/config/remote-write-url.ts'
import {goesThroughProxy} from './no-proxy.ts'

export interface AgentProxy {
  /** null: it goes without one, as far as is known. */
  url: string | null
  /** What says so, in words; '' where there is nothing to say. */
  by: string
  /** Why it is not known; null: it is. */
  unknown: string | null
}

type Environment = Pick<ContainerEvidence, 'proxyVariables' | 'environmentFrom'>

/** `container` is the agent's own; null: its pod was not read. */
export function proxyOf(
  {proxyUrl, noProxy, proxyFromEnvironment}: Pick<RemoteWriteConfig, 'proxyUrl' | 'noProxy' | 'proxyFromEnvironment'>,
  container: Environment | null,
  endpoint: Pick<Endpoint, 'scheme' | 'host' | 'port'>,
): AgentProxy {
  if (proxyUrl !== null)
    return noProxy === null || goesThroughProxy(noProxy, endpoint)
      ? {url: proxyUrl, by: 'proxy_url', unknown: null}
      : {url: null, by: 'no_proxy leaves this address out', unknown: null}
  if (!proxyFromEnvironment) return {url: null, by: '', unknown: null}
  if (container === null) return notKnown("the agent's pod could not be read")
  if (!goesThroughProxy('', endpoint)) return direct('addresses of the pod itself never go through one')
  const excluded = readVariable('NO_PROXY', container)
  if (excluded.value !== null && !goesThroughProxy(excluded.value, endpoint))
    return direct(`${excluded.name} of the agent's environment leaves this address out`)
  const wanted = endpoint.scheme === 'https' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = readVariable(wanted, container)
  if (proxy.unknown !== null) return notKnown(proxy.unknown)
  if (proxy.value === null) return direct(`the pod's environment sets no ${wanted}`)
  if (excluded.unknown !== null) return notKnown(excluded.unknown)
  return {url: withScheme(proxy.value), by: `${proxy.name} of the agent's environment`, unknown: null}
}

const direct = (by: string): AgentProxy => ({url: null, by, unknown: null})
const notKnown = (unknown: string): AgentProxy => ({url: null, by: '', unknown})

interface Variable {
  name: string
  /** null: not set, or not known. */
  value: string | null
  unknown: string | null
}

/** The first of `HTTP_PROXY` and `http_proxy` that is not empty, as getEnvAny has it. */
function readVariable(name: string, {proxyVariables = [], environmentFrom = []}: Environment): Variable {
  for (const spelling of [name, name.toLowerCase()]) {
    const own = proxyVariables.findLast(variable => variable.name === spelling) // of several the last one counts
    if (own?.value === '') continue
    if (own !== undefined) {
      const unknown = own.value === null ? `${spelling} comes from ${own.from}, which is not read` : null
      return {name: spelling, value: own.value, unknown}
    }
    // What env leaves open, envFrom may set.
    if (environmentFrom.length > 0)
      return {name: spelling, value: null, unknown: `${environmentFrom.join(', ')} may set ${spelling} (envFrom)`}
  }
  return {name, value: null, unknown: null}
}

/** "host[:port]" is taken for http (parseProxy). */
function withScheme(value: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/./i.test(value) ? value : `http://${value}`
}
