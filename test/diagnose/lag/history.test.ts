/** Successive reports of lag: what they tell together. */
import {describe, expect, it} from 'vitest'
import {lagReportFromCentral} from '../../../src/diagnose/lag/from-central.ts'
import {type LagFrame, rememberFrames} from '../../../src/diagnose/lag/history.ts'
import type {LagReport} from '../../../src/diagnose/lag/lag-report.ts'
import {lagReport} from '../../../src/diagnose/lag/report-lag.ts'
import type {CentralFleetEvidence} from '../../../src/evidence/central-fleet.ts'
import {readFleet} from '../../../src/facts/fleet.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import {fleetFromCentral, look, queue, queues} from '../../builders/central-fleet.ts'
import {
  type AgentOptions,
  aFailure,
  aFleet,
  anAgent,
  type FleetOptions,
  NOW,
  timestamp,
} from '../../builders/evidence.ts'

const dead = aFailure('timeout', 'its API server did not answer within 5 s')
const unreachable = {contexts: {cluster2: {serverVersion: dead}}, agents: []}

/** The report of a look `seconds` after NOW. */
function reportAt(seconds: number, fleet: FleetOptions): LagReport {
  const report = lagReport(readFleet(aFleet(fleet)), {sort: 'state', onlyBehind: false, failOverSeconds: null})
  return {...report, takenAt: timestamp(NOW + seconds)}
}

/** Frames ten seconds apart, each of the fleet that it shows. */
function framesOf(fleets: FleetOptions[]): LagFrame[] {
  const next = rememberFrames()
  return fleets.map((fleet, index) => next(reportAt(10 * index, fleet), new Map()))
}

const oneAgent = (options: AgentOptions = {}): FleetOptions => ({agents: [anAgent(options)]})
const healthy = oneAgent()
const outage = oneAgent({queues: [{doing: 'retrying', forSeconds: 600}]})
const told = ({changes}: LagFrame | undefined = {changes: [], gone: 0, rows: [], report: reportAt(0, healthy)}) =>
  changes.map(({context, agent, queue, what}) => [context, agent, queue].filter(Boolean).join(' ').concat(`: ${what}`))

describe('the history of a queue', () => {
  it('is one value for each frame, of which the last sixty are kept', () => {
    const frames = framesOf(Array.from({length: 70}, () => healthy))
    expect(frames[2]?.rows[0]?.trend.lagSeconds).toHaveLength(3)
    const {trend} = frames[69]?.rows[0] ?? {}
    expect([trend?.lagSeconds.length, trend?.deliveredPerSecond.length, trend?.offeredPerSecond.length]).toEqual([
      60, 60, 60,
    ])
    expect(trend?.deliveredPerSecond.at(-1)).toBe(180)
  })
  it('has no rates from a single scrape: those are means since the start', () => {
    const [frame] = framesOf([oneAgent({intervalSeconds: 0})])
    expect(frame?.rows[0]?.trend.deliveredPerSecond).toEqual([null])
  })
  it('has a gap where the agent could not be looked at', () => {
    const agent = anAgent({scrapes: [aFailure('forbidden', 'no')]})
    agent.evidence.buildInfo = aFailure('forbidden', 'no') // its image then says "v3.5.0"
    const frames = framesOf([healthy, {agents: [agent]}, healthy])
    expect(frames[2]?.rows[0]?.trend.deliveredPerSecond).toEqual([180, null, 180])
    expect(told(frames[1])).toEqual([
      'cluster2 agent-0: delivering -> unknown: may not port-forward or proxy to the pod',
    ])
    expect(told(frames[2])).toEqual(['cluster2 agent-0: unknown -> delivering'])
    expect(frames[2]?.changes.map(({states}) => states)).toEqual([{from: 'unknown', to: 'delivering'}])
  })
  it('goes on when a reload gives the queue another name', () => {
    const named = (name: string) => oneAgent({queues: [{name}]})
    const frames = framesOf([named('7b9425'), named('1f2a3b')])
    expect(frames[1]?.rows[0]?.trend.deliveredPerSecond).toEqual([180, 180])
    expect(told(frames[1])).toEqual(['cluster2 agent-0 1f2a3b: was called 7b9425 before a reload'])
  })
  it('does not go over to another queue when two were replaced by two', () => {
    const named = (...names: string[]) => oneAgent({queues: names.map(name => ({name}))})
    const [, frame] = framesOf([named('a', 'b'), named('c', 'd')])
    expect(frame?.rows.map(({trend}) => trend.deliveredPerSecond)).toEqual([[180], [180]])
    expect(told(frame).sort()).toEqual([
      'cluster2 agent-0 a: no longer configured',
      'cluster2 agent-0 b: no longer configured',
      'cluster2 agent-0 c: new, delivering',
      'cluster2 agent-0 d: new, delivering',
    ])
  })
})

