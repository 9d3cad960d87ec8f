/**
 * One relabelling rule, ready to be applied to many label sets: model/relabel/relabel.go. What a rule does depends on the joined
 * values that it reads, and those repeat: each is looked at once.
 */
import {createHash} from 'node:crypto'
import type {RelabelConfig} from '../config/config.ts'
import {expand, hasVariable} from './expand.ts'
import type {LabelBuilder} from './label-builder.ts'
import {compilePattern, type Pattern} from './pattern.ts'

export interface CompiledRule {
  config: RelabelConfig
  /** False: the rule drops the series. */
  apply(labels: LabelBuilder): boolean
}

export interface RuleDialect {
  /** `.` matches line breaks: 3.0 and later. */
  dotMatchesNewline: boolean
  /** Label names may be any text: 3.0 and later. */
  anyLabelName: boolean
}

/** Throws an Error that says what is wrong with its regular expression, or that its action is none of Prometheus's. */
export function compileRule(config: RelabelConfig, dialect: RuleDialect): CompiledRule {
  const {action, targetLabel, modulus} = config
  const pattern = compilePattern(config.regex, dialect.dotMatchesNewline)
  const joined = (labels: LabelBuilder) => joinedSource(config, labels)
  const matches = remember((value: string) => pattern.matches(value))
  const set = (change: (value: string) => string) => {
    const changed = remember(change)
    return (labels: LabelBuilder) => {
      labels.set(targetLabel, changed(joined(labels)))
      return true
    }
  }
  switch (action) {
    case 'keep':
      return {config, apply: labels => matches(joined(labels))}
    case 'drop':
      return {config, apply: labels => !matches(joined(labels))}
    case 'keepequal':
      return {config, apply: labels => labels.get(targetLabel) === joined(labels)}
    case 'dropequal':
      return {config, apply: labels => labels.get(targetLabel) !== joined(labels)}
    case 'lowercase':
      return {config, apply: set(lowerCase)}
    case 'uppercase':
      return {config, apply: set(upperCase)}
    case 'hashmod':
      return {config, apply: set(value => hashModulus(value, modulus))}
    case 'replace':
      return {config, apply: replaceWith(config, pattern, dialect)}
    case 'labelmap':
    case 'labeldrop':
    case 'labelkeep':
      return {config, apply: overNames(config, pattern, matches)}
    default:
      throw new Error(`"${action}" is no action of relabelling`)
  }
}

function joinedSource({sourceLabels, separator}: RelabelConfig, labels: LabelBuilder): string {
  const [only] = sourceLabels
  if (sourceLabels.length === 1 && only !== undefined) return labels.get(only)
  return sourceLabels.map(name => labels.get(name)).join(separator)
}

function replaceWith(config: RelabelConfig, pattern: Pattern, dialect: RuleDialect): CompiledRule['apply'] {
  const {targetLabel, replacement} = config
  const isConstant = !hasVariable(targetLabel) && !hasVariable(replacement)
  const result = remember((value: string): {name: string; value: string} | null => {
    // Adding or taking away a label without a condition: relabel.go does not validate the name on this way.
    if (value === '' && config.regex === '(.*)' && isConstant) return {name: targetLabel, value: replacement}
    const groups = pattern.groups(value)
    if (groups === null) return null
    const name = expand(targetLabel, pattern, groups)
    if (!isLabelName(name, dialect)) return null
    return {name, value: expand(replacement, pattern, groups)}
  })
  return labels => {
    const change = result(joinedSource(config, labels))
    if (change !== null) labels.set(change.name, change.value)
    return true
  }
}

/** Over the names that are there before the rule begins, in their order. */
function overNames(
  {action, replacement}: RelabelConfig,
  pattern: Pattern,
  matches: (name: string) => boolean,
): CompiledRule['apply'] {
  const renamed = remember((name: string) => {
    const groups = pattern.groups(name)
    return groups === null ? null : expand(replacement, pattern, groups)
  })
  if (action === 'labelmap') {
    return labels => {
      const copies = labels.namesWhere(name => renamed(name) !== null).map(name => [name, labels.get(name)] as const)
      for (const [name, value] of copies) labels.set(renamed(name) ?? '', value)
      return true
    }
  }
  const goes = action === 'labeldrop' ? matches : (name: string) => !matches(name)
  return labels => {
    for (const name of labels.namesWhere(goes)) labels.set(name, '')
    return true
  }
}

function isLabelName(name: string, {anyLabelName}: RuleDialect): boolean {
  return anyLabelName ? name !== '' : /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
}

/** The last eight bytes of the MD5 sum, big-endian, modulo: what deals targets out to shards. */
function hashModulus(value: string, modulus: number): string {
  const divisor = BigInt(Number.isSafeInteger(modulus) && modulus > 0 ? modulus : 1)
  return String(createHash('md5').update(value).digest().readBigUInt64BE(8) % divisor)
}

// Go maps one character to one: "İ" becomes "i", and "ß", which has no capital of its own, stays.
function lowerCase(value: string): string {
  return [...value].map(rune => [...rune.toLowerCase()][0] ?? rune).join('')
}

function upperCase(value: string): string {
  const one = (rune: string) => ([...rune.toUpperCase()].length === 1 ? rune.toUpperCase() : rune)
  return [...value].map(one).join('')
}

/** So that values which are all different cannot fill the memory. */
const MOST_REMEMBERED = 200_000

function remember<T>(look: (value: string) => T): (value: string) => T {
  const known = new Map<string, T>()
  return value => {
    const before = known.get(value)
    if (before !== undefined) return before
    const result = look(value)
    if (known.size >= MOST_REMEMBERED) known.clear()
    known.set(value, result)
    return result
  }
}
