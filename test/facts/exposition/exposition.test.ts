import {describe, expect, it} from 'vitest'
import {has, parseExposition, sample, samples, sum} from '../../../src/facts/exposition/exposition.ts'

describe('the text format 0.0.4', () => {
  it('gives names, labels and values', () => {
    const exposition = parseExposition(
      [
        '# HELP up Whether it is up.',
        '# TYPE up gauge',
        'up 1',
        'queue_shards{remote_name="a",url="http://x/api"} 4 1795372136000',
        'queue_shards{remote_name="b",url="http://x/api",} 1.795372136e+09',
        '',
      ].join('\n'),
    )
    expect(sample(exposition, 'up')).toBe(1)
    expect(sample(exposition, 'queue_shards', {remote_name: 'a'})).toBe(4)
    expect(sample(exposition, 'queue_shards', {remote_name: 'b'})).toBe(1795372136)
    expect(exposition.types.get('up')).toBe('gauge')
    expect(exposition).toMatchObject({malformedLines: 0, duplicateSeries: 0, unterminated: false})
  })

  it('keeps absent apart from zero', () => {
    const exposition = parseExposition('dropped_total{reason="too_old"} 0\n')
    expect(sample(exposition, 'dropped_total', {reason: 'too_old'})).toBe(0)
    expect(sample(exposition, 'dropped_total', {reason: 'dropped_series'})).toBeNull()
    expect(sample(exposition, 'failed_total')).toBeNull()
    expect(sum(exposition, 'failed_total')).toBeNull()
    expect(samples(exposition, 'failed_total')).toEqual([])
    expect(has(exposition, 'failed_total')).toBe(false)
  })

  it.each([
    ['NaN', Number.NaN],
    ['nan', Number.NaN],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['Inf', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['1.795372136e+09', 1795372136],
    ['-0.5', -0.5],
    ['.5', 0.5],
    ['5.', 5],
  ])('reads the value %s', (text, value) => {
    expect(sample(parseExposition(`x ${text}\n`), 'x')).toBe(value)
  })

  it('leaves idle quantiles, which are NaN, out of a sum', () => {
    expect(sum(parseExposition('x{q="0.5"} NaN\nx{q="0.9"} 2\nx{q="0.99"} 3\n'), 'x')).toBe(5)
  })

  it('undoes the escapes of label values, and braces inside them end nothing', () => {
    const exposition = parseExposition('x{url="http://h/?a={1},b=\\"2\\"",path="C:\\\\dir\\nnext",z="\\\\"} 1\n')
    expect(samples(exposition, 'x')[0]?.labels).toEqual({
      url: 'http://h/?a={1},b="2"',
      path: 'C:\\dir\nnext',
      z: '\\',
    })
  })

  it('reads quoted UTF-8 names of metrics and labels, as Prometheus 3 writes them', () => {
    const exposition = parseExposition(
      '# TYPE "my.metric" counter\n{"my.metric",label="v"} 1\nplain{"a.b"="c"} 2\n{"alone"} 3\n',
    )
    expect(sample(exposition, 'my.metric', {label: 'v'})).toBe(1)
    expect(sample(exposition, 'plain', {'a.b': 'c'})).toBe(2)
    expect(sample(exposition, 'alone')).toBe(3)
    expect(exposition.types.get('my.metric')).toBe('counter')
  })

  it('takes free blanks, tabs and CRLF', () => {
    const exposition = parseExposition('  x\t{ a = "1" , b = "2" }\t 3 \r\n\r\n# TYPE  y\tgauge\r\ny 4\r\n')
    expect(sample(exposition, 'x', {a: '1', b: '2'})).toBe(3)
    expect(sample(exposition, 'y')).toBe(4)
    expect(exposition.types.get('y')).toBe('gauge')
  })

  it('keeps the last of a series exposed twice, whatever the order of its labels, and counts it', () => {
    const exposition = parseExposition('x{a="1",b="2"} 1\nx{b="2",a="1"} 2\nx{a="1"} 3\n')
    expect(samples(exposition, 'x').map(each => each.value)).toEqual([2, 3])
    expect(exposition.duplicateSeries).toBe(1)
  })

  it('does not let a label named __proto__ reach anything', () => {
    const exposition = parseExposition('x{__proto__="evil",constructor="c"} 1\n')
    expect(sample(exposition, 'x', {constructor: 'c'})).toBe(1)
    expect(({} as Record<string, unknown>).evil).toBeUndefined()
    expect(Object.keys(samples(exposition, 'x')[0]!.labels)).toEqual(['__proto__', 'constructor'])
  })
})

describe('OpenMetrics', () => {
  it('is read with its exemplars, timestamps, units and end mark', () => {
    const exposition = parseExposition(
      [
        '# TYPE sent counter',
        '# UNIT sent seconds',
        'sent_total{a="b"} 5 1795372136.5 # {trace_id="x y"} 0.5 1.6e9',
        'sent_total{a="c"} 6 # {} 1',
        'sent_created{a="b"} 1.7e9',
        '# EOF',
      ].join('\n'),
    )
    expect(sample(exposition, 'sent_total', {a: 'b'})).toBe(5)
    expect(sample(exposition, 'sent_total', {a: 'c'})).toBe(6)
    expect(exposition).toMatchObject({malformedLines: 0, unterminated: false})
  })
})

describe('bad input', () => {
  it('reads the last line without its line feed, and says so', () => {
    const exposition = parseExposition('x 1\ny 23')
    expect(sample(exposition, 'y')).toBe(23)
    expect(exposition.unterminated).toBe(true)
  })

  it.each(['x{a="1', 'x{a="1",b', 'x{a="1"}', 'x{a="1"} ', 'x'])('leaves out a last line cut as %s', cut => {
    const exposition = parseExposition(`up 1\n${cut}`)
    expect(sample(exposition, 'up')).toBe(1)
    expect(has(exposition, 'x')).toBe(false)
    expect(exposition).toMatchObject({malformedLines: 1, unterminated: true})
  })

  it.each(['x 0x1p-2', 'x 1_000', 'x one', 'x{a=b} 1', 'x{a} 1', 'x 1 soon', 'x{"m"} 1', '{a="b"} 1', '1x 2'])(
    'counts %s as malformed',
    line => {
      const exposition = parseExposition(`${line}\nup 1\n`)
      expect(exposition.malformedLines).toBe(1)
      expect(exposition.firstMalformedLine).toBe(line)
      expect(sample(exposition, 'up')).toBe(1)
    },
  )

  it('finds no series in a web page', () => {
    const exposition = parseExposition('<html>\n<head><title>302 Found</title></head>\n</html>\n')
    expect(exposition.series.size).toBe(0)
    expect(exposition.malformedLines).toBe(3)
  })

  it('takes time in proportion to a hostile line', () => {
    const hostile = `x{a="${'\\'.repeat(200_000)}\n${'x{a="'.repeat(100_000)}\n`
    const started = performance.now()
    parseExposition(hostile)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