describe('what changed', () => {
  it('is nothing in the first frame, nor where all is as it was', () => {
    expect(framesOf([outage, outage]).map(frame => told(frame))).toEqual([[], []])
  })
  it('names queue, states and reason', () => {
    const [, into, out] = framesOf([healthy, outage, healthy])
    expect(told(into)).toEqual([
      'cluster2 agent-0 central: delivering -> behind: retries and finishes nothing, 9 min behind',
    ])
    expect(told(out)).toEqual(['cluster2 agent-0 central: behind -> delivering'])
    expect(into?.changes[0]?.at).toBe(timestamp(NOW + 10))
  })
  it('tells of shards, of a version, and of agents that come and go', () => {
    const shards = (current: number) => oneAgent({queues: [{figures: {shards: {current}}}]})
    expect(told(framesOf([shards(12), shards(20)])[1])).toEqual(['cluster2 agent-0 central: shards 12 -> 20'])
    expect(told(framesOf([oneAgent({version: '3.5.0'}), oneAgent({version: '3.6.0'})])[1])).toEqual([
      'cluster2 agent-0: version 3.5.0 -> 3.6.0',
    ])
    const two = {agents: [anAgent(), anAgent({pod: 'agent-1'})]}
    const frames = framesOf([healthy, two, healthy])
    expect([told(frames[1]), told(frames[2])]).toEqual([
      ['cluster2 agent-1: new, delivering'],
      ['cluster2 agent-1: gone'],
    ])
  })
  it('does not tell that the second scrape has settled what one could not', () => {
    const unsettled = oneAgent({intervalSeconds: 0, queues: [{figures: {failed: 1_000_000}}]})
    expect(framesOf([unsettled])[0]?.rows[0]?.state).toBe('unknown')
    expect(told(framesOf([unsettled, healthy])[1])).toEqual([])
  })
  it('tells that an agent is known again, where it told that it was not', () => {
    const young = oneAgent({uptimeSeconds: 20})
    expect(framesOf([young])[0]?.rows[0]?.state).toBe('unknown')
    const frames = framesOf([healthy, young, young, healthy, healthy])
    expect(frames.map(frame => told(frame).map(text => text.replace(/: started.*/, '')))).toEqual([
      [],
      ['cluster2 agent-0 central: delivering -> unknown'],
      [],
      ['cluster2 agent-0 central: unknown -> delivering'],
      [],
    ])
  })
  it('takes the tag of the image of an agent that does not answer for no version of it', () => {
    const gone = oneAgent({version: '3.6.0', scrapes: [aFailure('unreachable', 'connection refused')]})
    const reads = (version: string) => oneAgent({version})
    const versionsTold = (fleets: FleetOptions[]) =>
      framesOf(fleets).flatMap(frame => told(frame).filter(text => text.includes('version')))
    expect(versionsTold([reads('3.5.0'), gone, reads('3.5.0')])).toEqual([])
    expect(versionsTold([reads('3.5.0'), gone, gone, reads('3.6.0')])).toEqual([
      'cluster2 agent-0: version 3.5.0 -> 3.6.0',
    ])
  })
  it('tells once that a context stopped answering, and that it answers again', () => {
    const frames = framesOf([healthy, unreachable, unreachable, healthy])
    expect(frames.map(frame => told(frame))).toEqual([
      [],
      ['cluster2: its API server did not answer within 5 s'],
      [],
      ['cluster2: answers again'],
    ])
  })
  it('compares an agent with what it was before its context was away', () => {
    expect(told(framesOf([healthy, unreachable, outage])[2])).toEqual([
      'cluster2: answers again',
      'cluster2 agent-0 central: delivering -> behind: retries and finishes nothing, 9 min behind',
    ])
  })
})

