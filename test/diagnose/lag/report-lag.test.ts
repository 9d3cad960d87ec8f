import {describe, expect, it} from 'vitest'
import {runChecks} from '../../../src/checks/run.ts'
import {diagnose} from '../../../src/diagnose/diagnose.ts'
import type {LagReport} from '../../../src/diagnose/lag/lag-report.ts'
import {LAG_SORTS, type LagSort} from '../../../src/diagnose/lag/order.ts'
import {assembleLagReport, type LagOptions, lagReport} from '../../../src/diagnose/lag/report-lag.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {readFleet} from '../../../src/facts/fleet.ts'
import {type AgentOptions, aFailure, aFleet, anAgent, type FleetOptions, NOW} from '../../builders/evidence.ts'

const usual: LagOptions = {sort: 'state', onlyBehind: false, failOverSeconds: null}

function lagOf(fleet: FleetOptions, options: Partial<LagOptions> = {}): LagReport {
  return lagReport(readFleet(aFleet(fleet)), {...usual, ...options})
}

const rowOf = (agent: AgentOptions) => lagOf({agents: [anAgent(agent)]}).rows[0]!

const timeout = aFailure('timeout', 'its API server did not answer within 5 s')
const incident: FleetOptions = {
  agents: [
    anAgent({context: 'cluster4', rate: 420}),
    anAgent({context: 'cluster2', queues: [{doing: 'failing', forSeconds: 660}]}),
    anAgent({context: 'cluster3', rate: 95, queues: [{doing: 'retrying', forSeconds: 2460}]}),
    anAgent({context: 'cluster6', queues: [{doing: 'catching-up', forSeconds: 2400}]}),
    anAgent({context: 'cluster7', queues: []}),
    anAgent({context: 'cluster8', scrapes: [aFailure('forbidden', 'no')]}),
  ],
  contexts: {cluster5: {serverVersion: timeout}, cluster9: {}},
}

describe('the rows of lag', () => {
  it('are one for each queue, each agent without a queue, and each context that could not be read', () => {
    const {rows, summary, contexts} = lagOf(incident)
    expect(rows.map(({of, key}) => `${of} ${key}`).sort()).toEqual([
      'agent cluster7/monitoring/agent-0',
      'agent cluster8/monitoring/agent-0',
      'context cluster5',
      'queue cluster2/monitoring/agent-0',
      'queue cluster3/monitoring/agent-0',
      'queue cluster4/monitoring/agent-0',
      'queue cluster6/monitoring/agent-0',
    ])
    expect(summary).toEqual({
      contexts: 8,
      agents: 6,
      queues: 4,
      losing: 1,
      silent: 1,
      behind: 2,
      unknown: 2,
      delivering: 1,
    })
    expect(contexts.find(({name}) => name === 'cluster9')).toMatchObject({agents: 0, state: 'unknown', reachable: true})
  })
  it('have the states that the doctor gives the same evidence', () => {
    const facts = readFacts(aFleet(incident))
    const {agents} = diagnose(facts, runChecks(facts), {failOn: 'error'})
    const doctor = agents.flatMap(({key, state, stateReason, queues}) =>
      queues.length === 0 ? [[key, state, stateReason]] : queues.map(queue => [key, queue.state, queue.stateReason]),
    )
    const lag = lagReport(facts, usual).rows.filter(({of}) => of !== 'context')
    expect(lag.map(({key, state, stateReason}) => [key, state, stateReason]).sort()).toEqual(doctor.sort())
  })
  it('show a refused queue as losing, whatever its lag', () => {
    const {state, queue} = rowOf({queues: [{doing: 'failing', forSeconds: 660}]})
    expect(state).toBe('losing')
    expect(queue?.lagSeconds).toBe(1)
    expect(queue?.deliveredPerSecond).toBe(0)
  })
  it('do not call a shard silent that was dealt no targets, though of its siblings only the metrics were read', () => {
    const unread = aFailure('not-applicable', 'this command does not ask for it')
    const idle: AgentOptions = {
      ...{pod: 'agent-shard-1-0', shard: 1, targets: {active: 0, up: 0, pools: []}},
      ...{
        figures: {samplesIn: 0, highestTimestamp: null},
        queues: [{doing: 'idle', figures: {total: 0, highestSent: null}}],
      },
    }
    const sibling: AgentOptions = {pod: 'agent-shard-0-0', shard: 0, targets: unread, config: unread}
    const stateOf = (...agents: AgentOptions[]) =>
      lagOf({agents: agents.map(anAgent)}).rows.find(({pod}) => pod === idle.pod)?.state
    expect(stateOf(idle, sibling)).toBe('delivering')
    expect(stateOf(idle, {...sibling, figures: {highestTimestamp: NOW - 600}})).toBe('silent')
    expect(stateOf(idle)).toBe('silent')
  })
  it('tell catch-up and loss by yes, never and unknown', () => {
    expect(rowOf({queues: [{doing: 'catching-up', forSeconds: 2400}]}).queue?.catchUp.verdict).toBe('yes')
    expect(rowOf({queues: [{doing: 'retrying', forSeconds: 600}]}).queue?.catchUp.verdict).toBe('never')
    const unknown = rowOf({intervalSeconds: 0, queues: [{doing: 'retrying', forSeconds: 600}]}).queue
    expect(unknown?.catchUp.verdict).toBe('unknown')
    expect(rowOf({}).queue?.lossClock.status).toBe('not-needed')
    expect(rowOf({queues: [{doing: 'retrying', forSeconds: 600}]}).queue?.lossClock.status).toBe('known')
  })
  it('have rates since the start, and say so, where there is one scrape', () => {
    const {rows, isSingleScrape} = lagOf({agents: [anAgent({intervalSeconds: 0})], options: {intervalSeconds: 0}})
    expect(isSingleScrape).toBe(true)
    expect(rows[0]?.queue).toMatchObject({ratesOver: 'process-life', deliveredPerSecond: 180, offeredPerSecond: 180})
    expect(rows[0]?.state).toBe('delivering')
  })
  it('have no rates, and so none that are negative, of an agent that restarted between the scrapes', () => {
    const first = {total: 900_000_000, highestSent: NOW - 12}
    const {queue} = rowOf({uptimeSeconds: 90, queues: [{first, last: {total: 500, highestSent: NOW - 2}}]})
    expect([queue?.deliveredPerSecond, queue?.bytesPerSecond]).toEqual([null, null])
  })
})

