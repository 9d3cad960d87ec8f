/**
 * Reads one line of a Prometheus log: go-kit logfmt (2.x), slog text (3.x), the JSON of both, each with or without the time
 * that `kubectl logs --timestamps` puts in front, and what Go and the flag parser print on their own. Never throws, takes time
 * in proportion to the line, and reads no more than the first 32 KiB of one.
 */
import type {LogShape, Timestamp} from '../../evidence/types.ts'

export type LogLevel = LogShape['level']

export interface LogLine {
  /** The line's own `ts` or `time`, else the one kubectl put in front; null when there is none. */
  time: Timestamp | null
  level: LogLevel
  /** `msg`; the whole line when it is plain text. */
  message: string
  /** `component`: remote, scrape manager, tsdb, … */
  component: string | null
  /** `remote_name`, or `queue` on lines of the WAL watcher's start. */
  queue: string | null
  url: string | null
  /** `err`, or `error`, without the line feeds at its end. */
  error: string | null
  /** All pairs as written, the named ones too; empty for plain text. */
  fields: Readonly<Record<string, string>>
}

const MAX_LINE_LENGTH = 32_768
const MAX_FIELDS = 64

const KUBECTL_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?=\S)/
const LOGFMT_START = /^(?:ts|time|level|caller|source|msg|component)=/

export function parseLogLine(line: string): LogLine {
  const bounded = (line.length > MAX_LINE_LENGTH ? line.slice(0, MAX_LINE_LENGTH) : line).replace(/[\r\n]+$/, '')
  const prefix = KUBECTL_TIME.exec(bounded)
  const text = prefix ? bounded.slice(prefix[0].length) : bounded
  const kubectlTime = prefix ? toTimestamp(prefix[1] ?? '') : null
  const fields = text.startsWith('{') ? parseJson(text) : LOGFMT_START.test(text) ? parseLogfmt(text) : null
  return fields ? fromFields(fields, text, kubectlTime) : fromPlainText(text, kubectlTime)
}

function fromFields(fields: Record<string, string>, text: string, kubectlTime: Timestamp | null): LogLine {
  const error = fields.err ?? fields.error
  return {
    time: toTimestamp(fields.ts ?? fields.time ?? '') ?? kubectlTime,
    level: toLevel(fields.level ?? ''),
    message: fields.msg ?? text,
    component: fields.component ?? null,
    queue: fields.remote_name ?? fields.queue ?? null,
    url: fields.url ?? null,
    error: error === undefined ? null : error.replace(/\s+$/, ''),
    fields,
  }
}

/** Go's own words, the flag parser's and klog's; anything else in plain text has no level that could be known. */
function fromPlainText(text: string, time: Timestamp | null): LogLine {
  return {
    time,
    level: plainLevel(text),
    message: text,
    component: null,
    queue: null,
    url: null,
    error: null,
    fields: {},
  }
}

function plainLevel(text: string): LogLevel {
  const klog = /^([IWEF])\d{4} /.exec(text)?.[1]
  if (klog) return klog === 'I' ? 'info' : klog === 'W' ? 'warn' : 'error'
  const isError =
    /^(?:panic:|fatal error:|runtime: |prometheus\S*: error:|Error |error:)/.test(text) ||
    /^The following flag\(s\) can (?:not|only) be used in agent mode/.test(text)
  return isError ? 'error' : 'unknown'
}

const KLOG_TIME = /^[IWEF](?<month>\d\d)(?<day>\d\d) (?<clock>\d\d:\d\d:\d\d\.\d{3})\d* /

/**
 * Lines of the Kubernetes client (klog: `W1123 04:26:15.421691 12097 reflector.go:569] ...`) tell no year: it is that of `near`, a
 * time of the same log, or a neighbouring one. Their zone is that of the process, in containers UTC. Null for any other line.
 */
