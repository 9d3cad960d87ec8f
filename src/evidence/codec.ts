/** A bundle to text and back: one JSON document, checked value by value on the way in. Pure. */
import type {Bundle} from './fleet.ts'
import {bundleSchema} from './schema.ts'

const evidenceSchemaVersion = 1

/** What is wrong with a document that is no bundle of this version, in words that hold nothing of its text but key names. */
export class BundleError extends Error {
  override name = 'BundleError'
  /** Of the first wrong value, '' for the document as a whole: contexts[0].agents[1].pod. Not cleaned: keys are anybody's. */
  readonly path: string
  constructor(path: string, message: string) {
    super(message)
    this.path = path
  }
}

export function encodeBundle(bundle: Bundle): string {
  return JSON.stringify(bundle)
}

/** Throws BundleError. Strings are as they came: whoever shows them has to clean them. */
export function decodeBundle(text: string): Bundle {
  const document = parse(text)
  checkHeader(document)
  checkKeys(document)
  const result = bundleSchema.safeParse(document)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = issue?.path ?? []
  const expected =
    issue?.code === 'invalid_type' ? ` where ${withArticle(issue.expected)} belongs` : ', which it cannot be'
  throw new BundleError(pathText(path), `is ${kindOf(valueAt(document, path))}${expected}`)
}

function parse(text: string): unknown {
  if (hasMoreValuesThan(MAX_VALUES, text)) throw new BundleError('', `holds more than ${MAX_VALUES} values`)
  try {
    return JSON.parse(text)
  } catch {
    throw new BundleError('', 'is not valid JSON, or only a part of it')
  }
}

/** A thousand agents have three million; as many empty objects as fit into a file would not fit into memory. */
const MAX_VALUES = 10_000_000

/** Counts what opens or separates values, outside of strings. */
function hasMoreValuesThan(limit: number, text: string): boolean {
  let count = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfString(text, at)
      if (at === -1) return false // a string without an end: JSON.parse will say so
    } else if (code === COMMA || code === BRACKET || code === BRACE) {
      count += 1
      if (count > limit) return true
    }
  }
  return false
}

const QUOTE = 0x22
const COMMA = 0x2c
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const BRACE = 0x7b

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return -1
}

/** Says what else the document may be before the schema finds fault with each of its values. */
function checkHeader(document: unknown): void {
  if (!isRecord(document)) throw new BundleError('', `is ${kindOf(document)} in JSON, not a bundle`)
  const {manifest} = document
  if (!isRecord(manifest)) {
    const isReport = Array.isArray(document.findings) && isRecord(document.summary)
    throw new BundleError(
      '',
      isReport ? 'is a report, not a bundle: it holds conclusions, no evidence' : 'has no manifest',
    )
  }
  if (!isRecord(manifest.tool) || manifest.tool.name !== 'promfleet') {
    throw new BundleError('manifest.tool.name', 'is not promfleet: another tool wrote this')
  }
  const {schemaVersion} = manifest
  if (typeof schemaVersion === 'number' && schemaVersion !== evidenceSchemaVersion) {
    const advice = schemaVersion > evidenceSchemaVersion ? ': a newer promfleet wrote this' : ''
    throw new BundleError(
      'manifest.schemaVersion',
      `is ${schemaVersion}, and this promfleet reads ${evidenceSchemaVersion}${advice}`,
    )
  }
}

/** `__proto__` is a key like any other to JSON.parse, and a trap for whatever copies the object later. No recursion: depth is anybody's. */
function checkKeys(document: unknown): void {
  const open: {value: unknown; path: (string | number)[]}[] = [{value: document, path: []}]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const {value, path} = next
    if (typeof value !== 'object' || value === null) continue
    if (path.length > MAX_DEPTH) throw new BundleError(pathText(path.slice(0, 3)), `is nested deeper than ${MAX_DEPTH}`)
    if (Object.hasOwn(value, '__proto__')) throw new BundleError(pathText(path), 'has a key __proto__')
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'object' && inner !== null) {
        open.push({value: inner, path: [...path, Array.isArray(value) ? Number(key) : key]})
      }
    }
  }
}

/** Three times as deep as evidence goes. */
const MAX_DEPTH = 40

/** contexts[0].agents[1].podStatus.labels["a b"] */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`
      const name = String(key)
      if (!/^[\w-]{1,100}$/.test(name)) return `[${JSON.stringify(name.slice(0, 100))}]`
      return index === 0 ? name : `.${name}`
    })
    .join('')
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    document,
  )
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return withArticle(typeof value === 'object' ? 'object' : typeof value)
}

function withArticle(kind: string): string {
  return kind === 'array' ? 'a list' : `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
