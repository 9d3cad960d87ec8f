import assert from 'node:assert/strict'
import fc from 'fast-check'
import {expect, it} from 'vitest'
import {readResult, readSample} from '../../../src/collect/central/query-answer.ts'
import type {InstantSample} from '../../../src/collect/central/query-api.ts'
import {fuzzTimeoutMs, holds} from '../../fuzz.ts'

const series = fc.record({
  metric: fc.dictionary(fc.string({unit: 'binary', maxLength: 12}), fc.string({unit: 'binary', maxLength: 30}), {
    maxKeys: 5,
    noNullPrototype: true,
  }),
  value: fc.tuple(
    fc.double({noNaN: true, noDefaultInfinity: true}),
    fc.double({noNaN: true, noDefaultInfinity: true}).map(String),
  ),
})

function read(text: Buffer, cuts: readonly number[]) {
  const samples: InstantSample[] = []
  const reader = readResult(given => {
    const sample = readSample(given)
    if (sample !== null) samples.push(sample)
  })
  let from = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    reader.onChunk(text.subarray(from, cut))
    from = Math.max(from, cut)
  }
  reader.onChunk(text.subarray(from))
  return {
    samples,
    end: reader.end({status: 200, headers: {}, body: Buffer.alloc(0), durationSeconds: 0}, 'the central'),
  }
}

it('gives every series with its labels, wherever the network cuts the answer', {timeout: fuzzTimeoutMs}, () =>
  holds(
    fc.tuple(
      fc.array(series, {maxLength: 4}),
      fc.array(fc.string({unit: 'binary', maxLength: 20}), {maxLength: 3}),
      fc.array(fc.nat(2000), {maxLength: 10}),
    ),
    ([result, warnings, cuts]) => {
      const text = Buffer.from(JSON.stringify({status: 'success', data: {resultType: 'vector', result}, warnings}))
      const {samples, end} = read(
        text,
        cuts.map(cut => cut % (text.length + 1)),
      )
      assert.deepEqual(
        samples.map(({labels}) => ({...labels})),
        result.map(({metric}) => ({...metric})),
      )
      assert.deepEqual(
        samples.map(({value}) => value),
        result.map(({value}) => Number(value[1])),
      )
      assert.ok('warnings' in end && end.warnings.length === warnings.length)
    },
  ),
)

it('takes anything else for a failure with a sentence, and never throws', {timeout: fuzzTimeoutMs}, () =>
  holds(fc.tuple(fc.string({unit: 'binary'}), fc.boolean()), ([text, isCut]) => {
    const whole = '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}}'
    const body = Buffer.from(isCut ? whole.slice(0, text.length % whole.length) : text)
    const {end} = read(body, [])
    assert.ok('ok' in end && !end.ok)
    assert.match(end.detail, /^the central /)
  }),
)

it('stops reading at 256 MB', () => {
  const reader = readResult(() => undefined)
  const blank = Buffer.alloc(2 ** 20, ' ')
  let pushed = 0
  while (reader.onChunk(blank) === 'more') pushed += 1
  expect(pushed).toBe(256)
  expect(reader.end({status: 200, headers: {}, body: Buffer.alloc(0), durationSeconds: 0}, 'x')).toMatchObject({
    reason: 'malformed',
  })
})
