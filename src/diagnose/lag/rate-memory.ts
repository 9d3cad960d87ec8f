/**
 * Rates of queues that are looked at again and again, over at least one scrape interval: what is shown of them, and what follows from
 * it. The window that states are judged by is often shorter, and then holds one scrape, two, or none. Pure: time is that of the scrapes.
 */
import type {LocalFleetFacts} from '../../facts/fleet.ts'
import {catchUpAt, keptOfRead, unsentSamples} from '../../facts/queue/outlook.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {secondsOf} from '../../units.ts'
import {longestGap} from './look-memory.ts'
import {type CountedAt, type SteadyRate, steadyRate} from './steady-rates.ts'

export interface RateMemory {
  /**
   * Sets the rates of these queues, and what is reckoned with them, to those that are remembered; where none are yet, they stay. In
   * place, since facts know each other by identity; no state is decided by them.
   */
  showIn(facts: Pick<LocalFleetFacts, 'agents'>): void
}

interface Point {
  atSeconds: number
  offered: number
  delivered: number
  bytes: number
}

interface KnownQueue {
  points: Point[]
  /** As of the newest point. */
  startSeconds: number | null
  samplesIn: number
  total: number
  highestSentSeconds: number
}

/** The present is what is asked for: further back than this only where the scrape interval or the pause between looks is longer. */
const USUAL_SPAN_SECONDS = 60
/** No finer than this share of a scrape interval: what is kept of a queue is bounded, however often it is looked at. */
const FINEST_SHARE = 1 / 30

export function rememberRates(intervalSeconds: number): RateMemory {
  const queues = new Map<string, KnownQueue>()
  const longestGapSeconds = longestGap(intervalSeconds)
  return {
    showIn({agents}) {
      let nowSeconds = 0
      for (const agent of agents) {
        const newest = agent.evidence.scrapes.at(-1)
        if (!newest?.ok || agent.metrics === null || agent.samplesInTotal === null) continue
        const atSeconds = secondsOf(newest.value.receivedAt)
        nowSeconds = Math.max(nowSeconds, atSeconds)
        for (const queue of agent.queues) {
          const key = `${agent.key}\u0000${queue.name}\u0000${queue.url}`
          const seen = seenOf(agent, queue, agent.samplesInTotal)
          const known = continued(queues.get(key), seen, {atSeconds, longestGapSeconds})
          const spanSeconds = 1.1 * Math.max(USUAL_SPAN_SECONDS, agent.longestScrapeIntervalSeconds, intervalSeconds)
          addPoint(known, seen, {
            atSeconds,
            finestSeconds: FINEST_SHARE * agent.longestScrapeIntervalSeconds,
            spanSeconds,
          })
          queues.set(key, known)
          show(known.points, agent, queue)
        }
      }
      for (const [key, {points}] of queues)
        if (nowSeconds - (points.at(-1)?.atSeconds ?? 0) > longestGapSeconds) queues.delete(key)
    },
  }
}

type Seen = Omit<KnownQueue, 'points'> & {offered: number; taken: number; bytes: number}

function seenOf({process}: AgentFacts, {levels, highestSentSeconds}: QueueFacts, samplesIn: number): Seen {
  return {
    startSeconds: process?.startSeconds ?? null,
    samplesIn,
    total: levels.total,
    highestSentSeconds: highestSentSeconds ?? 0,
    offered: keptOfRead(samplesIn, levels.dropped),
    taken: levels.total - levels.retried - levels.failed,
    bytes: levels.bytes,
  }
}

