/**
 * From facts to the report about logs. Exit code: 1 when a line of error severity is current, else 3 when a log could not be
 * read, there is no agent, or one that is expected is not there, else 0; an interruption's code wins.
 */
import type {FleetFacts} from '../../facts/fleet.ts'
import {refusedContext} from '../../facts/refused/context.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {secondsOf} from '../../units.ts'
import {reportContext} from '../context-report.ts'
import {failedRun} from '../failed-report.ts'
import {groupLogs} from './kinds.ts'
import type {AgentLogReport, LogReport} from './log-report.ts'

export interface ReportLogsOptions {
  /** The logs of the containers' previous runs in place of the present ones. */
  previous: boolean
  /** The exit code of an interruption (130, 143); null: none. */
  interruptedWith: number | null
  /** The fleet file in effect; left out: none. */
  fleetFile?: string | undefined
  /** Agents that it expects and that are not there, a sentence each; left out: none. */
  expectedMissing?: readonly string[] | undefined
}

export function reportLogs(
  facts: FleetFacts,
  {previous, interruptedWith, fleetFile, expectedMissing = []}: ReportLogsOptions,
): LogReport {
  const {evidence, agents} = facts
  const told = ['pods', previous ? 'log of the previous run' : 'log']
  const contexts = facts.contexts.map(context => {
    const refused = refusedContext(context, told)
    return {...reportContext(context), ...(refused !== null && {refused})}
  })
  const logs = agents.map(agent => reportLog(agent, previous))
  const kinds = groupLogs(agents.map(agent => shapesOf(agent, previous)))
  const lines = logs.reduce((sum, log) => sum + log.lines, 0)
  return {
    schemaVersion: 1,
    tool: evidence.tool,
    takenAt: evidence.takenAt,
    durationSeconds: evidence.durationSeconds,
    exitCode: interruptedWith ?? exitCodeOf({kinds, logs, contexts}, expectedMissing),
    ended: evidence.ended,
    previous,
    summary: {
      contexts: contexts.length,
      agents: agents.length,
      kinds: kinds.length,
      lines,
      shownLines: kinds.reduce((sum, kind) => sum + kind.lines, 0),
    },
    contexts,
    logs,
    kinds,
    ...(fleetFile !== undefined && {fleetFile}),
    ...(expectedMissing.length > 0 && {expectedMissing: [...expectedMissing]}),
  }
}

/** The report of a run that could not start. */
export function failedLogReport(...failure: Parameters<typeof failedRun>): LogReport {
  return {
    ...failedRun(...failure),
    previous: false,
    summary: {contexts: 0, agents: 0, kinds: 0, lines: 0, shownLines: 0},
    contexts: [],
    logs: [],
    kinds: [],
  }
}

function exitCodeOf(
  {kinds, logs, contexts}: Pick<LogReport, 'kinds' | 'logs' | 'contexts'>,
  expectedMissing: readonly string[],
): 0 | 1 | 3 {
  if (kinds.some(({severity, current}) => severity === 'error' && current)) return 1
  const blind = logs.some(log => log.problem !== null) || contexts.some(({problem}) => problem !== undefined)
  return logs.length === 0 || blind || expectedMissing.length > 0 ? 3 : 0
}

function shapesOf(agent: AgentFacts, previous: boolean): Parameters<typeof groupLogs>[0][number] {
  const {context, namespace, pod, log, evidence, thresholds} = agent
  const place = {context, namespace, pod, container: evidence.container}
  if (!previous) return {place, thresholds, shapes: log.shapes, endSeconds: log.endSeconds}
  // That run is over: its end is where its log ends.
  const last = evidence.previousLog.ok ? evidence.previousLog.value.last : null
  return {place, thresholds, shapes: log.previousShapes, endSeconds: last === null ? null : secondsOf(last)}
}

function reportLog({context, namespace, pod, name, evidence}: AgentFacts, previous: boolean): AgentLogReport {
  const place = {context, namespace, pod, container: evidence.container, name}
  const log = previous ? evidence.previousLog : evidence.log
  if (log.ok) {
    const {first, last, lines, truncated} = log.value
    return {...place, first, last, lines, complete: !truncated, problem: null}
  }
  // A container that never restarted has nothing to read, and nothing is missing.
  const isNothing = previous && log.reason === 'not-applicable'
  return {...place, first: null, last: null, lines: 0, complete: true, problem: isNothing ? null : log.detail}
}