describe('what the lag was read from', () => {
  const basisOf = (agent: AgentOptions) => rowOf(agent).lagBasis
  it('is the newest scraped less the newest delivered, by the clock of the agent', () => {
    expect(basisOf({})).toEqual({
      metrics: [
        'prometheus_remote_storage_highest_timestamp_in_seconds',
        'prometheus_remote_storage_queue_highest_sent_timestamp_seconds',
      ],
      clock: 'agent',
      note: 'newest scraped less newest delivered',
    })
  })
  it('is never the mark of 3.7 and later that freezes with a blocked queue', () => {
    const agent: AgentOptions = {
      version: '3.7.3',
      queues: [{doing: 'retrying', forSeconds: 900, last: {highestEnqueued: NOW - 895}}],
    }
    expect(rowOf(agent).queue?.lagSeconds).toBe(899)
    expect(basisOf(agent).note).toContain('not the queue_highest_timestamp_seconds, which stops with a blocked queue')
    expect(basisOf({version: '3.6.0'}).note).not.toContain('not the queue_highest_timestamp_seconds')
  })
  it('is that nothing waits, whatever the marks say', () => {
    const idle = basisOf({queues: [{doing: 'idle', figures: {highestSent: NOW - 400}}]})
    expect(idle).toMatchObject({clock: null, note: 'nothing is pending and the reader is at the end of the WAL'})
  })
  it.each(['2.42.0', '2.53.0', '3.5.0'])(
    'is the age of a queue that never delivered, absent or zero as its mark is (%s)',
    version => {
      const agent: AgentOptions = {version, uptimeSeconds: 600, queues: [{doing: 'retrying', forSeconds: 9000}]}
      expect(basisOf(agent)).toMatchObject({metrics: ['process_start_time_seconds'], clock: 'agent'})
      expect(rowOf(agent).queue).toMatchObject({lagSeconds: 600, lagSource: 'uptime-lower-bound'})
    },
  )
  it('is nothing where a scraped timestamp lies in the future, and says so', () => {
    const agent: AgentOptions = {figures: {highestTimestamp: NOW + 500}, queues: [{figures: {highestSent: NOW + 499}}]}
    expect(rowOf(agent).queue?.lagSeconds).toBeNull()
    expect(basisOf(agent)).toMatchObject({metrics: [], clock: null})
    expect(basisOf(agent).note).toMatch(/^a scraped timestamp lies in the future/)
  })
})

