import {describe, expect, it} from 'vitest'
import {createLabelDigest, labelSetOf} from '../../../src/collect/agent/target-labels.ts'
import type {TargetLabels} from '../../../src/evidence/labels.ts'

function digestOf(sets: Record<string, unknown>[]): TargetLabels {
  const digest = createLabelDigest()
  for (const labels of sets) digest.add(labelSetOf(labels))
  return digest.result()
}

describe('the digest of targets’ labels', () => {
  it('counts names and values, most frequent first, and leaves job and instance to the sample', () => {
    const {names, sample} = digestOf([
      {job: 'a', instance: '1', zone: 'x'},
      {job: 'b', instance: '2', zone: 'y', env: 'prod'},
      {job: 'b', instance: '3', zone: 'y'},
    ])
    expect(names).toEqual([
      {name: 'env', targets: 1, values: [{value: 'prod', targets: 1}], distinct: 1, jobs: ['b']},
      {
        ...{name: 'zone', targets: 3, distinct: 2, jobs: ['a', 'b']},
        values: [
          {value: 'y', targets: 2},
          {value: 'x', targets: 1},
        ],
      },
    ])
    expect(sample).toHaveLength(3)
  })
  it('gives one hash to one label set, whatever the order of its labels, and another to any other', () => {
    const hashOf = (labels: Record<string, string>) => digestOf([labels]).sample[0]?.hash
    expect(hashOf({job: 'a', instance: '1'})).toBe(hashOf({instance: '1', job: 'a'}))
    expect(hashOf({job: 'a', instance: '1'})).not.toBe(hashOf({job: 'a', instance: '1', pod: 'p'}))
    expect(hashOf({job: 'a"', instance: ''})).not.toBe(hashOf({job: 'a', instance: '"'}))
  })
  it('keeps the same 64 targets of many that two agents share', () => {
    const many = (from: number) => Array.from({length: 1000}, (_, index) => ({job: 'a', instance: `${from + index}`}))
    const [one, other] = [digestOf(many(0)), digestOf(many(0).reverse())]
    expect(one.sample).toHaveLength(64)
    expect(other.sample).toEqual(one.sample)
    const hashes = new Set(one.sample.map(({hash}) => hash))
    const shared = digestOf(many(500)).sample.filter(({hash}) => hashes.has(hash))
    expect(shared.length).toBeGreaterThan(5)
  })
  it('is bounded, whatever the targets: names, values, texts', () => {
    const wide = Object.fromEntries(Array.from({length: 500}, (_, index) => [`n${index}`, 'v'.repeat(10_000)]))
    const {names, sample} = digestOf([wide, ...Array.from({length: 3000}, (_, index) => ({n0: `${index}`}))])
    expect(names).toHaveLength(100)
    expect(names.find(({name}) => name === 'n0')).toMatchObject({targets: 3001, distinct: 1000})
    expect(JSON.stringify({names, sample}).length).toBeLessThan(100_000)
  })
  it('holds no secret and no escape sequence, and passes over what is no text', () => {
    const {names} = digestOf([{instance: 7, url: 'http://user:hunter2@host/', 'a\u001b[31m': 'b\nc', __proto__: 'x'}])
    expect(JSON.stringify(names)).not.toMatch(/hunter2|\\u001b/)
    expect(digestOf([{}])).toEqual({names: [], sample: []})
    expect(labelSetOf(null).size + labelSetOf('x').size).toBe(0)
  })
})
