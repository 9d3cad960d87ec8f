/** What one agent's own web server says: readiness, metrics twice or more, configuration, flags, targets. */
import type {AgentEvidence, Collected, Failure, Scrape} from '../../evidence/types.ts'
import type {FamiliesKept} from '../../facts/exposition/families.ts'
import {failure, notApplicable} from '../collected.ts'
import type {AgentConnection} from '../connections.ts'
import type {DiscoveredAgent} from '../discovery/discover.ts'
import type {PodObject} from '../discovery/kubernetes-objects.ts'
import {podEvidence, whyNotRunning} from '../discovery/workload.ts'
import {keepText} from '../redact.ts'
import {readBuildInfo, readConfig, readFlags, readRuntimeInfo} from './api.ts'
import {readMetricFamilies} from './metric-families.ts'
import {pauseUntil} from './pause.ts'
import {type ReachedAgent, reachAgent} from './reach.ts'
import {scrape} from './scrape.ts'
import type {AgentSurroundings} from './surroundings.ts'
import {createLabelSets} from './target-labels.ts'
import {readTargets} from './targets.ts'

/** The remote-write deadline of 30 s, the batch deadline and one backoff: an attempt must have ended by then. */
const LOOK_AGAIN_FOR_SECONDS = 40
const LOOK_AGAIN_EVERY_SECONDS = 5
const LOG_SECONDS = 3

/** The log is read beside the web server, from the second scrape on. */
export interface WebSurroundings extends AgentSurroundings {
  /** Called once the scrapes that every run takes are taken. */
  onScraped(): void
  /** Resolves when the log has been read. */
  logs: Promise<void>
  /** Reads log and objects of an agent of which only the metrics were asked for. */
  readBeside(): Promise<void>
}

export async function readWeb(found: DiscoveredAgent, evidence: AgentEvidence, around: WebSurroundings): Promise<void> {
  const place = `${found.namespace}/${evidence.pod || found.name}`
  const notRunning = found.pod === null ? 'has no pod' : whyNotRunning(found.pod, found.container)
  if (notRunning !== null) {
    setWebPieces(
      evidence,
      notApplicable(
        found.pod === null ? `${place} ${notRunning}` : `container ${found.container} of ${place} ${notRunning}`,
      ),
    )
    return
  }
  const known = await scrapeKnown(around)
  const reached =
    known?.reached ??
    (await around.limitScrapes(() => reachAgent(around.known.web ?? found.web, around.connect, around.signal)))
  evidence.web = reached.web
  evidence.ready = reached.ready
  noteTransport(evidence, reached)
  if (!reached.ready.ok) {
    setWebPieces(evidence, await unreachable(found, evidence, reached.ready, around))
    return
  }
  const {connection, web} = reached
  around.known.web = web
  let first = known?.scraped
  const kept = familiesKept(around)
  const look = async () => {
    const scraped = first ?? (await around.limitScrapes(() => scrape(connection, web.routePrefix, around.signal, kept)))
    first = undefined
    evidence.scrapes.push(scraped.ok ? scraped : await unreachable(found, evidence, scraped, around))
    noteTransport(evidence, reached)
  }
  await look()
  around.known.ready = evidence.scrapes[0]?.ok && isReady(reached.ready) ? reached.ready : null
  const secondAt = Date.now() + around.intervalSeconds * 1000
  const readsAll = around.pieces.includes('web')
  const rest = readsAll ? readApi(connection, web.routePrefix, evidence, around) : null
  if (around.intervalSeconds > 0 && evidence.scrapes[0]?.ok) {
    const endWaiting = around.progress.waitingForSecondScrape(secondAt)
    await pauseUntil(secondAt, around.signal)
    endWaiting()
    await look()
  }
  around.onScraped()
  await rest
  // An agent that works is judged by its metrics alone, which is most of them and costs a tenth.
  const isInTrouble = !readsAll && !around.signal.aborted && around.wantsMore(evidence)
  if (isInTrouble) {
    await Promise.all([readApi(connection, web.routePrefix, evidence, around), around.readBeside()])
  }
  noteTransport(evidence, reached)
  if (around.intervalSeconds > 0 && (readsAll || isInTrouble)) {
    // Whether to look again is judged by the log as well; a log of hundreds of megabytes is not waited for.
    const read = new AbortController()
    void around.logs.finally(() => read.abort())
    await pauseUntil(Date.now() + LOG_SECONDS * 1000, AbortSignal.any([around.signal, read.signal]))
    await lookAgain(evidence, around, look)
  }
}

/**
 * Of a run of the container that an earlier look found ready, the metrics are asked for at once. Null: there was none, it was not
 * only asked for metrics, or it no longer answers as it did, and is to be reached anew.
 */