describe('the totals of a context', () => {
  it('are sums of what is known, and the worst lag', () => {
    const agents = [
      anAgent({rate: 100}),
      anAgent({pod: 'agent-1', rate: 50, queues: [{doing: 'retrying', forSeconds: 900}]}),
    ]
    expect(lagOf({agents}).contexts[0]).toMatchObject({
      name: 'cluster2',
      state: 'behind',
      totals: {
        queues: 2,
        lagSeconds: 899,
        deliveredPerSecond: 100,
        offeredPerSecond: 150,
        bytesPerSecond: 2500,
        retriedBytesPerSecond: 10_000,
      },
    })
  })
  it('are null of what is known of no queue', () => {
    const {contexts} = lagOf({agents: [], contexts: {cluster5: {serverVersion: timeout}}})
    expect(contexts[0]?.totals).toEqual({
      ...{queues: 0, lagSeconds: null, deliveredPerSecond: null, offeredPerSecond: null},
      ...{pendingSamples: null, bytesPerSecond: null, retriedBytesPerSecond: null},
    })
  })
})

describe('the order of the rows', () => {
  const contextsBy = (sort: LagSort) => lagOf(incident, {sort}).rows.map(({context}) => context)
  it('is worst first: losing, silent, behind, unknown, delivering; then by loss and lag', () => {
    expect(contextsBy('state')).toEqual([
      'cluster2',
      'cluster7',
      'cluster3',
      'cluster6',
      'cluster5',
      'cluster8',
      'cluster4',
    ])
  })
  it('is that of the figure asked for, unknown ones last', () => {
    expect(contextsBy('lag').slice(0, 2)).toEqual(['cluster3', 'cluster6'])
    expect(contextsBy('lag').slice(-3)).toEqual(['cluster7', 'cluster5', 'cluster8'])
    expect(contextsBy('loss')[0]).toBe('cluster2')
    expect(contextsBy('context')).toEqual([
      'cluster2',
      'cluster3',
      'cluster4',
      'cluster5',
      'cluster6',
      'cluster7',
      'cluster8',
    ])
    expect(contextsBy('delivered').slice(0, 2)).toEqual(['cluster2', 'cluster3'])
    expect(contextsBy('failed')[0]).toBe('cluster2')
    expect(contextsBy('retried')[0]).toBe('cluster3')
    expect(contextsBy('network')[0]).toBe('cluster4')
    expect(contextsBy('pending')[0]).toBe('cluster3')
  })
  it.each(LAG_SORTS)('does not depend on the order of the evidence (%s)', sort => {
    const reversed = {...incident, agents: [...(incident.agents ?? [])].reverse()}
    const keys = (fleet: FleetOptions) => lagOf(fleet, {sort}).rows.map(({key}) => key)
    expect(keys(reversed)).toEqual(keys(incident))
  })
  it('leaves out what delivers with --only-behind, and counts it all the same', () => {
    const {rows, summary, exitCode} = lagOf(incident, {onlyBehind: true})
    expect(rows.map(({context}) => context)).not.toContain('cluster4')
    expect(rows).toHaveLength(6)
    expect([summary.delivering, exitCode]).toEqual([1, 1])
  })
})

describe('the exit code', () => {
  const codeOf = (agents: AgentOptions[], options: Partial<LagOptions> = {}, contexts: FleetOptions['contexts'] = {}) =>
    lagOf({agents: agents.map(anAgent), contexts}, options).exitCode
  const late: AgentOptions = {queues: [{doing: 'retrying', forSeconds: 900}]}
  const refused: AgentOptions = {queues: [{doing: 'failing', forSeconds: 900}]}
  const unread: AgentOptions = {pod: 'agent-9', scrapes: [aFailure('forbidden')]}
  it('is 0 when every queue delivers', () => {
    expect(codeOf([{}])).toBe(0)
  })
  it('is 1 when one loses data, is behind or silent, though others cannot be looked at', () => {
    for (const agent of [late, refused, {queues: []}]) expect(codeOf([agent, unread])).toBe(1)
  })
  it('is 3 when one cannot be judged, a context cannot be read, or there is no agent', () => {
    expect(codeOf([{}, unread])).toBe(3)
    expect(codeOf([{}], {}, {cluster5: {serverVersion: timeout}})).toBe(3)
    expect(codeOf([], {}, {cluster5: {}})).toBe(3)
  })
  it('is 0 when a context has no agent and all others deliver', () => {
    expect(codeOf([{}], {}, {central: {}})).toBe(0)
  })
  it('is that of an interruption, which wins', () => {
    expect(codeOf([late], {interruptedWith: 130})).toBe(130)
  })
  it('is 1 with --fail-over when a lag is over it, not when it is exactly that', () => {
    expect(codeOf([late], {failOverSeconds: 899})).toBe(0)
    expect(codeOf([late], {failOverSeconds: 898})).toBe(1)
  })
  it('is 1 with --fail-over when data never arrives, however small the lag', () => {
    expect(codeOf([refused], {failOverSeconds: 3600})).toBe(1)
    expect(codeOf([{queues: []}], {failOverSeconds: 3600})).toBe(1)
  })
  it('is 3 with --fail-over when a lag is not known', () => {
    expect(codeOf([{}, unread], {failOverSeconds: 60})).toBe(3)
    expect(codeOf([], {failOverSeconds: 60}, {cluster5: {}})).toBe(3)
    expect(codeOf([{figures: {highestTimestamp: NOW + 500}}], {failOverSeconds: 60})).toBe(3)
  })
  it('is 3 with --fail-over when a lag is at least something below it', () => {
    const never: AgentOptions = {uptimeSeconds: 600, queues: [{doing: 'retrying', forSeconds: 9000}]}
    expect(codeOf([never], {failOverSeconds: 3600})).toBe(3)
    expect(codeOf([never], {failOverSeconds: 599})).toBe(1)
  })
})

