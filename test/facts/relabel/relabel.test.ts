import {describe, expect, it} from 'vitest'
import {compileRules, relabel, withExternalLabels} from '../../../src/facts/relabel/relabel.ts'
import {relabelled, rule} from './rules.ts'

/** For the braces that are not JavaScript's. */
const $ = '$'

const pod = {__name__: 'up', job: 'node', instance: '10.0.0.1:9100', cluster: 'eu-1'}

describe('keep and drop', () => {
  it('go by the whole value: a part of it is no match', () => {
    expect(relabelled(pod, [{sourceLabels: ['job'], regex: 'nod', action: 'keep'}])).toBeNull()
    expect(relabelled(pod, [{sourceLabels: ['job'], regex: 'nod.', action: 'keep'}])).toEqual(pod)
    expect(relabelled(pod, [{sourceLabels: ['job'], regex: 'a|node', action: 'drop'}])).toBeNull()
  })
  it('join several labels by the separator, which may be empty; a label that is not there is empty', () => {
    const rules = (regex: string, separator: string) => [
      {sourceLabels: ['job', 'nothing', 'cluster'], separator, regex, action: 'keep'},
    ]
    expect(relabelled(pod, rules('node;;eu-1', ';'))).toEqual(pod)
    expect(relabelled(pod, rules('nodeeu-1', ''))).toEqual(pod)
    expect(relabelled(pod, rules('node', ';'))).toBeNull()
  })
  it('the guard of an identity label lets pass what has one, and drops what has none', () => {
    const guard = {sourceLabels: ['cluster'], regex: '^$', action: 'drop'}
    expect(relabelled(pod, [guard])).toEqual(pod)
    expect(relabelled({__name__: 'up'}, [guard])).toBeNull()
  })
  it('compare two labels', () => {
    const labels = {a: '1', b: '1', c: '2'}
    const compare = (action: string, targetLabel: string) =>
      relabelled(labels, [{sourceLabels: ['a'], targetLabel, action}])
    expect(compare('keepequal', 'b')).toEqual(labels)
    expect(compare('keepequal', 'c')).toBeNull()
    expect(compare('dropequal', 'b')).toBeNull()
    expect(compare('dropequal', 'c')).toEqual(labels)
  })
  it('say which rule dropped a series, and which labels it asked for in vain', () => {
    const compiled = compileRules([rule({sourceLabels: ['env'], regex: 'prod', action: 'keep'})], null)
    if (!compiled.ok) throw new Error(compiled.message)
    const {droppedBy, missed, labels} = relabel(compiled.rules, new Map([['a', 'b']]))
    expect(droppedBy).toBe(compiled.rules[0])
    expect([[...missed], labels.size]).toEqual([['env'], 0])
  })
})

describe('replace', () => {
  it('fills in groups by number and name, as Go does', () => {
    const replace = (replacement: string) =>
      relabelled({a: 'x-y'}, [{sourceLabels: ['a'], regex: '(?P<first>.)-(.)(z)?', targetLabel: 'b', replacement}])?.b
    expect(replace('$2$1')).toBe('yx')
    expect(replace(`${$}{first}_${$}{2}`)).toBe('x_y')
    expect(replace('$1_$2')).toBe('y') // "$1_" is a name, and no group has it
    expect(replace('<$3$9$01>')).toBe('<>')
    expect(replace(`$$1 $ ${$}{} ${$}{x`)).toBe(`$1 $ ${$}{} ${$}{x`)
  })
  it('changes nothing where the value does not match, and takes a label away by an empty result', () => {
    const rules = (regex: string, replacement: string) => [
      {sourceLabels: ['job'], regex, targetLabel: 'cluster', replacement},
    ]
    expect(relabelled(pod, rules('other', 'x'))).toEqual(pod)
    expect(relabelled(pod, rules('node', ''))).not.toHaveProperty('cluster')
    expect(relabelled(pod, [{sourceLabels: ['nothing'], targetLabel: 'cluster'}])).not.toHaveProperty('cluster')
  })
  it('sets a constant whatever it reads', () => {
    const scrapeClass = {sourceLabels: ['__name__'], regex: '(.*)', targetLabel: 'cluster', replacement: 'cluster1'}
    expect(relabelled({job: 'a'}, [scrapeClass])).toEqual({job: 'a', cluster: 'cluster1'})
    expect(relabelled(pod, [scrapeClass])?.cluster).toBe('cluster1')
  })
  it('names the target by groups, and leaves it when that is no label name', () => {
    const rules = [{sourceLabels: ['a'], targetLabel: '$1', replacement: 'v'}]
    expect(relabelled({a: 'b'}, rules)).toEqual({a: 'b', b: 'v'})
    expect(relabelled({a: 'b-c'}, rules, '2.53.0')).toEqual({a: 'b-c'})
    expect(relabelled({a: 'b-c'}, rules, '3.5.0')).toEqual({a: 'b-c', 'b-c': 'v'})
  })
})

