/** Everything about one agent: its pod, its web server, its log. Fills the evidence as it comes, so that a run may stop at any time. */
import type {AgentEvidence, Failure, WebEndpoint} from '../evidence/types.ts'
import {readObjects} from './agent-objects.ts'
import {readWeb} from './agent-web.ts'
import {notApplicable} from './answers.ts'
import type {AgentConnection, ApiServer} from './connections.ts'
import type {DiscoveredAgent} from './discover.ts'
import {type ContainerLog, readLog, readPreviousLog} from './logs.ts'
import {notAskedFor, type Piece} from './pieces.ts'
import type {ContextProgress} from './progress.ts'
import {keepText} from './redact.ts'
import {podEvidence, restartsOf} from './workload.ts'

/** Runs the work when its turn has come. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>

export interface KnownAgent {
  web: WebEndpoint | null
  walLines: string[] | null
}

export interface AgentSurroundings {
  api: ApiServer
  connect(web: WebEndpoint): AgentConnection
  intervalSeconds: number
  sinceSeconds: number
  pieces: readonly Piece[]
  wantsAnotherScrape(agent: AgentEvidence): boolean
  /** Requests to the agents of one API server, inside the limit for all of them. */
  limitRequests: Limit
  limitScrapes: Limit
  /** First requests, which may find nobody there: no place among the scrapes is held for them. */
  limitReaching: Limit
  limitLogs: Limit
  /** What earlier takes found out about this run of the container; filled for later ones. */
  known: KnownAgent
  progress: ContextProgress
  signal: AbortSignal
}

/** An agent of which nothing but its pod is known; every piece is `unread` until it comes. */
export function unreadAgent(found: DiscoveredAgent, unread: Failure): AgentEvidence {
  const {pod, namespace, container, name, workload, shard, replica, signs, web} = found
  return {
    namespace,
    pod: keepText(pod?.metadata?.name ?? '', 253),
    podUid: keepText(pod?.metadata?.uid ?? '', 100),
    container: keepText(container, 63),
    name: keepText(name, 253),
    workload,
    shard,
    replica,
    signs,
    podStatus: pod === null ? null : podEvidence(pod, container),
    web,
    transport: null,
    attempts: [],
    ready: unread,
    scrapes: [],
    config: unread,
    flags: unread,
    buildInfo: unread,
    runtimeInfo: unread,
    targets: unread,
    log: unread,
    previousLog: unread,
    events: unread,
    claims: unread,
  }
}

/** Reads the agent into `evidence`; resolves when there is nothing left to read or the signal has aborted everything. */
export async function readAgent(
  found: DiscoveredAgent,
  evidence: AgentEvidence,
  around: AgentSurroundings,
): Promise<void> {
  const {pieces} = around
  Object.assign(evidence, notAskedFor(pieces))
  await Promise.all([
    pieces.includes('objects') && readObjects(found, evidence, around),
    readLogs(found, evidence, around),
    pieces.includes('web') && readWeb(found, evidence, around),
  ])
}

async function readLogs(
  {pod, namespace, container}: DiscoveredAgent,
  evidence: AgentEvidence,
  around: AgentSurroundings,
): Promise<void> {
  const {api, sinceSeconds, limitLogs, known, pieces, signal} = around
  const log: ContainerLog = {namespace, pod: evidence.pod, container}
  const readCurrent = async () => {
    if (pod === null) return notApplicable('there is no pod, and so no log')
    // Old truncations matter to the loss clock only, which takes metrics.
    const earlierWalLines = pieces.includes('web') ? known.walLines : []
    const current = await limitLogs(() => readLog(api, log, {sinceSeconds, earlierWalLines}, signal))
    if (current.ok && !current.value.truncated) known.walLines = current.value.walLines
    return current
  }
  const readPrevious = async () => {
    if (pod === null) return notApplicable('there is no pod, and so no log')
    if (restartsOf(pod, container) === 0)
      return notApplicable(`container ${container} of ${namespace}/${evidence.pod} has not restarted`)
    return limitLogs(() => readPreviousLog(api, log, signal))
  }
  const [current, previous] = await Promise.all([
    pieces.includes('log') ? readCurrent() : evidence.log,
    pieces.includes('previous-log') ? readPrevious() : evidence.previousLog,
  ])
  evidence.log = current
  evidence.previousLog = previous
}
