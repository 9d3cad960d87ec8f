/** One kubeconfig context: whether its API server answers, which agents it has, and all about each of them. */
import pLimit, {type LimitFunction} from 'p-limit'
import type {AgentEvidence, CollectOptions, ContextEvidence, Failure, WebEndpoint} from '../evidence/types.ts'
import {readAgent, unreadAgent} from './agent/agent.ts'
import {labelBytesOf} from './agent/label-sets.ts'
import {ALL_PIECES, type Piece} from './agent/pieces.ts'
import type {KnownAgent} from './agent/surroundings.ts'
import {reviewAccess} from './api-server/access-review.ts'
import type {CentralOnlooker} from './central/look.ts'
import type {AgentAddress, AgentConnection, ApiServer} from './connections.ts'
import {mayAnswerQueries} from './discovery/centrals.ts'
import {type DiscoveredAgent, type DiscoveryOptions, discover, mayHoldSender} from './discovery/discover.ts'
import {readMonitors} from './discovery/monitors.ts'
import {findAgentResources, findPods} from './discovery/pods.ts'
import {restartsOf} from './discovery/workload.ts'
import type {Limit} from './patient-limit.ts'
import {patientLimit} from './patient-limit.ts'
import type {ContextProgress} from './progress.ts'
import {keepText} from './redact.ts'

/** What is read, and how. */
export interface LookOptions extends CollectOptions {
  /** Left out: everything. */
  pieces?: readonly Piece[]
  /** True: what is taken is written to a file, which is to stay small enough to be handed on. Left out: false. */
  forBundle?: boolean
  /** True when this agent wants another scrape to be judged (asked after the second); collect never judges itself. */
  wantsAnotherScrape(agent: AgentEvidence): boolean
  /** Asked after the scrapes: true reads what `pieces` leaves out, and perhaps takes another scrape. Left out: never. */
  wantsMore?(agent: AgentEvidence): boolean
}

export interface ContextSurroundings {
  api: ApiServer
  /** How many are read at once. */
  contexts: number
  /** Of the first answer: longer where a credential plug-in runs before it. */
  connectSeconds: number
  webCredentials: AgentAddress['credentials']
  connect(address: AgentAddress): AgentConnection
  options: LookOptions
  /** Shared by all contexts. */
  limitAllScrapes: LimitFunction
  limitAllLogs: LimitFunction
  progress: ContextProgress
  /** Lives as long as the session: what was found out about each run of each container. */
  known: Map<string, KnownAgent>
  signal: AbortSignal
  /** Learns of pods and configurations as they come; left out where nobody looks for a central. */
  onlooker?: CentralOnlooker
}

/** So that no API server gets more than it would notice. */
const REQUESTS_PER_SERVER = 8
const LOGS_PER_SERVER = 3
/** So long an agent that does not answer keeps others from being scraped. */
const PATIENCE_SECONDS = 3

export function unreadContext(api: ApiServer, unread: Failure): ContextEvidence {
  return {
    name: api.contextName,
    user: api.userName === null ? null : keepText(api.userName, 500),
    server: keepText(api.server, 500),
    serverVersion: unread,
    clockSkewSeconds: null,
    podLists: [],
    agentResources: unread,
    agents: [],
    servers: [],
    lookAlikes: [],
    accessReviews: [],
  }
}

/** Reads the context into `evidence`, which is whole and true at any time: what has not come yet is `unread`. */
export async function readContext(
  evidence: ContextEvidence,
  unread: Failure,
  around: ContextSurroundings,
): Promise<void> {
  const {api, progress, signal} = around
  const version = await api.getJson<{gitVersion?: string}>('/version', {signal, timeoutSeconds: around.connectSeconds})
  evidence.serverVersion = version.ok
    ? {...version, value: keepText(String(version.value?.gitVersion ?? ''), 100)}
    : version
  evidence.clockSkewSeconds = api.clockSkewSeconds()
  // A hardened cluster may forbid /version (system:public-info-viewer) and still answer.
  if (!version.ok && version.reason !== 'forbidden') {
    evidence.agentResources = version
    return
  }
  progress.doing('listing pods')
  const agents = await findAgents(evidence, around, unread)
  await Promise.all([readWhichMonitors(evidence, around), readAgents(agents, around)])
  evidence.clockSkewSeconds = api.clockSkewSeconds() ?? evidence.clockSkewSeconds
  if (!signal.aborted) evidence.accessReviews = await reviewAccess(api, evidence, signal)
}

interface FoundAgent {
  agent: DiscoveredAgent
  /** Its part of the context's evidence. */
  read: AgentEvidence
}

