/**
 * Reads Prometheus text exposition 0.0.4, and OpenMetrics 1.0 as far as samples go: exemplars and timestamps are read over.
 * Bad input is normal: a line that is not a sample is counted and left out, nothing throws, and time grows with length only.
 * Absent is null: a series that Prometheus has not registered yet is not zero.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  labels: Labels
  /** NaN, Infinity and -Infinity as exposed: an idle summary's quantiles are NaN. */
  value: number
}

export interface Exposition {
  /** By sample name (`x_bucket`, not `x`), in the order of the text. A series exposed twice keeps its last value. */
  series: ReadonlyMap<string, readonly Sample[]>
  /** `# TYPE` by family name, as written. */
  types: ReadonlyMap<string, string>
  /** Lines left out because they are neither sample nor comment. */
  malformedLines: number
  /** The first of them, at most 200 characters; null when all lines could be read. */
  firstMalformedLine: string | null
  /** Series that appeared more than once. */
  duplicateSeries: number
  /**
   * True when the text ends in the middle of a line. Its last line is still read if it reads as a sample, since some exporters
   * forget the final line feed; Prometheus itself never does, so for an agent this means a body cut off.
   */
  unterminated: boolean
}

const MALFORMED_EXCERPT_LENGTH = 200

/** Parses a whole exposition. Never throws; text that is something else (HTML) gives no series and many malformed lines. */
export function parseExposition(text: string): Exposition {
  const series = new Map<string, Sample[]>()
  const seen = new Map<string, Map<string, number>>()
  const types = new Map<string, string>()
  let malformedLines = 0
  let firstMalformedLine: string | null = null
  let duplicateSeries = 0

  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(start, end).trim()
    start = end + 1
    if (line === '') continue
    if (line.startsWith('#')) {
      const type = parseType(line)
      if (type) types.set(type.family, type.type)
      continue
    }
    const parsed = parseSampleLine(line)
    if (!parsed) {
      malformedLines++
      firstMalformedLine ??= line.slice(0, MALFORMED_EXCERPT_LENGTH)
      continue
    }
    const samples = getOrSet(series, parsed.name, () => [])
    const positions = getOrSet(seen, parsed.name, () => new Map<string, number>())
    const key = seriesKey(parsed.labels)
    const position = positions.get(key)
    const sample = {labels: parsed.labels, value: parsed.value}
    if (position === undefined) {
      positions.set(key, samples.length)
      samples.push(sample)
    } else {
      duplicateSeries++
      samples[position] = sample
    }
  }
  const unterminated = text.length > 0 && !text.endsWith('\n') && !/(?:^|\n)# EOF\s*$/.test(text.slice(-16))
  return {series, types, malformedLines, firstMalformedLine, duplicateSeries, unterminated}
}

/** All series of one name, in the order exposed; empty when there are none. */
export function samples(exposition: Exposition, name: string): readonly Sample[] {
  return exposition.series.get(name) ?? []
}

/** The value of the first series that carries these labels (others may be there too); null when there is none. */
export function sample(exposition: Exposition, name: string, labels: Labels = {}): number | null {
  for (const candidate of samples(exposition, name)) {
    if (carries(candidate.labels, labels)) return candidate.value
  }
  return null
}

/** The sum over all series that carry these labels; null when there is none. NaN values are left out. */
export function sum(exposition: Exposition, name: string, labels: Labels = {}): number | null {
  let total: number | null = null
  for (const candidate of samples(exposition, name)) {
    if (carries(candidate.labels, labels) && !Number.isNaN(candidate.value)) total = (total ?? 0) + candidate.value
  }
  return total
}

/** True when at least one series of this name was exposed. */
export function has(exposition: Exposition, name: string): boolean {
  return exposition.series.has(name)
}

function carries(labels: Labels, wanted: Labels): boolean {
  for (const name in wanted) if (labels[name] !== wanted[name]) return false
  return true
}

