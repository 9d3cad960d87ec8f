import assert from 'node:assert/strict'
import fc from 'fast-check'
import {describe, it} from 'vitest'
import {runChecks} from '../../../src/checks/run.ts'
import {encodeWithoutSecrets, makeBundle, readBundleText} from '../../../src/collect/bundle/bundle.ts'
import {diagnose} from '../../../src/diagnose/diagnose.ts'
import {UserError} from '../../../src/errors.ts'
import type {FleetEvidence} from '../../../src/evidence/fleet.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {renderJson} from '../../../src/report/json.ts'
import {renderTerminal} from '../../../src/report/terminal.ts'
import {aFleet, anAgent} from '../../builders/evidence.ts'
import {fuzzTimeoutMs, holds, NASTY, UNSAFE} from '../../fuzz.ts'

const documentOf = (evidence: FleetEvidence) => encodeWithoutSecrets(makeBundle(evidence), [])
const evidence = aFleet({agents: [anAgent({log: [{}], walLines: ['x']})]})
const whole: unknown = JSON.parse(documentOf(evidence))

function reports(taken: FleetEvidence): string[] {
  const facts = readFacts(taken)
  const report = diagnose(facts, runChecks(facts), {failOn: 'error'})
  return [renderJson(report), renderTerminal(report, {columns: 100, colour: false, unicode: true, verbose: true})]
}

/** Null where it was refused with a sentence for the user; any other error is one of the reader's. */
function read(text: string): FleetEvidence | null {
  try {
    return readBundleText(text, 'bundle "x"')
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    assert.doesNotMatch(error.message, UNSAFE)
    assert.ok(!error.message.includes('\n'))
    return null
  }
}

/** A whole bundle goes through all of promfleet for each. */
const judged = {most: {runs: 100_000, because: 'one input is a whole bundle, read, judged and printed in two forms'}}
const anything = fc.oneof(
  fc.jsonValue({maxDepth: 2}),
  fc.constantFrom(-1, 1e21, 1e308, '', 'NaN', '9999-12-31T23:59:59.999Z', '0001-01-01T00:00:00Z', [], {}, null),
  fc.constantFrom(...NASTY),
  fc.string({unit: 'binary'}),
)

describe('any bundle', {timeout: fuzzTimeoutMs}, () => {
  it('with any value in any place is judged or refused', () => {
    const changes = fc.array(fc.tuple(fc.constantFrom(...pathsOf(whole)), anything), {minLength: 1, maxLength: 3})
    return holds(
      changes,
      given => {
        const document = structuredClone(whole)
        for (const [path, value] of given) {
          const parent = path
            .slice(0, -1)
            .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document)
          // A copy: a later change may be one inside of it.
          if (typeof parent === 'object' && parent !== null) Reflect.set(parent, path.at(-1)!, structuredClone(value))
        }
        const taken = read(JSON.stringify(document))
        for (const report of taken === null ? [] : reports(taken)) assert.doesNotMatch(report, UNSAFE)
      },
      judged,
    )
  })

  it('whose text was cut, doubled or overwritten anywhere is read or refused', () => {
    const text = documentOf(aFleet({agents: [anAgent()]}))
    const edit = fc.tuple(
      fc.nat(text.length),
      fc.nat(30),
      fc.oneof(
        fc.constantFrom(...NASTY, '{', '}', '[', ']', ',', '"', '\\', '1e999', '"__proto__":{},'),
        fc.string({maxLength: 5}),
      ),
    )
    return holds(
      fc.array(edit, {minLength: 1, maxLength: 4}),
      edits => {
        read(edits.reduce((at, [start, length, by]) => at.slice(0, start) + by + at.slice(start + length), text))
      },
      {most: {runs: 400_000, because: 'one input is the text of a whole bundle'}},
    )
  })

  it('whose every text is hostile is judged, and is none of it on the terminal', () => {
    const places = pathsOf(whole).filter(path => typeof valueAt(whole, path) === 'string' && path[0] === 'evidence')
    const hostile = fc
      .array(
        fc.oneof(
          fc.constantFrom(...NASTY, '\u001b[31m', '\u2066', '\n', 'x'),
          fc.string({unit: 'binary', maxLength: 4}),
        ),
        {minLength: 1, maxLength: 5},
      )
      .map(parts => parts.join(''))
    return holds(
      fc.tuple(fc.subarray(places, {minLength: 1}), hostile),
      ([chosen, text]) => {
        const document = structuredClone(whole)
        for (const path of chosen) {
          const before = valueAt(document, path) as string
          Reflect.set(valueAt(document, path.slice(0, -1)) as object, path.at(-1)!, before + text)
        }
        const taken = read(JSON.stringify(document))
        for (const report of taken === null ? [] : reports(taken)) assert.doesNotMatch(report, UNSAFE)
      },
      judged,
    )
  })
})

function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document)
}

/** Every place in a document, as a list of keys. */
function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = [...path, Array.isArray(value) ? Number(key) : key]
    return [own, ...pathsOf(inner, own)]
  })
}
