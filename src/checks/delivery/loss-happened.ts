import {isRefusal, wasRefusedLately} from '../../facts/queue/errors.ts'
import {failedLevel} from '../../facts/queue/figures.ts'
import {type Loss, lossesOf} from '../../facts/queue/losses.ts'
import {isGivingUp, stoppingSince} from '../../facts/queue/stopping.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {formatClock, formatCount, formatEstimate, formatPercent, formatSeconds, timestampOf} from '../../units.ts'
import type {EvidenceLine, Severity} from '../check.ts'
import {defineCheck} from '../check.ts'
import {isInTrouble, isRejected} from '../delivery-figures.ts'
import {judgeQueues} from '../judge.ts'
import {readLog} from '../kubectl.ts'
import {BEING_STOPPED} from '../loss-so-far.ts'
import {addressOf, agentWords} from '../words.ts'

const MEANING: Record<Loss['kind'], string> = {
  refused: 'The receiver refused these samples, and refused samples are not sent again.',
  skipped:
    'What is unsent when the process or the queue is stopped is not sent by the next one, which begins at its own start.',
  overtaken:
    'The WAL was truncated past its reader, which then skipped all that was unsent, and no counter shows that.',
  'too-old': 'What waits longer than sample_age_limit is dropped instead of sent.',
  'unknown-series': 'The queue drops samples of series that its reader of the WAL never saw.',
  unaccounted:
    'So many samples were scraped and neither sent, refused, dropped by relabelling nor waiting: the reader of the WAL was made to skip them.',
}

export default defineCheck({
  id: 'delivery/loss-happened',
  title: 'nothing was lost on the way before',
  severity: 'error',
  explains: [],
  needs: ['metrics', 'two-scrapes', 'log', 'previous-log', 'config', 'flags', 'targets', 'pod-status', 'claims'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      const losses = lossesOf(agent, queue).filter(loss => isHistory(loss, queue))
      const open = losses.filter(loss => loss.isOpen && loss.kind !== 'refused')
      const isOpen = open.length > 0
      // What goes on is the headline; what has been stands below it.
      const told = isOpen ? open : losses
      const [first] = told
      if (!first) return 'holds'
      const now = timestampOf(facts.nowSeconds) ?? first.to
      const to = told.map(loss => loss.to).reduce((latest, own) => (own > latest ? own : latest))
      const whole = {...first, isDated: told.every(({isDated}) => isDated)}
      return {
        severity: severityOf(losses, queue, isOpen),
        blame: blameOf(losses),
        title: `${agentWords(agent)} ${isOpen ? 'is losing' : 'lost'} data for ${addressee(told, queue)} ${spanOf(whole, isOpen ? null : to, now)}${amountOf(told)}`,
        ...(!first.beganBefore && {since: first.from}),
        evidence: losses.map(loss => lineOf(loss, now)),
        why: `${meaningOf(losses, queue, agent)} ${isOpen ? 'It goes on until something newer is delivered.' : `${endWords(losses, queue, agent)}; what is missing stays missing.`}`,
        remedy: remediesOf(losses, agent),
      }
    }),
  documentation: `
Loss that has been, as far as metrics and logs still show it: from when to when, and how many samples.
- **overtaken**: \`error tailing WAL ... no such file or directory\`. A truncation removed what the reader needed next; it starts anew
  and skips everything unsent.
- **skipped**: the process restarted, or a reload rebuilt the queue, while it was late; or a queue that was stopped says \`Failed to flush
  all samples on shutdown\`, and \`context canceled\` of what it was about to send. A queue that a reload replaced, by another URL for one,
  is said of once for the agent.
- **refused**: \`samples_failed_total\` above 0 and no longer rising.
- **too-old**, **unknown-series**: \`samples_dropped_total\` of the reasons \`too_old\` (\`sample_age_limit\`) and
  \`unintentionally_dropped_series\`. The counter does not tell when.
- **unaccounted**: samples_in_total - (samples_total - samples_retried_total + samples_dropped_total + samples_pending), for agents whose
  queue is level and as old as its process. That is the only figure that shows what truncation took; above
  ${THRESHOLDS.unaccountedRatio * 100} % of all and more than can be on its way.

**Why it matters.** The largest losses increment no counter. Whoever looks at a dashboard with a hole should learn that it will stay, and
that it was not the scraping.

**Severity.** A warning: history is not state. Info when only refused samples below ${formatPercent(THRESHOLDS.failureRatio)} of all are left, of a time that the log no
longer tells. An error while the gap is still open and nothing else shows why.

**What to do.** Tell those who read the dashboards. Prevent the next one: two replicas, a shorter way to noticing, a receiver that takes
late samples.

**What not to do.** Do not restart the agent to get data back: nothing in its WAL from before a start is ever sent.
`,
})

