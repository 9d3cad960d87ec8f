/**
 * In which state an identity is, seen from the central alone: the second table of docs/how-it-decides.md. Rows 4, 7, 8 and 12 are those
 * of the first table, read from the agent's own metrics as far as they arrive. Pure.
 */
import type {CentralQueue} from '../../evidence/central-fleet.ts'
import type {IdentityFacts} from '../../facts/central/fleet.ts'
import {lateFromSeconds} from '../../facts/queue/figures.ts'
import type {Thresholds} from '../../facts/thresholds.ts'
import {formatClock, formatPercent, formatSeconds, timestampOf} from '../../units.ts'
import type {QueueReport} from '../report.ts'
import type {Decision} from '../state.ts'

/** Without the agent's own metrics its scrape interval is not known: twice 2 min, and the way here. */
const LATE_WITHOUT_INTERVAL_SECONDS = 300

export interface IdentityDecision extends Decision {
  lagSeconds: number | null
  /** What the lag was read from; QueueReport.lagSource. */
  lagSource: 'newest-stored' | 'appended-minus-sent' | 'none'
  catchUp: QueueReport['catchUp']
}

export interface IdentityInput {
  identity: IdentityFacts
  /** Null: its metrics do not arrive, or it is late as a whole. */
  queue: CentralQueue | null
  thresholds: Thresholds
  /** Agents of the same place of which fresh samples are stored. */
  freshBeside: readonly IdentityFacts[]
  isPartial: boolean
}

export function isLate({ageSeconds, intervalSeconds}: IdentityFacts, thresholds: Thresholds): boolean {
  const limit = intervalSeconds === null ? LATE_WITHOUT_INTERVAL_SECONDS : lateFromSeconds(intervalSeconds, thresholds)
  return ageSeconds === null || ageSeconds >= limit
}

export function decideIdentity(input: IdentityInput): IdentityDecision {
  return isLate(input.identity, input.thresholds) ? decideLate(input) : decideFresh(input)
}

const unknownCatchUp: QueueReport['catchUp'] = {seconds: null, verdict: 'unknown'}
const level: QueueReport['catchUp'] = {seconds: 0, verdict: 'yes'}

function decideLate({identity, freshBeside, isPartial, thresholds}: IdentityInput): IdentityDecision {
  const {newestSeconds, ageSeconds, movedSeconds, secondsBetween} = identity
  const since = agePhrase(newestSeconds, ageSeconds)
  const stored = {lagSeconds: ageSeconds, lagSource: 'newest-stored'} as const
  if (isPartial) {
    const reason = `${since}, but the central's answer was partial`
    return {...stored, state: 'unknown', row: 21, reason, catchUp: unknownCatchUp}
  }
  if (movedSeconds !== null && secondsBetween !== null && movedSeconds > 0) {
    const gained = movedSeconds - secondsBetween
    // Samples come in steps of a scrape interval: a step more than time has passed is gaining.
    const isGaining = gained > (identity.intervalSeconds ?? thresholds.defaultScrapeIntervalSeconds)
    const seconds = ((ageSeconds ?? 0) * secondsBetween) / Math.max(gained, 1)
    const reason = `${since}, and newer ones arrive${isGaining ? ', catching up' : ''}`
    const catchUp: QueueReport['catchUp'] = isGaining ? {seconds, verdict: 'yes'} : unknownCatchUp
    return {...stored, state: 'behind', row: 22, reason, catchUp}
  }
  if (freshBeside.some(other => haveOtherLabels(other, identity))) {
    const reason = `${since}; fresh ones of this place carry other labels: either its labels were changed, or it is another agent, and silent`
    return {...stored, state: 'unknown', row: 23, reason, catchUp: unknownCatchUp}
  }
  if (movedSeconds === null && !identity.isOld) {
    const reason = `${since}; one look does not tell whether anything still arrives`
    return {...stored, state: 'behind', row: 24, reason, catchUp: unknownCatchUp}
  }
  const beside = freshBeside.length === 0 ? '' : ', while others of this place arrive'
  return {...stored, state: 'silent', row: 25, reason: `nothing arrives${beside}: ${since}`, catchUp: unknownCatchUp}
}

/** "its newest sample is from 02:03 (11 min ago)". */
function agePhrase(newestSeconds: number | null, ageSeconds: number | null): string {
  const newestAt = newestSeconds === null ? null : timestampOf(newestSeconds)
  if (newestSeconds === null || newestAt === null || ageSeconds === null) return 'no sample of it is stored'
  const now = timestampOf(newestSeconds + ageSeconds) ?? newestAt
  return `its newest sample is from ${formatClock(newestAt, now)} (${formatSeconds(ageSeconds)} ago)`
}

function haveOtherLabels(one: IdentityFacts, other: IdentityFacts): boolean {
  return Object.keys(one.labels).sort().join() !== Object.keys(other.labels).sort().join()
}

