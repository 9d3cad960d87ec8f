/**
 * The one shape of all receiver/* checks: an error of certain classes that holds now for a queue, by its log and its metrics
 * together. Each file brings the classes, the words and the remedy; what is measured beside them is the same for all.
 */

import type {FleetFacts} from '../facts/fleet.ts'
import {errorStatus} from '../facts/log/error-classes.ts'
import type {ErrorClass} from '../facts/log/signatures/signature.ts'
import type {DialFailure} from '../facts/queue/dialer.ts'
import {isRefusal} from '../facts/queue/errors.ts'
import {failedLevel} from '../facts/queue/figures.ts'
import type {AgentFacts, QueueError, QueueFacts} from '../facts/types.ts'
import {formatClock, formatPercent, formatSeconds, secondsOf, timestampOf} from '../units.ts'
import {restartCostLine} from './caution.ts'
import type {Blame, Check, EvidenceLine, RemedyStep, Severity} from './check.ts'
import {defineCheck} from './check.ts'
import {isInTrouble, isRejected, stoppedAt, troubleLine} from './delivery-figures.ts'
import {dialFailure} from './dial.ts'
import {type Judgement, judgeQueues} from './judge.ts'
import {lossBeginsLine, openTheWindow} from './loss-outlook.ts'
import {missingPiece} from './missing.ts'
import {type Neighbours, neighbourLines, neighboursOf} from './neighbours.ts'
import {probeLines} from './probe-lines.ts'
import {isBesideTheAgent} from './receiver-address.ts'
import {excerpt} from './words.ts'

export interface ReceiverCase {
  agent: AgentFacts
  queue: QueueFacts
  /** The log's newest error of these classes; null when only the connection counters tell. */
  error: QueueError | null
  neighbours: Neighbours
  facts: FleetFacts
}

export interface ReceiverCheck {
  id: `receiver/${string}`
  title: string
  severity: Severity
  classes: readonly ErrorClass[]
  /** What the connection counters show for this reason where the log does not tell it; none: only the log can. */
  dials?: readonly DialFailure[]
  /** A further condition, where the class alone does not decide. */
  applies?: (found: ReceiverCase) => boolean
  explains: readonly string[]
  /** Who has to act when no other agent tells more, and when others write to the same endpoint without trouble. */
  blame: {alone: Blame; othersFine: Blame}
  /** Where this answer tells more than `blame.alone`; null where it does not. */
  blameAlone?: (found: ReceiverCase) => Blame | null
  headline: (found: ReceiverCase) => string
  severityOf?: (found: ReceiverCase) => Severity
  /** Further measurements, after the error. */
  evidence?: (found: ReceiverCase) => EvidenceLine[]
  why: (found: ReceiverCase) => string
  remedy: (found: ReceiverCase) => RemedyStep[]
  documentation: string
}

/** Symptoms of batches that are sent again and again, and what they lead to. */
export const RETRIED = [
  'receiver/slow',
  'delivery/shards-at-max',
  'delivery/behind',
  'delivery/retrying',
  'delivery/stalled',
  'delivery/loss-ahead',
] as const

/** The symptom of batches that are dropped for good. */
export const REFUSED = ['delivery/rejected'] as const

/** What it means to people, in the same words in every check; of those that are sent again loss-so-far.ts tells. */
export const REFUSED_IS_LOST =
  'Refused samples are not retried: they are lost. The lag still looks fine, because refused samples count as sent.'

export function receiverCheck(parts: ReceiverCheck): Check {
  return defineCheck({
    id: parts.id,
    title: parts.title,
    severity: parts.severity,
    explains: parts.explains,
    needs: ['metrics', 'two-scrapes', 'log'],
    evaluate: facts => judgeQueues(facts, (queue, agent) => judge(parts, facts, agent, queue)),
    documentation: parts.documentation,
  })
}

function judge(parts: ReceiverCheck, facts: FleetFacts, agent: AgentFacts, queue: QueueFacts): Judgement {
  const error =
    queue.errors.find(({current, class: errorClass}) => current && parts.classes.includes(errorClass)) ?? null
  if (!error) {
    if (!isInTrouble(queue) || queue.errors.some(({current}) => current)) return 'holds'
    // Counted per process, so they tell of this queue only when all of its queues are blocked.
    const dial = agent.queues.every(other => other.blocked) ? dialFailure(agent) : null
    if (!agent.log.read && (dial === null || parts.dials === undefined))
      return {
        unknown: `it does not deliver, and the reason is not known: ${missingPiece('its log', agent.evidence.log)}`,
      }
    if (dial === null || parts.dials?.includes(dial.failure) !== true) return 'holds'
  }
  const neighbours = neighboursOf(facts, agent, queue, parts.classes)
  const found: ReceiverCase = {agent, queue, error, neighbours, facts}
  if (parts.applies?.(found) === false) return 'holds'
  const since = sinceWhen(found)
  const blame = neighbours.shared
    ? 'central'
    : neighbours.fine.length > 0
      ? parts.blame.othersFine
      : (parts.blameAlone?.(found) ?? parts.blame.alone)
  const fromHere = goneFromHere(queue)
  return {
    severity: parts.severityOf?.(found) ?? parts.severity,
    blame: besideTheAgent(queue, blame),
    // A central that answers something, or is only starting, is a finding of its own.
    ...(fromHere === null && {explains: parts.explains.filter(id => id !== GONE)}),
    title: parts.headline(found),
    ...(since !== null && {since}),
    evidence: [
      troubleLine(queue),
      ...errorLines(found),
      ...refusedBeforeLine(found),
      ...(parts.evidence?.(found) ?? []),
      ...(fromHere !== null && parts.explains.includes(GONE) ? [fromHere] : []),
      ...neighbourLines(neighbours, agent),
      ...probeLines(facts, agent, queue, parts.classes),
      ...lossBeginsLine(queue),
      ...restartCostLine(agent),
    ],
    why: parts.why(found),
    remedy: [...openTheWindow(queue), ...parts.remedy(found)],
  }
}

