/** Runs the checks over one set of facts; pure, in the order of the catalogue. */
import type {FleetFacts} from '../facts/fleet.ts'
import type {Check, CheckOptions, Finding, Severity, Unknown} from './check.ts'
import {checks} from './index.ts'

export interface RunOptions {
  /** Ids, see matchChecks; empty: all. */
  only?: readonly string[]
  /** Ids; wins over `only`. */
  skip?: readonly string[]
  /** See CheckOptions; empty or left out: `cluster`. */
  identityLabels?: readonly string[] | undefined
  /** See CheckOptions. */
  expected?: CheckOptions['expected']
}

const DEFAULT_IDENTITY_LABELS = ['cluster']

export interface CheckRun {
  /** In the order of the catalogue, then of contexts, agents and queues; `explains` is always filled in. */
  findings: Finding[]
  /** Ids that were judged everywhere they apply and found nothing. */
  passed: string[]
  found: string[]
  /** Not asked for, or nothing that they apply to. */
  skipped: {id: string; reason: string}[]
  /** Scopes that could not be judged, with the gravest severity the check can give; an id may be here and in `found` too, never in `passed`. */
  unknown: ({id: string; severity: Severity} & Unknown)[]
}

export function runChecks(facts: FleetFacts, options: RunOptions = {}): CheckRun {
  const {only = [], skip = [], identityLabels = [], expected = null} = options
  const given = {identityLabels: identityLabels.length > 0 ? identityLabels : DEFAULT_IDENTITY_LABELS, expected}
  const run: CheckRun = {findings: [], passed: [], found: [], skipped: [], unknown: []}
  for (const check of checks) {
    const {id} = check
    if (skip.includes(id)) run.skipped.push({id, reason: 'left out by --skip'})
    else if (only.length > 0 && !only.includes(id)) run.skipped.push({id, reason: 'not among --only'})
    else addResult(run, check, facts, given)
  }
  return run
}

function addResult(run: CheckRun, check: Check, facts: FleetFacts, options: CheckOptions): void {
  const {id} = check
  const {findings, unknown, judged} = check.evaluate(facts, options)
  run.findings.push(...findings.map(draft => ({id, status: 'found' as const, explains: check.explains, ...draft})))
  run.unknown.push(...unknown.map(entry => ({id, severity: check.severity, ...entry})))
  if (findings.length > 0) run.found.push(id)
  else if (unknown.length > 0) return
  else if (judged > 0) run.passed.push(id)
  else run.skipped.push({id, reason: 'nothing was seen that it applies to'})
}
