import assert from 'node:assert/strict'
import fc from 'fast-check'
import {describe, it} from 'vitest'
import {parseExposition, samples} from '../../../src/facts/exposition/exposition.ts'
import {createExpositionFilter} from '../../../src/facts/exposition/exposition-filter.ts'
import {isKeptFamily} from '../../../src/facts/exposition/families.ts'
import {chunksOfBytes, fuzzTimeoutMs, holds, hostileText} from '../../fuzz.ts'

const PIECES = ['x', 'up', '{', '}', '"', '\\', '=', ',', ' ', '1', 'NaN', '+Inf', '\n', '#', '# TYPE ', '# EOF', '\t']

describe('any exposition', {timeout: fuzzTimeoutMs}, () => {
  it('is read without throwing, each line as a sample, a remark or a malformed one', () =>
    holds(fc.oneof(hostileText(PIECES), fc.string({unit: 'binary'})), text => {
      const exposition = parseExposition(text)
      const kept = [...exposition.series.values()].reduce((sum, each) => sum + each.length, 0)
      const lines = text.split('\n').length
      assert.ok(kept + exposition.malformedLines + exposition.duplicateSeries <= lines)
      for (const each of exposition.series.values()) {
        for (const {labels} of each) assert.equal(Object.getPrototypeOf(labels), null)
      }
    }))

  it('streams through the filter without throwing, whatever bytes it is made of', () =>
    holds(fc.oneof(chunksOfBytes, fc.array(hostileText(PIECES, 10), {maxLength: 6})), chunks => {
      const filter = createExpositionFilter()
      for (const chunk of chunks) filter.push(Buffer.from(chunk).toString('latin1'))
      assert.ok(Array.isArray(filter.end().families))
    }))

  it('keeps the lines of kept families and no others, whatever has comments and wherever the body is cut', () => {
    const family = fc.record({
      name: fc.constantFrom(
        'go_gc',
        'go_gc_gomemlimit_bytes',
        'go_info',
        'process_x',
        'up',
        'up_total',
        'prometheus_sd_x',
      ),
      isTyped: fc.boolean(),
      suffixes: fc.array(fc.constantFrom('', '_sum', '_bucket{le="1"}', '{a="# TYPE up"}'), {maxLength: 4}),
    })
    return holds(
      fc.tuple(fc.uniqueArray(family, {selector: ({name}) => name}), fc.integer({min: 1, max: 80})),
      ([families, length]) => {
        const lines = families.flatMap(({name, isTyped, suffixes}) => [
          ...(isTyped ? [`# HELP ${name} It counts.`, `# TYPE ${name} counter`] : []),
          ...suffixes.map(suffix => `${name}${suffix} 1`),
        ])
        const body = lines.map(line => `${line}\n`).join('')
        const filter = createExpositionFilter()
        for (let from = 0; from < body.length; from += length) filter.push(body.slice(from, from + length))
        const nameOf = (line: string) => /^(?:# \w+ )?(\w+)/.exec(line)?.[1] ?? ''
        const kept = lines.filter(line => isKeptFamily(nameOf(line)))
        assert.equal(filter.end().text, kept.map(line => `${line}\n`).join(''))
      },
    )
  })

  it('that was printed gives back every sample', () => {
    const sample = fc.record({
      name: fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,12}$/),
      labels: fc.dictionary(
        fc.oneof(fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/), fc.constantFrom('__proto__', 'constructor')),
        fc.string({unit: 'grapheme', maxLength: 10}).map(text => text.replaceAll('\r', '')),
        {maxKeys: 4},
      ),
      value: fc.double(),
    })
    const keyOf = (one: {name: string; labels: Readonly<Record<string, string>>}) =>
      JSON.stringify([one.name, Object.entries(one.labels).sort()])
    return holds(
      fc.uniqueArray(sample, {selector: keyOf, maxLength: 3}),
      given => {
        const exposition = parseExposition(given.map(print).join(''))
        assert.equal(exposition.malformedLines, 0)
        for (const one of given) {
          const found = samples(exposition, one.name).filter(
            each => keyOf({name: one.name, labels: each.labels}) === keyOf(one),
          )
          assert.deepEqual(
            found.map(({value}) => value),
            [Object.is(one.value, -0) ? 0 : one.value],
          )
        }
      },
      {shortRuns: 100},
    )
  })
})

function print(one: {name: string; labels: Record<string, string>; value: number}): string {
  const quoted = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
  const labels = Object.entries(one.labels).map(([name, value]) => `${name}="${quoted(value)}"`)
  const {value} = one
  const figure = Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
  return `${one.name}{${labels.join(',')}} ${figure}\n`
}
