/** A way as it was probed, from here or from a pod: where it ends, and in what it differs from what the agent does. */
import type {ProbeEvidence} from '../../evidence/probe.ts'
import {AUTH_NOT_PROBED, type LayerFacts, unknownProxy} from '../../facts/probe/layers.ts'
import type {ProbeFacts} from '../../facts/probe/probe.ts'
import type {ProbeView} from './endpoint-probe.ts'

export function probeView(probe: ProbeFacts): ProbeView {
  const {evidence, layers, failing, refusedGiven, unknown, accepts, isTakenForSuccess} = probe
  const {from, skipped, startedAt, seconds} = evidence
  const last = layers.findLast(({outcome}) => outcome === 'ok')
  const decisive = atProxy(evidence, failing) ?? failing ?? unknown
  return {
    from: from.kind,
    place: placeOf(evidence),
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

/** As the agent is called: with the container where its pod holds several, and the way was tried in that one. */
function placeOf({from, agents}: ProbeEvidence): string {
  if (from.kind === 'here') return 'here'
  const {context, namespace, pod, container} = from
  const inPod = agents.includes(`${context}/${namespace}/${pod}/${container}`) ? `/${container}` : ''
  return `${context} ${namespace}/${pod}${inPod}`
}

/** The name and the connection are those of the proxy where there is one, and an agent calls what fails there by it. */
function atProxy({settings}: ProbeEvidence, failing: LayerFacts | null): LayerFacts | null {
  if (settings.proxyUrl === null || (failing?.layer !== 'dns' && failing?.layer !== 'tcp')) return null
  return {...failing, layer: 'proxy', class: 'proxy', says: `on the way to the proxy: ${failing.says}`}
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
  const scheme = AUTH_NOT_PROBED[auth]
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
