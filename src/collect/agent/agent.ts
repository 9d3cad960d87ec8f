/** Everything about one agent: its pod, its web server, its log. Fills the evidence as it comes, so that a run may stop at any time. */
import type {AgentEvidence, Failure} from '../../evidence/types.ts'
import {notApplicable} from '../collected.ts'
import type {DiscoveredAgent} from '../discovery/discover.ts'
import {podEvidence, restartsOf} from '../discovery/workload.ts'
import {keepText} from '../redact.ts'
import {type ContainerLog, readLog, readPreviousLog} from './logs.ts'
import {readObjects} from './objects.ts'
import {pauseUntil} from './pause.ts'
import {ALL_PIECES, notAskedFor, type Piece} from './pieces.ts'
import type {AgentSurroundings} from './surroundings.ts'
import {readWeb} from './web.ts'

/** An agent of which nothing but its pod is known; every piece is `unread` until it comes. */
export function unreadAgent(found: DiscoveredAgent, unread: Failure, pieces: readonly Piece[]): AgentEvidence {
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
    ...(pieces.includes('labels') && {labelSets: unread, metricFamilies: unread}),
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
  const scraped = firstAndSecondScrape(around)
  const logs = scraped.taken.then(() => readCurrentLog(found, evidence, around))
  // Also of what is not asked for: where metrics leave it open, and again where further scrapes were needed.
  const whole = {...around, pieces: ALL_PIECES}
  const readBeside = async () => {
    await Promise.all([readObjects(found, evidence, whole), readCurrentLog(found, evidence, whole)])
  }
  await Promise.all([
    pieces.includes('objects') && readObjects(found, evidence, around),
    readEarlierLog(found, evidence, around),
    logs,
    pieces.includes('web') || pieces.includes('metrics')
      ? readWeb(found, evidence, {...around, onScraped: scraped.resolve, logs, readBeside}).finally(scraped.resolve)
      : scraped.resolve(),
  ])
  // Where more looks were needed than two, what they count was logged after the log had been read.
  if (evidence.scrapes.length > 2 && evidence.log.ok && evidence.log.value.bytes <= MAX_BYTES_READ_TWICE) {
    const earlier = evidence.log
    await readCurrentLog(found, evidence, whole)
    if (!evidence.log.ok) evidence.log = earlier
  }
}

const MAX_BYTES_READ_TWICE = 32 * 2 ** 20

/** Beyond the interval: what two scrapes may take before the log is read without waiting for them any longer. */
const SCRAPES_SECONDS = 5

/**
 * The log is read after the scrapes, since a refusal counted by the second one may have been logged a moment before it; and all the
 * same soon where the web server does not answer, so that a run that ends early has a log.
 */
function firstAndSecondScrape({intervalSeconds, signal}: AgentSurroundings): {
  taken: Promise<void>
  resolve: () => void
} {
  const waiting = new AbortController()
  const longest = pauseUntil(
    Date.now() + (intervalSeconds + SCRAPES_SECONDS) * 1000,
    AbortSignal.any([signal, waiting.signal]),
  )
  return {taken: longest, resolve: () => waiting.abort()}
}

async function readCurrentLog(
  {pod, namespace, container}: DiscoveredAgent,
  evidence: AgentEvidence,
  {api, sinceSeconds, limitLogs, known, pieces, signal}: AgentSurroundings,
): Promise<void> {
  if (!pieces.includes('log')) return
  if (pod === null) {
    evidence.log = notApplicable('there is no pod, and so no log')
    return
  }
  // Old truncations matter to the loss clock only, which takes metrics.
  const earlierWalLines = pieces.includes('web') ? known.walLines : []
  const log: ContainerLog = {namespace, pod: evidence.pod, container}
  const current = await limitLogs(() => readLog(api, log, {sinceSeconds, earlierWalLines}, signal))
  if (current.ok && !current.value.truncated) known.walLines = current.value.walLines
  evidence.log = current
}

async function readEarlierLog(
  {pod, namespace, container}: DiscoveredAgent,
  evidence: AgentEvidence,
  {api, limitLogs, pieces, signal}: AgentSurroundings,
): Promise<void> {
  if (!pieces.includes('previous-log')) return
  const log: ContainerLog = {namespace, pod: evidence.pod, container}
  if (pod === null) evidence.previousLog = notApplicable('there is no pod, and so no log')
  else if (restartsOf(pod, container) === 0)
    evidence.previousLog = notApplicable(`container ${container} of ${namespace}/${evidence.pod} has not restarted`)
  else evidence.previousLog = await limitLogs(() => readPreviousLog(api, log, signal))
}
