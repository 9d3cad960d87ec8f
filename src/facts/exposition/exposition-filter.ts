/** Keeps of an agent's /metrics, while it streams in, the families that facts read. */
import {copy, decodeUtf8} from '../latin1.ts'
import {type FamiliesKept, isKeptFamily} from './families.ts'

export interface FilteredExposition {
  /** The kept families, comments and all, decoded. */
  text: string
  /** Names of all families seen, sorted; the sample's own name where the text has no TYPE for it. */
  families: string[]
  /** The body ended in the middle of a line: for Prometheus, which always ends its last line, it was cut off. */
  unterminated: boolean
  /** Lines that exceed a million characters, left out. */
  oversizedLines: number
  /** There was more to keep than MAX_KEPT_BYTES: the text is empty then. */
  tooLarge: boolean
}

/** An agent of ten thousand scrape pools comes to this; what is kept costs ten times as much while it is parsed. */
export const MAX_KEPT_BYTES = 32 * 2 ** 20

export interface ExpositionFilter {
  /**
   * Takes the next part of the body, decoded as latin1: that splits no character, and only what is kept is decoded again.
   * 'enough': it is too large, and the rest of no use.
   */
  push(chunk: string): 'more' | 'enough'
  /** The result; the filter must not be used afterwards. */
  end(): FilteredExposition
}

const MAX_LINE_LENGTH = 1_000_000
/** A hostile target cannot make the list of names grow without end. */
const MAX_FAMILIES = 20_000

/** Of samples whose family is called without it. */
const SUFFIX = /_(?:bucket|sum|count|total|created|info|gcount|gsum)$/
/** In the text format `_total` belongs to the family's own name: `up_total` is none of `up`. */
const AFTER_FAMILY = /(?:_(?:bucket|sum|count))?[ \t{]/y

const OF_RECEIVERS = 'dialer_name="remote_storage'

/** A TYPE or HELP line. */
const COMMENT = /[ \t]*#[ \t]+(?:TYPE|HELP)[ \t]+"?([a-zA-Z_:][^\s{"]*)[^\n]*/y
/** A sample, with all the lines below that start with the same name. */
const SAMPLES = /[ \t]*("?)([a-zA-Z_:][^\s{"]*)[^\n]*(?:\n\2(?=[ \t{])[^\n]*)*/y

export function createExpositionFilter(families: FamiliesKept = 'all'): ExpositionFilter {
  const kept: string[] = []
  const typed = new Set<string>()
  const sampled = new Set<string>()
  /** The last family of what was scanned, where its comments told that nothing of it is kept. */
  let leftOut: string | null = null
  let keptBytes = 0
  const lines = joinLines(scan)

  function scan(text: string): void {
    const runs: string[] = []
    for (let at = leftOut === null ? 0 : skipFamily(text, 0, leftOut); at < text.length; ) {
      const comment = matchAt(COMMENT, text, at)
      const match = comment ?? matchAt(SAMPLES, text, at)
      if (match === null) {
        at = endOfLine(text, at) + 1
        continue
      }
      const run = match[0]
      const name = match.at(-1) ?? ''
      const names = comment === null ? sampled : typed
      if (names.size < MAX_FAMILIES && !names.has(name)) names.add(copy(name))
      at += run.length + 1
      leftOut = null
      if (isKeptFamily(name, families)) {
        runs.push(...(families === 'queues' && comment === null ? withoutOtherDialers(name, run) : [run]))
      } else if (comment !== null) {
        leftOut = copy(name)
        at = skipFamily(text, at, leftOut)
      }
    }
    if (runs.length === 0) return
    const latin1 = copy(`${runs.join('\n')}\n`)
    keptBytes += latin1.length
    if (keptBytes > MAX_KEPT_BYTES) kept.length = 0
    else kept.push(latin1)
  }

  return {
    push(chunk) {
      lines.push(chunk)
      return keptBytes > MAX_KEPT_BYTES ? 'enough' : 'more'
    },
    end() {
      const {last, oversizedLines} = lines.end()
      const unterminated = last.trim() !== '' && last.trim() !== '# EOF'
      let text = kept.join('')
      // The last line keeps its missing end, so that whoever parses the text sees it too.
      if (unterminated && isKeptFamily(last.trimStart(), families)) text = text.slice(0, -1)
      return {
        text: decodeUtf8(text),
        families: familiesOf(typed, sampled).map(decodeUtf8).sort(),
        unterminated,
        oversizedLines,
        tooLarge: keptBytes > MAX_KEPT_BYTES,
      }
    },
  }
}

/** Gives on what has come as whole lines, many at a time, without those that are too long. */
function joinLines(take: (lines: string) => void) {
  let rest = ''
  let oversizedLines = 0
  let isSkipping = false
  return {
    push(chunk: string): void {
      let text = chunk
      if (isSkipping) {
        const newline = text.indexOf('\n')
        if (newline === -1) return
        isSkipping = false
        text = text.slice(newline + 1)
      }
      const end = text.lastIndexOf('\n')
      if (end !== -1) {
        take(rest + text.slice(0, end))
        rest = text.slice(end + 1)
      } else {
        rest += text
      }
      if (rest.length > MAX_LINE_LENGTH) {
        rest = ''
        oversizedLines++
        isSkipping = true
      }
    },
    /** `last`: the line that has no end, given on like the others. */
    end(): {last: string; oversizedLines: number} {
      take(rest)
      return {last: rest, oversizedLines}
    },
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from)
  return newline === -1 ? text.length : newline
}

/**
 * The start of the line after the family's samples, which begin at `from`, or `from` itself where it is not plain that all lines up to
 * the next comment are of that family: by the last of them, since Prometheus writes the samples of a family together. Most of a body
 * is of families that nobody keeps: looking for `#` takes a fraction of reading.
 */
function skipFamily(text: string, from: number, family: string): number {
  if (text.startsWith('#', from)) return from
  const comment = text.indexOf('\n#', from)
  const next = comment === -1 ? text.length + 1 : comment + 1
  const lastLine = text.lastIndexOf('\n', next - 2) + 1
  const isOfFamily = text.startsWith(family, lastLine) && matchAt(AFTER_FAMILY, text, lastLine + family.length) !== null
  return isOfFamily ? next : from
}

/** Counted for each scrape job, too; of interest is who dials the receiver. */
function withoutOtherDialers(name: string, run: string): string[] {
  if (!name.startsWith('net_conntrack_dialer_')) return [run]
  const lines: string[] = []
  for (let at = run.indexOf(OF_RECEIVERS); at !== -1; at = run.indexOf(OF_RECEIVERS, at)) {
    const end = endOfLine(run, at)
    lines.push(run.slice(run.lastIndexOf('\n', at) + 1, end))
    at = end
  }
  return lines
}

function familiesOf(typed: ReadonlySet<string>, sampled: ReadonlySet<string>): string[] {
  return [...new Set([...typed, ...[...sampled].filter(name => !typed.has(familyOfSample(name, typed)))])]
}

function familyOfSample(name: string, typed: ReadonlySet<string>): string {
  if (typed.has(name)) return name
  const stem = name.replace(SUFFIX, '')
  return typed.has(stem) ? stem : name
}
