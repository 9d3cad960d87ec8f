/** Frames of `promfleet lag --watch` as text. */
import {describe, expect, it} from 'vitest'
import {type LagFrame, rememberFrames} from '../../../src/diagnose/lag/history.ts'
import type {LagReport} from '../../../src/diagnose/lag/lag-report.ts'
import {lagReport} from '../../../src/diagnose/lag/report-lag.ts'
import {readFleet} from '../../../src/facts/fleet.ts'
import {
  type LiveOptions,
  renderAppended,
  renderEnd,
  renderFrame,
  renderLastFrame,
} from '../../../src/report/lag/live.ts'
import {linesOnScreen, widthOf} from '../../../src/report/text.ts'
import {aFailure, aFleet, anAgent, type FleetOptions, NOW, timestamp} from '../../builders/evidence.ts'
import {validateLagReport} from '../schema.ts'

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
  const next = rememberFrames()
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
  it.each([1, 2, 3, 5, 8, 12, 24, 50])('fits %i lines: the verdict and the worst rows first', screenLines => {
    const agents = Array.from({length: 60}, (_, index) => (index < 3 ? behind : delivering)(`cluster${index + 10}`))
    const frame = lastOf([{agents}])
    for (const columns of [80, 140]) {
      const text = renderFrame(frame, incident().changes, {...options, columns, screenLines})
      const lines = text.split('\n')
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, screenLines - 1))
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
      expect(text).toContain('3 behind, 57 delivering (exit 1)')
      if (screenLines >= 3) expect(text).toContain('cluster10')
      if (screenLines >= 8)
        expect(lines.find(line => line.includes('more rows'))).toMatch(
          /^\d+ more rows: (\d+ behind, )?\d+ delivering \(promfleet lag shows all\)$/,
        )
    }
  })
  it.each([2, 3, 5, 8, 12, 24, 40])('fits %i lines where each row takes several of them', screenLines => {
    const agents = Array.from({length: 20}, (_, index) => (index < 3 ? behind : delivering)(`cluster${index + 10}`))
    const frame = lastOf([{agents}])
    for (const columns of [40, 80, 140]) {
      const text = renderFrame(frame, incident().changes, {...options, columns, screenLines, wide: true})
      expect(linesOnScreen(text.split('\n'), columns)).toBeLessThanOrEqual(screenLines - 1)
      expect(text.replaceAll('\n', ' ')).toMatch(columns === 40 ? /3 behind/ : /3 behind, 17 delivering \(exit 1\)/)
      if (screenLines >= 8) expect(text).toContain('cluster10')
      if (screenLines >= 12) {
        const shown = text.split('\n').filter(line => /cluster\d+ {2}agent-0/.test(line)).length
        const [, hidden = '0'] = /(\d+) more rows: /.exec(text) ?? []
        expect(shown + Number(hidden)).toBe(20)
        if (screenLines >= 24) expect(shown).toBeGreaterThanOrEqual(columns === 40 ? 1 : 3)
      }
    }
  })
  it('fits where names are wider than the terminal', () => {
    const context = `arn:aws:eks:eu-west-1:123456789012:cluster/${'payments-'.repeat(12)}`
    const frame = lastOf([{agents: [delivering(context)]}, {agents: [behind(context), behind('cluster3')]}])
    for (const screenLines of [8, 12, 24]) {
      const text = renderFrame(frame, frame.changes, {...options, screenLines})
      expect(linesOnScreen(text.split('\n'), 80)).toBeLessThanOrEqual(screenLines - 1)
      expect(text).toContain('2 behind (exit 1)')
    }
  })
  it('on a terminal of 80 x 12 shows the worst row, what must not be restarted and the verdict', async () => {
    const frame = incident()
    const text = renderFrame(frame, frame.changes, {...options, screenLines: 12})
    expect(text.split('\n').length).toBeLessThanOrEqual(11)
    expect(text.split('\n')[1]).toContain('cluster2  agent-0  behind')
    expect(text).toContain('Do not restart or reload cluster2 monitoring/agent-0')
    expect(text).toContain('1 behind, 1 delivering, 1 unknown (exit 1)')
    await expect(`${text}\n`).toMatchFileSnapshot('golden/live-80x12.txt')
  })
  it('says which columns are not there for want of width, where there is room to', () => {
    const text = (columns: number, change: Partial<LiveOptions> = {}) =>
      renderFrame(incident(), [], {...options, columns, ...change})
    expect(text(80)).toContain('no room for FAILED, RETRIED, PENDING, SHARDS, UNREAD, CATCH-UP: see -o wide')
    expect(text(140)).toContain('no room for FAILED, RETRIED, UNREAD, CATCH-UP: see -o wide')
    expect(text(250, {wide: true})).not.toContain('-o wide')
    expect(text(80, {screenLines: 12})).not.toContain('-o wide')
  })
  it('says of no column that it has no room for it where nothing would stand there', () => {
    const unread = anAgent({scrapes: [aFailure('timeout', 'no answer')]})
    for (const agents of [[], [unread]])
      expect(renderFrame(lastOf([{agents}]), [], {...options, columns: 300})).not.toContain('no room')
  })
  it('counts the loss clock down while nothing new is known, and with it the one of a plain Prometheus', () => {
    const next = rememberFrames()
    next(reportAt(0, {agents: [behind('cluster2')]}), new Map())
    const clockOf = (frame: LagFrame) => frame.rows.find(({queue}) => queue !== null)?.queue?.lossClock
    const first = clockOf(next(reportAt(10, {agents: [behind('cluster2')]}), new Map()))
    const late = next(reportAt(100, {agents: [behind('cluster2')]}), new Map([['cluster2', timestamp(NOW + 10)]]))
    expect(clockOf(late)).toMatchObject({
      earliestSeconds: Number(first?.earliestSeconds) - 90,
      atPlainPrometheusSeconds: Number(first?.atPlainPrometheusSeconds) - 90,
    })
    expect(renderFrame(late, [], options)).toMatch(/\* in 1[78] min \(1 h after the last delivery\)/)
    const gone = next(reportAt(200, {agents: [], contexts: {cluster2: dead}}), new Map())
    expect(clockOf(gone)?.atPlainPrometheusSeconds).toBe(Number(first?.atPlainPrometheusSeconds) - 190)
    const long = next(reportAt(40_000, {agents: [], contexts: {cluster2: dead}}), new Map())
    expect(clockOf(long)).toMatchObject({earliestSeconds: 0, atPlainPrometheusSeconds: 0})
    expect(renderFrame(long, [], options)).toContain('* has begun (1 h after the last delivery)')
  })
  it('does not show what was seen before as if it were seen now', () => {
    const text = renderFrame(incident(), [], {...options, columns: 140})
    const stale = text.split('\n').filter(line => line.includes('cluster3'))
    expect(stale.join('\n')).not.toMatch(/✓|delivering {2}/)
    expect(text).toContain('figures are 10 s old, it was delivering')
  })
  it('says why a context is not read, also while it is looked at again, and how old figures are that are late', () => {
    const next = rememberFrames()
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
  it('names those that are gone, the first five of more', () => {
    const at = timestamp(NOW)
    const gone = (count: number) =>
      Array.from({length: count}, (_, index) => {
        return {at, context: 'cluster2', agent: `a${index}-0`, queue: null, what: 'gone'}
      })
    const frame = lastOf([{agents: [delivering('cluster2')]}])
    const textOf = (count: number) => renderFrame(frame, gone(count), options)
    expect(textOf(2)).toContain('02:14:31  gone: cluster2 a0-0, cluster2 a1-0\n')
    const five = '02:14:31  gone: cluster2 a0-0, cluster2 a1-0, cluster2 a2-0, cluster2 a3-0,\n          cluster2 a4-0'
    expect(textOf(5)).toContain(`${five}\n`)
    expect(textOf(7)).toContain(`${five} and 2 more\n`)
  })
  it('says in its verdict how many that were seen before are gone', () => {
    const [both, one] = [[delivering('cluster2'), delivering('cluster3')], [delivering('cluster2')]]
    const contexts = {cluster3: {}}
    const gone = lastOf([
      {agents: both, contexts},
      {agents: one, contexts},
      {agents: one, contexts},
    ])
    const verdict = '1 delivering; 1 agent that was seen before is gone (exit 0)\n'
    expect(renderLastFrame(gone, [], options)).toContain(verdict)
    const told = lastOf([
      {agents: both, contexts},
      {agents: one, contexts},
    ])
    expect(renderFrame(told, told.changes, options)).toContain('  gone: cluster3 agent-0\n')
    expect(renderEnd(gone, options)).toContain(verdict)
    expect(`${renderFrame(gone, [], options)}\n`).toContain(verdict)
    const back = lastOf([
      {agents: both, contexts},
      {agents: one, contexts},
      {agents: both, contexts},
    ])
    expect(renderEnd(back, options)).toContain('2 delivering (exit 0)\n')
  })
  it('tells the newest changes where there is no room for all', () => {
    const changes = Array.from({length: 12}, (_, index) => ({
      ...{at: timestamp(NOW + index), context: 'cluster2', agent: 'agent-0', queue: 'mimir'},
      what: `shards ${index} -> ${index + 1}`,
    }))
    const lines = renderFrame(incident(), changes, {...options, screenLines: 30}).split('\n')
    expect(lines.filter(line => line.includes('shards ')).at(-1)).toMatch(/shards 11 -> 12$/)
    expect(lines.filter(line => line.includes('shards '))).toHaveLength(5)
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

describe('rates over several looks', () => {
  it('say over how long they are, with -v and in JSON', () => {
    const report = reportAt(0, {agents: [delivering('cluster2')]})
    for (const {queue} of report.rows) {
      delete queue?.ratesOver
      Object.assign(queue ?? {}, {ratesSeconds: 30})
    }
    const frame = rememberFrames()(report, new Map())
    expect(renderLastFrame(frame, [], {...options, columns: 140, verbose: true}).replaceAll(/\s+/g, ' ')).toContain(
      '420 of 420/s samples delivered (over 30 s)',
    )
    expect(validateLagReport(JSON.parse(JSON.stringify(report)))).toEqual([])
  })
})

describe('without a terminal', () => {
  it('the last lines are what must not be restarted and the verdict', () => {
    expect(renderEnd(incident(), options)).toBe(
      `  Do not restart or reload cluster2 monitoring/agent-0: 41 min of unsent data (about 234,000 samples) would be lost.
! 1 behind, 1 delivering, 1 unknown (exit 1)
`,
    )
  })
  it('each row is a line that begins with the time, and so is each change', async () => {
    const text = renderAppended(incident(), options)
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^02:14:51 {2}\S/)
    await expect(text).toMatchFileSnapshot('golden/live-appended.txt')
  })
})
