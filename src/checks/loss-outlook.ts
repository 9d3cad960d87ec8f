/** When what waits is lost for good, in the words that delivery/loss-ahead and the causes of the same queue share. */
import {isTooOldToSend} from '../facts/queue/age-limit.ts'
import type {LossClock, QueueFacts} from '../facts/types.ts'
import {formatBeginning, formatSeconds} from '../units.ts'
import type {EvidenceLine, RemedyStep} from './check.ts'

const KINDS: Record<NonNullable<LossClock['kind']>, string> = {
  truncation: 'WAL truncation removes unsent samples',
  receiver: 'the receiver starts to refuse samples that old',
  disk: 'the volume is full',
  'age-limit': 'sample_age_limit drops them',
}

/** `what` happens then. */
export interface LossOutlook {
  /** "in 22-38 min"; null: it has begun. */
  when: string | null
  what: string
  /** Within the horizon. */
  isNear: boolean
}

/** Null when no loss is known to be ahead, or the queue is level before it. */
export function lossOutlook({lossClock, catchUp, thresholds}: QueueFacts): LossOutlook | null {
  const {status, kind, earliestSeconds, latestSeconds} = lossClock
  const begins = earliestSeconds ?? latestSeconds
  if (status !== 'known' || kind === null || begins === null) return null
  if (catchUp.verdict === 'yes' && catchUp.seconds !== null && catchUp.seconds < begins) return null
  return {
    when: formatBeginning(earliestSeconds, latestSeconds),
    what: KINDS[kind],
    isNear: begins <= thresholds.lossHorizonSeconds,
  }
}

export function lossBeginsLine(queue: QueueFacts): EvidenceLine[] {
  const value = isTooOldToSend(queue)
    ? hasBegun(KINDS['age-limit'])
    : lossBegins(queue, lossOutlook(queue), soonerAtPrometheus(queue))
  return value === null ? [] : [{what: 'loss begins', value, source: 'metrics and flags'}]
}

function lossBegins({lossClock, catchUp}: QueueFacts, outlook: LossOutlook | null, sooner: string): string | null {
  if (outlook !== null)
    return outlook.when === null ? hasBegun(outlook.what) : `${outlook.when}, when ${outlook.what}${sooner}`
  const isOpen = lossClock.status === 'unknown' && catchUp.verdict !== 'yes'
  return isOpen && sooner !== '' ? `when is not known${sooner}` : null
}

function hasBegun(what: string): string {
  return `has begun: ${what}`
}

function soonerAtPrometheus({lossClock: {atPlainPrometheusSeconds: left}}: QueueFacts): string {
  if (left === undefined) return ''
  const when = left <= 0 ? 'has begun' : `begins in ${formatSeconds(left)}`
  return `; if the central is a plain Prometheus it ${when}, 1 h after the last delivery`
}

/** To be done before the agent returns: afterwards the samples are refused for good. */
export const openWindow: RemedyStep = {
  text: 'if the central is a plain Prometheus: set storage.tsdb.out_of_order_time_window there now (a reload is enough), before the agent catches up: otherwise it refuses samples older than about an hour',
  changes: true,
}

/** The same as the first step of a cause that holds a queue up, once it is late enough to need it. */
export function openTheWindow({lagSeconds, thresholds}: QueueFacts): RemedyStep[] {
  return lagSeconds !== null && lagSeconds >= thresholds.openWindowFromSeconds ? [openWindow] : []
}
