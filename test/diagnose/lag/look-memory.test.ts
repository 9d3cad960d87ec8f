/** Looks that follow each other, one scrape each: what they say together. */
import {describe, expect, it} from 'vitest'
import {rememberLooks} from '../../../src/diagnose/lag/look-memory.ts'
import {decideAgentState} from '../../../src/diagnose/state.ts'
import type {AgentEvidence, ContextEvidence, Failure} from '../../../src/evidence/types.ts'
import {readFleet} from '../../../src/facts/fleet.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import {aFailure, aFleet, anAgent, aScrape, NOW, type QueueFigures} from '../../builders/evidence.ts'

const RATE = 180
const notAsked = aFailure('not-applicable', 'this command does not ask for it')
const unread = {config: notAsked, flags: notAsked, targets: notAsked, log: notAsked, events: notAsked, claims: notAsked}

interface Moment {
  /** Seconds after NOW. */
  at: number
  /** Since NOW, if not a day before. */
  startedAt?: number
  queue?: QueueFigures
  lastReloadAt?: number
  /** Configuration, log and the rest were read. */
  reads?: boolean
  failure?: Failure
}

/** A look at one agent that has been scraping for a day and sends all of it, unless said otherwise. */
function look({at, startedAt, queue, lastReloadAt, reads = false, failure}: Moment): ContextEvidence {
  const uptime = startedAt === undefined ? 86_400 + at : at - startedAt
  const sent = {total: RATE * uptime, bytes: RATE * uptime * 25, highestSent: NOW + at - 2, recordsRead: uptime}
  const scrape = aScrape({
    at: NOW + at,
    uptime,
    samplesIn: RATE * uptime,
    highestTimestamp: NOW + at - 1,
    queues: [{name: 'central', ...sent, pending: 180, ...queue}],
    ...(lastReloadAt !== undefined && {lastReloadAt: NOW + lastReloadAt}),
  })
  const agent = anAgent({scrapes: [failure ?? scrape]})
  if (!reads) Object.assign(agent.evidence, unread)
  return aFleet({agents: [agent]}).contexts[0] as ContextEvidence
}

/** A queue whose central has been away since `since`: it sends again and again, and finishes nothing. */
const blocked = (at: number, since: number): QueueFigures => ({
  total: RATE * (86_400 + since) + 400 * (at - since),
  retried: 400 * (at - since),
  bytes: RATE * (86_400 + since) * 25,
  highestSent: NOW + since - 2,
  pending: 10_000,
})

function stateOf(evidence: ContextEvidence): {state: string; reason: string; scrapes: number} {
  const [agent] = readFleet({...aFleet({agents: []}), contexts: [evidence]}).agents
  if (agent === undefined) throw new Error('no agent')
  const {state, reason} = decideAgentState(agent)
  return {state, reason, scrapes: agent.window.scrapes}
}

function watch(moments: Moment[]): {state: string; reason: string; scrapes: number}[] {
  const memory = rememberLooks(THRESHOLDS)
  return moments.map(moment => stateOf(memory.join(look(moment), true)))
}

const states = (moments: Moment[]) => watch(moments).map(({state}) => state)
const agentOf = (evidence: ContextEvidence) => evidence.agents[0] as AgentEvidence

