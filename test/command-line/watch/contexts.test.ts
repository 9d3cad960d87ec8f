/** Contexts looked at again and again, each at its own pace. Times are those of a fake clock. */
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import type {ContextLook, Session} from '../../../src/collect/session.ts'
import {type WatchedFleet, watchContexts} from '../../../src/command-line/watch/contexts.ts'
import {rememberLooks} from '../../../src/diagnose/lag/look-memory.ts'
import type {FleetEvidence} from '../../../src/evidence/fleet.ts'
import type {ContextEvidence} from '../../../src/evidence/types.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import {secondsOf} from '../../../src/units.ts'
import {aFailure, aFleet, anAgent, aScrape} from '../../builders/evidence.ts'

type Pace = number | 'never'

/** How long each look at a context takes, in seconds, one after the other; the last one holds for all that follow. */
interface Behaviour {
  takes: Pace[]
  answers?: boolean[]
  agents?: string[]
  /** Pods of which nothing has come yet when it is peeked at. */
  slow?: string[]
}

const unread = aFailure('timeout', 'not read when the time for one look was up')

function seen(name: string, {agents = ['agent-0'], isRead = true, without = [] as string[]}): ContextEvidence {
  const at = Date.now() / 1000
  const built = agents.map(pod => {
    const agent = anAgent({context: name, pod, scrapes: [aScrape({at, highestTimestamp: at})]})
    if (without.includes(pod)) agent.evidence.scrapes = []
    return agent
  })
  const fleet = aFleet({agents: isRead ? built : [], contexts: {[name]: isRead ? {} : {serverVersion: unread}}})
  return fleet.contexts[0] as ContextEvidence
}

class FakeSession implements Pick<Session, 'contexts' | 'look' | 'assemble'> {
  readonly contexts: string[]
  readonly looks: {context: string; timeoutSeconds: number}[] = []
  readonly #behaviours: Record<string, Behaviour>
  readonly #begun = new Map<string, number>()

  constructor(behaviours: Record<string, Behaviour>) {
    this.#behaviours = behaviours
    this.contexts = Object.keys(behaviours)
  }

  look(context: string, {timeoutSeconds, signal}: Parameters<Session['look']>[1]): ContextLook {
    this.looks.push({context, timeoutSeconds})
    const behaviour = this.#behaviours[context] as Behaviour
    const number = this.#begun.get(context) ?? 0
    this.#begun.set(context, number + 1)
    const takes = behaviour.takes[Math.min(number, behaviour.takes.length - 1)] as Pace
    const isRead = behaviour.answers?.[Math.min(number, behaviour.answers.length - 1)] ?? true
    const options = {...(behaviour.agents && {agents: behaviour.agents})}
    const seconds = Math.min(timeoutSeconds, takes === 'never' ? Number.POSITIVE_INFINITY : takes)
    const done = new Promise<ContextEvidence>(resolve => {
      const end = () => resolve(seen(context, {...options, isRead: isRead && takes !== 'never'}))
      setTimeout(end, seconds * 1000)
      signal.addEventListener('abort', end)
    })
    const hasBegun = behaviour.slow !== undefined
    return {peek: () => seen(context, {...options, isRead: hasBegun, without: behaviour.slow ?? []}), done}
  }

  assemble(contexts: ContextEvidence[]): FleetEvidence {
    return {...aFleet({agents: []}), takenAt: new Date().toISOString(), contexts}
  }
}

function watch(behaviours: Record<string, Behaviour>, intervalSeconds = 10) {
  const session = new FakeSession(behaviours)
  const stop = new AbortController()
  const watched = watchContexts(session as unknown as Session, {
    intervalSeconds,
    timeoutSeconds: 60,
    memory: rememberLooks(THRESHOLDS),
    signal: stop.signal,
    onWaiting: () => {},
  })
  return {session, stop, watched}
}

/** What a round gives, and the seconds it took. */
async function roundOf({watched}: ReturnType<typeof watch>): Promise<WatchedFleet & {seconds: number}> {
  const began = Date.now()
  let result: (WatchedFleet & {seconds: number}) | null = null
  void watched.round().then(fleet => {
    result = {...fleet, seconds: (Date.now() - began) / 1000}
  })
  while (result === null) await vi.advanceTimersByTimeAsync(100)
  return result
}

/** The next beat. */
async function untilNextRound(seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000)
}

const readAt = ({evidence}: WatchedFleet, context: string) => {
  const scrape = evidence.contexts.find(({name}) => name === context)?.agents[0]?.scrapes.at(-1)
  return scrape?.ok ? secondsOf(scrape.value.receivedAt) : null
}

