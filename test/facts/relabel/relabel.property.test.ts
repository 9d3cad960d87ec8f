/** Relabelling against a plain reading of relabel.go, by JavaScript's own regular expressions, on what the two engines share. */
import assert from 'node:assert/strict'
import {createHash} from 'node:crypto'
import * as fc from 'fast-check'
import {describe, it} from 'vitest'
import type {RelabelConfig} from '../../../src/facts/config/config.ts'
import {compileRules, relabel} from '../../../src/facts/relabel/relabel.ts'
import {fuzzTimeoutMs, holds} from '../../fuzz.ts'
import {relabelled, rule} from './rules.ts'

const name = fc.constantFrom('a', 'b', 'c', 'job', '__name__')
const value = fc.constantFrom('', 'a', 'b', 'ab', 'a;b', 'job', 'x-1', 'A"b\\', 'aaaa', 'é')
const labels = fc.dictionary(
  name,
  value.filter(text => text !== ''),
  {maxKeys: 5, noNullPrototype: true},
)
const regex = fc.constantFrom(
  '(.*)',
  '',
  '^$',
  'a',
  '(a)(b)?',
  '(a|b)*',
  '.+',
  'x-(\\d)',
  '[^;]*;(.*)',
  '(?:j(o)b|a;b)',
  'é?.',
)
// biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders of Go
const template = fc.constantFrom('', '$1', '${2}', '$1_x', 'k', '$0', '$$', 'a$', '${1}-$2')
const rules: fc.Arbitrary<RelabelConfig> = fc.record({
  sourceLabels: fc.array(name, {maxLength: 3}),
  separator: fc.constantFrom(';', '', '-'),
  regex,
  modulus: fc.integer({min: 1, max: 1000}),
  targetLabel: fc.constantFrom('a', 'c', 'new', '$1'),
  replacement: template,
  action: fc.constantFrom(
    ...['replace', 'replace', 'keep', 'drop', 'keepequal', 'dropequal'],
    ...['labelmap', 'labeldrop', 'labelkeep', 'hashmod', 'lowercase', 'uppercase'],
  ),
})

/** Rule by rule over a plain object; null: dropped. */
function naively(start: Record<string, string>, configs: RelabelConfig[]): Record<string, string> | null {
  const own = new Map(Object.entries(start))
  const set = (key: string, text: string) => void (text === '' ? own.delete(key) : own.set(key, text))
  for (const config of configs) {
    const joined = config.sourceLabels.map(key => own.get(key) ?? '').join(config.separator)
    const anchored = new RegExp(`^(?:${config.regex})$`, 'su')
    const match = anchored.exec(joined)
    const fill = (text: string, groups: RegExpExecArray | null) =>
      text.replace(/\$(\$|\{\w+\}|\w+)/gu, (_, what: string) =>
        what === '$' ? '$' : (groups?.[/^\{?\d+\}?$/.test(what) ? Number(what.replace(/[{}]/g, '')) : 99] ?? ''),
      )
    const before = [...own]
    if (config.action === 'keep' && !match) return null
    else if (config.action === 'drop' && match) return null
    else if (config.action === 'keepequal' && (own.get(config.targetLabel) ?? '') !== joined) return null
    else if (config.action === 'dropequal' && (own.get(config.targetLabel) ?? '') === joined) return null
    else if (config.action === 'lowercase') set(config.targetLabel, joined.toLowerCase())
    else if (config.action === 'uppercase') set(config.targetLabel, joined.toUpperCase())
    else if (config.action === 'hashmod') {
      const digest = createHash('md5').update(joined).digest('hex').slice(16)
      set(config.targetLabel, String(BigInt(`0x${digest}`) % BigInt(config.modulus)))
    } else if (config.action === 'labeldrop') for (const [key] of before) anchored.test(key) && own.delete(key)
    else if (config.action === 'labelkeep') for (const [key] of before) anchored.test(key) || own.delete(key)
    else if (config.action === 'labelmap') {
      for (const [key, text] of before) {
        const groups = anchored.exec(key)
        if (groups) set(fill(config.replacement, groups), text)
      }
    } else if (config.action === 'replace' && match) {
      const target = fill(config.targetLabel, match)
      if (target !== '') set(target, fill(config.replacement, match))
    }
  }
  return Object.fromEntries([...own].sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe('relabelling', {timeout: fuzzTimeoutMs}, () => {
  it('does what relabel.go says, whatever the rules and labels', () => {
    return holds(
      fc.tuple(labels, fc.array(rules, {maxLength: 6})),
      ([start, configs]) => assert.deepEqual(relabelled(start, configs), naively(start, configs)),
      {shortRuns: 3000},
    )
  })
  it('remembers nothing of one series for another: one set of rules over many gives what each gives alone', () => {
    return holds(
      fc.tuple(fc.array(labels, {maxLength: 8}), fc.array(rules, {maxLength: 4})),
      ([many, configs]) => {
        const compiled = compileRules(configs, null)
        if (!compiled.ok) throw new Error(compiled.message)
        const together = many.map(start => relabel(compiled.rules, new Map(Object.entries(start))))
        const alone = many.map(start => relabelled(start, configs))
        const left = together.map(({labels: own, droppedBy}) =>
          droppedBy ? null : Object.fromEntries([...own].sort(([a], [b]) => (a < b ? -1 : 1))),
        )
        assert.deepEqual(left, alone)
      },
      {shortRuns: 500},
    )
  })
  it('neither throws nor changes what it was given, whatever the texts', () => {
    const text = fc.string({unit: 'binary', maxLength: 30})
    return holds(
      fc.tuple(fc.dictionary(text, text, {maxKeys: 4}), text, text, rules),
      ([start, pattern, replacement, config]) => {
        const compiled = compileRules([rule({...config, regex: pattern, replacement, targetLabel: replacement})], null)
        const given = new Map(Object.entries(start))
        if (compiled.ok) relabel(compiled.rules, given)
        assert.deepEqual(Object.fromEntries(given), {...start})
      },
      {shortRuns: 1000},
    )
  })
})
