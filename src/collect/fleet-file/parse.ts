/** The text of a fleet file, taken apart and checked; whatever is wrong with it is one sentence with its line and column. */
import {type Document, type ErrorCode, isMap, isNode, isScalar, LineCounter, type Node, parseDocument} from 'yaml'
import {UserError} from '../../errors.ts'
import {isNestedTooDeep} from '../../facts/config/yaml-depth.ts'
import type {Thresholds} from '../../facts/thresholds.ts'
import {nearest} from '../../nearest.ts'
import {cleanText, redact, redactKnownShapes} from '../redact.ts'
import {CARRIES_SECRET, type FleetContent, fleetSchema, KNOWN_KEYS} from './schema.ts'

export interface ParsedFleetFile {
  /** Names and globs; [] when it says none. */
  contexts: string[]
  /** What the flags --central-* say, by the same names. */
  central: NonNullable<FleetContent['central']> | null
  identityLabels: string[]
  /** null: it does not say which agents there should be. */
  expected: ExpectedEntry[] | null
  thresholds: Partial<Thresholds>
}

/** One agent, or any agent that fits; null and {} fit all. */
export interface ExpectedEntry {
  context: string | null
  namespace: string | null
  agent: string | null
  labels: Record<string, string>
}

type Path = readonly PropertyKey[]

/** What people write who have not read that secrets stay outside, and where they go. */
const SECRET_KEYS = new Map([
  ['password', 'passwordFile'],
  ['token', 'tokenFile'],
  ['bearerToken', 'tokenFile'],
  ['bearer_token', 'tokenFile'],
])

/** `name` is what the user calls the file. Throws UserError; its text never holds a value of the file that may be a secret. */
export function parseFleetFile(yaml: string, name: string): ParsedFleetFile {
  const lines = new LineCounter()
  const wrong = (at: number | null, message: string, hint: string | null = null) => {
    const place = at === null ? null : lines.linePos(at)
    const where = place === null ? '' : `, line ${place.line}, column ${place.col}`
    return new UserError(`${name}${where}: ${redact(cleanText(message, 400))}`, hint)
  }
  if (isNestedTooDeep(yaml)) throw wrong(null, 'it is nested deeper than any fleet file')
  // The failsafe schema keeps every scalar a text: label values of 1e3 or no stay what was written.
  const document = parseDocument(yaml, {
    schema: 'failsafe',
    lineCounter: lines,
    logLevel: 'error', // at 'silent' it passes over further documents
    prettyErrors: false,
  })
  const [error] = document.errors
  if (error) {
    const words = error.message.split('\n')[0] ?? ''
    throw wrong(error.pos[0], `not valid YAML: ${EXPECTED[error.code] ?? words}`)
  }
  const content = withoutEmpty(contentOf(document, wrong))
  const parsed = fleetSchema.safeParse(content)
  if (!parsed.success) {
    const issues = parsed.error.issues.map(issue => ({issue, at: placeOf(document, issue)}))
    const [first] = issues.sort((a, b) => (a.at ?? 0) - (b.at ?? 0))
    if (first) throw wrong(first.at, ...inWords(first.issue))
  }
  refuseSecrets(document, wrong)
  return fleetOf(parsed.success ? parsed.data : {})
}

/** What was expected there, in the words of somebody who writes such a file; other faults keep the words of the library. */
const EXPECTED: Partial<Record<ErrorCode, string>> = {
  BAD_INDENT:
    'it must stand below the start of what it belongs with: keys of one mapping, or entries of one list, begin in the same column',
  MULTILINE_IMPLICIT_KEY: 'a key and its ":" must stand on one line; is a ":", a quote or a bracket missing above?',
  TAB_AS_INDENT: 'lines are indented with spaces, not with tabs',
  MISSING_CHAR:
    'a quote, a bracket, a ":" or the space after it is missing here or above, or this line does not begin in the column of those that it belongs with',
  UNEXPECTED_TOKEN: 'a key with ":" and its value, or a list entry with "- ", was expected here',
}

type Wrong = (at: number | null, message: string, hint?: string | null) => UserError

function contentOf(document: Document, wrong: Wrong): unknown {
  try {
    return document.toJS({maxAliasCount: 100}) // beyond that the library takes it for a bomb
  } catch (error) {
    throw wrong(null, `not usable YAML: ${(error as Error).message}`)
  }
}

/** A key with nothing behind it, as when all entries are commented out, says nothing. */
function withoutEmpty(content: unknown): unknown {
  if (content === null || content === '') return {}
  if (typeof content !== 'object' || Array.isArray(content)) return content
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== '' && value !== null))
}

