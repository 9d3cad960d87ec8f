/** Tells cheaply that two log lines are of one shape, without taking either apart. */

/** Values that are part of a shape as they stand, wherever they seem to be; an unclosed quote goes on to the end. */
const PLAIN_VALUES = /(?:component|remote_name|queue|url)"?[=:](?=\s*("(?:[^"\\]|\\.)*"?|\S*))/g
const STATUSES = /HTTP status \d{3}/g
/** As it stands after the time: logfmt of either order, and the JSON of both. */
const START = /^(?:(?:caller|source|level|component|msg)=|\{?"(?:level|caller)":)/
/** Escapes that hide characters behind digits: a mask would make them alike. */
const NUMBERED_ESCAPE = /\\[xuU]/
const DIGITS = /\d/g

/**
 * Lines with the same key have the same shape, since templates (log-template.ts) look at where digits stand and never at which they
 * are; the reverse does not hold. `line` is without its times; null where only parsing can tell.
 */
export function logLineKey(line: string): string | null {
  if (!START.test(line) || NUMBERED_ESCAPE.test(line)) return null
  const parts = [line.replace(DIGITS, '0')]
  PLAIN_VALUES.lastIndex = 0
  for (let found = PLAIN_VALUES.exec(line); found !== null; found = PLAIN_VALUES.exec(line)) parts.push(found[1] ?? '')
  if (line.includes('HTTP status')) parts.push(...(line.match(STATUSES) ?? []))
  return parts.join('\n')
}
