/** What the report leads with: causes of the worst state, then loss ahead, then history, then the rest; see docs/how-it-decides.md. */
import type {Severity} from '../checks/check.ts'
import type {Candidate} from './candidate.ts'
import {matchesId} from './explain.ts'
import {rankOf} from './rank.ts'
import type {FindingReport, State} from './report.ts'
import {concernsQueue} from './scope.ts'
import type {AgentDecision} from './state.ts'

export interface Lead {
  group: FindingReport['group']
  /** Rank of the worst state it accounts for; 99 outside the group `state`. */
  rank: number
}

const ahead = ['delivery/loss-ahead', 'delivery/unsafe-to-restart', 'central/no-out-of-order-window']
const history = ['delivery/loss-happened', 'central/hole']

/** Which findings can account for which state; labels, security and hygiene never do. */
const accounts: Record<State, readonly string[]> = {
  losing: [
    'receiver/*',
    'delivery/rejected',
    'delivery/retrying',
    'delivery/stalled',
    'delivery/behind',
    'delivery/loss-happened',
    'config/rate-limit-drops',
    'wal/*',
    'workload/disk-full',
    'workload/out-of-memory',
    'workload/crash-looping',
    'labels/collision',
    'central/not-fresh',
    'central/no-out-of-order-window',
    'central/clock-skew',
  ],
  silent: [
    'workload/not-running',
    'workload/crash-looping',
    'workload/out-of-memory',
    'workload/not-an-agent',
    'workload/disk-full',
    'wal/*',
    'config/no-remote-write',
    'config/reload-failed',
    'config/relabel-drops-everything',
    'scrape/no-targets',
    'scrape/stalled',
    'scrape/discovery-failing',
    'labels/missing',
  ],
  behind: [
    'receiver/*',
    'delivery/rejected',
    'delivery/retrying',
    'delivery/stalled',
    'delivery/behind',
    'delivery/shards-at-max',
    'workload/cpu-starved',
    'workload/out-of-memory',
    'workload/crash-looping',
    'workload/disk-full',
    'wal/*',
  ],
  unknown: ['access/*', 'workload/crash-looping', 'workload/out-of-memory', 'workload/not-running'],
  delivering: [],
}

/** An agent that is expected and not there: it has no state of its own, and its data does not come. */
export function isMissingAgent({id, agents}: {id: string; agents: readonly unknown[]}): boolean {
  return id === 'workload/expected-missing' && agents.length === 0
}

const severities: readonly Severity[] = ['error', 'warning', 'info']

export function leadOf(candidate: Candidate, decisions: readonly AgentDecision[]): Lead {
  const {id, status} = candidate.finding
  const rank = status === 'found' ? accountedRank(candidate, decisions) : null
  if (rank !== null) return {group: 'state', rank}
  return {group: ahead.includes(id) ? 'ahead' : history.includes(id) ? 'history' : 'rest', rank: 99}
}

function accountedRank(candidate: Candidate, decisions: readonly AgentDecision[]): number | null {
  const {finding, scopes, agents} = candidate
  if (finding.severity === 'info') return null
  // Only while the gap is open, and nothing else shows why, is a loss more than history.
  if (history.includes(finding.id) && finding.severity !== 'error') return null
  // A clock or a closed window is a risk until samples are refused for it.
  if (finding.id.startsWith('central/') && finding.severity !== 'error') return null
  // An agent that is not there sends nothing; a context that could not be read is unknown itself.
  if (isMissingAgent({id: finding.id, agents})) return rankOf('silent')
  if (agents.length === 0) return finding.id.startsWith('access/') ? rankOf('unknown') : null
  const states = decisions
    .filter(({agent}) => agents.includes(agent))
    .flatMap(({agent, state, queues}) => {
      if (queues.length === 0) return [state]
      return queues.filter(({queue}) => scopes.some(scope => concernsQueue(scope, agent, queue))).map(own => own.state)
    })
    .filter(state => accounts[state].some(pattern => matchesId(pattern, finding.id)))
  return states.length === 0 ? null : Math.min(...states.map(rankOf))
}

const groups: readonly FindingReport['group'][] = ['state', 'ahead', 'history', 'rest']

/** Group, then the worse state, then more agents, then severity, then the order of the catalogue; stable. */
export function byLead(a: {candidate: Candidate; lead: Lead}, b: {candidate: Candidate; lead: Lead}): number {
  return (
    groups.indexOf(a.lead.group) - groups.indexOf(b.lead.group) ||
    a.lead.rank - b.lead.rank ||
    b.candidate.agents.length - a.candidate.agents.length ||
    severities.indexOf(a.candidate.finding.severity) - severities.indexOf(b.candidate.finding.severity) ||
    a.candidate.place - b.candidate.place
  )
}

/**
 * What could not be looked at (access/*) never stands above an error about data, which is seen for sure, though it be of another
 * context: it comes right behind the last of them. `ordered` is by byLead.
 */
export function accessBehindErrors<T extends {candidate: Candidate}>(ordered: readonly T[]): T[] {
  const isAccess = ({candidate}: T) => candidate.finding.id.startsWith('access/')
  const errors = ordered.findLastIndex(entry => !isAccess(entry) && entry.candidate.finding.severity === 'error') + 1
  const before = ordered.slice(0, errors)
  return [...before.filter(entry => !isAccess(entry)), ...before.filter(isAccess), ...ordered.slice(errors)]
}
