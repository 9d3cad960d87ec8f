/** Runs one check over built evidence, the whole way: evidence -> facts -> check; and prints findings as people would read them. */
import {expect} from 'vitest'
import type {CheckOptions, Draft, Severity} from '../../src/checks/check.ts'
import {checks} from '../../src/checks/index.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {aFleet, type BuiltAgent, type FleetOptions} from '../builders/evidence.ts'

export interface Judged {
  findings: Draft[]
  severities: Severity[]
  titles: string[]
  unknown: string[]
  judged: number
  /** The findings' words as a file that a reviewer can read: test/checks/golden/<id>.txt. */
  words: string
}

export function judged(id: string, evidence: FleetEvidence, options: Partial<CheckOptions> = {}): Judged {
  const check = checks.find(candidate => candidate.id === id)
  if (!check) throw new Error(`there is no check ${id}`)
  const {findings, unknown, judged} = check.evaluate(readFacts(evidence), {identityLabels: ['cluster'], ...options})
  return {
    findings,
    severities: findings.map(finding => finding.severity),
    titles: findings.map(finding => finding.title),
    unknown: unknown.map(entry => entry.reason),
    judged,
    words: findings.map(finding => inWords(id, finding)).join('\n\n'),
  }
}

/** The same for agents in otherwise ordinary contexts. */
export function judgedAgents(id: string, ...agents: BuiltAgent[]): Judged {
  return judged(id, aFleet({agents}))
}

export function judgedFleet(id: string, fleet: FleetOptions): Judged {
  return judged(id, aFleet(fleet))
}

/** Compares the words with the golden file of this id; `variant` where one check has several voices. */
export async function expectWords(id: string, result: Judged, variant?: string): Promise<void> {
  await expect(`${result.words}\n`).toMatchFileSnapshot(
    `../golden/${id}${variant === undefined ? '' : `.${variant}`}.txt`,
  )
}

function inWords(id: string, finding: Draft): string {
  const scope = Object.entries(finding.scope).map(([part, value]) => `${part}=${value}`)
  return [
    `${finding.severity}  ${id}: ${finding.title}`,
    `  ${scope.join(' ')}`,
    `  blame ${finding.blame}${finding.since === undefined ? '' : `, since ${finding.since}`}`,
    ...finding.evidence.map(
      ({what, value, source, at}) => `  seen   ${what}: ${value}   [${source}${at === undefined ? '' : `, ${at}`}]`,
    ),
    `  means  ${finding.why}`,
    ...finding.remedy.map(
      ({text, command, changes}) =>
        `  ${changes ? 'CHANGE' : 'do    '} ${text}${command === undefined ? '' : `\n         $ ${command}`}`,
    ),
  ].join('\n')
}
