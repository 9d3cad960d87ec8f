/** What one agent's own web server says: readiness, metrics twice or more, configuration, flags, targets. */
import pLimit from 'p-limit'
import type {AgentEvidence, Collected, Failure, FailureReason, Scrape} from '../../evidence/types.ts'
import type {FamiliesKept} from '../../facts/exposition/families.ts'
import {failure, notApplicable} from '../collected.ts'
import type {AgentConnection} from '../connections.ts'
import type {DiscoveredAgent} from '../discovery/discover.ts'
import type {PodObject} from '../discovery/kubernetes-objects.ts'
import {podEvidence, whyNotRunning} from '../discovery/workload.ts'
import type {Limit} from '../patient-limit.ts'
import {patientLimit} from '../patient-limit.ts'
import {keepText} from '../redact.ts'
import {readBuildInfo, readConfig, readFlags, readRuntimeInfo} from './api.ts'
import {createLabelSets} from './label-sets.ts'
import {readMetricFamilies} from './metric-families.ts'
import {pauseUntil} from './pause.ts'
import {type ReachedAgent, reachAgent} from './reach.ts'
import {scrape} from './scrape.ts'
import type {AgentSurroundings} from './surroundings.ts'
import {readTargets} from './targets.ts'

/** The remote-write deadline of 30 s, the batch deadline and one backoff: an attempt must have ended by then. */
const LOOK_AGAIN_FOR_SECONDS = 40
const LOOK_AGAIN_EVERY_SECONDS = 5
const LOG_SECONDS = 3
const PAGE_PATIENCE_SECONDS = 1

/** The log is read beside the web server, from the second scrape on. */
export interface WebSurroundings extends AgentSurroundings {
  /** Called once the scrapes that every run takes are taken. */
  onScraped(): void
  /** Resolves when the log has been read. */
  logs: Promise<void>
  /** Reads log and objects of an agent of which only its web server was asked. */
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
  const straight = await scrapeStraight(found, around)
  const reached =
    straight?.reached ??
    (await around.limitScrapes(() => reachAgent(around.known.web ?? found.web, around.connect, around.signal)))
  evidence.web = reached.web
  evidence.ready = reached.ready
  noteTransport(evidence, reached)
  if (!reached.ready.ok && reached.ready.reason !== 'not-applicable') {
    setWebPieces(evidence, await unreachable(found, evidence, reached.ready, around))
    return
  }
  const {connection, web} = reached
  around.known.web = web
  let first = straight?.scraped
  const kept = familiesKept(around)
  const look = async () => {
    const scraped = first ?? (await around.limitScrapes(() => scrape(connection, web.routePrefix, around.signal, kept)))
    first = undefined
    evidence.scrapes.push(scraped.ok ? scraped : await unreachable(found, evidence, scraped, around))
    noteTransport(evidence, reached)
  }
  await look()
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
  const isInTrouble = !around.signal.aborted && around.wantsMore(evidence)
  if (isInTrouble) {
    const readPages = readsAll ? null : readApi(connection, web.routePrefix, evidence, around)
    await Promise.all([readPages, around.readBeside()])
  }
  noteTransport(evidence, reached)
  if (readsAll || isInTrouble) {
    // Whether to look again is judged by the log as well; a log of hundreds of megabytes is not waited for.
    const read = new AbortController()
    void around.logs.finally(() => read.abort())
    await pauseUntil(Date.now() + LOG_SECONDS * 1000, AbortSignal.any([around.signal, read.signal]))
    await lookAgain(evidence, around, look)
  }
}

/**
 * Where the metrics alone are asked for, they are asked for at once: an agent whose own metrics come needs no other request to show that
 * it is one and answers. Null: more than that was asked for, or what answered has another scheme or path, or may be no agent.
 */
async function scrapeStraight(
  found: DiscoveredAgent,
  around: AgentSurroundings,
): Promise<{reached: ReachedAgent; scraped?: Collected<Scrape>} | null> {
  const kept = familiesKept(around)
  if (kept === 'all') return null
  const web = around.known.web ?? found.web
  const connection = around.connect(web)
  const scraped = await around.limitScrapes(() => scrape(connection, web.routePrefix, around.signal, kept))
  const reached = {web, connection, attempts: []}
  if (!scraped.ok) return SAME_AT_EVERY_PATH.includes(scraped.reason) ? {reached: {...reached, ready: scraped}} : null
  const isAgent = scraped.value.families.some(name => name.startsWith(OF_AGENTS_ONLY))
  return isAgent ? {reached: {...reached, ready: notApplicable('its metrics say that it is an agent')}, scraped} : null
}

