/** Frames of `promfleet lag --watch` as text. */
import {describe, expect, it} from 'vitest'
import {type LagFrame, watchLag} from '../../../src/diagnose/lag/history.ts'
import type {LagReport} from '../../../src/diagnose/lag/lag-report.ts'
import {lagReport} from '../../../src/diagnose/lag/report-lag.ts'
import {readFleet} from '../../../src/facts/fleet.ts'
import {type LiveOptions, renderAppended, renderFrame, renderLastFrame} from '../../../src/report/lag/live.ts'
import {widthOf} from '../../../src/report/text.ts'
import {aFailure, aFleet, anAgent, type FleetOptions, NOW, timestamp} from '../../builders/evidence.ts'

const options: LiveOptions = {columns: 80, colour: false, unicode: true, screenLines: 24, intervalSeconds: 10}
const dead = {serverVersion: aFailure('timeout', 'its API server did not answer within 5 s')}
const delivering = (context: string) => anAgent({context, rate: 420, queues: [{name: '7b9425'}]})
const behind = (context: string) =>
  anAgent({context, rate: 95, queues: [{name: 'mimir', doing: 'retrying', forSeconds: 2460}]})

function reportAt(seconds: number, fleet: FleetOptions): LagReport {
  const report = lagReport(readFleet(aFleet(fleet)), {sort: 'state', onlyBehind: false, failOverSeconds: null})
  return {...report, takenAt: timestamp(NOW + seconds)}
}

function lastOf(fleets: FleetOptions[]): LagFrame {
  const next = watchLag()
  const frames = fleets.map((fleet, index) => next(reportAt(10 * index, fleet), new Map()))
  return frames.at(-1) as LagFrame
}

const incident = (): LagFrame =>
  lastOf([
    {agents: [delivering('cluster2'), delivering('cluster3'), delivering('cluster4')]},
    {agents: [behind('cluster2'), delivering('cluster3'), delivering('cluster4')]},
    {agents: [behind('cluster2'), delivering('cluster4')], contexts: {cluster3: dead}},
  ])

describe('a frame', () => {
  it.each([40, 80, 140])('at %i columns', async columns => {
    const frame = incident()
    const text = renderFrame(frame, frame.changes, {...options, columns})
    for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns)
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/live-${columns}.txt`)
  })
  it('never has more lines than the screen, and counts what it leaves out', () => {
    const agents = Array.from({length: 60}, (_, index) => (index < 3 ? behind : delivering)(`cluster${index + 10}`))
    const frame = lastOf([{agents}])
    for (const screenLines of [5, 10, 24, 50]) {
      const text = renderFrame(frame, [], {...options, screenLines})
      expect(text.split('\n').length).toBeLessThan(screenLines)
      expect(text).toContain('3 behind, 57 delivering (exit 1)')
    }
    const lines = renderFrame(frame, [], options).split('\n')
    expect(lines.find(line => line.startsWith('and '))).toMatch(/^and \d+ more: \d+ delivering$/)
    expect(lines[1]).toContain('cluster10')
  })
  it('does not show what was seen before as if it were seen now', () => {
    const text = renderFrame(incident(), [], {...options, columns: 140})
    const stale = text.split('\n').filter(line => line.includes('cluster3'))
    expect(stale.join('\n')).not.toMatch(/✓|delivering {2}/)
    expect(text).toContain('figures are 10 s old, it was delivering')
  })
  it('says why a context is not read, also while it is looked at again, and how old figures are that are late', () => {
    const next = watchLag()
    const contexts = {cluster3: dead}
    const before = new Map([
      ['cluster2', timestamp(NOW - 12)],
      ['cluster3', timestamp(NOW - 5)],
    ])
    const frame = next(reportAt(0, {agents: [delivering('cluster2')], contexts}), before)
    const text = renderFrame(frame, [], {...options, columns: 140})
    expect(text).toMatch(/cluster3 +unknown +its API server did not answer within 5 s/)
    expect(text).toContain('figures are 12 s old, its API server is slow')
  })
  it('tells changes that are alike in one line, the newest last', () => {
    const at = timestamp(NOW)
    const change = (context: string, what: string) => ({at, context, agent: 'agent-0', queue: 'mimir', what})
    const changes = [
      change('cluster2', 'delivering -> behind'),
      change('cluster3', 'delivering -> behind'),
      change('cluster4', 'shards 1 -> 2'),
    ]
    const text = renderFrame(lastOf([{agents: [delivering('cluster2')]}]), changes, options)
    expect(text).toContain('2 alike, first cluster2 agent-0 mimir: delivering -> behind\n02:14:31  cluster4')
  })
  it('passes nothing on that would control the terminal', () => {
    const hostile = `evil${String.fromCharCode(27)}[2J\u202e`
    const frame = lastOf([{agents: [delivering(hostile)]}, {agents: [behind(hostile)]}])
    const text =
      renderFrame(frame, frame.changes, options) + renderAppended(frame, options) + renderLastFrame(frame, [], options)
    expect(text).not.toContain(String.fromCharCode(27))
    expect(text).not.toContain('\u202e')
  })
})

describe('the end of a watch', () => {
  it('leaves the whole table, however long, and what changed', () => {
    const agents = Array.from({length: 60}, (_, index) => delivering(`cluster${index + 10}`))
    const frame = lastOf([{agents}])
    const text = renderLastFrame(frame, incident().changes, options)
    for (const {context} of agents) expect(text).toContain(context)
    expect(text).toContain('its API server did not answer within 5 s')
    expect(text).toMatch(/60 delivering \(exit 0\)\n$/)
  })
})

describe('without a terminal', () => {
  it('each row is a line that begins with the time, and so is each change', async () => {
    const text = renderAppended(incident(), options)
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^02:14:51 {2}\S/)
    await expect(text).toMatchFileSnapshot('golden/live-appended.txt')
  })
})
