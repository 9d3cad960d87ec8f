/** Log shapes of a fleet, grouped by what they say. Pure. */
import type {LogShape} from '../../evidence/types.ts'
import {OTHER_LINES} from '../../facts/log/shape-counter.ts'
import {recognise, type Signature} from '../../facts/log/signatures.ts'
import {logTemplate} from '../../facts/log/template.ts'
import type {Thresholds} from '../../facts/thresholds.ts'
import {secondsOf} from '../../units.ts'
import type {LogKind, LogMeaning, LogPlace} from './log-report.ts'

/** The shapes of one agent's log, and the moment that "now" is for them; null when it is not known. */
export interface ShapesOfAgent {
  place: Pick<LogPlace, 'context' | 'namespace' | 'pod' | 'container'>
  shapes: readonly LogShape[]
  endSeconds: number | null
  thresholds: Pick<Thresholds, 'currentErrorSeconds'>
}

/**
 * Prometheus prints a repeated remote-write line again a minute later at the earliest, and only when it happens again: lines
 * that are this far apart mean that it never stopped for long.
 */
const MOST_SECONDS_BETWEEN_REPEATS = 75

/** Ordinary lines are left out; so are lines of unknown level (wrapper scripts, stack traces) that no signature knows. */
export function groupLogs(agents: readonly ShapesOfAgent[]): LogKind[] {
  const kinds = new Map<string, LogKind>()
  for (const agent of agents) {
    for (const shape of agent.shapes) {
      const signature = recognise(shape)
      if (!isShown(shape, signature)) continue
      const key = kindKey(shape, signature)
      const kind = kinds.get(key) ?? newKind(shape, signature)
      kinds.set(key, kind)
      addTo(kind, agent, shape)
    }
  }
  for (const kind of kinds.values()) kind.places.sort((a, b) => (b.last ?? '').localeCompare(a.last ?? ''))
  return [...kinds.values()].sort(byUrgency)
}

export function isShown({level, message}: Pick<LogShape, 'level' | 'message'>, signature: Signature | null): boolean {
  if (signature) return signature.severity !== 'ordinary'
  return (level === 'warn' || level === 'error') && message !== OTHER_LINES
}

/** What is one kind: a signature, or the shape of the words where they matter. */
export function kindKey(
  {level, component, message, error}: Pick<LogShape, 'level' | 'component' | 'message' | 'error'>,
  signature: Signature | null,
): string {
  const words = [logTemplate(message), error === null ? '' : logTemplate(error)].join('\u0000')
  if (signature) return signature.apart ? `${signature.name}\u0000${words}` : signature.name
  return `\u0000${level}\u0000${component}\u0000${words}`
}

/** `title`: of a line that is not recognised. */
export function meaningOf(signature: Signature | null, title: string): LogMeaning {
  if (!signature || signature.severity === 'ordinary')
    return {signature: null, severity: 'warning', cause: null, title, meaning: null, remedy: null}
  const {name, severity, cause, meaning, remedy} = signature
  return {signature: name, severity, cause, title: signature.title, meaning, remedy}
}

function newKind(shape: LogShape, signature: Signature | null): LogKind {
  return {...meaningOf(signature, unknownTitle(shape)), level: shape.level, current: false, lines: 0, places: []}
}

/** The message itself; bounded, since plain text has no other. */
function unknownTitle({message}: LogShape): string {
  return message.length > 100 ? `${message.slice(0, 100)}…` : message
}

function addTo(kind: LogKind, agent: ShapesOfAgent, shape: LogShape): void {
  const {place: where} = agent
  const {queue, url, count, error, sample} = shape
  const current = isCurrent(shape, agent)
  kind.lines += count
  kind.current ||= current
  const known = kind.places.find(other => isSamePlace(other, {...where, queue}))
  // A clock that was set back makes a later line the earlier one.
  const times = [shape.first, shape.last, known?.first ?? null, known?.last ?? null]
    .filter(time => time !== null)
    .sort()
  const [first = null, last = null] = [times[0], times.at(-1)]
  const isNewest = !known || last === shape.last
  const place: LogPlace = {
    ...where,
    queue,
    url,
    first,
    last,
    lines: count + (known?.lines ?? 0),
    rate: 'lines',
    current: current || known?.current === true,
    ...(isNewest ? {error, sample} : {error: known.error, sample: known.sample}),
  }
  place.rate = rateOf(place, shape)
  if (known) Object.assign(known, place)
  else kind.places.push(place)
}

function isSamePlace(a: ShapesOfAgent['place'] & {queue: string | null}, b: typeof a): boolean {
  const parts = ['context', 'namespace', 'pod', 'container', 'queue'] as const
  return parts.every(part => a[part] === b[part])
}

function isCurrent({last}: LogShape, {endSeconds, thresholds}: ShapesOfAgent): boolean {
  return last !== null && endSeconds !== null && secondsOf(last) >= endSeconds - thresholds.currentErrorSeconds
}

function rateOf({first, last, lines}: LogPlace, {component}: LogShape): LogPlace['rate'] {
  if (component !== 'remote') return 'lines'
  if (first === null || last === null || lines < 2) return 'at-least-lines'
  const between = (secondsOf(last) - secondsOf(first)) / (lines - 1)
  return between <= MOST_SECONDS_BETWEEN_REPEATS ? 'at-least-once-a-minute' : 'at-least-lines'
}

const severities = ['error', 'warning', 'info'] as const

/** What holds now before what has ended, but remarks always last. */
function byUrgency(a: LogKind, b: LogKind): number {
  const rank = ({severity, current}: LogKind) =>
    severity === 'info' ? 9 : severities.indexOf(severity) + (current ? 0 : severities.length)
  return rank(a) - rank(b) || b.lines - a.lines || (a.title < b.title ? -1 : 1)
}
