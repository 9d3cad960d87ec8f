/** The last look at a bundle before it is written: whatever redacting would still change is a secret that it has missed. Pure. */
import type {Bundle} from '../../evidence/fleet.ts'
import {isUnmistakable} from '../own-credentials.ts'
import {isSecretName, keepValue, redact, redactConfig, redactKnownShapes} from '../redact.ts'

export interface FoundSecret {
  path: PropertyKey[]
  what: string
}

/** The first text or key with a secret, null when there is none. `credentials` are looked for word by word. */
export function findSecret(bundle: Bundle, credentials: readonly string[]): FoundSecret | null {
  const literals = credentials.filter(isUnmistakable)
  const path: PropertyKey[] = []
  const isMaskedLine = remembering(text => redact(text) === text)

  function look(value: unknown, isMasked: (text: string) => boolean): FoundSecret | null {
    if (typeof value === 'string') {
      if (literals.some(literal => value.includes(literal))) return {path: [...path], what: 'a credential of this run'}
      return isMasked(value) ? null : {path: [...path], what: 'a secret'}
    }
    if (typeof value !== 'object' || value === null) return null
    for (const [key, inner] of Object.entries(value)) {
      path.push(Array.isArray(value) ? Number(key) : key)
      const keyHit = Array.isArray(value) ? null : look(key, isMaskedLine)
      const found = keyHit ?? look(inner, ruleAt(path) ?? isMasked)
      if (found !== null) return found
      path.pop()
    }
    return null
  }

  return look(bundle, isMaskedLine)
}

const MOST_REMEMBERED = 200_000

/** Labels of targets and names of metrics repeat thousands of times, and each look costs a hundred times what remembering it does. */
function remembering(isMasked: (text: string) => boolean): (text: string) => boolean {
  const masked = new Set<string>()
  return text => {
    if (masked.has(text)) return true
    if (!isMasked(text)) return false
    if (text.length <= 300 && masked.size < MOST_REMEMBERED) masked.add(text)
    return true
  }
}

/** Each text by the rule it was redacted with when it was collected; null: by that of what it is in. */
function ruleAt(path: readonly PropertyKey[]): ((text: string) => boolean) | null {
  if (path.at(-2) === 'config' && path.at(-1) === 'value') return isMaskedConfig
  if (path.at(-4) === 'scrapes' && path.at(-1) === 'text') return isMaskedExposition
  if (['flags', 'buildInfo', 'runtimeInfo'].includes(String(path.at(-3)))) {
    return text => isMaskedUnder(String(path.at(-1)), text)
  }
  // The part before a colon is no key there.
  if (path.at(-1) === 'families' && path.at(-4) === 'scrapes') return isMaskedExposition
  // By the label's name, as the fields above by theirs.
  if (path.at(-2) === 'labels' && path.at(-4) === 'sets' && isSecretName(String(path.at(-1))))
    return text => isMaskedUnder(String(path.at(-1)), text)
  // What the user typed, and names that kubectl takes only as they are.
  if (path.at(-1) === 'options' || (path.at(-3) === 'contexts' && path.at(-1) === 'name')) return () => true
  return null
}

const isMaskedUnder = (name: string, text: string) => keepValue(name, text, Number.POSITIVE_INFINITY) === text
const isMaskedExposition = (text: string) => redactKnownShapes(text) === text
const isMaskedConfig = (text: string) => redactConfig(text) === `${withoutEmptyLines(text)}\n` // it drops them, too

function withoutEmptyLines(text: string): string {
  return text
    .split('\n')
    .filter(line => /\S/.test(line))
    .join('\n')
}
