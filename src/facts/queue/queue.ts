/** All facts of one remote-write queue of one agent: its window, its figures, its errors and its outlook. */
import {secondsOf, timestampOf} from '../../units.ts'
import type {ReceiverKind} from '../central/receiver.ts'
import {matchRemoteWrite} from '../config/config.ts'
import {parseEndpoint, withoutUserInfo} from '../config/remote-write-url.ts'
import type {ReadScrape} from '../exposition/scrapes.ts'
import type {ErrorClass} from '../log/signatures/signature.ts'
import {isAtLeast, type PrometheusVersion} from '../process/versions.ts'
import type {AgentFacts, LossClockInputs, QueueFacts, TruncationContext} from '../types.ts'
import {queueAge} from './age.ts'
import {isOutdated} from './dialer.ts'
import {formerErrors, isRefusal, queueErrors, shapesOfQueue, tailingErrorAt} from './errors.ts'
import type {QueueInputs} from './figures.ts'
import * as figures from './figures.ts'
import {readLossClock} from './loss-clock.ts'
import * as outlook from './outlook.ts'
import {type QueueMoment, type QueueWindow, queueDelta, queueWindow} from './window.ts'

/** What is known of the receiver at an endpoint's address. */
export type ReceiverAt = (address: string | null) => ReceiverKind

/** What the queues of an agent have in common. */
export type QueueAgent = Pick<
  AgentFacts,
  | 'key'
  | 'mode'
  | 'version'
  | 'process'
  | 'config'
  | 'log'
  | 'wal'
  | 'evidence'
  | 'thresholds'
  | 'longestScrapeIntervalSeconds'
  | 'shortestScrapeIntervalSeconds'
  | 'samplesInTotal'
> & {receiverAt: ReceiverAt}

/** `scrapes` oldest first; `moment` is the queue in the newest of them. */
export function readQueueFacts(agent: QueueAgent, scrapes: readonly ReadScrape[], moment: QueueMoment): QueueFacts {
  const {scrape, reading} = moment
  const {levels, highestSentSeconds} = reading
  const endpoint = parseEndpoint(reading.url)
  const receiver = agent.receiverAt(endpoint?.address ?? null)
  const window = queueWindow(scrapes, moment)
  const age = queueAge(agent, reading.name, scrape.agentSeconds)
  const config = agent.config ? matchRemoteWrite(agent.config.remoteWrites, reading) : null
  const inputs: QueueInputs = {
    nowSeconds: scrape.agentSeconds,
    uptimeSeconds: agent.process?.uptimeSeconds ?? null,
    queueAgeSeconds: age?.atLeastSeconds ?? null,
    scrapeIntervalSeconds: agent.longestScrapeIntervalSeconds,
    samplesIn: samplesInOf(window),
    highestTimestampSeconds: scrape.highestTimestampSeconds,
    activeSegment: agent.wal.activeSegment,
    levels,
    highestSentSeconds,
    delta: queueDelta(window),
    thresholds: agent.thresholds,
  }
  const {delta} = inputs
  const perSecond = (amount: number | null) =>
    amount === null || delta === null || delta.seconds <= 0 ? null : amount / delta.seconds
  const typicalOffered = outlook.typicalOfferedPerSecond(inputs, agent.samplesInTotal)
  const lag = figures.readLag(inputs, typicalOffered)
  const late = lag.seconds !== null && lag.seconds >= figures.queueLateFromSeconds(inputs, agent)
  const blockedBy = figures.blockedBy(inputs)
  const delivered = figures.delivered(inputs)
  const lastDelivered = outlook.lastDeliveredSeconds(inputs)
  const shapes = shapesOfQueue(agent.log, reading.name)
  const before = beforeOf(window, inputs)
  const isOnlyQueue = scrape.queues.length === 1
  const tailingAt = tailingErrorAt(agent.log, {name: reading.name, isOnlyQueue}, agent.process?.startSeconds ?? null)
  const ownErrors = queueErrors(
    shapes,
    agent.log,
    inputs,
    errorClass => isOutdatedIn(window, errorClass),
    config?.queue.retryOnHttp429 === true,
  )
  const isShared = agent.version === null || isAtLeast(agent.version, '3.0')
  const errors =
    isShared && !ownErrors.some(isRefusal)
      ? [...ownErrors, ...formerErrors(agent.log, inputs, {url: reading.url, queues: scrape.queues})]
      : ownErrors
  return {
    name: reading.name,
    url: withoutUserInfo(reading.url),
    endpoint,
    config,
    thresholds: agent.thresholds,
    ageSeconds: inputs.queueAgeSeconds,
    levels,
    delta,
    interval: window.interval,
    before,
    highestSentSeconds,
    finished: figures.isFinished(inputs),
    attempted: figures.attempted(inputs),
    delivered,
    ...outlook.shownRates(inputs, {blocked: blockedBy !== null, late, typicalOffered}),
    failureRatio: figures.failureRatio(inputs),
    retryRatio: figures.retryRatio(inputs),
    bytesPerSecond: perSecond(delta?.bytes ?? null),
    reading: figures.isReading(inputs),
    nothingWaiting: figures.isNothingWaiting(inputs),
    blocked: blockedBy !== null,
    blockedBy,
    clockFooled: figures.isClockFooled(inputs),
    lagSeconds: lag.seconds,
    lagSource: lag.source,
    late,
    lastDeliveredAt: lastDelivered === null ? null : timestampOf(lastDelivered),
    batchSeconds: meanBatchSeconds(window, agent.version),
    catchUp: outlook.catchUp(inputs, {lagSeconds: lag.seconds, late, blocked: blockedBy !== null, typicalOffered}),
    restartCost: outlook.restartCost(inputs, {lagSeconds: lag.seconds, typicalOffered}),
    ...lossClockOf(agent, scrape, inputs, {
      isNeeded: blockedBy !== null || late || isNeverDelivered(inputs, agent.process?.young ?? false),
      alreadyLost: alreadyLost({window, before, tailingAt, highestSentSeconds}),
      readSegment: levels.readSegment,
      ageSeconds: age?.atMostSeconds ?? null,
      sampleAgeLimitSeconds: config?.queue.sampleAgeLimitSeconds ?? 0,
      scrapeIntervalSeconds: inputs.scrapeIntervalSeconds,
      retryPauseSeconds: config === null ? 0 : config.queue.maxBackoffSeconds + config.remoteTimeoutSeconds,
      // Only a Prometheus answers with the name of its own flag.
      receiver: errors.some(error => error.class === 'receiver-disabled')
        ? {...receiver, isPrometheus: true}
        : receiver,
    }),
    shapes,
    errors,
    tailingErrorAt: tailingAt,
    atCentral: null, // it takes the fleet to tell: facts.ts
  }
}

