import assert from 'node:assert/strict'
import fc from 'fast-check'
import {describe, it} from 'vitest'
import {stringify} from 'yaml'
import {parseFleetFile} from '../../../src/collect/fleet-file/parse.ts'
import {UserError} from '../../../src/errors.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import {fuzzTimeoutMs, holds, hostileText, UNSAFE} from '../../fuzz.ts'

const KEYS = [
  ...['contexts', 'central', 'identityLabels', 'expected', 'thresholds', 'url', 'token', 'headers', 'context', 'agent'],
  ...['labels', 'lateSeconds', 'failureRatio', '__proto__', 'constructor'],
]
const SCRAPS = [
  ...KEYS.map(key => `${key}: `),
  ...KEYS.map(key => `\n${key}:\n  `),
  ...[
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    ': ',
    ', ',
    '&a ',
    '*a',
    '"',
    "'",
    '|\n',
    '#',
    '? ',
    '!!str ',
    '---\n',
    '\t',
    'a',
    '5m',
  ],
]

/** Keys of a fleet file with whatever behind them. */
const shapes = fc.letrec<{any: unknown}>(tie => ({
  any: fc.oneof(
    {maxDepth: 4},
    fc.constantFrom('a', '', '5m', '0.5', 'true', 'http://user:word@host'),
    fc.string({maxLength: 6}),
    fc.integer(),
    fc.constant(null),
    fc.array(tie('any'), {maxLength: 3}),
    fc.dictionary(fc.constantFrom(...KEYS), tie('any'), {maxKeys: 4}),
  ),
})).any

function isReadOrRefused(yaml: string): void {
  try {
    const {thresholds, expected} = parseFleetFile(yaml, 'fleet file f')
    for (const [name, value] of Object.entries(thresholds)) {
      assert.ok(name in THRESHOLDS && value > 0, name)
    }
    for (const {labels, ...place} of expected ?? [])
      assert.ok(Object.keys(labels).length > 0 || Object.values(place).some(part => part !== null))
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    assert.doesNotMatch(`${error.message} ${error.hint}`, UNSAFE)
  }
}

/** A fleet file is its user's own; what others write is read a million times. */
const own = {most: {runs: 300_000, because: 'one input is a YAML document for a library'}}

describe('whatever stands in a fleet file', () => {
  it('is read, or refused in one clean sentence', {timeout: fuzzTimeoutMs}, async () => {
    await holds(hostileText(SCRAPS, 10), isReadOrRefused, own)
  })
  it('of whatever shape is read, or refused in one clean sentence', {timeout: fuzzTimeoutMs}, async () => {
    await holds(shapes, content => isReadOrRefused(stringify(content)), own)
  })
})
