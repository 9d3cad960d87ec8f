import {describe, expect, it} from 'vitest'
import {createLabelSets, labelBytesOf} from '../../../src/collect/agent/label-sets.ts'
import {labelSetOf} from '../../../src/collect/agent/target-labels.ts'
import {MAX_BUNDLE_BYTES} from '../../../src/collect/bundle/file.ts'

describe('label sets', () => {
  it('are kept whole, with their pool, where there is room', () => {
    const sets = createLabelSets(2 ** 20)
    for (let index = 0; index < 1000; index += 1) sets.add(labelSetOf({job: 'a', instance: `${index}`}), 'pool')
    const {sets: kept, ...rest} = sets.result()
    expect([kept.length, rest]).toEqual([1000, {complete: true}])
    expect(kept[1]).toEqual({pool: 'pool', labels: {instance: '1', job: 'a'}})
  })
  it('are an even part of each job where there is none, and all targets are counted', () => {
    const sets = createLabelSets(10_000)
    sets.add(labelSetOf({job: 'rare', instance: 'one'}), 'pool')
    for (let index = 0; index < 20_000; index += 1) sets.add(labelSetOf({job: 'a', instance: `${index}`}), 'pool')
    const {sets: kept, complete, groups} = sets.result()
    expect(complete).toBe(false)
    expect(JSON.stringify(kept).length).toBeLessThan(12_000)
    expect(kept.length).toBeGreaterThan(50)
    expect(kept[0]?.labels.job).toBe('rare')
    expect(groups).toEqual([
      {pool: 'pool', job: 'rare', targets: 1},
      {pool: 'pool', job: 'a', targets: 20_000},
    ])
  })
  it('are fewer in a large fleet', () => {
    expect(labelBytesOf({contexts: 1, agents: 3})).toBe(16 * 2 ** 20)
    expect(labelBytesOf({contexts: 2, agents: 1000}) * 2000).toBeLessThanOrEqual(192 * 2 ** 20)
  })
  it('are fewer in a bundle', () => {
    expect(labelBytesOf({contexts: 1, agents: 1, forBundle: true})).toBe(4 * 2 ** 20)
    const ofAll = labelBytesOf({contexts: 2, agents: 1000, forBundle: true}) * 2000
    expect(ofAll * 2).toBeLessThan(MAX_BUNDLE_BYTES / 5)
  })
  it('hold no secret and no line break', () => {
    const sets = createLabelSets(2 ** 20)
    sets.add(labelSetOf({password: 'hunter2', note: 'token=abcdefgh12345678\nmore', app: 'https://u:p4ss@h/'}), 'p')
    expect(JSON.stringify(sets.result())).not.toMatch(/abcdefgh|\\n|hunter2|p4ss/)
  })
})
