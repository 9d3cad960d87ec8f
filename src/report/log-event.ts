/** One event of a followed log: a few lines on a terminal, one document on one line as JSON. */
import type {LogEvent} from '../diagnose/logs/watch.ts'
import {formatClockSeconds, formatSeconds, secondsOf} from '../units.ts'
import {kindGlyph, kindWords, saidWords} from './logs.ts'
import {createStyle, type TerminalOptions} from './style.ts'
import {clean, wrap} from './text.ts'

/** Ends in a line break. The remedy is told once for each kind: `showRemedy`. */
export function renderLogEvent(
  event: LogEvent,
  options: TerminalOptions & {showContext: boolean; showRemedy: boolean},
): string {
  const style = createStyle(options)
  const {at, context, namespace, pod, queue, remedy} = event
  const place = `${options.showContext ? `${clean(context)} ` : ''}${clean(namespace)}/${clean(pod)}`
  const where = queue === null ? place : `${place}, queue ${clean(queue)}`
  const clock = at === null ? '--:--:--' : formatClockSeconds(at)
  const head = `${clock} ${kindWords(event)}${backWords(event)}, ${where}`
  const lines = wrap(head, style.columns - 2).map(
    (line, index) => `${index === 0 ? kindGlyph(event, style) : ' '} ${line}`,
  )
  const more = [saidWords(event), ...(remedy === null || !options.showRemedy ? [] : [`do: ${remedy}`])]
  const indented = more.flatMap(text => wrap(clean(text), style.columns - 11)).map(line => `${' '.repeat(11)}${line}`)
  return `${[...lines, ...indented.map(line => style.faint(line))].join('\n')}\n`
}

export function renderLogEventJson(event: LogEvent): string {
  return `${JSON.stringify({schemaVersion: 1, ...event})}\n`
}

function backWords({event, at, lastSeen}: LogEvent): string {
  if (event === 'new' || at === null || lastSeen === null) return ''
  return ` again after ${formatSeconds(secondsOf(at) - secondsOf(lastSeen))}`
}
