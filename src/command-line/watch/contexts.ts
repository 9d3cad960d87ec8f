/** Looks at every context again and again, each on its own, so that a slow or dead one holds up no other. */
import {asReplayed} from '../../collect/bundle/clean-evidence.ts'
import type {ContextLook, Session} from '../../collect/session.ts'
import {type LookMemory, placeOf} from '../../diagnose/lag/look-memory.ts'
import type {FleetEvidence} from '../../evidence/fleet.ts'
import type {ContextEvidence, Failure, Timestamp} from '../../evidence/types.ts'

export interface WatchedFleet {
  evidence: FleetEvidence
  /** By context, when what it shows was read, where that is not this round. */
  lookedAt: ReadonlyMap<string, Timestamp>
}

export interface WatchOptions {
  intervalSeconds: number
  /** No look takes longer. */
  timeoutSeconds: number
  memory: LookMemory
  signal: AbortSignal
  /** Told a few times a second while a round waits. */
  onWaiting(contexts: readonly string[], ofAll: number): void
}

export interface WatchedContexts {
  /** Looks at each context that is not being looked at, and gives what is known when all that answer have, or soon after. */
  round(): Promise<WatchedFleet>
}

interface Watched {
  name: string
  going: {look: ContextLook; done: Promise<void>; startedAt: number; isLate: boolean} | null
  latest: {evidence: ContextEvidence; at: Timestamp} | null
  /** What its next look may take. */
  lookSeconds: number
  /** Agents whose turn did not come in the last look; by place. */
  missed: ReadonlySet<string>
  /** How its last look went: one that does not answer is not waited for, one that was late is for a short while. */
  pace: 'in-time' | 'late' | 'dead'
}

/** No look takes longer than its share of the period, so that each round has its own; but a dead API server is given its 5 s. */
const SHARE_OF_PERIOD = 0.9
const SHORTEST_LOOK_SECONDS = 6
/** Of the first look at a context: credential plug-ins log in. */
const FIRST_LOOK_SECONDS = 30
/** What a round waits for contexts that were in time before, and for those that were late; the first round waits for all. */
const PATIENCE_SECONDS = 5
const PATIENCE_WITH_LATE_SECONDS = 2
const FIRST_PATIENCE_SECONDS = 10

export function watchContexts(session: Session, options: WatchOptions): WatchedContexts {
  const {memory, signal, intervalSeconds} = options
  const startedAt = Date.now()
  const watched: Watched[] = session.contexts.map(name => ({
    name,
    going: null,
    latest: null,
    missed: new Set(),
    lookSeconds: Math.min(options.timeoutSeconds, Math.max(FIRST_LOOK_SECONDS, usualLookSeconds(options))),
    pace: 'in-time',
  }))
  let rounds = 0

  function start(context: Watched): void {
    const look = session.look(context.name, {
      timeoutSeconds: context.lookSeconds,
      signal,
      wantsMore: agent => memory.wantsMore(context.name, agent),
    })
    const done = look.done.then(seen => {
      const isCut = context.going !== null && Date.now() - context.going.startedAt >= context.lookSeconds * 1000
      const evidence = isCut ? withGrace(seen, context) : seen
      const isLate = context.going?.isLate === true
      context.pace = !evidence.serverVersion.ok ? 'dead' : isLate ? 'late' : 'in-time'
      context.going = null
      context.lookSeconds = nextLookSeconds(context.lookSeconds, seen, options)
      // A look that the end of the watching cut short knows less than the one before.
      if (signal.aborted && context.latest !== null) return
      context.latest = {evidence: memory.join(cleaned(evidence), true), at: new Date().toISOString()}
    })
    context.going = {look, done, startedAt: Date.now(), isLate: false}
  }

  function cleaned(evidence: ContextEvidence): ContextEvidence {
    const {contexts} = asReplayed(session.assemble([evidence], startedAt, 'complete'))
    return contexts[0] ?? evidence
  }

  function now(): WatchedFleet {
    const lookedAt = new Map<string, Timestamp>()
    const contexts = watched.flatMap(({name, going, latest}) => {
      if (going === null) return latest === null ? [] : [latest.evidence]
      const seen = going.look.peek()
      const isUnderWay = seen.agents.some(({scrapes}) => scrapes.length > 0)
      if (isUnderWay || (latest === null && seen.agents.length > 0)) {
        return [withEarlier(memory, cleaned(seen), latest?.evidence ?? null)]
      }
      if (latest === null) return [notYet(cleaned(seen), (Date.now() - going.startedAt) / 1000)]
      lookedAt.set(name, latest.at)
      return [latest.evidence]
    })
    const evidence = session.assemble(contexts, startedAt, signal.aborted && rounds === 1 ? 'interrupted' : 'complete')
    // One scrape a look, but from the second on the look before is the begin of the window.
    const collected = {...evidence.options, intervalSeconds: rounds > 1 ? intervalSeconds : 0}
    return {evidence: {...evidence, options: collected}, lookedAt}
  }

  async function round(): Promise<WatchedFleet> {
    rounds += 1
    const isFirst = rounds === 1
    for (const context of watched) if (context.going === null) start(context)
    const inTime = watched.filter(({pace}) => pace === 'in-time')
    await waitFor(inTime, isFirst ? FIRST_PATIENCE_SECONDS : Math.min(PATIENCE_SECONDS, intervalSeconds / 2))
    const late = watched.filter(({pace}) => pace === 'late')
    await waitFor(late, Math.min(PATIENCE_WITH_LATE_SECONDS, intervalSeconds / 4))
    for (const {going} of watched) if (going !== null) going.isLate = true
    return now()
  }

  async function waitFor(contexts: readonly Watched[], seconds: number): Promise<void> {
    if (contexts.every(({going}) => going === null)) return
    const tell = setInterval(() => {
      const waiting = contexts.flatMap(({name, going}) => (going === null ? [] : [name]))
      options.onWaiting(waiting, watched.length)
    }, 250)
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>(resolve => {
      timer = setTimeout(resolve, seconds * 1000)
    })
    try {
      await Promise.race([Promise.all(contexts.map(({going}) => going?.done)), patience])
    } finally {
      clearTimeout(timer)
      clearInterval(tell)
    }
  }

  return {round}
}

