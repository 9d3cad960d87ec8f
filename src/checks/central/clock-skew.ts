import type {CentralFacts} from '../../facts/central/types.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatSeconds} from '../../units.ts'
import {centralScope} from '../at-central.ts'
import type {CheckResult, EvidenceLine, Scope} from '../check.ts'
import {defineCheck} from '../check.ts'
import {gather, type Judgement} from '../judge.ts'
import {agentScope, contextScope} from '../scope.ts'
import {agentWords} from '../words.ts'

/** Since 2.54 the head refuses what is further ahead than this (maxTimeInFuture, tsdb/head_append.go). */
const REFUSED_AHEAD_SECONDS = 600
/** And always what is older than half a block of 2 h. */
const REFUSED_BEHIND_SECONDS = 3600

interface Clock {
  scope: Scope
  words: string
  /** Minus ours; null: not known. */
  skewSeconds: number | null
  agent: AgentFacts | null
}

export default defineCheck({
  id: 'central/clock-skew',
  title: 'the clocks of agents, API servers, central and this machine agree',
  severity: 'error',
  explains: ['receiver/out-of-bounds'],
  needs: ['api-server', 'metrics', 'central', 'log'],
  evaluate: judgeClocks,
  documentation: `
A clock that is more than ${THRESHOLDS.clockSkewSeconds} s away from most of the others: of an agent, of an API server, of the central, or of the machine
that promfleet runs on. Read from the \`Date\` header of their answers, which counts whole seconds.

**Why it matters.** Samples carry the clock of the agent's node. At the central they then stand beside those of the others at the wrong
time: rules and alerts look past them, and "newest sample" says nothing. A plain Prometheus refuses what lies more than 10 min ahead
(2.54 and later) and what is more than about an hour old.

**Severity.** A warning; an error where the agent is so far off that its samples are refused, or where they are.

**What to do.** NTP on the node named (\`timedatectl\`, \`chronyc tracking\`). Samples come right from then on; those that were written
with the wrong time stay.

**What not to do.** Do not correct it with timestamps or relabelling, and do not restart the agent for it.
`,
})

function judgeClocks(facts: FleetFacts): CheckResult {
  const clocks: Clock[] = [
    {scope: {}, words: 'this machine', skewSeconds: 0, agent: null},
    ...facts.contexts.map(context => ({
      scope: contextScope(context),
      words: `the API server of ${context.name}`,
      agent: null,
      skewSeconds: context.evidence.clockSkewSeconds,
    })),
    ...facts.centrals.map(central => ({
      scope: centralScope(central),
      words: `the central ${central.name}`,
      agent: null,
      skewSeconds: central.clockSkewSeconds,
    })),
    ...facts.agents.map(agent => ({
      scope: agentScope(agent),
      words: agentWords(agent),
      agent,
      skewSeconds: agent.clockSkewSeconds,
    })),
  ]
  const known = clocks.flatMap(({skewSeconds}) => skewSeconds ?? [])
  const limit = facts.thresholds.clockSkewSeconds
  const agreed = mostAgreed(known, limit)
  return gather(
    clocks.map((clock): [Scope, Judgement] => [clock.scope, judge(clock, agreed, clocks, facts.centrals, limit)]),
  )
}

/** The clock that most others agree with; of several the first, which is ours. */
function mostAgreed(skews: readonly number[], limit: number): number {
  const sorted = [...skews].sort((a, b) => a - b)
  let best = {skew: 0, count: 0}
  for (const skew of skews) {
    const count = countBetween(sorted, skew - limit, skew + limit)
    if (count > best.count) best = {skew, count}
  }
  return best.skew
}

function countBetween(sorted: readonly number[], least: number, most: number): number {
  return firstAbove(sorted, most, false) - firstAbove(sorted, least, true)
}

/** Index of the first element above `value`, or, with `orEqual`, not below it. */
function firstAbove(sorted: readonly number[], value: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const element = sorted[middle] ?? Number.POSITIVE_INFINITY
    if (element > value || (orEqual && element === value)) high = middle
    else low = middle + 1
  }
  return low
}

function judge(
  {words, skewSeconds, agent}: Clock,
  agreed: number,
  clocks: readonly Clock[],
  centrals: readonly CentralFacts[],
  limit: number,
): Judgement {
  if (skewSeconds === null) return 'does-not-apply'
  const apart = skewSeconds - agreed
  if (Math.abs(apart) <= limit) return 'holds'
  const isRefused = agent?.queues.some(queue => queue.errors.some(isOfClock)) === true
  const isTooFar = agent !== null && (apart > REFUSED_AHEAD_SECONDS || apart < -refusedBehind(agent, centrals))
  return {
    severity: isRefused || isTooFar ? 'error' : 'warning',
    blame: agent === null ? 'access' : 'cluster',
    title: `the clock of ${words} is ${formatSeconds(Math.abs(apart))} ${apart > 0 ? 'ahead' : 'behind'}`,
    evidence: [
      {what: 'clock', value: `${signed(apart)} against most of the others (limit ${limit} s)`, source: 'Date headers'},
      ...othersLines(clocks, words),
    ],
    why:
      agent === null
        ? 'Ages and "since" are told by these clocks: what is said of the times of this one may be off by as much.'
        : `Its samples carry this clock: at the central they stand ${formatSeconds(Math.abs(apart))} ${apart > 0 ? 'in the future' : 'in the past'}, and a plain Prometheus refuses those that are too far off.`,
    remedy: [
      {
        text:
          agent === null
            ? 'compare it with a clock that is right: timedatectl, chronyc tracking'
            : `set the clock of its node${agent.evidence.podStatus?.node ? ` ${agent.evidence.podStatus.node}` : ''} by NTP: timedatectl, chronyc tracking`,
        changes: false,
      },
    ],
    explains: isRefused ? ['receiver/out-of-bounds'] : [],
  }
}

/** The receiver says itself that the samples lie in the future. */
function isOfClock({current, class: errorClass}: {current: boolean; class: string}): boolean {
  return current && errorClass === 'future'
}

function refusedBehind(agent: AgentFacts, centrals: readonly CentralFacts[]): number {
  const behind = agent.queues.flatMap(({atCentral}) => atCentral?.central.refusesAfterSeconds ?? [])
  return behind[0] ?? centrals[0]?.refusesAfterSeconds ?? REFUSED_BEHIND_SECONDS
}

function othersLines(clocks: readonly Clock[], words: string): EvidenceLine[] {
  const shown = clocks
    .slice(1)
    .filter(clock => clock.words !== words && clock.skewSeconds !== null)
    .slice(0, 3)
  return shown.map(clock => ({
    what: 'others',
    value: `${clock.words}: ${signed(clock.skewSeconds ?? 0)} against this machine`,
    source: 'Date headers',
  }))
}

function signed(seconds: number): string {
  const sign = seconds < 0 ? '-' : '+'
  return Math.abs(seconds) < 1.5 ? '0 s' : `${sign}${formatSeconds(Math.abs(seconds))}`
}