/** Of what was refused moments ago only the looks can tell that it is over. */
function endWords(losses: readonly Loss[], {delta}: QueueFacts, agent: AgentFacts): string {
  if (!wasRefusedLately(agent) || !losses.some(({kind}) => kind === 'refused')) return 'It is over'
  if (delta === null) return 'One scrape does not tell whether it is over'
  return `None was refused in the ${formatSeconds(delta.seconds)} of this look`
}

/** Refusals that go on, or may go on, are delivery/rejected. */
function isHistory({kind, isOpen}: Loss, queue: QueueFacts): boolean {
  if (kind !== 'refused') return true
  if (isOpen || isRejected(queue)) return false
  return queue.delta !== null || failedLevel(queue) < queue.thresholds.failureRatio
}

function severityOf(losses: readonly Loss[], queue: QueueFacts, isOpen: boolean): Severity {
  // What holds the queue up has a finding of its own, and that leads.
  if (isOpen) return isInTrouble(queue) && !isGivingUp(queue) ? 'warning' : 'error'
  const isFew = ({kind, samples}: Loss) =>
    kind === 'refused' ||
    (kind === 'unknown-series' && (samples ?? 0) < queue.thresholds.failureRatio * queue.levels.total)
  const isOldAndSmall =
    losses.every(isFew) && failedLevel(queue) < queue.thresholds.failureRatio && !queue.errors.some(isRefusal)
  return isOldAndSmall ? 'info' : 'warning'
}

function meaningOf(losses: readonly Loss[], queue: QueueFacts, agent: AgentFacts): string {
  if (stoppingSince(agent.log, queue) !== null) return BEING_STOPPED
  return [...new Set(losses.map(({kind}) => MEANING[kind]))].join(' ')
}

/** A queue that a reload replaced wrote to another URL, maybe a wrong one. */
function addressee([first, ...others]: readonly Loss[], queue: QueueFacts): string {
  const former = first?.formerUrl ?? null
  return former !== null && others.every(({formerUrl}) => formerUrl === former)
    ? `${former} (it writes there no longer)`
    : addressOf(queue)
}

function blameOf(losses: readonly Loss[]): 'central' | 'agent' {
  return losses.every(({kind}) => kind === 'refused') ? 'central' : 'agent'
}

/** `to` null: it goes on. */
function spanOf({from, beganBefore, isDated}: Loss, to: string | null, now: string): string {
  const start = formatClock(from, now)
  if (!isDated) return `at some time since ${start}`
  if (to === null) return `since ${beganBefore ? 'before ' : ''}${start}`
  const end = formatClock(to, now)
  if (beganBefore) return `until ${end}, from before ${start}`
  return start === end ? `at ${end}` : `between ${start} and ${end}`
}

/** What was overtaken is in what is unaccounted for, which is named for it; several others add up. */
function amountOf(losses: readonly Loss[]): string {
  const counts = losses.flatMap(({samples}) => samples ?? [])
  if (counts.length === 0) return ''
  const isWhole = counts.length === losses.length && losses.every(({isLeast}) => !isLeast)
  const sum = counts.reduce((total, count) => total + count, 0)
  return isWhole ? `: about ${formatEstimate(sum)} samples` : `: at least ${formatCount(sum)} samples`
}

function lineOf(loss: Loss, now: string): EvidenceLine {
  const {kind, to, samples, isLeast, evidence, formerUrl} = loss
  return {
    what: kind,
    value: `${samples === null ? 'how much is not known' : `${isLeast ? 'at least ' : ''}${formatCount(samples)} samples`}, ${spanOf(loss, to, now)}${formerUrl === null ? '' : `, for ${formerUrl}`}`,
    source: evidence,
    at: to,
  }
}

function remediesOf(losses: readonly Loss[], agent: AgentFacts) {
  const kinds = new Set(losses.map(({kind}) => kind))
  return [
    {text: 'tell those who read the dashboards: the gap stays, and no restart brings anything back', changes: false},
    ...(kinds.has('overtaken') || kinds.has('unaccounted')
      ? [
          {
            text: 'an outage longer than the WAL lasts (1-3 h on a busy agent) loses data: alert on lag well before that, or write to two receivers',
            changes: false,
          },
        ]
      : []),
    ...(kinds.has('skipped')
      ? [
          {
            text: 'before a restart, a reload that changes remote_write, or an upgrade: look whether the queue is level (promfleet doctor)',
            changes: false,
          },
        ]
      : []),
    ...(kinds.has('too-old')
      ? [
          {
            text: 'if late samples are worth having: raise sample_age_limit in queue_config, or leave it out, once the queue is level: such an edit rebuilds it',
            changes: true,
          },
        ]
      : []),
    {text: 'read what the log says of that time', command: readLog(agent, {tail: 500}), changes: false},
  ]
}