function decideFresh(input: IdentityInput): IdentityDecision {
  const {identity, queue} = input
  const fresh: IdentityDecision = {
    lagSeconds: identity.ageSeconds,
    lagSource: 'newest-stored',
    state: 'delivering',
    row: 26,
    catchUp: level,
    reason: `its newest sample is ${formatSeconds(identity.ageSeconds ?? 0)} old`,
  }
  if (queue === null) return fresh
  if (queue.returns !== undefined) {
    const reason =
      'two agents write under one identity, or one replaced another within 5 min, and their figures take turns in one series: let a label of external_labels tell them apart'
    return {...fresh, state: 'unknown', row: 27, reason, catchUp: unknownCatchUp}
  }
  const decision = decideQueue(input, queue, fresh)
  if (decision.state !== 'delivering' || queue.agents === undefined) return decision
  const reason = `${queue.agents} agents have these labels alike (or one, a queue of which adds a label and was late within the hour), and one that is silent would not show: --identity-label names more of them`
  return {...decision, state: 'unknown', row: 27, reason, catchUp: unknownCatchUp}
}

function decideQueue(
  {identity, thresholds}: IdentityInput,
  queue: CentralQueue,
  fresh: IdentityDecision,
): IdentityDecision {
  const {failureRatio, retryRatio, delivered} = ratiosOf(queue)
  const own = ownLag(queue)
  const measured = {
    lagSeconds: own,
    lagSource: own === null ? ('none' as const) : ('appended-minus-sent' as const),
    catchUp: unknownCatchUp,
  }
  if (failureRatio !== null && failureRatio >= thresholds.failureRatio) {
    const reason = `${formatPercent(failureRatio)} of the samples of the last 5 min were refused and dropped`
    return {...measured, state: 'losing', row: 4, reason}
  }
  if (retryRatio !== null && retryRatio > 0 && delivered === 0) {
    const behind = own === null ? '' : `, ${formatSeconds(own)} behind`
    return {...measured, state: 'behind', row: 7, reason: `retries and finishes nothing${behind}`}
  }
  // A single queue is the one that these samples came by, whatever relabelling makes of its own figures.
  if (identity.queues.length === 1) return fresh
  const waits = (queue.pendingSamples ?? 0) > 0
  const lateFrom = lateFromSeconds(identity.intervalSeconds ?? thresholds.defaultScrapeIntervalSeconds, thresholds)
  if (own !== null && own >= lateFrom) {
    if (waits) return {...measured, state: 'behind', row: 7, reason: `${formatSeconds(own)} behind`}
    const reason = `${formatSeconds(own)} lie between what was scraped and what was sent, and nothing is pending: look at the agent itself`
    return {...measured, state: 'unknown', row: 12, reason}
  }
  if (!queue.sentSeconds && waits)
    return {...measured, state: 'behind', row: 8, reason: 'nothing was delivered since it started'}
  return own === null ? fresh : {...fresh, ...measured, catchUp: level}
}

/** Over five minutes; null: nothing was attempted, or its metrics do not say, or they are those of two processes. */
export function ratiosOf(queue: CentralQueue): {
  failureRatio: number | null
  retryRatio: number | null
  delivered: number | null
} {
  const {attemptedPerSecond, failedPerSecond = 0, retriedPerSecond = 0, returns} = queue
  if (attemptedPerSecond === undefined || returns !== undefined)
    return {failureRatio: null, retryRatio: null, delivered: null}
  const tried = Math.max(attemptedPerSecond - retriedPerSecond, failedPerSecond)
  // Rates of three counters of one instant differ by rounding only.
  const delivered = Math.max(0, attemptedPerSecond - retriedPerSecond - failedPerSecond)
  return {
    failureRatio: tried > 0 ? failedPerSecond / tried : null,
    retryRatio: attemptedPerSecond > 0 ? Math.min(1, retriedPerSecond / attemptedPerSecond) : null,
    delivered: delivered < attemptedPerSecond * 1e-6 ? 0 : delivered,
  }
}

/**
 * As they may be shown. Ratios of counters that are equally young are right, their rates are too small; and rates of agents that
 * cannot be told apart are those of any of them.
 */
export function ratesOf(queue: CentralQueue): Record<'delivered' | 'offered' | 'bytes', number | null> {
  const {offeredPerSecond = null, bytesPerSecond = null, isOfferedYoung, isAttemptedYoung, agents, returns} = queue
  const areOfSeveral = agents !== undefined || returns !== undefined
  const hidesOffered = isOfferedYoung !== undefined || areOfSeveral
  const hidesAttempted = isAttemptedYoung !== undefined || areOfSeveral
  return {
    delivered: hidesAttempted ? null : ratiosOf(queue).delivered,
    offered: hidesOffered ? null : offeredPerSecond,
    bytes: hidesAttempted ? null : bytesPerSecond,
  }
}

/** Both marks are 0 before their first value. */
function ownLag({appendedSeconds, sentSeconds}: CentralQueue): number | null {
  return !appendedSeconds || !sentSeconds ? null : Math.max(0, appendedSeconds - sentSeconds)
}