/** Lists what there is into `evidence`; what the lists held beyond that is let go of before anything is read. */
async function findAgents(
  evidence: ContextEvidence,
  around: ContextSurroundings,
  unread: Failure,
): Promise<FoundAgent[]> {
  const {api, options, progress, signal, onlooker} = around
  const listing = findPods(
    api,
    {
      ...options,
      isKept(pod) {
        onlooker?.sawPod(pod)
        return mayHoldSender(pod) || (onlooker !== undefined && mayAnswerQueries(pod))
      },
    },
    signal,
  )
  const namespacesWithPods = async () => [
    ...new Set((await listing).pods.map(({metadata}) => metadata?.namespace ?? 'default')),
  ]
  const resources = findAgentResources(api, options.namespace, namespacesWithPods, signal)
  const found = await listing
  onlooker?.podsListed(found.pods, found.listed.has('*'))
  evidence.podLists = found.podLists
  evidence.agentResources = await resources
  if (found.namespaceExists !== undefined) evidence.namespaceExists = found.namespaceExists
  const known = evidence.agentResources.ok ? evidence.agentResources.value : []
  const discoverWith = (change: Partial<DiscoveryOptions>) =>
    discover(found.pods, known, {
      includeServers: options.includeServers,
      agents: options.agents,
      podsKnown: namespace => found.listed.has('*') || found.listed.has(namespace),
      ...change,
    })
  const discovery = discoverWith({})
  if (options.agents.length > 0 && discovery.agents.length === 0) {
    const others = discoverWith({agents: [], includeServers: false}).agents
    evidence.unnamedAgents = others.map(({namespace, pod, name}) => ({namespace, pod: pod?.metadata?.name ?? name}))
  }
  const pieces = options.pieces ?? ALL_PIECES
  const agents = discovery.agents.map(agent => ({agent, read: unreadAgent(agent, unread, pieces)}))
  evidence.agents = agents.map(({read}) => read)
  evidence.servers = discovery.servers
  evidence.lookAlikes = discovery.lookAlikes
  progress.setAgents(agents.length)
  progress.doing(agents.length === 1 ? 'reading 1 agent' : `reading ${agents.length} agents`)
  return agents
}

/** Which monitors are taken by which agents can be told with all agents in view only; most clusters have none of either. */
async function readWhichMonitors(
  evidence: ContextEvidence,
  {api, options, signal}: ContextSurroundings,
): Promise<void> {
  const known = evidence.agentResources.ok ? evidence.agentResources.value : []
  const isWhole = options.namespace === null && options.agents.length === 0
  if (known.length === 0 || !isWhole || !readsObjects(options.pieces ?? ALL_PIECES)) return
  evidence.monitors = await readMonitors(api, known, signal)
}

/** Side by side, each into its own part of the evidence. */
async function readAgents(agents: readonly FoundAgent[], around: ContextSurroundings): Promise<void> {
  const {api, options, progress, signal, onlooker} = around
  const limitRequests = pLimit(REQUESTS_PER_SERVER)
  const limitServerScrapes = pLimit(REQUESTS_PER_SERVER)
  const limitServerLogs = pLimit(LOGS_PER_SERVER)
  const unconfigured = new Set(agents)
  const readOne = async (found: FoundAgent) => {
    const {agent, read} = found
    const isConfigured = () => {
      unconfigured.delete(found)
      if (unconfigured.size === 0) onlooker?.isConfigured()
    }
    await readAgent(agent, read, {
      api,
      connect: web => around.connect(addressOf(read, web, around.webCredentials)),
      intervalSeconds: options.intervalSeconds,
      sinceSeconds: options.sinceSeconds,
      pieces: options.pieces ?? ALL_PIECES,
      labelBytes: labelBytesOf({
        contexts: around.contexts,
        agents: agents.length,
        forBundle: options.forBundle === true,
      }),
      wantsAnotherScrape: options.wantsAnotherScrape,
      wantsMore: agent => options.wantsMore?.(agent) === true,
      limitRequests,
      limitScrapes: bothLimits(
        patientLimit(limitServerScrapes, PATIENCE_SECONDS),
        patientLimit(around.limitAllScrapes, PATIENCE_SECONDS),
      ),
      limitLogs: bothLimits(limitServerLogs, around.limitAllLogs),
      onConfigRead: isConfigured,
      progress,
      known: knownAgent(around.known, agent),
      signal,
    })
    isConfigured()
    progress.agentDone()
  }
  await Promise.all(agents.map(readOne))
}

function readsObjects(pieces: readonly Piece[]): boolean {
  return pieces.includes('objects') || pieces.includes('labels')
}

/** The server's own limit first, so that one slow server does not hold the places of all the others. */
function bothLimits(own: Limit, shared: Limit): Limit {
  return work => own(() => shared(work))
}

/** Pods come and go and containers restart for as long as is watched: what was looked at longest ago is forgotten. */
const MOST_RUNS_KNOWN = 5000

function knownAgent(known: Map<string, KnownAgent>, {pod, container}: DiscoveredAgent): KnownAgent {
  if (pod === null) return {web: null, walLines: null}
  const run = `${pod.metadata?.uid}/${container}/${restartsOf(pod, container)}`
  const agent = known.get(run) ?? {web: null, walLines: null}
  known.delete(run)
  known.set(run, agent)
  const [oldest] = known.keys()
  if (known.size > MOST_RUNS_KNOWN && oldest !== undefined) known.delete(oldest)
  return agent
}

function addressOf(
  {namespace, pod}: AgentEvidence,
  {port, scheme}: WebEndpoint,
  credentials: AgentAddress['credentials'],
): AgentAddress {
  return {namespace, pod, port, scheme, credentials}
}
