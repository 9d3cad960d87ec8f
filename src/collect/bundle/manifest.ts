/** What a bundle holds, for people who decide whether to hand it on. Pure. */
import type {CentralEvidence} from '../../evidence/central.ts'
import type {BundleManifest, FleetEvidence} from '../../evidence/fleet.ts'
import type {AgentEvidence, Collected} from '../../evidence/types.ts'

/** Pieces of an agent's evidence, as people call them, in the order of the list. */
const AGENT_PIECES: {what: string; of(agent: AgentEvidence): Collected<unknown>[]}[] = [
  {what: 'scrapes of /metrics', of: ({scrapes}) => scrapes},
  {what: 'configurations', of: ({config}) => [config]},
  {what: 'flags', of: ({flags}) => [flags]},
  {what: 'build and runtime information', of: ({buildInfo, runtimeInfo}) => [buildInfo, runtimeInfo]},
  {what: 'targets', of: ({targets}) => [targets]},
  {what: 'lists of target labels', of: ({labelSets}) => (labelSets === undefined ? [] : [labelSets])},
  {what: 'lists of metric families', of: ({metricFamilies}) => (metricFamilies === undefined ? [] : [metricFamilies])},
  {what: 'readiness answers', of: ({ready}) => [ready]},
  {what: 'logs', of: ({log}) => [log]},
  {what: 'logs of previous runs', of: ({previousLog}) => [previousLog]},
  {what: 'lists of events', of: ({events}) => [events]},
  {what: 'lists of volume claims', of: ({claims}) => [claims]},
]

/** One entry per kind of evidence, in a fixed order; bytes of the JSON text. What does not apply is neither counted nor missing. */
export function listTaken(evidence: FleetEvidence): BundleManifest['taken'] {
  const {contexts, centrals = []} = evidence
  const agents = contexts.flatMap(context => context.agents)
  const pods = agents.flatMap(({podStatus}) => podStatus ?? [])
  return [
    {
      what: 'contexts',
      count: contexts.filter(({serverVersion}) => serverVersion.ok).length,
      missing: contexts.filter(({serverVersion}) => !serverVersion.ok).length,
      bytes: bytesOf(contexts.map(({agents: _agents, ...context}) => context)),
    },
    {
      what: 'PrometheusAgent resources',
      ...countResources(contexts.map(({agentResources}) => agentResources)),
    },
    ...(contexts.some(({monitors}) => monitors !== undefined)
      ? [{what: 'lists of monitors', ...countPieces(contexts.flatMap(({monitors}) => monitors ?? []))}]
      : []),
    {what: 'pods of agents', count: pods.length, missing: 0, bytes: bytesOf(pods)},
    ...AGENT_PIECES.map(({what, of}) => ({what, ...countPieces(agents.flatMap(of))})),
    ...(centrals.length > 0
      ? [{what: 'answers of the central', ...countPieces(centrals.flatMap(piecesOfCentral))}]
      : []),
  ]
}

/** Also what it holds of the agents' identities. */
function piecesOfCentral({
  ready,
  buildInfo,
  flags,
  config,
  scrapes,
  identities,
}: CentralEvidence): Collected<unknown>[] {
  return [ready, buildInfo, flags, config, ...scrapes, ...identities.flatMap(({newest, lastDay}) => [newest, lastDay])]
}

function countResources(lists: Collected<unknown[]>[]) {
  return {...countPieces(lists), count: lists.reduce((sum, list) => sum + (list.ok ? list.value.length : 0), 0)}
}

function countPieces(pieces: Collected<unknown>[]): {count: number; missing: number; bytes: number} {
  const read = pieces.filter(piece => piece.ok)
  // Of a resource that is not installed, and of a container that never ran, there is nothing to be had.
  const missing = pieces.filter(piece => !piece.ok && !['not-applicable', 'not-found'].includes(piece.reason))
  return {count: read.length, missing: missing.length, bytes: read.reduce((sum, {value}) => sum + bytesOf(value), 0)}
}

/** Where values were replaced by a mask, most first; places without any are left out. */
export function listMasked(evidence: FleetEvidence): BundleManifest['masked'] {
  const agents = evidence.contexts.flatMap(context => context.agents)
  const places = [
    {what: 'what the API servers say', values: evidence.contexts.map(({agents: _agents, ...context}) => context)},
    {what: 'pods of agents', values: agents.map(({podStatus}) => podStatus)},
    ...AGENT_PIECES.map(({what, of}) => ({what, values: agents.flatMap(of)})),
    {what: 'answers of the central', values: evidence.centrals ?? []},
  ]
  return places
    .map(({what, values}) => ({what, count: JSON.stringify(values).match(MASK)?.length ?? 0}))
    .filter(({count}) => count > 0)
    .sort((a, b) => b.count - a.count)
}

/** What redacting and Prometheus itself put in place of a secret. */
const MASK = /<secret>|xxxxx/g

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
