import {causeOfHole, type HoleCause} from '../../facts/central/hole-cause.ts'
import type {Hole, QueueAtCentral} from '../../facts/central/types.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {lossesOf} from '../../facts/queue/losses.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {formatClock, formatNumberOf, formatSeconds, timestampOf} from '../../units.ts'
import {identityWords, storeLine} from '../at-central.ts'
import type {Blame, Draft, EvidenceLine, RemedyStep, Scope} from '../check.ts'
import {defineCheck} from '../check.ts'
import {gather, type Judgement} from '../judge.ts'
import {readLog} from '../kubectl.ts'
import {queueScope} from '../scope.ts'
import {agentWords, excerpt} from '../words.ts'

const MOST_SHOWN = 5

const BLAMES: Record<HoleCause['kind'], Blame> = {
  loss: 'agent',
  refused: 'central',
  restart: 'agent',
  'not-running': 'cluster',
  central: 'central',
  outage: 'central',
  unknown: 'agent',
}

export default defineCheck({
  id: 'central/hole',
  title: 'the central has data of every agent without a gap in the last day',
  severity: 'warning',
  explains: ['delivery/loss-happened'],
  needs: [
    ...(['central', 'metrics', 'two-scrapes', 'config', 'targets', 'log', 'previous-log', 'pod-status'] as const),
    ...(['flags', 'claims'] as const),
  ],
  evaluate: facts =>
    gather(
      facts.agents.flatMap((agent, index) =>
        agent.queues.flatMap((queue): [Scope, Judgement][] => {
          const {atCentral} = queue
          if (atCentral === null || isToldByReplica(agent, facts, index)) return []
          return [[queueScope(agent, queue), judge(agent, queue, atCentral, facts)]]
        }),
      ),
    ),
  documentation: `
Stretches of the last day of which the central has no sample under an agent's external labels, though it has some from before and after:
longer than 5 min and than five scrape intervals. What counts is whether there is any \`up\` of the agent (or, where that is not sent,
another series of every target); a single target that went away makes no gap.

**Why it matters.** Gaps are what people see of an outage afterwards: alerts did not fire, rates and sums over the time are wrong. Data
that was late and came in has left none.

**What is measured.** One range query over 24 h at the central. Each gap is set against what the agent still shows of that time: a
loss with its own evidence, a restart of the process or the container, a restart of the central. Where nothing of that fits, the gap says so.

**Severity.** A warning: the gap is over, and what is missing stays missing. A gap that is not over is central/not-fresh, or the agent's
own state.

**What to do.** Tell those who read the dashboards; prevent the next one with what caused this one.

**What not to do.** Do not restart the agent to get the data back: nothing from before its start is ever sent.
`,
})

/** Replicas share their identity: the first of them tells for all. */
function isToldByReplica({group}: AgentFacts, {agents}: FleetFacts, index: number): boolean {
  return group.kind === 'replicas' && agents.findIndex(other => other.group.key === group.key) < index
}

function judge(agent: AgentFacts, queue: QueueFacts, stored: QueueAtCentral, facts: FleetFacts): Judgement {
  const {holes, central} = stored
  if (holes === null) return 'does-not-apply' // a warning of the past that could not be looked for must not cloud the present
  const [first, ...others] = holes
  if (!first) return 'holds'
  const now = timestampOf(facts.nowSeconds) ?? first.to
  const causes = holes.map(hole => causeOfHole(hole, agent, queue, central))
  const longest = holes.reduce((a, b) => (b.seconds > a.seconds ? b : a))
  const rest = others.length > 0 ? `, the longest of ${formatNumberOf(holes.length, 'gap')} in the last day` : ''
  return {
    severity: 'warning',
    blame: BLAMES[causes.find(({kind}) => kind !== 'unknown')?.kind ?? 'unknown'],
    title: `the central has nothing of ${agentWords(agent)} ${spanOf(longest, now)}${rest}`,
    since: first.from,
    evidence: [
      ...holes.slice(-MOST_SHOWN).map((hole, index) => lineOf(hole, causes.slice(-MOST_SHOWN)[index], now)),
      ...(holes.length > MOST_SHOWN
        ? [{what: 'gaps', value: `${holes.length - MOST_SHOWN} earlier ones`, source: "the central's query API"}]
        : []),
      ...(stored.identity === null
        ? []
        : [{what: 'asked for', value: identityWords(stored.identity), source: 'external labels after relabelling'}]),
      storeLine(stored),
    ],
    why: 'What was scraped in that time is not there, and it will not come any more.',
    remedy: remedyOf(agent, causes),
    explains: explainsLosses(agent, queue, causes) ? ['delivery/loss-happened'] : [],
  }
}

/** Every loss that the agent knows of is one of the gaps: then the gap, whose times are exact, tells of it. */
function explainsLosses(agent: AgentFacts, queue: QueueFacts, causes: readonly HoleCause[]): boolean {
  const losses = lossesOf(agent, queue)
  return losses.length > 0 && losses.every(loss => !loss.isOpen && causes.some(cause => cause.loss?.from === loss.from))
}

function spanOf({from, to, seconds}: Hole, now: string): string {
  return `between ${formatClock(from, now)} and ${formatClock(to, now)} (${formatSeconds(seconds)})`
}

function lineOf(hole: Hole, cause: HoleCause | undefined, now: string): EvidenceLine {
  const {from, to, seconds} = hole
  const span = `${formatClock(from, now)}-${formatClock(to, now)} (${formatSeconds(seconds)})`
  return {what: 'gap', value: `${span}: ${excerpt(cause?.words ?? '')}`, source: "the central's query API", at: from}
}

function remedyOf(agent: AgentFacts, causes: readonly HoleCause[]): RemedyStep[] {
  const isUnexplained = causes.some(({kind}) => kind === 'unknown')
  const steps: Draft['remedy'] = [
    {text: 'mark the time in the dashboards: rates, sums and alerts over it are wrong', changes: false},
  ]
  if (isUnexplained && agent.evidence.podStatus !== null)
    steps.push({
      text: 'see what the agent logged at that time, as far back as its log goes',
      command: readLog(agent, {tail: 2000}),
      changes: false,
    })
  if (causes.some(({kind}) => kind === 'refused' || kind === 'loss' || kind === 'outage' || kind === 'central'))
    steps.push({
      text: 'for the next time: storage.tsdb.out_of_order_time_window at a plain Prometheus central, a shorter way to noticing, two replicas',
      changes: true,
    })
  return steps
}