function parseType(line: string): {family: string; type: string} | null {
  const match = /^#[ \t]+TYPE[ \t]+(?:"((?:[^"\\]|\\.)*)"|(\S+))[ \t]+(\S+)/.exec(line)
  if (!match) return null
  return {family: match[2] ?? unescapeLabel(match[1] ?? ''), type: (match[3] ?? '').toLowerCase()}
}

interface SampleLine {
  name: string
  labels: Labels
  value: number
}

/** `name{label="value",…} value [timestamp] [# exemplar]`; the name may stand quoted inside the braces (Prometheus 3). */
function parseSampleLine(line: string): SampleLine | null {
  const nameEnd = endOfName(line)
  let name = line.slice(0, nameEnd)
  let at = skipBlanks(line, nameEnd)
  // No prototype: `__proto__` is a label name that a hostile target may choose.
  const labels: Record<string, string> = Object.create(null)
  if (line[at] === '{') {
    at = skipBlanks(line, at + 1)
    while (line[at] !== '}') {
      let labelName: string
      const quoted = line[at] === '"'
      const keyEnd = quoted ? closingQuote(line, at) : endOfName(line, at)
      if (keyEnd === -1 || keyEnd === at) return null
      labelName = quoted ? unescapeLabel(line.slice(at + 1, keyEnd)) : line.slice(at, keyEnd)
      at = skipBlanks(line, quoted ? keyEnd + 1 : keyEnd)
      if (line[at] === '=') {
        at = skipBlanks(line, at + 1)
        if (line[at] !== '"') return null
        const valueEnd = closingQuote(line, at)
        if (valueEnd === -1) return null
        labels[labelName] = unescapeLabel(line.slice(at + 1, valueEnd))
        at = skipBlanks(line, valueEnd + 1)
      } else {
        if (!quoted || name !== '') return null
        name = labelName
      }
      if (line[at] === ',') at = skipBlanks(line, at + 1)
      else if (line[at] !== '}') return null
    }
    at = skipBlanks(line, at + 1)
  } else if (at === nameEnd) return null
  if (name === '') return null
  const value = parseValueAndRest(line.slice(at))
  return value === null ? null : {name, labels, value}
}

/** The value; what follows must be a timestamp, an exemplar, or both. */
function parseValueAndRest(text: string): number | null {
  if (PLAIN_NUMBER.test(text)) return Number(text) // nearly all of them
  const match = /^(\S+)(?:[ \t]+(\S+))?(?:[ \t]+#.*)?$/.exec(text)
  if (!match) return null
  const [, value, timestamp] = match
  if (timestamp !== undefined && timestamp !== '#' && parseNumber(timestamp) === null) return null
  return parseNumber(value ?? '')
}

const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** Go's strconv.ParseFloat, but for hexadecimal floats; null when it is not a number. */
function parseNumber(text: string): number | null {
  if (PLAIN_NUMBER.test(text)) return Number(text)
  switch (text.toLowerCase()) {
    case 'nan':
      return Number.NaN
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Number.POSITIVE_INFINITY
    case '-inf':
    case '-infinity':
      return Number.NEGATIVE_INFINITY
    default:
      return null
  }
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y

function endOfName(line: string, from = 0): number {
  NAME.lastIndex = from
  return NAME.test(line) ? NAME.lastIndex : from
}

function skipBlanks(line: string, from: number): number {
  let at = from
  while (line[at] === ' ' || line[at] === '\t') at++
  return at
}

/** Position of the quote that ends the string opened at `open`; -1 when it is never closed. */
function closingQuote(line: string, open: number): number {
  for (let quote = line.indexOf('"', open + 1); quote !== -1; quote = line.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (line[quote - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return quote
  }
  return -1
}

function unescapeLabel(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(.)/gs, (whole, character: string) => {
    if (character === 'n') return '\n'
    return character === '\\' || character === '"' ? character : whole
  })
}

/** The order of labels is free, so two lines are the same series when their sorted labels are. */
function seriesKey(labels: Labels): string {
  const names = Object.keys(labels)
  if (names.length > 1) names.sort()
  let key = ''
  for (const name of names) key += `${name}\u0000${labels[name]}\u0000`
  return key
}

function getOrSet<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = create()
    map.set(key, value)
  }
  return value
}
