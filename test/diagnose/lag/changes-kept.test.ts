/** What a watch goes on telling of what changed. */
import {describe, expect, it} from 'vitest'
import type {LagChange} from '../../../src/diagnose/lag/changes.ts'
import {keepChanges} from '../../../src/diagnose/lag/changes-kept.ts'
import {rememberFrames} from '../../../src/diagnose/lag/history.ts'
import {lagReport} from '../../../src/diagnose/lag/report-lag.ts'
import {readFleet} from '../../../src/facts/fleet.ts'
import {aFleet, anAgent, NOW, timestamp} from '../../builders/evidence.ts'

const change = (second: number, what: string, more: Partial<LagChange> = {}): LagChange => {
  return {at: timestamp(NOW + second), context: 'cluster2', agent: 'agent-0', queue: 'central', what, ...more}
}
const lost = (second: number, lostSamples: number, more: Partial<LagChange> = {}) =>
  change(second, `${lostSamples} more samples lost`, {lostSamples, ...more})
const kept = (looks: LagChange[][], most = 20) =>
  looks.reduce<LagChange[]>((all, news) => keepChanges(all, news, most), [])

describe('the changes that a watch goes on telling', () => {
  it('hold one line for the losses of a queue, with their sum and the time of the last', () => {
    const looks = [[change(0, 'delivering -> losing: refused')], ...[1, 2, 3, 4].map(look => [lost(10 * look, 592)])]
    const clock = timestamp(NOW + 10).slice(11, 19)
    expect(kept(looks)).toMatchObject([
      {at: timestamp(NOW + 40), what: `2,368 more samples lost since ${clock}`},
      {what: 'delivering -> losing: refused'},
    ])
  })
  it('keep the losses of two queues apart, though a queue of another agent has the same name', () => {
    const looks = [[lost(0, 5), lost(0, 7, {queue: 'two'}), lost(0, 9, {agent: 'agent-1'})], [lost(10, 5)]]
    expect(kept(looks).map(({lostSamples}) => lostSamples)).toEqual([10, 7, 9])
  })
  it('are those of states, however long and however many queues lose', () => {
    const states = [change(0, 'delivering -> losing: refused'), change(0, 'behind -> delivering', {agent: 'agent-1'})]
    const losses = [1, 2, 3, 4, 5, 6].map(second => ['a', 'b', 'c'].map(queue => lost(second, 1, {queue})))
    expect(kept([states, ...losses], 3).map(({what}) => what)).toEqual([
      expect.stringMatching(/more samples lost/),
      'delivering -> losing: refused',
      'behind -> delivering',
    ])
  })
  it('are the newest', () => {
    const looks = [1, 2, 3].map(second => [change(second, `shards ${second} -> ${second + 1}`)])
    expect(kept(looks, 2).map(({what}) => what)).toEqual(['shards 2 -> 3', 'shards 3 -> 4'])
  })
  it('count what a watched queue has lost by its own figures', () => {
    const next = rememberFrames()
    const options = {sort: 'state', onlyBehind: false, failOverSeconds: null} as const
    const frames = [600, 1200, 1800].map(forSeconds => {
      const fleet = aFleet({agents: [anAgent({queues: [{doing: 'failing', forSeconds}]})]})
      return next(lagReport(readFleet(fleet), options), new Map())
    })
    const changes = kept(frames.map(frame => frame.changes))
    expect(changes.filter(({what}) => what.includes('more samples lost'))).toHaveLength(1)
  })
})
