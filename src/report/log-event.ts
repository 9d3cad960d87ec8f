/** One event of a followed log: a few lines on a terminal, one document on one line as JSON. */
import type {LogEvent} from '../diagnose/logs/watch.ts'
import {formatClockSeconds, formatNumberOf, formatSeconds, secondsOf} from '../units.ts'
import {kindGlyph, kindWords, saidWords} from './logs.ts'
import {createStyle, type Style, type TerminalOptions} from './style.ts'
import {clean, wrap} from './text.ts'

/** Ends in a line break. The remedy is told once for each kind: `showRemedy`. */
export function renderLogEvent(
  event: LogEvent,
  options: TerminalOptions & {showContext: boolean; showRemedy: boolean},
): string {
  const style = createStyle(options)
  const {queue, remedy} = event
  const place = placeOf(event, options)
  const where = queue === null ? place : `${place}, queue ${clean(queue)}`
  const lines = headLines(event, `${kindWords(event)}${backWords(event)}, ${where}`, style)
  const more = [saidWords(event), ...(remedy === null || !options.showRemedy ? [] : [`do: ${remedy}`])]
  const indented = more.flatMap(text => wrap(clean(text), style.columns - 11)).map(line => `${' '.repeat(11)}${line}`)
  return `${[...lines, ...indented.map(line => style.faint(line))].join('\n')}\n`
}

/** Agents that say the same as another that was told before, at least one. Ends in a line break. */
export function renderAlike(
  first: LogEvent,
  others: readonly LogEvent[],
  options: TerminalOptions & {showContext: boolean},
): string {
  const style = createStyle(options)
  const places = [...new Set(others.map(event => placeOf(event, options)))]
  const named = places.slice(0, options.verbose ? places.length : mostNamed)
  const rest = places.length - named.length
  const more = rest > 0 ? ` and ${formatNumberOf(rest, 'more agent')} (-v names them)` : ''
  return `${headLines(first, `${kindWords(first)}, the same of ${named.join(', ')}${more}`, style).join('\n')}\n`
}

const mostNamed = 4

function placeOf({context, namespace, pod}: LogEvent, {showContext}: {showContext: boolean}): string {
  return `${showContext ? `${clean(context)} ` : ''}${clean(namespace)}/${clean(pod)}`
}

function headLines(event: LogEvent, words: string, style: Style): string[] {
  const clock = event.at === null ? '--:--:--' : formatClockSeconds(event.at)
  return wrap(`${clock} ${words}`, style.columns - 2).map(
    (line, index) => `${index === 0 ? kindGlyph(event, style) : ' '} ${line}`,
  )
}

export function renderLogEventJson(event: LogEvent): string {
  return `${JSON.stringify({schemaVersion: 1, ...event})}\n`
}

function backWords({event, at, lastSeen}: LogEvent): string {
  if (event === 'new' || at === null || lastSeen === null) return ''
  return ` again after ${formatSeconds(secondsOf(at) - secondsOf(lastSeen))}`
}