interface Issue {
  code?: string | undefined
  path: Path
  message: string
  expected?: string
  keys?: string[]
  issues?: readonly Issue[]
}

function inWords(issue: Issue): [message: string, hint: string | null] {
  const {code, path, message, expected, keys = []} = issue
  const [unknown] = keys
  if (code === 'unrecognized_keys' && unknown !== undefined) return unknownKey(path, unknown)
  const key = path.length === 0 ? 'the file' : pathWords(path)
  if (code === 'invalid_type') return [`${key} must be ${TYPES.get(expected ?? '') ?? expected}`, exampleOf(path)]
  // Of a record: the rule that its key breaks.
  const [ofKey] = issue.issues ?? []
  const said = ofKey?.message ?? message
  return [
    `${key} ${said}`,
    said === CARRIES_SECRET ? 'put it into a file, "Name: value" a line, and name that under headerFiles' : null,
  ]
}

const TYPES = new Map([
  ['array', 'a list'],
  ['object', 'a mapping'],
  ['record', 'a mapping'],
  ['string', 'a single text'],
])

const EXAMPLES = new Map([
  ['contexts', 'contexts: [cluster1, prod-*]'],
  ['identityLabels', 'identityLabels: [cluster]'],
  ['expected', 'expected: [{context: cluster2, agent: agent}]'],
  ['labels', 'labels: {cluster: cluster2}'],
  ['thresholds', 'thresholds: {lateSeconds: 5m}'],
  ['central', 'central: {url: https://mimir.example.com/prometheus}'],
  ['headers', 'headers: {X-Scope-OrgID: team-a}'],
])

function exampleOf(path: Path): string | null {
  const example = EXAMPLES.get(String(path.findLast(part => typeof part === 'string') ?? ''))
  return example === undefined ? null : `for example ${example}`
}

function unknownKey(path: Path, key: string): [message: string, hint: string | null] {
  const secret = SECRET_KEYS.get(key)
  if (secret !== undefined)
    return [
      `${key} has no place in a fleet file, which holds no secrets`,
      `put it into a file, and name that as ${secret}`,
    ]
  const known = KNOWN_KEYS.get(String(path[0] ?? '')) ?? []
  const near = nearest(key, known)
  const where = path.length === 0 ? '' : ` in ${pathWords(path)}`
  const all = path[0] === 'thresholds' ? 'docs/fleet-file.md lists them' : `there are ${known.join(', ')}`
  return [`"${key}" is not known${where}`, near === null ? all : `did you mean ${near}?`]
}

/** `expected[2].labels`, counted from 1 as people do. */
function pathWords(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part + 1}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('')
}

/** Where the value stands, or the key that is not known; null when it cannot be told. */
function placeOf(document: Document, {code, path, keys}: Issue): number | null {
  const [unknown] = keys ?? []
  if (code === 'unrecognized_keys' || code === 'invalid_key') {
    const key = unknown ?? path.at(-1)
    const map = nodeAt(document, unknown === undefined ? path.slice(0, -1) : path)
    const pair = isMap(map) ? map.items.find(item => isScalar(item.key) && item.key.value === key) : undefined
    if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? null
  }
  return nodeAt(document, path)?.range?.[0] ?? null
}

/** The node at the path, or the nearest one around it. */
function nodeAt(document: Document, path: Path): Node | null {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node)) return node
  }
  return null
}

/** Passwords in URLs, tokens and keys by their own shape, wherever they stand. */
function refuseSecrets(document: Document, wrong: Wrong): void {
  const open: unknown[] = [document.contents]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isScalar(node) && typeof node.value === 'string' && redactKnownShapes(node.value) !== node.value)
      throw wrong(
        node.range?.[0] ?? null,
        'this looks like a secret, and a fleet file holds none',
        'put it into a file, and name that as passwordFile, tokenFile or under headerFiles',
      )
    if (node !== null && typeof node === 'object' && 'items' in node && Array.isArray(node.items))
      open.push(...node.items)
    if (node !== null && typeof node === 'object' && 'key' in node && 'value' in node) open.push(node.key, node.value)
  }
}

function fleetOf(content: FleetContent): ParsedFleetFile {
  return {
    contexts: content.contexts ?? [],
    central: content.central ?? null,
    identityLabels: content.identityLabels ?? [],
    expected:
      content.expected?.map(({context = null, namespace = null, agent = null, labels = {}}) => {
        return {context, namespace, agent, labels}
      }) ?? null,
    thresholds: Object.fromEntries(Object.entries(content.thresholds ?? {}).filter(([, value]) => value !== undefined)),
  }
}
