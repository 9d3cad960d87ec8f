/** Which endpoints to try, with which settings: each address once for each set of settings that agents write to it with. Pure. */
import type {ProbeSettings} from '../../evidence/probe.ts'
import type {RemoteWriteConfig} from '../../facts/config/config.ts'
import {type Endpoint, parseEndpoint} from '../../facts/config/remote-write-url.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {keepText} from '../redact.ts'
import {proxyOf} from './agent-proxy.ts'
import {isSecretGiven, type RemoteCredentials} from './remote.ts'

export interface ProbePlan {
  endpoint: Endpoint
  /** `?db=x`, as far as it holds no secret; '' without one. */
  query: string
  settings: ProbeSettings
  agents: AgentFacts[]
}

/** A fleet writes to a handful; a configuration made by anybody must not make us knock on every door. */
const MOST_ENDPOINTS = 50

/**
 * `only`: addresses or hosts that the user named (--remote-url); empty: all. Credentials that were given go to one origin: where
 * the agents write to several, none is sent until the user says which one they are for.
 */
export function planProbes(
  {agents}: Pick<FleetFacts, 'agents'>,
  remote: RemoteCredentials,
  only: readonly string[],
): {plans: ProbePlan[]; left: number; unnamed: string[]} {
  const plans = new Map<string, ProbePlan>()
  for (const agent of agents) {
    for (const {url, config} of writesOf(agent)) {
      const endpoint = parseEndpoint(url)
      if (endpoint === null || !isWanted(endpoint, only)) continue
      const settings = settingsOf(config, remote, agent, endpoint)
      const query = queryOf(url)
      const key = JSON.stringify([endpoint.address, query, settings])
      const plan = plans.get(key) ?? {endpoint, query, settings, agents: []}
      if (!plan.agents.includes(agent)) plan.agents.push(agent)
      plans.set(key, plan)
    }
  }
  const all = [...plans.values()]
  const isAmbiguous = new Set(all.map(({endpoint}) => originOf(endpoint))).size > 1 && isSecretGiven(remote)
  const wanted = all.map(plan => (isAmbiguous ? withheld(plan) : plan))
  const seen = all.map(({endpoint}) => endpoint)
  return {
    plans: wanted.slice(0, MOST_ENDPOINTS),
    left: Math.max(0, all.length - MOST_ENDPOINTS),
    unnamed: only.filter(name => !seen.some(endpoint => isWanted(endpoint, [name]))),
  }
}

export function originOf({scheme, host, port}: Endpoint): string {
  return `${scheme}://${host}:${port}`
}

/** The configuration knows more than the metrics do; without it these have to do. */
function writesOf({config, queues}: AgentFacts): {url: string; config: RemoteWriteConfig | null}[] {
  if (config !== null) return config.remoteWrites.map(write => ({url: write.url, config: write}))
  return queues.map(queue => ({url: queue.endpoint?.address ?? queue.url, config: queue.config}))
}

function isWanted(endpoint: Endpoint, only: readonly string[]): boolean {
  return (
    only.length === 0 ||
    only.some(name => {
      const named = parseEndpoint(name)
      if (named !== null) return named.address === endpoint.address || named.address === `${originWithSlash(endpoint)}`
      return name === endpoint.host || name === `${endpoint.host}:${endpoint.port}`
    })
  )
}

/** As parseEndpoint writes the address of an origin alone. */
function originWithSlash({address, path}: Endpoint): string {
  return `${address.slice(0, address.length - path.length)}/`
}

/** Of the URL as the agent shows it, where tokens are masked already; a masked one would only be refused. */
function queryOf(url: string): string {
  const query = URL.canParse(url) ? new URL(url).search : ''
  return /xxxxx|secret/i.test(query) ? '' : query
}

function settingsOf(
  config: RemoteWriteConfig | null,
  remote: RemoteCredentials,
  {evidence}: AgentFacts,
  endpoint: Endpoint,
): ProbeSettings {
  const proxy = config === null ? null : proxyOf(config, evidence.podStatus?.containers[0] ?? null, endpoint)
  return {
    proxyUrl: proxy?.url ?? null,
    ...(proxy !== null && proxy.by !== '' && {proxyBy: proxy.by}),
    ...(proxy !== null && proxy.unknown !== null && {proxyUnknown: proxy.unknown}),
    proxyFromEnvironment: config?.proxyFromEnvironment ?? false,
    serverName: config?.tls.serverName ?? null,
    insecureSkipVerify: config?.tls.insecureSkipVerify ?? false,
    ownAuthority: config?.tls.hasAuthority ?? false,
    ownClientCertificate: config?.tls.hasClientCertificate ?? false,
    followRedirects: config?.followRedirects ?? true,
    protobufMessage: config?.protobufMessage ?? 'prometheus.WriteRequest',
    auth: config?.auth ?? 'unknown',
    headerNames: config?.headerNames ?? [],
    given: {
      authority: remote.authority !== null,
      clientCertificate: remote.clientCertificate !== null,
      credentials: remote.authorization?.kind ?? 'none',
      ...(remote.authorization?.user !== undefined && {user: keepText(remote.authorization.user, 100)}),
      headerNames: Object.keys(remote.headers),
      withheld: false,
    },
  }
}

function withheld(plan: ProbePlan): ProbePlan {
  const {given} = plan.settings
  const {authority} = given
  const nothing = {authority, clientCertificate: false, credentials: 'none' as const, headerNames: [], withheld: true}
  return {...plan, settings: {...plan.settings, given: nothing}}
}
