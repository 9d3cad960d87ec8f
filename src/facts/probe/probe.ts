/** What the probes of a run found, layer by layer, and which agents they speak of; pure. */
import type {FleetEvidence} from '../../evidence/fleet.ts'
import type {NetworkPolicy, ProbeEvidence} from '../../evidence/probe.ts'
import type {AgentFacts} from '../types.ts'
import {type RefusedGiven, refusedGiven} from './given.ts'
import {type LayerFacts, readLayers} from './layers.ts'

export interface ProbeFacts {
  evidence: ProbeEvidence
  layers: LayerFacts[]
  /** The first that failed; null: none did. */
  failing: LayerFacts | null
  /** The first of which it is not known, where nothing failed before it. */
  unknown: LayerFacts | null
  /** The receiver took the empty write. */
  accepts: boolean
  /** It fails with an answer that an agent takes for success, so that all it sends is lost and none of its figures show it. */
  isTakenForSuccess: boolean
  /** What the user gave and the failure is about, so that it tells nothing of the agent; null: it is not. See given.ts. */
  refusedGiven: RefusedGiven | null
  /** No password, token, client certificate or header was shown. */
  isAnonymous: boolean
  /** When the certificate of the chain that ends first does, as a time; null without TLS. */
  certificateEnds: {at: string; subject: string} | null
}

export function readProbes(evidence: Pick<FleetEvidence, 'probes'>): ProbeFacts[] {
  return (evidence.probes ?? []).map(readProbe)
}

function readProbe(evidence: ProbeEvidence): ProbeFacts {
  const layers = readLayers(evidence)
  const failing = layers.find(({outcome}) => outcome === 'failed') ?? null
  const unknown = layers.find(({outcome}) => outcome === 'unknown') ?? null
  const {given} = evidence.settings
  return {
    evidence,
    layers,
    failing,
    unknown: failing === null ? unknown : null,
    accepts: layers.some(({layer, outcome}) => layer === 'accept' && outcome === 'ok'),
    isTakenForSuccess: isTakenForSuccess(evidence, failing),
    refusedGiven: refusedGiven(evidence, failing),
    isAnonymous: given.credentials === 'none' && given.headerNames.length === 0 && !given.clientCertificate,
    certificateEnds: certificateEnds(evidence),
  }
}

/** Go's HTTP client, which agents use, makes a GET of a POST at these redirects, and whatever answers that counts: a login page with 200, too. */
const BECOMES_GET = [301, 302, 303]

function isTakenForSuccess({http, settings}: ProbeEvidence, failing: LayerFacts | null): boolean {
  if (http?.ok !== true || failing === null) return false
  const {status} = http.value
  if (failing.layer === 'http') return settings.followRedirects && BECOMES_GET.includes(status)
  // Of remote write 2.0 the agent counts what was written.
  return failing.layer === 'receiver' && failing.class === null && status >= 200 && status < 300
}

function certificateEnds({tls}: ProbeEvidence): ProbeFacts['certificateEnds'] {
  if (!tls?.ok) return null
  const ends = tls.value.chain.flatMap(({notAfter, subject}) => (notAfter === null ? [] : [{at: notAfter, subject}]))
  return ends.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))[0] ?? null
}

/** Those of an agent's namespace that select its pod: named, not worked out. Null: they could not be read, or were not asked for. */
export function policiesOf(
  {networkPolicies}: Pick<FleetEvidence, 'networkPolicies'>,
  {context, namespace, evidence}: AgentFacts,
): {policies: NetworkPolicy[]} | {unread: string} | null {
  const list = networkPolicies?.find(own => own.context === context && own.namespace === namespace)?.policies
  if (list === undefined) return null
  if (!list.ok) return {unread: list.detail}
  const labels = evidence.podStatus?.labels ?? {}
  return {policies: list.value.filter(policy => selects(policy, labels))}
}

/** As k8s.io/apimachinery pkg/apis/meta/v1 LabelSelectorAsSelector: all must hold, and an empty selector selects every pod. */
export function selects({podSelector}: NetworkPolicy, labels: Readonly<Record<string, string>>): boolean {
  const {matchLabels, matchExpressions} = podSelector
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({key, operator, values}) => {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value)
        case 'NotIn':
          return value === undefined || !values.includes(value)
        case 'Exists':
          return value !== undefined
        case 'DoesNotExist':
          return value === undefined
        default:
          return true // an operator of the future: rather named once too often
      }
    })
  )
}
