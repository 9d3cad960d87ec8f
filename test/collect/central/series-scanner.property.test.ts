import assert from 'node:assert/strict'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {scanJsonArray} from '../../../src/collect/agent/json-array-scanner.ts'
import {scanSeries} from '../../../src/collect/central/series-scanner.ts'
import {fuzzTimeoutMs, holds} from '../../fuzz.ts'

/** What stands between two series, as a text of somebody's. */
const between = '},{"metric":{'
const text = fc.oneof(
  fc.string({unit: 'binary', maxLength: 20}),
  fc.constantFrom(between, `${between}"`, `"${between}`),
)
const aSeries = fc.record({
  metric: fc.dictionary(text, text, {maxKeys: 4, noNullPrototype: true}),
  value: fc.tuple(fc.nat(), fc.nat().map(String)),
})

function read(document: Buffer, cuts: readonly number[]) {
  const given: unknown[] = []
  const scanner = scanSeries(series => given.push(series))
  let from = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    scanner.push(document.subarray(from, Math.max(from, cut)))
    from = Math.max(from, cut)
  }
  scanner.push(document.subarray(from))
  return {isComplete: scanner.end(), given, tail: scanner.tail()}
}

/** By the scanner of any JSON. */
function readByteByByte(document: Buffer) {
  const given: unknown[] = []
  const scanner = scanJsonArray('result', json => {
    try {
      given.push(JSON.parse(json))
    } catch {
      given.push(undefined)
    }
  })
  scanner.push(document)
  return {isComplete: scanner.isComplete(), given}
}

const answerOf = (result: unknown[], rest: object = {}) =>
  JSON.stringify({status: 'success', data: {resultType: 'vector', result}, ...rest})

const manySeries = (count: number) =>
  Array.from({length: count}, (_, index) => ({metric: {cluster: `c${index}`, ö: between}, value: [1, `${index}`]}))

describe('an answer of a query API', () => {
  it('gives what the scanner of any JSON gives, wherever it is cut', {timeout: fuzzTimeoutMs}, () =>
    holds(
      fc.tuple(
        fc.array(aSeries, {maxLength: 6}),
        fc.array(text, {maxLength: 2}),
        fc.array(fc.nat(3000), {maxLength: 6}),
        fc.boolean(),
      ),
      ([result, warnings, cuts, isSpaced]) => {
        const document = answerOf(result, {warnings})
        const spaced = isSpaced ? JSON.stringify(JSON.parse(document), null, 1) : document
        const bytes = Buffer.from(spaced)
        const {given, isComplete} = read(
          bytes,
          cuts.map(cut => cut % (bytes.length + 1)),
        )
        assert.deepEqual({given, isComplete}, readByteByByte(bytes))
        assert.equal(given.length, result.length)
      },
    ),
  )

  it('that is broken somewhere is read as the scanner of any JSON reads it', {timeout: fuzzTimeoutMs}, () =>
    holds(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('', '{', '}', '"', ',', ']', '[', 'x')), ([at, length, put]) => {
      const whole = answerOf(manySeries(5), {warnings: ['w']})
      const from = at % whole.length
      const bytes = Buffer.from(whole.slice(0, from) + put + whole.slice(from + (length % 4)))
      const {given, isComplete} = read(bytes, [])
      const expected = readByteByByte(bytes)
      assert.equal(isComplete, expected.isComplete)
      // Of half an answer nothing is kept.
      if (isComplete) assert.deepEqual(given, expected.given)
    }),
  )

  it('of megabytes gives each series once, whatever the size of its pieces', () => {
    const result = manySeries(10_000)
    const bytes = Buffer.from(answerOf(result))
    for (const size of [1000, 16_384, 200_000, bytes.length]) {
      const cuts = Array.from({length: Math.ceil(bytes.length / size)}, (_, index) => index * size)
      const {given, isComplete} = read(bytes, cuts)
      expect(isComplete).toBe(true)
      assert.deepEqual(given, result)
    }
  })

  it('with a series of two megabytes in its midst gives the others, and that one', () => {
    const long = {metric: {cluster: 'long'}, values: Array.from({length: 100_000}, (_, index) => [index, `${index}.5`])}
    const result = [...manySeries(3), long, ...manySeries(3)]
    const {given, isComplete} = read(Buffer.from(answerOf(result)), [])
    expect(isComplete).toBe(true)
    expect(given).toEqual(result)
  })

  it('has what follows the series at its end', () => {
    const {tail} = read(Buffer.from(answerOf(manySeries(5), {warnings: [between]})), [150])
    expect(tail).toBe(`},"warnings":[${JSON.stringify(between)}]}`)
  })
})