describe('which rule of --fail-over applied', () => {
  const failOverOf = (agents: AgentOptions[], failOverSeconds: number) =>
    lagOf({agents: agents.map(anAgent)}, {failOverSeconds}).failOver
  const late = (pod: string, forSeconds: number): AgentOptions => ({pod, queues: [{doing: 'retrying', forSeconds}]})
  it('is the limit, for the queue that is latest, with how many others', () => {
    expect(failOverOf([{}, late('agent-1', 900), late('agent-2', 1200)], 300)).toEqual({
      ...{rule: 'over', key: 'cluster2/monitoring/agent-2', queue: 'central', lagSeconds: 1199, others: 1},
    })
  })
  it('is not the limit where the lag is exactly that', () => {
    expect(failOverOf([late('agent-1', 900)], 899)).toMatchObject({rule: 'none-over', lagSeconds: 899, others: 0})
    expect(failOverOf([late('agent-1', 900)], 898)).toMatchObject({rule: 'over'})
  })
  it('is that data is lost, before any lag', () => {
    const refused: AgentOptions = {pod: 'agent-3', queues: [{doing: 'failing', forSeconds: 900}]}
    expect(failOverOf([late('agent-1', 900), refused], 300)).toMatchObject({
      ...{rule: 'losing', key: 'cluster2/monitoring/agent-3', others: 1},
    })
    expect(failOverOf([{queues: []}], 300)).toMatchObject({rule: 'silent', queue: null, lagSeconds: null})
  })
  it('is that nothing was seen where there is no agent', () => {
    expect(failOverOf([], 300)).toMatchObject({rule: 'nothing-seen', key: null})
  })
})

describe('a replica that delivers', () => {
  const late: AgentOptions = {queues: [{doing: 'retrying', forSeconds: 900}]}
  const noteOf = (...agents: AgentOptions[]) => lagOf({agents: agents.map(anAgent)}).rows[0]?.deliveringReplica
  it('is named beside the row of the one that does not, which is behind all the same', () => {
    const report = lagOf({agents: [anAgent(late), anAgent({pod: 'agent-1'})]})
    expect(report.rows[0]).toMatchObject({pod: 'agent-0', state: 'behind', deliveringReplica: 'agent-1'})
    expect(report.rows[1]).not.toHaveProperty('deliveringReplica')
    expect(report.exitCode).toBe(1)
  })
  it('is not where both are behind, it is not seen, it writes elsewhere, or another workload is meant', () => {
    expect(noteOf(late, {...late, pod: 'agent-1'})).toBeUndefined()
    expect(noteOf(late)).toBeUndefined()
    expect(noteOf(late, {pod: 'agent-1', queues: [{url: 'http://elsewhere.example/w'}]})).toBeUndefined()
    expect(noteOf(late, {pod: 'other-0', name: 'other'})).toBeUndefined()
  })
})

describe('a report of rows made elsewhere', () => {
  it('is put together as that of agents is', () => {
    const report = lagOf(incident)
    const {tool, takenAt, durationSeconds, ended, thresholds, isSingleScrape, rows, findings} = report
    const contexts = report.contexts.map(({name, reachable, agents, problem, noAgents, refused}) => {
      const lacks = {...(noAgents && {noAgents}), ...(refused && {refused})}
      return {name, reachable, agents, ...(problem !== undefined && {problem}), ...lacks}
    })
    const seen = {tool, takenAt, durationSeconds, ended, thresholds, isSingleScrape, seenFrom: 'agents' as const}
    expect(assembleLagReport({...seen, findings, contexts, rows: [...rows].reverse()}, usual)).toEqual(report)
  })
})
