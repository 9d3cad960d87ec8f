import assert from 'node:assert/strict'
import fc from 'fast-check'
import protobuf from 'protobufjs/minimal.js'
import {uncompress} from 'snappyjs'
import {expect, it} from 'vitest'
import {encodeWriteRequest, type WriteSeries} from '../../../src/collect/remote-write/write-request.ts'
import {fuzzTimeoutMs, holds} from '../../fuzz.ts'

/** What a receiver reads, field by field as in prompb/remote.proto and prompb/types.proto. */
function decode(body: Buffer): {labels: [string, string][]; samples: [number, number][]}[] {
  const request = protobuf.Reader.create(uncompress(body))
  const series = []
  while (request.pos < request.len) {
    assert.equal(request.uint32() >>> 3, 1)
    const timeSeries = protobuf.Reader.create(request.bytes())
    const labels: [string, string][] = []
    const samples: [number, number][] = []
    while (timeSeries.pos < timeSeries.len) {
      const field = timeSeries.uint32() >>> 3
      const inner = protobuf.Reader.create(timeSeries.bytes())
      if (field === 1) {
        const label: [string, string] = ['', '']
        while (inner.pos < inner.len) label[(inner.uint32() >>> 3) - 1] = inner.string()
        labels.push(label)
      } else {
        assert.equal(field, 2)
        const sample: [number, number] = [0, 0]
        while (inner.pos < inner.len) {
          if (inner.uint32() >>> 3 === 1) sample[0] = inner.double()
          else sample[1] = Number(inner.int64())
        }
        samples.push(sample)
      }
    }
    series.push({labels, samples})
  }
  return series
}

const writeSeries = fc.record({
  labels: fc.dictionary(
    fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/),
    fc.string({unit: 'grapheme', maxLength: 40}),
    {
      minKeys: 1,
      maxKeys: 6,
      noNullPrototype: true,
    },
  ),
  samples: fc.array(
    fc.record({value: fc.double({noNaN: true}), atMilliseconds: fc.integer({min: -1_000_000, max: 4_102_444_800_000})}),
    {maxLength: 4},
  ),
})

it('a receiver reads every series that was written, its labels sorted', {timeout: fuzzTimeoutMs}, () =>
  holds(fc.array(writeSeries, {maxLength: 3}), (written: WriteSeries[]) => {
    const wanted = written.map(({labels, samples}) => ({
      labels: Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)),
      samples: samples.map(({value, atMilliseconds}) => [value, atMilliseconds]),
    }))
    assert.deepEqual(decode(encodeWriteRequest(written)), wanted)
  }),
)

it('no series at all is one byte, the empty block', () => {
  expect([...encodeWriteRequest([])]).toEqual([0])
})