async function scrapeKnown(
  around: AgentSurroundings,
): Promise<{reached: ReachedAgent; scraped: Collected<Scrape>} | null> {
  const {web, ready} = around.known
  const kept = familiesKept(around)
  if (web === null || ready === null || kept === 'all') return null
  const connection = around.connect(web)
  const scraped = await around.limitScrapes(() => scrape(connection, web.routePrefix, around.signal, kept))
  return scraped.ok ? {reached: {web, connection, ready, attempts: []}, scraped} : null
}

/** Of metrics that are asked for alone, those of the queues are wanted. */
function familiesKept({pieces}: AgentSurroundings): FamiliesKept {
  return pieces.includes('web') ? 'all' : 'queues'
}

function isReady(ready: AgentEvidence['ready']): boolean {
  return ready.ok && ready.value.status === 200
}

/** More scrapes for as long as the evidence does not decide; whether it does is not for collect to say. */
async function lookAgain(evidence: AgentEvidence, around: AgentSurroundings, look: () => Promise<void>): Promise<void> {
  const endsAt = Date.now() + LOOK_AGAIN_FOR_SECONDS * 1000
  while (evidence.scrapes.at(-1)?.ok && !around.signal.aborted && around.wantsAnotherScrape(evidence)) {
    const nextAt = Date.now() + LOOK_AGAIN_EVERY_SECONDS * 1000
    if (nextAt > endsAt) return
    await pauseUntil(nextAt, around.signal)
    if (!around.signal.aborted) await look()
  }
}

async function readApi(
  connection: AgentConnection,
  prefix: string,
  evidence: AgentEvidence,
  around: AgentSurroundings,
): Promise<void> {
  const {limitRequests, signal} = around
  await Promise.all([
    limitRequests(() => readConfig(connection, prefix, signal)).then(config => {
      evidence.config = config
      around.onConfigRead?.()
    }),
    limitRequests(() => readFlags(connection, prefix, signal)).then(flags => Object.assign(evidence, {flags})),
    limitRequests(() => readBuildInfo(connection, prefix, signal)).then(buildInfo =>
      Object.assign(evidence, {buildInfo}),
    ),
    limitRequests(() => readRuntimeInfo(connection, prefix, signal)).then(runtimeInfo =>
      Object.assign(evidence, {runtimeInfo}),
    ),
    limitRequests(() => readTargetsAndLabels(connection, prefix, evidence, around)),
  ])
}

/** The label sets come out of the very answer that the targets are counted in. */
async function readTargetsAndLabels(
  connection: AgentConnection,
  prefix: string,
  evidence: AgentEvidence,
  {pieces, signal}: AgentSurroundings,
): Promise<void> {
  let sets = createLabelSets()
  const keepLabels = () => {
    sets = createLabelSets()
    return sets.add
  }
  const isWanted = pieces.includes('labels')
  const targets = await readTargets(connection, prefix, signal, isWanted ? keepLabels : undefined)
  evidence.targets = targets
  if (!isWanted) return
  evidence.labelSets = targets.ok ? {...targets, value: sets.result()} : targets
  evidence.metricFamilies = await readMetricFamilies(connection, prefix, evidence.labelSets, signal)
}

/** Why the web server did not answer; the pod may have gone away, or stopped, since it was listed: then that is why. */
async function unreachable(
  found: DiscoveredAgent,
  evidence: AgentEvidence,
  reason: Failure,
  around: AgentSurroundings,
): Promise<Failure> {
  const mayBeGone = ['unreachable', 'untrusted', 'unusable', 'not-found', 'failed', 'timeout', 'malformed']
  if (!mayBeGone.includes(reason.reason)) return reason
  const {namespace, container} = found
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(evidence.pod)}`
  const pod = await around.limitRequests(() => around.api.getJson<PodObject>(path, {signal: around.signal}))
  if (!pod.ok) {
    if (pod.reason !== 'not-found') return reason
    return failure('not-found', `pod ${namespace}/${evidence.pod} was deleted after it had been listed`)
  }
  if (pod.value?.metadata?.uid !== found.pod?.metadata?.uid) {
    return failure(
      'not-found',
      `pod ${namespace}/${evidence.pod} was replaced by a new one of the same name after it had been listed`,
    )
  }
  evidence.podStatus = podEvidence(pod.value, container)
  const notRunning = whyNotRunning(pod.value, container)
  return notRunning === null
    ? reason
    : {...reason, detail: keepText(`container ${container} ${notRunning}; ${reason.detail}`, 500)}
}

function setWebPieces(evidence: AgentEvidence, reason: Failure): void {
  Object.assign(evidence, {
    ready: reason,
    scrapes: [reason],
    config: reason,
    flags: reason,
    buildInfo: reason,
    runtimeInfo: reason,
    targets: reason,
  })
}

function noteTransport(evidence: AgentEvidence, {connection, attempts}: ReachedAgent): void {
  evidence.transport = connection.transport()
  const latest = connection.attempts()
  evidence.attempts = [
    ...attempts.filter(({transport}) => !latest.some(attempt => attempt.transport === transport)),
    ...latest,
  ]
}
