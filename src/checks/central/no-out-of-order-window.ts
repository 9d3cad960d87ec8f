import type {CentralFacts} from '../../facts/central/types.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {formatSeconds} from '../../units.ts'
import {centralScope} from '../at-central.ts'
import {restartCostLine} from '../caution.ts'
import type {EvidenceLine, RemedyStep, Scope} from '../check.ts'
import {defineCheck} from '../check.ts'
import {lagWords} from '../delivery-figures.ts'
import {gather, type Judgement} from '../judge.ts'
import {kubectl} from '../kubectl.ts'
import {lossBeginsLine} from '../loss-outlook.ts'
import {checkAgain} from '../receiver-address.ts'
import {queueScope} from '../scope.ts'
import {addressOf, agentWords} from '../words.ts'

export default defineCheck({
  id: 'central/no-out-of-order-window',
  title: 'the central takes the backlog of agents that come back',
  severity: 'error',
  explains: ['receiver/out-of-bounds'],
  needs: ['central', 'metrics', 'two-scrapes', 'log', 'config', 'flags', 'targets', 'pod-status', 'claims'],
  evaluate: facts =>
    gather([
      ...facts.centrals.map((central): [Scope, Judgement] => [centralScope(central), judgeCentral(central, facts)]),
      ...facts.agents.flatMap(agent =>
        agent.queues.map((queue): [Scope, Judgement] => [queueScope(agent, queue), judgeQueue(agent, queue)]),
      ),
    ]),
  documentation: `
A plain Prometheus refuses samples that are older than its newest by more than half a block: about an hour, whatever its retention. Only
\`storage.tsdb.out_of_order_time_window\` makes it take older ones (since 2.39).

**Why it matters.** An agent that comes back after two hours sends two hours of backlog, and remote write does not send again what is
refused: what the WAL has kept through the outage is lost on its return.

**Severity.** A warning while an agent is more than ${formatSeconds(THRESHOLDS.openWindowFromSeconds)} behind and the window at its central is shorter than its backlog; an error once
samples are refused for their age. Info where no agent is behind and the window is closed, and where one is behind and nothing is known of
its receiver.

**What to do.** In this order: open the window at the central (a reload is enough) before the agent comes back; then mend what holds the
agent up; leave the agent alone until it is level.

**What not to do.** Do not mend the outage first, and do not restart the agent: either loses the backlog.
`,
})

/** Worth knowing before an outage. */
function judgeCentral(central: CentralFacts, facts: FleetFacts): Judgement {
  if (central.outOfOrderWindowSeconds === null) return 'does-not-apply'
  if (central.outOfOrderWindowSeconds > 0) return 'holds'
  const isSaidOfQueues = facts.agents.some(agent =>
    agent.queues.some(queue => queue.atCentral?.central === central && isAtRisk(queue)),
  )
  if (isSaidOfQueues) return 'does-not-apply'
  return {
    severity: 'info',
    blame: 'central',
    title: `the central ${central.name} will refuse backlog older than ${formatSeconds(central.refusesAfterSeconds ?? 0)}`,
    evidence: [windowLine(central)],
    why: 'After an outage longer than that, agents send what their WAL has kept, and the central drops it.',
    remedy: openWindow(central),
  }
}

function judgeQueue(agent: AgentFacts, queue: QueueFacts): Judgement {
  const central = queue.atCentral?.central ?? null
  if (central === null || central.kind === 'unknown') return judgeUnseen(agent, queue)
  const refusesAfter = central.refusesAfterSeconds
  if (refusesAfter === null) return 'does-not-apply' // another make, or its configuration may not be read
  if (!isAtRisk(queue)) return 'holds'
  const isRefused = isRefusedForAge(queue)
  // A window that is open but too short for what waits is as good as none.
  if (!isRefused && central.outOfOrderWindowSeconds !== 0 && waitedSeconds(queue) < refusesAfter) return 'holds'
  return {
    severity: isRefused ? 'error' : 'warning',
    blame: 'central',
    title: isRefused
      ? `the central ${central.name} refuses the backlog of ${agentWords(agent)} for its age`
      : `the central ${central.name} will refuse what ${agentWords(agent)} has to send once it is older than ${formatSeconds(refusesAfter)}`,
    evidence: [
      windowLine(central),
      {what: 'lag', value: lagWords(queue), source: 'metrics'},
      ...lossBeginsLine(queue),
      ...restartCostLine(agent),
    ],
    why: 'Remote write does not send again what is refused for its age: the backlog that the WAL has kept is lost when the agent comes back.',
    remedy: [
      ...openWindow(central),
      {
        text: isRefused
          ? 'what is refused already is gone; the rest is then taken'
          : 'only then mend what holds the agent up',
        changes: false,
      },
      {
        text: 'leave the agent alone until it is level: a restart, or an edit of its remote_write or external_labels, would discard the backlog',
        changes: false,
      },
      checkAgain(agent),
    ],
    explains: isRefused ? ['receiver/out-of-bounds'] : [],
  }
}

/** The first remedy of a long outage, even where nobody knows what the receiver is. */
function judgeUnseen(agent: AgentFacts, queue: QueueFacts): Judgement {
  const {lagSeconds, thresholds} = queue
  if (lagSeconds === null || lagSeconds <= thresholds.openWindowFromSeconds) return 'does-not-apply'
  return {
    severity: 'info',
    blame: 'central',
    title: `if ${addressOf(queue)} is a plain Prometheus, it refuses backlog older than about 1 h`,
    evidence: [{what: 'lag', value: lagWords(queue), source: 'metrics'}],
    why: 'What the receiver is could not be seen: --central-context or --central-url tell. Other makes take late samples.',
    remedy: [
      {
        text: 'if it is: set storage.tsdb.out_of_order_time_window there (a reload is enough) before the agent comes back',
        changes: true,
      },
      {text: 'leave the agent alone until it is level: a restart would discard the backlog', changes: false},
      checkAgain(agent),
    ],
    explains: [],
  }
}

function isAtRisk(queue: QueueFacts): boolean {
  return waitedSeconds(queue) > queue.thresholds.openWindowFromSeconds || isRefusedForAge(queue)
}

function waitedSeconds({lagSeconds}: QueueFacts): number {
  return lagSeconds ?? 0
}

function isRefusedForAge({errors}: QueueFacts): boolean {
  return errors.some(({current, class: errorClass}) => current && ['out-of-bounds', 'too-old'].includes(errorClass))
}

function windowLine({outOfOrderWindowSeconds, refusesAfterSeconds}: CentralFacts): EvidenceLine {
  const window =
    outOfOrderWindowSeconds === null || outOfOrderWindowSeconds === 0
      ? 'out_of_order_time_window is not set'
      : `out_of_order_time_window is ${formatSeconds(outOfOrderWindowSeconds)}`
  const limit =
    refusesAfterSeconds === null ? '' : `: samples older than ${formatSeconds(refusesAfterSeconds)} are refused`
  return {what: 'window', value: `${window}${limit}`, source: 'running configuration of the central'}
}

function openWindow({evidence: {place}}: CentralFacts): RemedyStep[] {
  return [
    {
      text: 'set storage.tsdb.out_of_order_time_window at the central to more than the outage, 6h for example (the operator: spec.tsdb.outOfOrderTimeWindow); a reload is enough, and it costs some memory and disk',
      changes: true,
    },
    ...(place === null
      ? []
      : [
          {
            text: 'see where its settings are kept',
            command: kubectl(place.context, place.namespace, 'describe', 'pod', place.pod),
            changes: false,
          },
        ]),
  ]
}