/** Connections are counted per process, so they tell of a queue only where all queues write to one host. */
function isOutdatedIn({first, last}: QueueWindow, errorClass: ErrorClass): boolean {
  const hosts = new Set(last.scrape.queues.map(({url}) => parseEndpoint(url)?.host ?? url))
  return first !== null && hosts.size === 1 && isOutdated(errorClass, first.scrape.metrics, last.scrape.metrics)
}

function samplesInOf({first, last}: QueueWindow): number | null {
  const before = first?.scrape.samplesIn ?? null
  const after = last.scrape.samplesIn
  return before === null || after === null || after < before ? null : after - before
}

/** Whether samples waited, too long, in the last scrape before the restart or rebuild; by levels, as one scrape shows them. */
function beforeOf({before}: QueueWindow, inputs: QueueInputs): QueueFacts['before'] {
  if (!before) return null
  const {scrape, reading} = before
  const {startSeconds, agentSeconds} = scrape
  const uptimeSeconds = startSeconds === null ? null : Math.max(0, agentSeconds - startSeconds)
  const {highestSentSeconds} = reading
  const at: QueueInputs = {
    ...inputs,
    nowSeconds: agentSeconds,
    uptimeSeconds,
    queueAgeSeconds: uptimeSeconds,
    samplesIn: null,
    highestTimestampSeconds: scrape.highestTimestampSeconds,
    activeSegment: null,
    levels: reading.levels,
    highestSentSeconds,
    delta: null,
  }
  // H − S alone is large for good where relabelling keeps slow series only, so something must have waited.
  const waits = reading.levels.pending > 0 || (highestSentSeconds === null && reading.levels.retried > 0)
  const lag = figures.readLag(at, null).seconds
  const late = waits && lag !== null && lag >= figures.lateFromSeconds(inputs.scrapeIntervalSeconds, inputs.thresholds)
  return {late, highestSentSeconds, atSeconds: agentSeconds}
}

/** Up for long enough, something waits or is sent again and again, and nothing was ever finished. */
function isNeverDelivered({highestSentSeconds, levels}: QueueInputs, young: boolean): boolean {
  return highestSentSeconds === null && !young && (levels.pending > 0 || levels.retried > 0)
}

/** Loss that is certain and whose gap is still open: S has not passed the event yet. */
function alreadyLost({
  window,
  before,
  tailingAt,
  highestSentSeconds,
}: Pick<QueueFacts, 'before' | 'highestSentSeconds'> & {window: QueueWindow; tailingAt: string | null}): string | null {
  const isOpen = (eventSeconds: number) => highestSentSeconds === null || highestSentSeconds < eventSeconds
  if (tailingAt !== null && isOpen(secondsOf(tailingAt))) return `the reader lost its place in the WAL at ${tailingAt}`
  if (!before?.late) return null
  const event =
    window.interval === 'restarted'
      ? ((window.first ?? window.last).scrape.startSeconds ?? before.atSeconds)
      : before.atSeconds
  if (!isOpen(event)) return null
  return `what waited when ${window.interval === 'restarted' ? 'the process restarted' : 'the queue was rebuilt'} is skipped`
}

/** 3.9 and 3.10 stop the clock before the request is sent (prometheus/prometheus#18214). */
function meanBatchSeconds({first, last}: QueueWindow, version: PrometheusVersion | null): number | null {
  if (version !== null && isAtLeast(version, '3.9') && !isAtLeast(version, '3.11')) return null
  const after = last.reading.batches
  if (!after) return null
  const before = first?.reading.batches ?? {count: 0, seconds: 0}
  const count = after.count - before.count
  if (count > 0) return (after.seconds - before.seconds) / count
  return after.count > 0 ? after.seconds / after.count : null
}

function lossClockOf(
  {mode, process, wal, evidence}: QueueAgent,
  {metrics}: ReadScrape,
  {nowSeconds, highestSentSeconds}: QueueInputs,
  queue: Omit<LossClockInputs, keyof TruncationContext | 'highestSentSeconds'>,
): Pick<QueueFacts, 'lossClock' | 'lossClockInputs'> {
  if (process) {
    const lossClockInputs = {nowSeconds, mode, process, wal, metrics, evidence, highestSentSeconds, ...queue}
    return {lossClock: readLossClock(lossClockInputs), lossClockInputs}
  }
  const nothing = {kind: null, earliestAt: null, latestAt: null, earliestSeconds: null, latestSeconds: null}
  const lossClock: QueueFacts['lossClock'] =
    !queue.isNeeded && queue.alreadyLost === null
      ? {...nothing, assumption: '', status: 'not-needed'}
      : {...nothing, assumption: 'when the process started is not known', status: 'unknown'}
  return {lossClock, lossClockInputs: null}
}