function usualLookSeconds({intervalSeconds, timeoutSeconds}: WatchOptions): number {
  return Math.min(timeoutSeconds, Math.max(SHORTEST_LOOK_SECONDS, SHARE_OF_PERIOD * intervalSeconds))
}

/** An agent that answered before may not have had its turn when the time of a look was up: once, it stays as it was. */
function withGrace(seen: ContextEvidence, context: Watched): ContextEvidence {
  const answered = new Map(
    (context.latest?.evidence.agents ?? []).flatMap(agent =>
      agent.scrapes.at(-1)?.ok ? [[placeOf(agent), agent]] : [],
    ),
  )
  const missed = new Set(seen.agents.filter(isUnread).map(placeOf))
  const agents = seen.agents.map(agent => {
    const place = placeOf(agent)
    return missed.has(place) && !context.missed.has(place) ? (answered.get(place) ?? agent) : agent
  })
  context.missed = missed
  return {...seen, agents}
}

function isUnread({scrapes}: ContextEvidence['agents'][number]): boolean {
  const last = scrapes.at(-1)
  return last === undefined || (!last.ok && last.reason === 'timeout')
}

/** More agents than this that were not read are more than hang: they were never asked. */
const MOST_AT_ONCE = 8

/** A cluster of many agents, or a slow one, may take longer than a period: then it is given more, and shown as it comes. */
function nextLookSeconds(seconds: number, {agents}: ContextEvidence, options: WatchOptions): number {
  const isCut = agents.filter(isUnread).length > MOST_AT_ONCE
  return isCut ? Math.min(options.timeoutSeconds, 2 * seconds) : usualLookSeconds(options)
}

const notReadYet: Failure = {ok: false, reason: 'not-applicable', detail: 'it has not been read yet', needs: []}

/** Of a context that was never read: why there is nothing to show. */
function notYet(seen: ContextEvidence, seconds: number): ContextEvidence {
  const detail = `its API server has not answered yet (${Math.round(seconds)} s)`
  return seen.serverVersion.ok ? seen : {...seen, serverVersion: {...seen.serverVersion, detail}}
}

/** A look that goes on: agents that have not come in are as they were in the look before. */
function withEarlier(memory: LookMemory, look: ContextEvidence, earlier: ContextEvidence | null): ContextEvidence {
  const joined = memory.join({...look, agents: look.agents.filter(({scrapes}) => scrapes.length > 0)}, false)
  const known = new Map([...(earlier?.agents ?? []), ...joined.agents].map(agent => [placeOf(agent), agent]))
  return {...look, agents: look.agents.map(agent => known.get(placeOf(agent)) ?? {...agent, scrapes: [notReadYet]})}
}