describe('looks that take one scrape each', () => {
  it('have the scrape of the look before as the begin of their window', () => {
    const memory = rememberLooks(THRESHOLDS)
    expect(agentOf(memory.join(look({at: 0}), true)).scrapes).toHaveLength(1)
    const second = memory.join(look({at: 10}), true)
    const [agent] = readFleet({...aFleet({agents: []}), contexts: [second]}).agents
    expect(agent?.window.secondsBetween).toBe(10)
    expect(agent?.queues[0]).toMatchObject({delivered: 1800, interval: 'valid'})
    expect(agentOf(memory.join(look({at: 20}), true)).scrapes).toHaveLength(2)
  })
  it('a second apart still look back ten seconds, in less of which nothing can be said', () => {
    const memory = rememberLooks(THRESHOLDS)
    const seconds = Array.from({length: 40}, (_, at) => {
      const [agent] = readFleet({...aFleet({agents: []}), contexts: [memory.join(look({at}), true)]}).agents
      return agent?.window.secondsBetween ?? 0
    })
    expect(seconds.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const window of seconds.slice(10)) {
      expect(window).toBeGreaterThanOrEqual(9)
      expect(window).toBeLessThan(15)
    }
  })
  it('hold no more of an earlier scrape than its window needs, however often they are taken', () => {
    const memory = rememberLooks(THRESHOLDS)
    const joined = Array.from({length: 40}, (_, at) => agentOf(memory.join(look({at}), true))).at(-1)
    const [first, newest] = (joined?.scrapes ?? []).map(scrape => (scrape.ok ? scrape.value.text : ''))
    expect(joined?.scrapes).toHaveLength(2)
    expect(newest).toContain('# TYPE')
    expect(first).not.toMatch(/^#|_bucket\{/m)
    expect(first).toContain('prometheus_remote_storage_samples_total')
  })
  it('of which each is minutes after the one before still have a window', () => {
    const memory = rememberLooks(THRESHOLDS, {intervalSeconds: 600})
    memory.join(look({at: 0}), true)
    expect(agentOf(memory.join(look({at: 600}), true)).scrapes).toHaveLength(2)
  })
  it('say the same of a look that is joined while it goes on and again at its end', () => {
    const memory = rememberLooks(THRESHOLDS)
    memory.join(look({at: 0}), true)
    const once = memory.join(look({at: 10}), false)
    expect(memory.join(look({at: 10}), true)).toEqual(once)
  })
  it('do not take an old scrape for the present where the newest one failed', () => {
    const failure = aFailure('timeout', 'no answer within 10 s')
    const [, failed, after] = watch([{at: 0}, {at: 10, failure}, {at: 20}])
    expect(failed).toMatchObject({state: 'unknown', scrapes: 0})
    expect(after).toMatchObject({state: 'delivering', scrapes: 2})
  })
  it('judge an agent by one scrape that was not seen for long: rates would be means over a time nobody looked', () => {
    expect(watch([{at: 0}, {at: 600}])[1]).toMatchObject({state: 'delivering', scrapes: 1})
  })
  it('forget agents that are gone, and keep those of a context that cannot be read', () => {
    const memory = rememberLooks(THRESHOLDS)
    const gone = {...look({at: 10}), agents: []}
    memory.join(look({at: 0}), true)
    memory.join({...gone, podLists: []}, true)
    expect(agentOf(memory.join(look({at: 20}), true)).scrapes).toHaveLength(2)
    memory.join(gone, true)
    expect(agentOf(memory.join(look({at: 30}), true)).scrapes).toHaveLength(1)
  })
})

describe('an outage, look by look,', () => {
  const outage = (ats: number[]): Moment[] => [
    {at: -20},
    {at: -10},
    {at: 0},
    ...ats.map(at => ({at, queue: blocked(at, 0)})),
  ]
  it('is told when nothing was finished in two windows, before the lag says so', () => {
    expect(states(outage([10, 20])).slice(3)).toEqual(['delivering', 'behind'])
  })
  it('that lasts for one retry is none', () => {
    const blip = {at: 10, queue: blocked(10, 0)}
    const after = {...blocked(10, 0), highestSent: NOW + 18, total: RATE * 86_420 + 4000, bytes: RATE * 86_420 * 25}
    expect(states([{at: -20}, {at: -10}, {at: 0}, blip, {at: 20, queue: after}])).toEqual(
      Array.from({length: 5}, () => 'delivering'),
    )
  })
  it('ends with the first batch that is finished', () => {
    const caughtUp = {total: RATE * 86_490 + 4000, retried: 4000, bytes: RATE * 86_490 * 25, highestSent: NOW + 88}
    const all = states([...outage([10, 20, 30]), {at: 90, queue: caughtUp}])
    expect(all.at(-1)).toBe('delivering')
  })
})

describe('an agent that restarts between two looks', () => {
  it('is too young to say anything of at first, and shows no negative rates', () => {
    const restarted = {startedAt: 5, queue: {total: 900, bytes: 20_000, highestSent: NOW + 8}}
    const memory = rememberLooks(THRESHOLDS)
    memory.join(look({at: 0}), true)
    const first = memory.join(look({at: 10, ...restarted}), true)
    expect(stateOf(first)).toMatchObject({state: 'unknown', reason: 'restarted 5 s ago, too early to say'})
    const second = memory.join(
      look({at: 20, startedAt: 5, queue: {total: 2700, bytes: 60_000, highestSent: NOW + 18}}),
      true,
    )
    const [agent] = readFleet({...aFleet({agents: []}), contexts: [second]}).agents
    expect(agent?.queues[0]?.deliveredPerSecond).toBe(180)
    expect(agent?.interval).toBe('valid')
  })
  it('while it was late has lost what was unsent: losing until what it sends has passed the restart', () => {
    const late = (at: number): Moment => ({at, queue: blocked(at, -600)})
    const since = (at: number, sentUpTo: number | null): Moment => ({
      at,
      startedAt: 15,
      queue: {
        total: 180 * (at - 15),
        retried: 0,
        bytes: sentUpTo === null ? 0 : 1000,
        highestSent: sentUpTo === null ? null : NOW + sentUpTo,
      },
    })
    const seen = watch([late(0), late(10), since(20, null), since(30, null), since(150, 148), since(160, 158)])
    expect(seen.map(({state}) => state)).toEqual(['behind', 'behind', 'losing', 'losing', 'delivering', 'delivering'])
    expect(seen[3]?.reason).toContain('restarted at')
  })
  it('again and again is judged by what waited before the first time', () => {
    const late = (at: number): Moment => ({at, queue: blocked(at, -600)})
    const young = (at: number, startedAt: number): Moment => ({
      at,
      startedAt,
      queue: {highestSent: null, total: 0, bytes: 0},
    })
    expect(states([late(0), young(10, 5), young(20, 15), young(30, 25)])).toEqual([
      'behind',
      'losing',
      'losing',
      'losing',
    ])
  })
})

describe('a queue that a reload renamed, on an agent that scrapes every 15 s,', () => {
  const INTERVAL = 15
  const DEADLINE = 5
  const scrapeBefore = (at: number) => INTERVAL * Math.floor(at / INTERVAL)
  /** Each scrape is sent when the batch deadline is up. */
  const sentScrapeBefore = (at: number) => scrapeBefore(at - DEADLINE)
  const samplesBetween = (from: number, to: number) => (RATE / 2) * Math.max(0, to - from)
  const lookAt = (at: number, reloadedAt: number): ContextEvidence => {
    const isNew = at >= reloadedAt
    const builtAt = isNew ? scrapeBefore(reloadedAt) : -86_400
    const sent = samplesBetween(builtAt, sentScrapeBefore(at))
    const scrape = aScrape({
      at: NOW + at,
      uptime: 86_400 + at,
      samplesIn: samplesBetween(-86_400, scrapeBefore(at)),
      highestTimestamp: NOW + scrapeBefore(at),
      ...(isNew && {lastReloadAt: NOW + reloadedAt}),
      extra: 'prometheus_target_interval_length_seconds{interval="15s",quantile="0.99"} 15',
      queues: [
        {
          name: isNew ? 'mimir' : 'central',
          ...{total: sent, bytes: sent * 25, highestSent: sent > 0 ? NOW + sentScrapeBefore(at) : null},
          pending: samplesBetween(Math.max(builtAt, sentScrapeBefore(at)), scrapeBefore(at)),
          recordsRead: samplesBetween(builtAt, scrapeBefore(at)),
        },
      ],
    })
    const agent = anAgent({scrapes: [scrape]})
    Object.assign(agent.evidence, unread)
    return aFleet({agents: [agent]}).contexts[0] as ContextEvidence
  }

  it.each([1, 2, 5, 10])(
    'is unknown until it has sent, and delivers from then on: %i s apart, whenever the reload was',
    period => {
      for (let reloadedAt = 30; reloadedAt < 45; reloadedAt += 0.7) {
        const memory = rememberLooks(THRESHOLDS)
        const seen: string[] = []
        for (let at = 0; at <= 120; at += period) {
          const {state} = stateOf(memory.join(lookAt(at, reloadedAt), true))
          if (at >= reloadedAt && state !== seen.at(-1)) seen.push(state)
        }
        expect(seen.join(' -> ')).toMatch(/^(unknown -> )?delivering$/)
      }
    },
  )
})

describe('configuration and log are read', () => {
  const wants = (moments: Moment[], asked: Moment) => {
    const memory = rememberLooks(THRESHOLDS)
    for (const moment of moments) memory.join(look(moment), true)
    return memory.wantsMore('cluster2', agentOf(look(asked)))
  }
  const inTrouble = (at: number, reads = false): Moment => ({at, reads, queue: blocked(at, -600)})

  it('never of an agent that delivers', () => {
    expect(wants([{at: 0}], {at: 10})).toBe(false)
  })
  it('as soon as it does not', () => {
    expect(wants([{at: 0}], inTrouble(10))).toBe(true)
  })
  it('not again within a minute, and again within two', () => {
    expect(wants([inTrouble(0, true)], inTrouble(10))).toBe(false)
    expect(wants([inTrouble(0, true), inTrouble(50)], inTrouble(60))).toBe(false)
    expect(wants([inTrouble(0, true), inTrouble(50), inTrouble(100)], inTrouble(110))).toBe(true)
  })
  it('once of every agent where a central is looked at, which knows it by its labels', () => {
    const memory = rememberLooks(THRESHOLDS, {readsConfiguration: true})
    const asks = (moment: Moment) => memory.wantsMore('cluster2', agentOf(look(moment)))
    expect(asks({at: 0})).toBe(true)
    memory.join(look({at: 0, reads: true}), true)
    expect(asks({at: 10})).toBe(false)
    expect(agentOf(memory.join(look({at: 10}), true)).config.ok).toBe(true)
    memory.join(look({at: 20, lastReloadAt: 15}), true)
    expect(asks({at: 30, lastReloadAt: 15})).toBe(true)
  })
  it('again after a reload, whose configuration is another', () => {
    const reloaded = {...inTrouble(10), lastReloadAt: 5}
    expect(wants([{...inTrouble(0, true), lastReloadAt: -1000}], {...inTrouble(10), lastReloadAt: -1000})).toBe(false)
    expect(wants([{...inTrouble(0, true), lastReloadAt: -1000}], reloaded)).toBe(true)
  })
  it('and are part of every look until they are read again', () => {
    const memory = rememberLooks(THRESHOLDS)
    memory.join(look(inTrouble(0, true)), true)
    const {config, log} = agentOf(memory.join(look(inTrouble(10)), true))
    expect([config.ok, log.ok]).toEqual([true, true])
  })
})
