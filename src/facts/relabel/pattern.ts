/**
 * Regular expressions as Prometheus reads them in relabelling: RE2, so that none takes exponential time whoever wrote it, and
 * anchored on both sides (model/relabel/relabel.go, NewRegexp).
 */
import {RE2JS} from 're2js'

export interface Pattern {
  matches(text: string): boolean
  /** The whole match and its groups, null for a group that took no part; null when the text does not match. */
  groups(text: string): (string | null)[] | null
  /** Number of the first group of that name; undefined when there is none. */
  groupOf(name: string): number | undefined
}

/** Longer ones are no keep list of a person's; compiling takes time and memory by length. */
const LONGEST_PATTERN = 100_000
const ANYTHING = new Set(['(.*)', '.*'])

/** The rules of a fleet are mostly the same: compiled once, they hold nothing of what they were matched against. */
const compiled = new Map<string, Pattern>()
const MOST_COMPILED = 1000

/** `dotMatchesNewline`: as 3.0 and later have it. Throws an Error with RE2's own words when it does not compile. */
export function compilePattern(source: string, dotMatchesNewline: boolean): Pattern {
  const key = `${dotMatchesNewline} ${source}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const pattern = compile(source, dotMatchesNewline)
  if (compiled.size >= MOST_COMPILED) compiled.clear()
  compiled.set(key, pattern)
  return pattern
}

function compile(source: string, dotMatchesNewline: boolean): Pattern {
  if (source.length > LONGEST_PATTERN) throw new Error(`longer than ${LONGEST_PATTERN} characters`)
  const expression = RE2JS.compile(`^(?${dotMatchesNewline ? 's' : ''}:${source})$`)
  const names = expression.namedGroups()
  const isAnything = ANYTHING.has(source)
  const matchesUnread = (text: string) => isAnything && (dotMatchesNewline || !text.includes('\n'))
  return {
    matches: text => matchesUnread(text) || expression.matches(text),
    groups(text) {
      if (matchesUnread(text)) return [text, text]
      const matcher = expression.matcher(text)
      if (!matcher.find()) return null
      return Array.from({length: matcher.groupCount() + 1}, (_, index) => matcher.group(index) ?? null)
    },
    groupOf: name => (Object.hasOwn(names, name) ? names[name] : undefined),
  }
}
