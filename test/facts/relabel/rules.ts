/** Relabelling in a few words: `rule({sourceLabels: ['cluster'], regex: '^$', action: 'drop'})`. */
import type {RelabelConfig} from '../../../src/facts/config/config.ts'
import {parseVersion} from '../../../src/facts/process/versions.ts'
import {compileRules, relabel} from '../../../src/facts/relabel/relabel.ts'

export function rule(parts: Partial<RelabelConfig>): RelabelConfig {
  const defaults = {sourceLabels: [], separator: ';', regex: '(.*)', modulus: 0, targetLabel: '', replacement: '$1'}
  return {...defaults, action: 'replace', ...parts}
}

/** What is left of the labels; null when they are dropped. */
export function relabelled(
  labels: Record<string, string>,
  rules: Partial<RelabelConfig>[],
  version = '3.5.0',
): Record<string, string> | null {
  const compiled = compileRules(rules.map(rule), parseVersion(version))
  if (!compiled.ok) throw new Error(compiled.message)
  const result = relabel(compiled.rules, new Map(Object.entries(labels)))
  return result.droppedBy === null ? Object.fromEntries([...result.labels].sort(([a], [b]) => (a < b ? -1 : 1))) : null
}