const OF_AGENTS_ONLY = 'prometheus_agent_' // tsdb/agent/db.go

/** Of failures: no other scheme, path or question would do better, and each takes its time. */
const SAME_AT_EVERY_PATH: readonly FailureReason[] = ['timeout', 'interrupted', 'forbidden', 'unauthorized']

/** Of metrics that are asked for alone, those of the queues are wanted. */
function familiesKept({pieces}: AgentSurroundings): FamiliesKept {
  return pieces.includes('web') ? 'all' : 'queues'
}

/** More scrapes for as long as the evidence does not decide; whether it does is not for collect to say. */
async function lookAgain(evidence: AgentEvidence, around: AgentSurroundings, look: () => Promise<void>): Promise<void> {
  const endsAt = Date.now() + LOOK_AGAIN_FOR_SECONDS * 1000
  const {scrapes, namespace, pod} = evidence
  const taken = scrapes.length
  while (scrapes.at(-1)?.ok && !around.signal.aborted && around.wantsAnotherScrape(evidence)) {
    const nextAt = Date.now() + LOOK_AGAIN_EVERY_SECONDS * 1000
    if (nextAt > endsAt) return
    if (scrapes.length === taken) around.progress.doing(`${namespace}/${pod} again, what was read leaves it open`)
    await pauseUntil(nextAt, around.signal)
    if (!around.signal.aborted) await look()
  }
}

/**
 * One page after the other, over the stream that is open: opening a second one costs more than all of these pages. One that hangs keeps
 * the next waiting for a second only.
 */
async function readApi(
  connection: AgentConnection,
  prefix: string,
  evidence: AgentEvidence,
  around: AgentSurroundings,
): Promise<void> {
  const {limitRequests, signal} = around
  const inTurn = patientLimit(pLimit(1), PAGE_PATIENCE_SECONDS)
  const limit: Limit = read => inTurn(() => limitRequests(read))
  await Promise.all([
    limit(() => readConfig(connection, prefix, signal)).then(config => {
      evidence.config = config
      around.onConfigRead?.()
    }),
    limit(() => readFlags(connection, prefix, signal)).then(flags => {
      evidence.flags = flags
    }),
    limit(() => readBuildInfo(connection, prefix, signal)).then(buildInfo => {
      evidence.buildInfo = buildInfo
    }),
    limit(() => readRuntimeInfo(connection, prefix, signal)).then(runtimeInfo => {
      evidence.runtimeInfo = runtimeInfo
    }),
    limit(() => readTargetsAndLabels(connection, prefix, evidence, around)),
  ])
}

/** The label sets come out of the very answer that the targets are counted in. */
async function readTargetsAndLabels(
  connection: AgentConnection,
  prefix: string,
  evidence: AgentEvidence,
  {pieces, labelBytes, signal}: AgentSurroundings,
): Promise<void> {
  let sets = createLabelSets(labelBytes)
  const keepLabels = () => {
    sets = createLabelSets(labelBytes)
    return sets.add
  }
  const isWanted = pieces.includes('labels')
  const targets = await readTargets(connection, prefix, signal, isWanted ? keepLabels : undefined)
  evidence.targets = targets
  if (!isWanted) return
  evidence.labelSets = targets.ok ? {...targets, value: sets.result()} : targets
  evidence.metricFamilies = await readMetricFamilies(
    connection,
    prefix,
    {labelSets: evidence.labelSets, mostBytes: labelBytes},
    signal,
  )
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
  evidence.ready = reason
  evidence.scrapes = [reason]
  evidence.config = reason
  evidence.flags = reason
  evidence.buildInfo = reason
  evidence.runtimeInfo = reason
  evidence.targets = reason
  if (evidence.labelSets === undefined) return
  evidence.labelSets = reason
  evidence.metricFamilies = reason
}

function noteTransport(evidence: AgentEvidence, {connection, attempts}: ReachedAgent): void {
  evidence.transport = connection.transport()
  const latest = connection.attempts()
  evidence.attempts = [
    ...attempts.filter(({transport}) => !latest.some(attempt => attempt.transport === transport)),
    ...latest,
  ]
}
