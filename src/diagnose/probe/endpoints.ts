/** The endpoints that agents write to, each with all views of the way there; part of the reports of probe and doctor. */
import type {ProbeEvidence} from '../../evidence/probe.ts'
import type {FleetEvidence} from '../../evidence/types.ts'
import {type LayerFacts, unknownProxy} from '../../facts/probe/layers.ts'
import {type ProbeFacts, policiesOf, readProbes} from '../../facts/probe/probe.ts'
import {scopeFlagsOf} from '../../facts/scope-flags.ts'
import type {AgentFacts, FleetFacts, QueueFacts} from '../../facts/types.ts'
import {agentView} from './agent-view.ts'
import type {CanaryOutcome, EndpointProbe, ProbeVerdict, ProbeView} from './probe-report.ts'
import {judgeStored, storedOf} from './stored.ts'
import {judgeViews} from './verdict.ts'

const RANK: Record<ProbeVerdict['outcome'], number> = {broken: 0, unknown: 1, works: 2}

/** Every address that was probed; where nothing was, every one that agents write to. */
export function reportEndpoints({evidence, agents, probes}: FleetFacts): EndpointProbe[] {
  const probed = [...new Set(probes.map(probe => probe.evidence.address))]
  const addresses = probed.length > 0 ? probed : [...new Set(agents.flatMap(addressesOf))]
  return addresses
    .map((address): EndpointProbe => {
      const writers = agents.filter(agent => addressesOf(agent).includes(address))
      const own = probes.filter(probe => probe.evidence.address === address)
      const seen = writers.map(agent => ({agent, views: agentViews(agent, address, agents)}))
      const failing = seen.filter(each => each.views.some(({outcome}) => outcome === 'fails'))
      const scope = scopeFlagsOf((failing.length > 0 ? failing : seen).map(({agent}) => agent))
      const views = [
        ...seen.flatMap(each => each.views),
        ...own.map(probe => probeView(probe)).sort((a, b) => Number(a.from === 'pod') - Number(b.from === 'pod')),
      ]
      const stored = storedOf(writers, address)
      return {
        address,
        agents: writers.map(({key}) => key),
        verdict: judgeStored(judgeViews(views, scope), stored, address),
        views,
        ...(stored.length > 0 && {stored}),
        ...reportCanaries(evidence, address),
        networkPolicies: writers.flatMap((agent): EndpointProbe['networkPolicies'] => {
          const policies = policiesOf(evidence, agent)
          if (policies === null) return []
          if ('unread' in policies) return [{agent: agent.key, names: [], unread: policies.unread}]
          const names = policies.policies.map(({name, types}) => `${name} (${types.join(', ') || 'Ingress'})`)
          return names.length > 0 ? [{agent: agent.key, names, unread: null}] : []
        }),
      }
    })
    .sort((a, b) => RANK[a.verdict.outcome] - RANK[b.verdict.outcome])
}

function reportCanaries({canaries}: FleetEvidence, address: string): Pick<EndpointProbe, 'canaries'> {
  const own = canaries?.filter(({write}) => write.address === address) ?? []
  if (own.length === 0) return {}
  return {
    canaries: own.map(({agent, central, write, visible}) => {
      const {http} = write
      const isWritten = http?.ok === true && http.value.status >= 200 && http.value.status < 300
      const [way] = readProbes({probes: [write]})
      const afterSeconds = visible.ok ? visible.value.afterSeconds : null
      const problem = write.skipped
        ? `it was not written: ${write.skipped}. What the central stores of the agent's own series (stored) needs no write`
        : !isWritten
          ? `it was not taken: ${(way?.failing ?? way?.unknown)?.says ?? 'no answer'}`
          : !visible.ok
            ? `it could not be looked for: ${visible.detail}`
            : afterSeconds === null
              ? `it was taken, and ${central} did not show it: it may be another store than the one that is written to`
              : null
      return {
        agent,
        central,
        outcome: problem === null ? 'stored' : canaryOutcome(write, way?.failing ?? null),
        writeSeconds: isWritten ? write.seconds : null,
        visibleAfterSeconds: afterSeconds,
        problem,
      }
    }),
  }
}

/** Of one that did not show. Where an answer was waited for in vain, it may have been taken. */
function canaryOutcome({skipped, http}: ProbeEvidence, failing: LayerFacts | null): CanaryOutcome {
  if (skipped !== null) return 'not-written'
  if (http?.ok === true) return http.value.status >= 200 && http.value.status < 300 ? 'unknown' : 'refused'
  return failing !== null && failing.layer !== 'http' ? 'not-taken' : 'unknown'
}

function addressesOf({config, queues}: AgentFacts): string[] {
  const configured = config?.remoteWrites.flatMap(({endpoint}) => endpoint?.address ?? []) ?? []
  const measured = queues.flatMap(({endpoint}) => endpoint?.address ?? [])
  return [...new Set([...configured, ...measured])]
}