export function klogTime(line: string, near: Timestamp): Timestamp | null {
  const {month, day, clock} = KLOG_TIME.exec(line)?.groups ?? {}
  if (month === undefined || day === undefined || clock === undefined) return null
  const nearMs = Date.parse(near)
  const year = new Date(nearMs).getUTCFullYear()
  const [nearest] = [year - 1, year, year + 1]
    .map(candidate => toTimestamp(`${String(candidate).padStart(4, '0')}-${month}-${day}T${clock}Z`))
    .flatMap(time => time ?? [])
    .sort((a, b) => Math.abs(Date.parse(a) - nearMs) - Math.abs(Date.parse(b) - nearMs))
  return nearest ?? null
}

function toLevel(text: string): LogLevel {
  switch (text.toLowerCase()) {
    case 'debug':
      return 'debug'
    case 'info':
      return 'info'
    case 'warn':
    case 'warning':
      return 'warn'
    case 'error':
    case 'fatal':
    case 'panic':
      return 'error'
    default:
      return 'unknown'
  }
}

/** RFC 3339 in any zone, any number of digits -> UTC with milliseconds; null when it is not a time. */
function toTimestamp(text: string): Timestamp | null {
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return null
  const milliseconds = Date.parse(text)
  return Number.isNaN(milliseconds) ? null : new Date(milliseconds).toISOString()
}

function parseJson(text: string): Record<string, string> | null {
  try {
    const content: unknown = JSON.parse(text)
    if (typeof content !== 'object' || content === null || Array.isArray(content)) return null
    const fields: Record<string, string> = Object.create(null)
    for (const [name, value] of Object.entries(content).slice(0, MAX_FIELDS)) {
      fields[name] = typeof value === 'string' ? value : JSON.stringify(value) // overflows the stack on thousands of brackets
    }
    return 'msg' in fields || 'level' in fields ? fields : null
  } catch {
    return null
  }
}

/** `key=value key="quoted value"`; a bare word without `=` is passed over, the first of two equal keys wins. */
function parseLogfmt(text: string): Record<string, string> | null {
  const fields: Record<string, string> = Object.create(null)
  let count = 0
  for (let at = 0; at < text.length && count < MAX_FIELDS; ) {
    if (text[at] === ' ') {
      at++
      continue
    }
    const keyEnd = text[at] === '"' ? endOfQuoted(text, at) : endOfKey(text, at)
    const key = text[at] === '"' ? unquote(text.slice(at, keyEnd)) : text.slice(at, keyEnd)
    at = keyEnd
    if (text[at] !== '=') continue
    const start = at + 1
    let value: string
    if (text[start] === '"') {
      at = endOfQuoted(text, start)
      value = unquote(text.slice(start, at))
    } else {
      const blank = text.indexOf(' ', start)
      at = blank === -1 ? text.length : blank
      value = text.slice(start, at)
    }
    if (key !== '' && !(key in fields)) {
      fields[key] = value
      count++
    }
  }
  return 'msg' in fields || 'level' in fields ? fields : null
}

/** Always past `from`, so that the caller moves on. */
function endOfKey(text: string, from: number): number {
  let at = from
  if (text[at] === '=') return at + 1
  while (at < text.length && text[at] !== '=' && text[at] !== ' ') at++
  return at
}

/** Position after the closing quote; the end of the text when it is never closed. */
function endOfQuoted(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '"': '"',
  "'": "'",
  '\\': '\\',
}

/** Undoes Go's strconv.Quote; what is no escape stays as it is. A missing closing quote is forgiven. */
function unquote(quoted: string): string {
  const closed = quoted.length > 1 && quoted.endsWith('"')
  const text = quoted.slice(1, closed ? -1 : undefined)
  if (!text.includes('\\')) return text
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs,
    (whole, byte, short, long, letter) => {
      if (letter !== undefined) return SIMPLE_ESCAPES[letter as string] ?? whole
      const codePoint = Number.parseInt((byte ?? short ?? long) as string, 16)
      return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : whole
    },
  )
}