/** Begun anew where it is another process or a queue that was built anew, and where nobody looked for long. */
function continued(
  known: KnownQueue | undefined,
  seen: Seen,
  {atSeconds, longestGapSeconds}: {atSeconds: number; longestGapSeconds: number},
): KnownQueue {
  const newest = known?.points.at(-1)
  const {startSeconds, samplesIn, total, highestSentSeconds} = seen
  const fresh = {points: [], startSeconds, samplesIn, total, highestSentSeconds}
  if (known === undefined || newest === undefined) return fresh
  const isRestart =
    known.startSeconds !== null && startSeconds !== null && Math.abs(startSeconds - known.startSeconds) > 1
  const isRebuilt =
    samplesIn < known.samplesIn ||
    total < known.total ||
    seen.bytes < newest.bytes ||
    highestSentSeconds < known.highestSentSeconds
  const gapSeconds = atSeconds - newest.atSeconds
  return isRestart || isRebuilt || gapSeconds < 0 || gapSeconds > longestGapSeconds ? fresh : known
}

/** The same look, shown again, adds nothing. */
function addPoint(
  known: KnownQueue,
  seen: Seen,
  {atSeconds, finestSeconds, spanSeconds}: {atSeconds: number; finestSeconds: number; spanSeconds: number},
): void {
  const {points} = known
  const newest = points.at(-1)
  if (newest?.atSeconds === atSeconds) return
  // An attempt is counted when it starts: it is delivered when something has been finished.
  const isFinished =
    newest === undefined || seen.bytes > newest.bytes || seen.highestSentSeconds > known.highestSentSeconds
  const delivered = isFinished ? Math.max(newest?.delivered ?? seen.taken, seen.taken) : newest.delivered
  const {startSeconds, samplesIn, total, highestSentSeconds, bytes} = seen
  Object.assign(known, {startSeconds, samplesIn, total, highestSentSeconds})
  const beforeNewest = points.at(-2)
  if (beforeNewest !== undefined && atSeconds - beforeNewest.atSeconds < finestSeconds) points.pop()
  points.push({atSeconds, offered: Math.max(newest?.offered ?? 0, seen.offered), delivered, bytes})
  while (atSeconds - (points[0]?.atSeconds ?? atSeconds) > spanSeconds && points.length > 2) points.shift()
}

function show(points: readonly Point[], agent: AgentFacts, queue: QueueFacts): void {
  const {longestScrapeIntervalSeconds: interval, thresholds} = agent
  const rateOf = (countOf: (point: Point) => number) => {
    const counted = points.map((point): CountedAt => ({atSeconds: point.atSeconds, count: countOf(point)}))
    return steadyRate(counted, interval, interval + thresholds.sendDelaySeconds)
  }
  const offered = rateOf(point => point.offered)
  const delivered = deliversNothing(queue) ? NOTHING : rateOf(point => point.delivered)
  if (offered === null || delivered === null) return
  const {lagSeconds, late, blocked, levels, restartCost} = queue
  const bytes = rateOf(point => point.bytes)
  Object.assign(queue, {
    offeredPerSecond: offered.perSecond,
    deliveredPerSecond: delivered.perSecond,
    ratesOver: 'window',
    ratesSeconds: Math.round(Math.max(offered.overSeconds, delivered.overSeconds)),
    catchUp: catchUpAt({
      lagSeconds,
      late,
      blocked,
      sentPerSecond: delivered.perSecond,
      offeredPerSecond: offered.perSecond,
    }),
    ...(bytes !== null && {bytesPerSecond: queue.delta?.bytes === 0 && blocked ? 0 : bytes.perSecond}),
    ...(restartCost.samples !== null &&
      restartCost.seconds !== 0 &&
      lagSeconds !== null && {
        restartCost: {...restartCost, samples: unsentSamples(levels, lagSeconds, offered.perSecond)},
      }),
  } satisfies Partial<QueueFacts>)
}

const NOTHING: SteadyRate = {perSecond: 0, overSeconds: 0}

/** The steps of before say nothing of a queue that is blocked now, or whose samples are all refused. */
function deliversNothing({blocked, delta, delivered}: QueueFacts): boolean {
  return blocked || (delta !== null && delta.failed > 0 && delivered === 0)
}