function agentViews(agent: AgentFacts, address: string, fleet: readonly AgentFacts[]): ProbeView[] {
  const queues: (QueueFacts | null)[] = agent.queues.filter(({endpoint}) => endpoint?.address === address)
  return (queues.length > 0 ? queues : [null]).map(queue => agentView(agent, queue, fleet))
}

function probeView(probe: ProbeFacts): ProbeView {
  const {evidence, layers, failing, refusedGiven, unknown, accepts, isTakenForSuccess} = probe
  const {from, skipped, startedAt, seconds} = evidence
  const last = layers.findLast(({outcome}) => outcome === 'ok')
  const decisive = atProxy(evidence, failing) ?? failing ?? unknown
  return {
    from: from.kind,
    place: from.kind === 'here' ? 'here' : `${from.context} ${from.namespace}/${from.pod}`,
    outcome: skipped !== null ? 'not-tried' : failing ? 'fails' : accepts ? 'works' : 'unknown',
    layer: decisive?.layer ?? null,
    class: decisive?.class ?? null,
    says: skipped ?? (accepts && !failing ? (last?.says ?? '') : (decisive?.says ?? last?.says ?? '')),
    ...(refusedGiven !== null && {refusedGiven}),
    ...(isTakenForSuccess && {isTakenForSuccess}),
    at: startedAt,
    seconds: skipped === null ? seconds : null,
    layers: skipped === null ? layers : [],
    measured: [],
    notes: skipped === null ? notesOf(evidence) : [],
  }
}

/** The name and the connection are those of the proxy where there is one, and an agent calls what fails there by it. */
function atProxy({settings}: ProbeEvidence, failing: LayerFacts | null): LayerFacts | null {
  if (settings.proxyUrl === null || (failing?.layer !== 'dns' && failing?.layer !== 'tcp')) return null
  return {...failing, layer: 'proxy', class: 'proxy', says: `on the way to the proxy: ${failing.says}`}
}

const NOT_PROBED: Record<string, string> = {
  oauth2: 'OAuth2',
  sigv4: 'SigV4',
  azuread: 'AzureAD',
  'google-iam': 'Google IAM',
}

/** service.namespace, as far as it can be told from a name of the internet; and what a cluster with a domain of its own may have. */
function mayBeOfCluster({address, agents}: ProbeEvidence): boolean {
  const host = URL.canParse(address) ? new URL(address).hostname : ''
  const [, namespace, ...more] = host.split('.')
  if (host.endsWith('.local')) return true
  if (namespace === undefined || more.length > 0) return false
  return namespace.includes('-') || agents.some(key => key.split('/').includes(namespace))
}

/** In what the probe differs from what the agent does. */
function notesOf(evidence: ProbeEvidence): string[] {
  const {settings, from, dns, tls, http, redirects} = evidence
  const {given, auth} = settings
  const scheme = NOT_PROBED[auth]
  const proxyUnknown = unknownProxy(settings)
  return [
    ...(scheme === undefined ? [] : [`the agent signs in with ${scheme}, which is not probed`]),
    // Only of what was sent: a name that does not resolve has been shown nothing.
    ...(scheme === undefined &&
    http !== null &&
    auth !== 'none' &&
    auth !== 'unknown' &&
    given.credentials === 'none' &&
    !given.clientCertificate
      ? [
          "sent without the agent's credentials, which cannot be read: --remote-user, --remote-token-file or --remote-cert-file give some",
        ]
      : []),
    ...(from.kind === 'pod' && from.program === 'promtool'
      ? ["tried with promtool, by the container's own name servers and authorities: it has no shell with nc"]
      : []),
    ...(auth === 'unknown' ? ["the agent's configuration could not be read: tried with Prometheus' defaults"] : []),
    ...(given.withheld ? ['what was given was not sent: say with --remote-url which endpoint it is for'] : []),
    ...(proxyUnknown === null
      ? []
      : [`${proxyUnknown} (proxy_from_environment): tried without a proxy, which the agent may go through`]),
    ...(tls !== null && settings.ownAuthority && !given.authority
      ? ['the agent trusts an authority of its own (ca_file), which cannot be read: --remote-ca-file gives it']
      : []),
    ...(tls?.ok && !settings.ownAuthority && !given.authority && tls.value.untrusted !== null
      ? [
          `trust is judged by the authorities that Node.js comes with${from.kind === 'here' ? '' : ', not those of the container'}`,
        ]
      : []),
    ...(tls?.ok && settings.insecureSkipVerify
      ? ['the agent does not verify certificates (insecure_skip_verify)']
      : []),
    ...(from.kind === 'here' && dns?.ok === false && dns.code === 'ENOTFOUND' && mayBeOfCluster(evidence)
      ? ["it may be a name that only the cluster's own DNS knows, which is no fault: --from-pod tries it there"]
      : []),
    ...(redirects.length > 0 ? ['each write pays for the redirect: write the final address into remote_write'] : []),
  ]
}
