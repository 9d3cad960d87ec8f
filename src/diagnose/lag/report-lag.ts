/** From facts, or from rows made elsewhere, to the report of `promfleet lag`: order, totals, exit code. Pure. */
import type {LocalFleetFacts} from '../../facts/fleet.ts'
import {reportContextWithGaps} from '../context-report.ts'
import {failedRun} from '../failed-report.ts'
import {isMissingAgent} from '../lead.ts'
import {worstState} from '../rank.ts'
import type {ContextReport, FindingReport, State} from '../report.ts'
import type {StoredGaps} from '../stored-unknown.ts'
import {lagExitCode} from './exit-code.ts'
import {judgeFailOver} from './fail-over.ts'
import type {LagReport, LagRow} from './lag-report.ts'
import {inOrder, type LagSort} from './order.ts'
import {lagRows, missingAgentRow} from './rows.ts'
import {lagContexts} from './totals.ts'

export interface LagOptions {
  sort: LagSort
  /** Hides rows that deliver; counts and exit code are of all. */
  onlyBehind: boolean
  /** Null: the states decide the exit code. */
  failOverSeconds: number | null
  /** The exit code of an interruption (130, 143), which wins over what was seen; null or left out: none. */
  interruptedWith?: number | null
  /** The fleet file in effect; left out: none. */
  fleetFile?: string | undefined
}

/** `findings`: where what a central stores contradicts the agents, where both were seen; and agents that are expected and missing. */
export function lagReport(
  facts: LocalFleetFacts,
  options: LagOptions,
  findings: FindingReport[] = [],
  gaps: StoredGaps = {},
): LagReport {
  const {evidence, thresholds} = facts
  const contexts = facts.contexts.map(context => reportContextWithGaps(context, evidence.options))
  return assembleLagReport(
    {
      tool: evidence.tool,
      takenAt: evidence.takenAt,
      durationSeconds: evidence.durationSeconds,
      ended: evidence.ended,
      thresholds: {...thresholds},
      seenFrom: (evidence.centrals ?? []).length > 0 ? 'both' : 'agents',
      isSingleScrape: evidence.options.intervalSeconds === 0,
      findings: findings.filter(finding => !isMissingAgent(finding)),
      ...gaps,
      contexts,
      rows: [...lagRows(facts, contexts), ...findings.filter(isMissingAgent).map(missingAgentRow)],
    },
    options,
  )
}

type Seen = Pick<
  LagReport,
  | 'tool'
  | 'takenAt'
  | 'durationSeconds'
  | 'ended'
  | 'thresholds'
  | 'seenFrom'
  | 'isSingleScrape'
  | 'findings'
  | 'storedUnknown'
  | 'refusedCentrals'
> & {contexts: readonly ContextReport[]; rows: readonly LagRow[]}

/** `rows`: all of them, in any order; agents and the central alike. */
export function assembleLagReport({contexts, rows, findings, ...seen}: Seen, options: LagOptions): LagReport {
  const {sort, onlyBehind, failOverSeconds, interruptedWith = null, fleetFile} = options
  const shown = onlyBehind ? rows.filter(({state}) => state !== 'delivering') : rows
  const {tool, takenAt, durationSeconds, ended, thresholds, seenFrom, isSingleScrape, storedUnknown, refusedCentrals} =
    seen
  return {
    schemaVersion: 1,
    tool,
    takenAt,
    durationSeconds,
    exitCode: interruptedWith ?? lagExitCode(rows, failOverSeconds, {storedUnknown, findings}),
    ended,
    thresholds,
    seenFrom,
    isSingleScrape,
    state: worstState(rows.map(({state}) => state)),
    failOverSeconds,
    ...(failOverSeconds !== null && {failOver: judgeFailOver(rows, failOverSeconds)}),
    ...(storedUnknown !== undefined && {storedUnknown}),
    ...(refusedCentrals !== undefined && {refusedCentrals}),
    summary: {
      contexts: contexts.length,
      agents: new Set(rows.filter(({of}) => of !== 'context').map(({key}) => key)).size,
      queues: rows.filter(({queue}) => queue !== null).length,
      ...countStates(rows),
    },
    contexts: lagContexts(contexts, rows),
    rows: inOrder(shown, sort),
    findings,
    ...(fleetFile !== undefined && {fleetFile}),
  }
}

function countStates(rows: readonly LagRow[]): Record<State, number> {
  const counts = {losing: 0, silent: 0, behind: 0, unknown: 0, delivering: 0}
  for (const {state} of rows) counts[state] += 1
  return counts
}

/** The report of a run that could not start; `at` is the caller's clock. */
export function failedLagReport(message: string, hint: string | null, version: string, at: Date): LagReport {
  const run = failedRun(message, hint, version, at)
  const report = assembleLagReport(
    {
      ...run,
      thresholds: {},
      seenFrom: 'agents',
      isSingleScrape: false,
      contexts: [],
      rows: [],
      findings: [],
    },
    {sort: 'state', onlyBehind: false, failOverSeconds: null},
  )
  return {...report, ...run}
}
