/** What one agent's own web server says: readiness, metrics twice or more, configuration, flags, targets. */
import type {AgentEvidence, Failure} from '../../evidence/types.ts'
import {failure, notApplicable} from '../collected.ts'
import type {AgentConnection} from '../connections.ts'
import type {DiscoveredAgent} from '../discovery/discover.ts'
import type {PodObject} from '../discovery/kubernetes-objects.ts'
import {podEvidence, whyNotRunning} from '../discovery/workload.ts'
import {keepText} from '../redact.ts'
import {readBuildInfo, readConfig, readFlags, readRuntimeInfo} from './api.ts'
import {pauseUntil} from './pause.ts'
import {type ReachedAgent, reachAgent} from './reach.ts'
import {scrape} from './scrape.ts'
import type {AgentSurroundings} from './surroundings.ts'
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
  const reached = await around.limitScrapes(() =>
    reachAgent(around.known.web ?? found.web, around.connect, around.signal),
  )
  evidence.web = reached.web
  evidence.ready = reached.ready
  noteTransport(evidence, reached)
  if (!reached.ready.ok) {
    setWebPieces(evidence, await unreachable(found, evidence, reached.ready, around))
    return
  }
  const {connection, web} = reached
  around.known.web = web
  const look = async () => {
    const scraped = await around.limitScrapes(() => scrape(connection, web.routePrefix, around.signal))
    evidence.scrapes.push(scraped.ok ? scraped : await unreachable(found, evidence, scraped, around))
    noteTransport(evidence, reached)
  }
  await look()
  const secondAt = Date.now() + around.intervalSeconds * 1000
  const rest = readApi(connection, web.routePrefix, evidence, around)
  if (around.intervalSeconds > 0 && evidence.scrapes[0]?.ok) {
    const endWaiting = around.progress.waitingForSecondScrape(secondAt)
    await pauseUntil(secondAt, around.signal)
    endWaiting()
    await look()
  }
  around.onScraped()
  await rest
  noteTransport(evidence, reached)
  if (around.intervalSeconds > 0) {
    // Whether to look again is judged by the log as well; a log of hundreds of megabytes is not waited for.
    const read = new AbortController()
    void around.logs.finally(() => read.abort())
    await pauseUntil(Date.now() + LOG_SECONDS * 1000, AbortSignal.any([around.signal, read.signal]))
    await lookAgain(evidence, around, look)
  }
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
    limitRequests(() => readConfig(connection, prefix, signal)).then(config => Object.assign(evidence, {config})),
    limitRequests(() => readFlags(connection, prefix, signal)).then(flags => Object.assign(evidence, {flags})),
    limitRequests(() => readBuildInfo(connection, prefix, signal)).then(buildInfo =>
      Object.assign(evidence, {buildInfo}),
    ),
    limitRequests(() => readRuntimeInfo(connection, prefix, signal)).then(runtimeInfo =>
      Object.assign(evidence, {runtimeInfo}),
    ),
    limitRequests(() => readTargets(connection, prefix, signal)).then(targets => Object.assign(evidence, {targets})),
  ])
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
