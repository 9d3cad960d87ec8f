/**
 * Rates of queues that are looked at again and again, over at least one scrape interval: what is shown of them, and what follows from
 * it. The window that states are judged by is often shorter, and then holds one scrape, two, or none. The same of the refused share, by
 * which row 4 of the table goes on from look to look. Pure: time is that of the scrapes.
 */
import type {UngroupedAgentFacts} from '../../facts/agent.ts'
import {attemptedIn} from '../../facts/queue/figures.ts'
import {catchUpAt, keptOfRead, unsentSamples} from '../../facts/queue/outlook.ts'
import type {QueueFacts} from '../../facts/types.ts'
import {secondsOf} from '../../units.ts'
import {longestGap} from './look-memory.ts'
import {type CountedAt, type SteadyRate, steadyRate} from './steady-rates.ts'

export interface RateMemory {
  /**
   * The queues of each of these agents of the newest look, in their order, with the rates that are remembered and what is reckoned with
   * them; where none are yet, those of the look. Of all states, only that samples are refused is decided by them.
   */
  ratesOf(agents: readonly UngroupedAgentFacts[]): QueueFacts[][]
}

interface Point {
  atSeconds: number
  offered: number
  delivered: number
  bytes: number
  total: number
  retried: number
  failed: number
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
    ratesOf(agents) {
      let nowSeconds = 0
      const ofAgents = agents.map(agent => {
        const newest = agent.evidence.scrapes.at(-1)
        const {samplesInTotal} = agent
        if (!newest?.ok || agent.metrics === null || samplesInTotal === null) return agent.queues
        const atSeconds = secondsOf(newest.value.receivedAt)
        nowSeconds = Math.max(nowSeconds, atSeconds)
        return agent.queues.map(queue => {
          const key = `${agent.key}\u0000${queue.name}\u0000${queue.url}`
          const seen = seenOf(agent, queue, samplesInTotal)
          const known = continued(queues.get(key), seen, {atSeconds, longestGapSeconds})
          const spanSeconds = 1.1 * Math.max(USUAL_SPAN_SECONDS, agent.longestScrapeIntervalSeconds, intervalSeconds)
          addPoint(known, seen, {
            atSeconds,
            finestSeconds: FINEST_SHARE * agent.longestScrapeIntervalSeconds,
            spanSeconds,
          })
          queues.set(key, known)
          return withRates(queue, known.points, agent)
        })
      })
      for (const [key, {points}] of queues)
        if (nowSeconds - (points.at(-1)?.atSeconds ?? 0) > longestGapSeconds) queues.delete(key)
      return ofAgents
    },
  }
}

type Seen = Omit<KnownQueue, 'points'> & Omit<Point, 'atSeconds' | 'delivered'> & {taken: number}

function seenOf({process}: UngroupedAgentFacts, {levels, highestSentSeconds}: QueueFacts, samplesIn: number): Seen {
  return {
    startSeconds: process?.startSeconds ?? null,
    samplesIn,
    total: levels.total,
    retried: levels.retried,
    failed: levels.failed,
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
  const {bytes, total, retried, failed} = seen
  known.startSeconds = seen.startSeconds
  known.samplesIn = seen.samplesIn
  known.total = total
  known.highestSentSeconds = seen.highestSentSeconds
  const beforeNewest = points.at(-2)
  if (beforeNewest !== undefined && atSeconds - beforeNewest.atSeconds < finestSeconds) points.pop()
  const offered = Math.max(newest?.offered ?? 0, seen.offered)
  points.push({atSeconds, offered, delivered, bytes, total, retried, failed})
  while (atSeconds - (points[0]?.atSeconds ?? atSeconds) > spanSeconds && points.length > 2) points.shift()
}

type Refused = Pick<QueueFacts, 'failureRatio' | 'failureSeconds'>

/**
 * The share of what is refused, since the look before the first refusal that is remembered: which of a few batches fall into the window
 * is chance, and none may be refused, or all. It is that of the window again when no refusal came for as long as samples may be on their way.
 */
function refusedShare(points: readonly Point[], agent: UngroupedAgentFacts, queue: QueueFacts): Refused | null {
  const now = points.at(-1)
  if (queue.blocked || queue.levels.failed <= 0 || now === undefined) return null
  const isRefusal = ({failed}: Point, index: number) => index > 0 && failed > (points[index - 1]?.failed ?? failed)
  const quietFrom = points.findLast(isRefusal) ?? points[0] ?? now
  const quietSeconds = now.atSeconds - quietFrom.atSeconds
  const before = points[points.findIndex(isRefusal) - 1]
  if (before === undefined || quietSeconds > agent.longestScrapeIntervalSeconds + agent.thresholds.sendDelaySeconds)
    return queue.failureRatio === 0 ? {failureRatio: 0, failureSeconds: Math.round(quietSeconds)} : null
  const failed = now.failed - before.failed
  const attempted = attemptedIn({total: now.total - before.total, retried: now.retried - before.retried, failed}, queue)
  return {failureRatio: failed / attempted, failureSeconds: Math.round(now.atSeconds - before.atSeconds)}
}

function withRates(queue: QueueFacts, points: readonly Point[], agent: UngroupedAgentFacts): QueueFacts {
  const {name, ...figures} = queue
  return {
    name, // first: V8 gives an object that begins with a spread three times the memory
    ...figures,
    ...refusedShare(points, agent, queue),
    ...sendingRates(points, agent, queue),
  }
}

/** Null: too little is remembered yet. */
function sendingRates(
  points: readonly Point[],
  {longestScrapeIntervalSeconds: interval, thresholds}: UngroupedAgentFacts,
  queue: QueueFacts,
): Partial<QueueFacts> | null {
  const rateOf = (countOf: (point: Point) => number) => {
    const counted = points.map((point): CountedAt => ({atSeconds: point.atSeconds, count: countOf(point)}))
    return steadyRate(counted, interval, interval + thresholds.sendDelaySeconds)
  }
  const offered = rateOf(point => point.offered)
  const delivered = deliversNothing(points, queue, interval) ? NOTHING : rateOf(point => point.delivered)
  if (offered === null || delivered === null) return null
  const {lagSeconds, late, blocked, levels, restartCost} = queue
  const bytes = rateOf(point => point.bytes)
  return {
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
        restartCost: {
          ...restartCost,
          samples: unsentSamples({levels, scrapeIntervalSeconds: interval}, lagSeconds, offered.perSecond),
        },
      }),
  }
}

const NOTHING: SteadyRate = {perSecond: 0, overSeconds: 0}

/**
 * The steps of before say nothing of a queue that is blocked now, or whose samples are all refused: in a window that spans a scrape
 * interval, or longer where it does not.
 */
function deliversNothing(points: readonly Point[], queue: QueueFacts, intervalSeconds: number): boolean {
  const {blocked, delta, delivered} = queue
  if (blocked || delta === null || delta.failed === 0 || delivered !== 0) return blocked
  const now = points.at(-1)
  const before = points.findLast(({atSeconds}) => (now?.atSeconds ?? atSeconds) - atSeconds >= intervalSeconds)
  return before === undefined || delta.seconds >= intervalSeconds || before.delivered === now?.delivered
}