beforeEach(() => {
  vi.useFakeTimers({now: Date.parse('2026-11-23T02:00:00Z')})
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a round', () => {
  it('ends as soon as every context has answered, and takes one scrape of each agent', async () => {
    const fleet = watch({cluster2: {takes: [0.5]}, cluster3: {takes: [1]}})
    const first = await roundOf(fleet)
    expect(first.seconds).toBeCloseTo(1, 0)
    expect(first.evidence.options.intervalSeconds).toBe(0)
    await untilNextRound(9)
    const second = await roundOf(fleet)
    expect(second.evidence.options.intervalSeconds).toBe(10)
    expect(second.evidence.contexts.map(({agents}) => agents[0]?.scrapes.length)).toEqual([2, 2])
    expect(fleet.session.looks).toHaveLength(4)
  })
  it('waits for a dead context once; from then on it holds up nobody, and says why it shows nothing', async () => {
    const fleet = watch({cluster2: {takes: [0.5]}, cluster5: {takes: [5], answers: [false]}})
    const first = await roundOf(fleet)
    expect(first.seconds).toBeLessThan(6)
    expect(first.evidence.contexts[1]?.serverVersion.ok).toBe(false)
    for (let round = 0; round < 3; round += 1) {
      await untilNextRound(9)
      const next = await roundOf(fleet)
      expect(next.seconds).toBeLessThan(1)
      expect(readAt(next, 'cluster2')).toBeGreaterThan(Date.now() / 1000 - 1)
    }
  })
  it('has a context again that answers again', async () => {
    const fleet = watch({cluster2: {takes: [0.5]}, cluster5: {takes: [0.5], answers: [true, false, true]}})
    await roundOf(fleet)
    await untilNextRound(9)
    expect((await roundOf(fleet)).evidence.contexts[1]?.serverVersion.ok).toBe(false)
    await untilNextRound(9)
    await roundOf(fleet)
    await untilNextRound(9)
    expect((await roundOf(fleet)).evidence.contexts[1]?.serverVersion.ok).toBe(true)
  })
  it('gives what was read before of a context that is late, and says when that was', async () => {
    const fleet = watch({cluster2: {takes: [0.5]}, cluster3: {takes: [0.5, 30, 0.5]}})
    const first = await roundOf(fleet)
    await untilNextRound(9)
    const second = await roundOf(fleet)
    expect(second.seconds).toBeLessThanOrEqual(5.1)
    expect([...second.lookedAt.keys()]).toEqual(['cluster3'])
    expect(readAt(second, 'cluster3')).toBe(readAt(first, 'cluster3'))
    expect(readAt(second, 'cluster2')).toBeGreaterThan(Number(readAt(first, 'cluster2')))
  })
  it('shows the agents that have come in, where one of them keeps its look waiting', async () => {
    const slow: Behaviour = {takes: [0.5, 30], agents: ['agent-0', 'agent-1'], slow: ['agent-1']}
    const fleet = watch({cluster2: slow})
    const first = await roundOf(fleet)
    await untilNextRound(9)
    const {evidence, lookedAt} = await roundOf(fleet)
    expect(lookedAt.size).toBe(0)
    const [quick, late] = evidence.contexts[0]?.agents ?? []
    expect(quick?.scrapes).toHaveLength(2)
    expect(late?.scrapes).toEqual(first.evidence.contexts[0]?.agents[1]?.scrapes)
  })
  it('says of a context that was never read that it has not answered yet', async () => {
    const {evidence, seconds} = await roundOf(watch({cluster2: {takes: ['never']}}))
    expect(seconds).toBeLessThan(11)
    expect(evidence.contexts[0]?.serverVersion).toMatchObject({detail: 'its API server has not answered yet (10 s)'})
  })
  it('does not begin a look at a context that is still looked at', async () => {
    const fleet = watch({cluster2: {takes: [25]}}, 2)
    for (let round = 0; round < 4; round += 1) {
      await roundOf(fleet)
      await untilNextRound(1)
    }
    expect(fleet.session.looks).toHaveLength(1)
  })
  it('gives each look its share of the period, the first one more', async () => {
    const fleet = watch({cluster2: {takes: [0.5]}}, 30)
    await roundOf(fleet)
    await untilNextRound(29)
    await roundOf(fleet)
    expect(fleet.session.looks.map(({timeoutSeconds}) => timeoutSeconds)).toEqual([30, 27])
  })
  it('ends at once when the watching ends, and keeps what was read before', async () => {
    const fleet = watch({cluster2: {takes: [0.5, 'never']}})
    const first = await roundOf(fleet)
    await untilNextRound(9)
    const round = fleet.watched.round()
    fleet.stop.abort()
    await vi.advanceTimersByTimeAsync(100)
    expect(readAt(await round, 'cluster2')).toBe(readAt(first, 'cluster2'))
  })
})
