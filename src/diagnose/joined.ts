/** What a finding that stands for those of several agents takes over from each of them. */
import type {EvidenceLine} from '../checks/check.ts'
import {soonestSeconds} from '../facts/queue/loss-clock.ts'
import type {AgentFacts} from '../facts/types.ts'
import {agentWords} from '../facts/words.ts'
import {formatNumberOf} from '../units.ts'
import type {Candidate} from './candidate.ts'

export function distinctAgents(members: readonly Candidate[]): AgentFacts[] {
  return [...new Set(members.flatMap(({agents}) => agents))]
}

/** The store behind an address may be proven for one agent alone. */
export function whatTheyExplain(members: readonly Candidate[]): string[] {
  return [...new Set(members.flatMap(({finding}) => finding.explains ?? []))]
}

/** What shows that the store is gone, where the finding that stands for all does not show it itself. */
export function fromHereOf(first: Candidate, members: readonly Candidate[]): EvidenceLine[] {
  const isFromHere = ({what}: EvidenceLine) => what === 'from here'
  if (first.finding.evidence.some(isFromHere)) return []
  return members.flatMap(({finding}) => finding.evidence.filter(isFromHere)).slice(0, 1)
}

/** Of the agent whose data are lost first: what is named for one agent goes for the outage of all. */
export function soonestLossOf(members: readonly Candidate[]): EvidenceLine[] {
  const lines = members.flatMap(({finding, agents}) =>
    finding.evidence
      .filter(({what}) => what === 'loss begins')
      .map(line => ({line, agents, left: leftSeconds(agents)})),
  )
  const [first] = lines.sort((a, b) => a.left - b.left)
  return first === undefined ? [] : [{...first.line, value: `${namesOf(first.agents)}: ${first.line.value}`}]
}

function leftSeconds(agents: readonly AgentFacts[]): number {
  const clocks = agents.flatMap(({queues}) => queues.map(({lossClock}) => lossClock))
  return Math.min(...clocks.flatMap(clock => [soonestSeconds(clock), clock.atPlainPrometheusSeconds ?? Infinity]))
}

const MOST_PASTS = 4

/** What was wrong with agents before this, and will be again after it: of no other would anybody tell. */
export function pastOf(members: readonly Candidate[]): EvidenceLine[] {
  const pasts = new Map<string, {line: EvidenceLine; agents: AgentFacts[]}>()
  for (const {finding, agents} of members) {
    for (const line of finding.evidence.filter(({what}) => what === 'before that')) {
      const past = pasts.get(line.value)
      if (past) past.agents.push(...agents)
      else pasts.set(line.value, {line, agents: [...agents]})
    }
  }
  const all = [...pasts.values()].sort((a, b) => b.agents.length - a.agents.length)
  const lines = all
    .slice(0, MOST_PASTS)
    .map(({line, agents}) => ({...line, value: `${namesOf([...new Set(agents)])}: ${line.value}`}))
  const rest = new Set(all.slice(MOST_PASTS).flatMap(({agents}) => agents)).size
  if (rest === 0) return lines
  const value = `and of ${formatNumberOf(rest, 'more agent')} something else: --agent NAME tells it`
  return [...lines, {what: 'before that', value, source: 'metrics and log'}]
}

export function namesOf(agents: readonly AgentFacts[]): string {
  const names = agents.slice(0, 4).map(agentWords).join(', ')
  return agents.length > 4 ? `${names} and ${agents.length - 4} more` : names
}