const GONE = 'central/unreachable'

/** The store that the queue is proven to write to gives no answer from here either: two ways to it fail alike. Null: not seen. */
function goneFromHere({atCentral}: QueueFacts): EvidenceLine | null {
  const problem = atCentral === null || atCentral.proof === null ? null : atCentral.central.problem
  if (problem === null || (problem.reason !== 'unreachable' && problem.reason !== 'timeout')) return null
  return {what: 'from here', value: `no answer either: ${excerpt(problem.detail)}`, source: 'the central'}
}

/** Nearly all that was ever answered: what waits now will be refused as well once there is an answer again. */
const NEARLY_ALL = 0.9

/** An outage hides what was wrong before it, and a backlog that nobody will take needs no care. */
function refusedBeforeLine({agent, queue, error}: ReceiverCase): EvidenceLine[] {
  const refusal = queue.errors.find(other => isRefusal(other) && other.class !== 'cancelled')
  const isAboutIt = error !== null && isRefusal(error)
  if (refusal === undefined || isAboutIt || failedLevel(queue) < NEARLY_ALL) return []
  const near = timestampOf(agent.log.endSeconds ?? Number.NaN)
  const until = refusal.last === null ? '' : ` until ${formatClock(refusal.last, near ?? refusal.last)}`
  return [
    {
      what: 'before that',
      value: `${formatPercent(failedLevel(queue))} of all was refused${until}, and what waits will be, too, unless that is corrected: ${excerpt(refusal.text)}`,
      source: 'metrics and log',
    },
  ]
}

/** What listens on localhost is in the agent's own pod: neither the central nor a network is between. */
function besideTheAgent(queue: QueueFacts, blame: Blame): Blame {
  return isBesideTheAgent(queue) && (blame === 'central' || blame === 'network') ? 'proxy' : blame
}

/** Refusals move the newest sent time along, so the log dates them; retries do not, so the metrics do, and more exactly. */
function sinceWhen({agent, queue, error}: ReceiverCase): string | null {
  if (isRejected(queue)) return error?.first ?? null
  return queue.blocked || queue.late ? (stoppedAt(queue, agent) ?? error?.first ?? null) : (error?.first ?? null)
}

function errorLines({agent, error, facts}: ReceiverCase): EvidenceLine[] {
  if (!error) {
    const dial = dialFailure(agent)
    return dial === null
      ? []
      : [{what: 'connections', value: dial.words, source: 'net_conntrack_dialer_conn_failed_total'}]
  }
  const lines: EvidenceLine[] = [
    {
      what: errorStatus(error.text) === null ? 'error' : 'answer',
      value: excerpt(error.text),
      source: 'log',
      ...(error.last !== null && {at: error.last}),
    },
  ]
  if (error.shape.first !== null && error.last !== null) {
    const near = timestampOf(facts.nowSeconds) ?? error.last
    lines.push({
      what: 'logged',
      value:
        error.isFormer === true
          ? `by the queue before the reload, at ${formatClock(error.last, near)}`
          : howOften(error, error.shape.first, near),
      source: 'log',
    })
  }
  if (error.retryAfterSeconds !== null && error.last !== null) {
    const next = timestampOf(secondsOf(error.last) + error.retryAfterSeconds)
    const asked = `asked to wait ${formatSeconds(error.retryAfterSeconds)}`
    lines.push({
      what: 'next try',
      value:
        next === null
          ? asked
          : `at ${formatClock(next, error.last)}: it was ${asked}, and does so even if the receiver is well before`,
      source: 'log, Retry-After',
    })
  }
  return lines
}

/**
 * Prometheus logs a repeated message once a minute at most (util/logging/dedupe.go), so the number of lines is none of events:
 * lines for most minutes say that it never stopped.
 */
function howOften(error: QueueError, first: string, near: string): string {
  const {last, shape} = error
  const clock = formatClock(first, near)
  if (last === null || shape.count === 1) return `once, at ${clock}`
  const since = error.first === null ? `before ${clock}, where the log that was read begins` : clock
  const minutes = (secondsOf(last) - secondsOf(first)) / 60
  return shape.count >= minutes * 0.8 ? `at least once a minute since ${since}` : `repeatedly since ${since}`
}