describe('a context that does not answer', () => {
  it('keeps its last good rows, which say how old they are, below the row that says why', () => {
    const [, , third] = framesOf([healthy, unreachable, unreachable])
    expect(third?.rows.map(({of, staleSeconds, problem}) => [of, staleSeconds, problem])).toEqual([
      ['context', null, null],
      ['queue', 20, 'its API server did not answer within 5 s'],
    ])
    expect(third?.report.rows).toHaveLength(1)
    expect(third?.rows[1]?.trend.deliveredPerSecond).toEqual([180, null, null])
  })
  it('has its loss clock counted down meanwhile, to nothing at the most', () => {
    const clockOf = (frame: LagFrame | undefined) => frame?.rows.at(-1)?.queue?.lossClock.earliestSeconds ?? null
    const frames = framesOf([outage, unreachable, unreachable])
    const seconds = clockOf(frames[0])
    expect(seconds).toBeGreaterThan(20)
    expect(clockOf(frames[2])).toBe(Number(seconds) - 20)
    const next = rememberFrames()
    next(reportAt(0, outage), new Map())
    expect(clockOf(next(reportAt(10 * 86_400, unreachable), new Map()))).toBe(0)
  })
  it('has nothing to show that was never read', () => {
    const [frame] = framesOf([unreachable])
    expect(frame?.rows.map(({of}) => of)).toEqual(['context'])
  })
  it('is shown with its age where it is only late', () => {
    const next = rememberFrames()
    next(reportAt(0, healthy), new Map())
    const {rows} = next(reportAt(10, healthy), new Map([['cluster2', timestamp(NOW - 2)]]))
    expect(rows[0]).toMatchObject({staleSeconds: 12, problem: null})
    expect(rows[0]?.trend.deliveredPerSecond).toEqual([180, null])
  })
})

describe('a central that is watched, and dies', () => {
  const refused = aFailure('unreachable', 'http://central:9090: connection refused')
  const seen = (ageSeconds = 20): Partial<CentralFleetEvidence> => {
    return {looks: [look([['cluster2', ageSeconds]])], queues: queues(queue('cluster2'))}
  }
  const halfSeen = {...seen(), queues: refused}
  const unseen = {looks: [refused], queues: refused}
  const framesFromCentral = (parts: Partial<CentralFleetEvidence>[]) => {
    const next = rememberFrames()
    const usual = {sort: 'state', onlyBehind: false, failOverSeconds: null} as const
    return parts.map((part, index) => {
      const report = lagReportFromCentral(fleetFromCentral(part), THRESHOLDS, usual)
      return next({...report, takenAt: timestamp(NOW + 10 * index)}, new Map())
    })
  }
  it('is told once, and that it answers again, and of its agents nothing', () => {
    const frames = framesFromCentral([seen(), halfSeen, unseen, unseen, seen(), seen()])
    expect(frames.map(frame => told(frame))).toEqual([
      [],
      [
        `http://central:9090: the central no longer answers all that it is asked: not all could be read: ${refused.detail}`,
      ],
      [],
      [],
      ['http://central:9090: the central answers again'],
      [],
    ])
    const [, whole] = framesFromCentral([seen(), unseen])
    expect(told(whole)).toEqual([`http://central:9090: the central no longer answers: ${refused.detail}`])
  })
  it('leaves the last rows, which are not known now', () => {
    const frames = framesFromCentral([seen(), unseen, unseen])
    expect(frames[2]?.rows.map(({of, state, staleSeconds, problem}) => ({of, state, staleSeconds, problem}))).toEqual([
      {of: 'context', state: 'unknown', staleSeconds: null, problem: null},
      {of: 'queue', state: 'delivering', staleSeconds: 20, problem: refused.detail},
    ])
    // What is half answered is of now, and stands for what it stood beside before.
    const [, half] = framesFromCentral([seen(), halfSeen])
    expect(half?.rows.filter(({of}) => of === 'queue')).toHaveLength(1)
  })
  it('tells meanwhile what became of an agent', () => {
    const frames = framesFromCentral([seen(), unseen, seen(3000)])
    expect(told(frames[2])).toEqual([
      'http://central:9090: the central answers again',
      expect.stringContaining('delivering -> '),
    ])
  })
  it('that never answered all that it is asked still tells which agents come and go', () => {
    const both = {
      ...halfSeen,
      looks: [
        look([
          ['cluster2', 20],
          [{cluster: 'cluster2', shard: 'b'}, 20],
        ]),
      ],
    }
    const frames = framesFromCentral([halfSeen, both, halfSeen])
    expect([told(frames[1]), told(frames[2])]).toEqual([
      [expect.stringContaining(': new, delivering')],
      [expect.stringContaining(': gone')],
    ])
  })
})
