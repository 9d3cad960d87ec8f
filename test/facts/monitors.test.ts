import {describe, expect, it} from 'vitest'
import type {LabelSelector} from '../../src/evidence/labels.ts'
import {type Monitor, selectorInWords, selects, type Taker, whyNotTaken} from '../../src/facts/monitors.ts'

const by = (
  matchLabels: Record<string, string>,
  ...matchExpressions: LabelSelector['matchExpressions']
): LabelSelector => ({
  matchLabels,
  matchExpressions,
})
const everything = by({})
const monitor: Monitor = {
  kind: 'ServiceMonitor',
  namespace: 'shop',
  name: 'web',
  labels: {release: 'kps', tier: 'front'},
}
const taker = (labels: LabelSelector | null, namespaces: LabelSelector | null = everything): Taker => ({
  ...{kind: 'PrometheusAgent', namespace: 'monitoring', name: 'agent'},
  selectors: [{kind: 'ServiceMonitor', labels, namespaces}],
})

describe('a label selector', () => {
  it.each<[LabelSelector, boolean]>([
    [everything, true],
    [by({release: 'kps'}), true],
    [by({release: 'other'}), false],
    [by({}, {key: 'tier', operator: 'In', values: ['front', 'back']}), true],
    [by({}, {key: 'team', operator: 'In', values: ['']}), false],
    [by({}, {key: 'tier', operator: 'NotIn', values: ['front']}), false],
    [by({}, {key: 'team', operator: 'NotIn', values: ['x']}), true],
    [by({}, {key: 'tier', operator: 'Exists', values: []}), true],
    [by({}, {key: 'tier', operator: 'DoesNotExist', values: []}), false],
    [by({}, {key: 'toString', operator: 'Exists', values: []}), false],
    [by({}, {key: 'tier', operator: 'Gt', values: ['1']}), true], // not known: nobody is accused by it
  ])('%o', (selector, holds) => {
    expect(selects(selector, monitor.labels)).toBe(holds)
  })
  it('is said in words', () => {
    expect(selectorInWords(everything)).toBe('everything')
    const expressions = ['In', 'NotIn', 'Exists', 'DoesNotExist'].map(operator => ({
      key: 'k',
      operator,
      values: ['a', 'b'],
    }))
    expect(selectorInWords(by({release: 'kps'}, ...expressions))).toBe(
      'release=kps, k in (a, b), k notin (a, b), k, !k',
    )
  })
})

describe('a monitor is taken', () => {
  it('by labels, by namespace, and not without a selector', () => {
    expect(whyNotTaken(monitor, taker(everything), null)).toBeNull()
    expect(whyNotTaken(monitor, taker(by({release: 'x'})), null)).toBe('labels')
    expect(whyNotTaken(monitor, taker(null), null)).toBe('selects none of its kind')
  })
  it('of its own namespace only where no namespace is selected', () => {
    expect(whyNotTaken(monitor, taker(everything, null), null)).toBe('namespace')
    expect(whyNotTaken({...monitor, namespace: 'monitoring'}, taker(everything, null), null)).toBeNull()
  })
  it('by the labels of its namespace, and by any where these are not known', () => {
    const selected = taker(everything, by({team: 'shop'}))
    expect(whyNotTaken(monitor, selected, {shop: {team: 'shop'}})).toBeNull()
    expect(whyNotTaken(monitor, selected, {shop: {}})).toBe('namespace')
    expect(whyNotTaken(monitor, selected, null)).toBeNull()
  })
})