describe('the other actions', () => {
  it('labelmap copies by name, over the labels that were there before', () => {
    expect(relabelled({a: '1', b: '2'}, [{regex: '(.)', replacement: 'm_$1', action: 'labelmap'}])).toEqual({
      ...{a: '1', b: '2', m_a: '1', m_b: '2'},
    })
  })
  it('labeldrop and labelkeep go by names', () => {
    expect(relabelled(pod, [{regex: 'cluster|job', action: 'labeldrop'}])).toEqual({
      __name__: 'up',
      instance: '10.0.0.1:9100',
    })
    expect(relabelled(pod, [{regex: 'cluster|__name__', action: 'labelkeep'}])).toEqual({
      __name__: 'up',
      cluster: 'eu-1',
    })
  })
  it('lowercase and uppercase change one letter into one', () => {
    const labels = {a: 'Straße İΣ'}
    expect(relabelled(labels, [{sourceLabels: ['a'], targetLabel: 'b', action: 'lowercase'}])?.b).toBe('straße iσ')
    expect(relabelled(labels, [{sourceLabels: ['a'], targetLabel: 'b', action: 'uppercase'}])?.b).toBe('STRAßE İΣ')
  })
  it('hashmod deals out as Prometheus does', () => {
    // Of a Prometheus 3.5 that was given this label.
    const rules = [{sourceLabels: ['x'], targetLabel: 'mod', modulus: 7, action: 'hashmod'}]
    expect(relabelled({x: 'Straße İ'}, rules)?.mod).toBe('2')
  })
})

describe('releases', () => {
  it('let a dot match a line break from 3.0 on', () => {
    const rules = [{sourceLabels: ['a'], regex: 'x.y', targetLabel: 'b', replacement: 'yes'}]
    expect(relabelled({a: 'x\ny'}, rules, '2.53.0')).not.toHaveProperty('b')
    expect(relabelled({a: 'x\ny'}, rules, '3.0.0')).toHaveProperty('b')
    expect(relabelled({a: 'x\ny'}, [{sourceLabels: ['a'], action: 'drop'}], '2.53.0')).not.toBeNull()
  })
})

describe('what people and machines write', () => {
  it('is refused where it does not compile, in words, with the rule', () => {
    for (const regex of ['(a', 'a**', '(?=a)', '(a)\\1', 'x'.repeat(100_001), '(a{1000}){1000}']) {
      const compiled = compileRules([rule({}), rule({regex, action: 'keep'})], null)
      expect(compiled, regex.slice(0, 20)).toMatchObject({ok: false, rule: {action: 'keep'}})
    }
    expect(compileRules([rule({action: 'shred'})], null)).toMatchObject({
      ok: false,
      message: '"shred" is no action of relabelling',
    })
  })
  it('takes no exponential time over an expression that makes a backtracking engine explode', () => {
    const value = `${'a'.repeat(10_000)}!`
    for (const regex of ['(a+)+', '(a|aa)*', '(.*)*b', '(a|a|a)*c'])
      expect(relabelled({a: value}, [{sourceLabels: ['a'], regex, action: 'keep'}]), regex).toBeNull()
  })
  it('passes hostile names and values through as they are', () => {
    const hostile = {__proto__x: '"; drop', constructor: '\u001b[31m', 'a"b\\n': 'line\nbreak', toString: '$1'}
    expect(relabelled(hostile, [{regex: 'nothing', action: 'labeldrop'}])).toEqual(hostile)
    expect(relabelled({}, [{targetLabel: 'constructor', replacement: `${$}{constructor}x`}])).toEqual({
      constructor: 'x',
    })
  })
})

describe('external labels', () => {
  it('stand only where a series has no label of that name, or an empty one', () => {
    const labels = new Map([
      ['cluster', 'own'],
      ['zone', ''],
    ])
    expect(Object.fromEntries(withExternalLabels(labels, {cluster: 'c2', zone: 'a', empty: ''}))).toEqual({
      cluster: 'own',
      zone: 'a',
    })
  })
})
