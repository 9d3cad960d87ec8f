/**
 * From facts to the report about ways. Exit code: 1 when one is broken, else 3 when one is not known (or there is none to look at, of
 * some agent or of all), else 0; an interruption's code wins.
 */
import type {FleetFacts} from '../../facts/fleet.ts'
import {reportCentrals} from '../central-report.ts'
import {reportContextWithGaps} from '../context-report.ts'
import {failedRun} from '../failed-report.ts'
import {type StoredGaps, storedGaps} from '../stored-unknown.ts'
import type {ProbeVerdict} from './endpoint-probe.ts'
import {reportEndpoints} from './endpoints.ts'
import {agentsWithoutRemoteWrite} from './no-remote-write.ts'
import type {ProbeReport} from './probe-report.ts'

export interface ReportProbeOptions {
  /** The exit code of an interruption (130, 143); null: none. */
  interruptedWith: number | null
  /** The fleet file in effect; left out: none. */
  fleetFile?: string | undefined
  /** Agents that it expects and that are not there, a sentence each; left out: none. */
  expectedMissing?: readonly string[] | undefined
}

export function reportProbe(
  facts: FleetFacts,
  {interruptedWith, fleetFile, expectedMissing = []}: ReportProbeOptions,
): ProbeReport {
  const {evidence, agents} = facts
  const contexts = facts.contexts.map(context => reportContextWithGaps(context, facts.options))
  const endpoints = reportEndpoints(facts)
  const noRemoteWrite = agentsWithoutRemoteWrite(agents)
  const count = (outcome: ProbeVerdict['outcome']) =>
    endpoints.filter(({verdict}) => verdict.outcome === outcome).length
  const summary = {works: count('works'), broken: count('broken'), unknown: count('unknown')}
  const canaries = endpoints.flatMap(({canaries: own = []}) => own)
  const isUnproven = canaries.some(({problem}) => problem !== null)
  // A canary that was stored proves more than what is read.
  const gaps: StoredGaps = canaries.length > 0 && !isUnproven ? {} : storedGaps(facts)
  const isBlind =
    isUnproven ||
    gaps.storedUnknown !== undefined ||
    expectedMissing.length > 0 ||
    noRemoteWrite.length > 0 ||
    endpoints.length === 0 ||
    summary.unknown > 0 ||
    contexts.some(({problem}) => problem !== undefined)
  return {
    schemaVersion: 1,
    tool: evidence.tool,
    takenAt: evidence.takenAt,
    durationSeconds: evidence.durationSeconds,
    exitCode: interruptedWith ?? (summary.broken > 0 ? 1 : isBlind ? 3 : 0),
    ended: evidence.ended,
    summary: {contexts: contexts.length, agents: agents.length, endpoints: endpoints.length, ...summary},
    contexts,
    endpoints,
    ...(noRemoteWrite.length > 0 && {noRemoteWrite}),
    ...reportCentrals(facts),
    ...gaps,
    ...(fleetFile !== undefined && {fleetFile}),
    ...(expectedMissing.length > 0 && {expectedMissing: [...expectedMissing]}),
  }
}

/** The report of a run that could not start. */
export function failedProbeReport(...failure: Parameters<typeof failedRun>): ProbeReport {
  return {
    ...failedRun(...failure),
    summary: {contexts: 0, agents: 0, endpoints: 0, works: 0, broken: 0, unknown: 0},
    contexts: [],
    endpoints: [],
  }
}
