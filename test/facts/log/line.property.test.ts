import assert from 'node:assert/strict'
import fc from 'fast-check'
import {describe, it} from 'vitest'
import {type LogLine, parseLogLine} from '../../../src/facts/log/line.ts'
import {createLogShapes} from '../../../src/facts/log/shapes.ts'
import {recognise, SIGNATURES} from '../../../src/facts/log/signatures.ts'
import {chunksOfBytes, fuzzTimeoutMs, holds, hostileText} from '../../fuzz.ts'

const LOGFMT = ['level=', 'msg=', 'ts=', 'err=', '"', '\\', '=', ' ', 'a', '2026-11-23T03:18:46Z', '\\x', '\\U99999999']
const SLOG = [
  'time=',
  'level=ERROR ',
  'source=',
  'msg="',
  'remote_name=',
  'err="',
  '" ',
  '\\"',
  'Failed to send batch',
  '2026-02-30T99:00:00Z',
]
const JSON_LOG = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  '"level"',
  '"msg"',
  '"ts":',
  '"err":',
  'null',
  '1e9999',
  '\\u0000',
  '\\ud800',
  '"__proto__":',
]
const KLOG = [
  'E1123 03:18:05.421952',
  'W9999 99:99:99.000000',
  'I0229 00:00:00.000000',
  ' 1 ',
  'reflector.go:1] ',
  'panic: ',
]
const SHAPES = {'go-kit logfmt': LOGFMT, 'slog text': SLOG, JSON: JSON_LOG, 'the Kubernetes client': KLOG}

describe('any log line', {timeout: fuzzTimeoutMs}, () => {
  it.each(Object.entries(SHAPES))('that looks like %s is read without throwing', (_, pieces) =>
    holds(fc.oneof(hostileText(pieces), fc.string({unit: 'binary'})), text => {
      const line = parseLogLine(text)
      assert.equal(typeof line.message, 'string')
      if (line.time !== null) assert.equal(new Date(line.time).toISOString(), line.time)
      const found = recognise({...line, sample: text})
      assert.ok(found === null || SIGNATURES.includes(found))
      assert.equal(({} as Record<string, unknown>).polluted, undefined)
    }),
  )

  it('comes back from logfmt and slog as it went in', () => {
    const quote = (value: string) =>
      `"${value.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`
    return holds(printed, ({level, message, queue, time}) => {
      const pairs = `msg=${quote(message)} remote_name=${quote(queue)}`
      const wanted = {level, message, queue, time}
      reads(`ts=${time} caller=dedupe.go:112 level=${level} ${pairs}`, wanted)
      reads(`time=${time} level=${level.toUpperCase()} source=a.go:1 ${pairs}`, wanted)
    })
  })

  it('comes back from JSON as it went in', () =>
    holds(printed, ({level, message, queue, time}) => {
      const line = JSON.stringify({level, msg: message, remote_name: queue, ts: time})
      reads(line, {level, message, queue, time})
    }))
})

describe('any log', {timeout: fuzzTimeoutMs}, () => {
  it('of any bytes, mixed forms and jumping clocks is digested into a bounded number of shapes', () => {
    const line = fc.oneof(
      hostileText([...LOGFMT, ...SLOG], 12),
      hostileText(JSON_LOG, 12),
      hostileText(KLOG, 6),
      printed.map(({level, message, time}) => `time=${time} level=${level} msg=${JSON.stringify(message)}`),
    )
    const chunks = fc.oneof(
      chunksOfBytes,
      fc.array(line, {maxLength: 6}).map(lines => [lines.join('\n')]),
      fc.array(line, {maxLength: 6}),
    )
    return holds(chunks, given => {
      const shapes = createLogShapes({maxShapes: 4})
      for (const chunk of given) shapes.push(Buffer.from(chunk).toString('latin1'))
      const result = shapes.result()
      assert.ok(result.shapes.length <= 5)
      for (const {first, last, count} of result.shapes) {
        assert.ok(count > 0)
        if (first !== null && last !== null) assert.ok(Date.parse(first) <= Date.parse(last))
      }
    })
  })
})

function reads(
  text: string,
  {level, message, queue, time}: Pick<LogLine, 'level' | 'message' | 'queue' | 'time'>,
): void {
  const line = parseLogLine(text)
  assert.equal(line.level, level)
  assert.equal(line.message, message)
  assert.equal(line.queue, queue)
  assert.equal(line.time, time)
}

const printed = fc.record({
  level: fc.constantFrom('debug' as const, 'info' as const, 'warn' as const, 'error' as const),
  message: fc.string({unit: 'grapheme', maxLength: 60}),
  queue: fc.string({unit: 'grapheme', maxLength: 20}),
  time: fc
    .date({min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true})
    .map(date => date.toISOString()),
})
