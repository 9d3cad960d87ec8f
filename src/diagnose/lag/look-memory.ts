/**
 * What looks that follow each other remember of each agent, so that each takes one scrape only: the scrapes before are the begin of its
 * window. Pure: time is that of the scrapes. It holds a few scrapes of the agents that are there, for less than a minute,
 * and no more.
 */
import type {AgentEvidence, Collected, ContextEvidence, Scrape} from '../../evidence/types.ts'
import {sample} from '../../facts/exposition/exposition.ts'
import {isRestart, type ReadScrape, readScrapes} from '../../facts/exposition/scrapes.ts'
import {queueWindow} from '../../facts/queue/window.ts'
import type {Thresholds} from '../../facts/thresholds.ts'
import {secondsOf} from '../../units.ts'
import {readAlone, wantsAnotherScrape} from '../another-scrape.ts'
import {type AgentDecision, decideAgentState} from '../state.ts'
import {needsMore} from './needs-more.ts'

export interface LookMemory {
  /**
   * Asked in the middle of a look, when the agent was scraped: whether configuration, log and objects are to be read, too. False
   * where an earlier look did so a short while ago, and the process and its configuration are the same.
   */
  wantsMore(context: string, agent: AgentEvidence): boolean
  /**
   * The look with all that is remembered of its agents, as it is to be judged; the next look is joined to it. `isWhole`: the look is at
   * its end, and agents that it does not show are gone.
   */
  join(look: ContextEvidence, isWhole: boolean): ContextEvidence
}

/** Nothing can be said of a shorter window than this: a usual one, less what two timers differ by. */
const SHORTEST_WINDOW_SECONDS = 9
/** Scrapes that are remembered are no closer to each other, but for the newest. */
const FINEST_SECONDS = 4.5
/** The usual window and the 40 s in which a look that does not decide is repeated: an attempt must have ended by then. */
const LONGEST_WINDOW_SECONDS = 50
/** Two usual windows. */
const BLIP_SECONDS = 20
/** Beyond this the rates would be means over a time in which nobody looked. */
const LONGEST_GAP_SECONDS = 180

/** Between two looks, of which one may fail. */
export function longestGap(intervalSeconds: number): number {
  return Math.max(LONGEST_GAP_SECONDS, 2.5 * intervalSeconds)
}
/** Remote write repeats its log lines once a minute (util/logging/dedupe.go): reading more often shows nothing new. */
const READ_TROUBLED_AFTER_SECONDS = 60
const READ_AFTER_SECONDS = 300
/** So that not all agents of a fleet are read again in the same look. */
const SPREAD_SECONDS = 30

/** What is read beside the metrics, and is remembered. */
const PIECES = ['config', 'flags', 'buildInfo', 'runtimeInfo', 'targets', 'log', 'events', 'claims'] as const
type Pieces = Pick<AgentEvidence, (typeof PIECES)[number]>

interface Memory {
  /** The last scrape before the newest restart or reload, for as long as what was unsent then is missing. */
  before: Collected<Scrape> | null
  /** Of one process and configuration, oldest first; all of them could be read. */
  scrapes: Collected<Scrape>[]
  /** Of this configuration; null: never read. `inTrouble`: whether it was, when they were read. */
  pieces: {read: Pieces; atSeconds: number; inTrouble: boolean} | null
}

interface Joined {
  /** With the scrapes that it is judged by, and all that is remembered of it. */
  agent: AgentEvidence
  memory: Memory
  wantsMore: boolean
}

type Judged = Pick<Joined['memory'], 'before' | 'scrapes'> & {window: Collected<Scrape>[]}

export interface LookMemoryOptions {
  /** Between two looks; left out: the usual. */
  intervalSeconds?: number
  /** True: configuration and log are read of each agent, once for each configuration; left out: only of those in trouble. */
  readsConfiguration?: boolean
}

interface Judging {
  thresholds: Thresholds
  longestGapSeconds: number
  readsConfiguration: boolean
}

export function rememberLooks(
  thresholds: Thresholds,
  {intervalSeconds = 0, readsConfiguration = false}: LookMemoryOptions = {},
): LookMemory {
  const judging = {thresholds, readsConfiguration, longestGapSeconds: longestGap(intervalSeconds)}
  const contexts = new Map<string, Map<string, Memory>>()
  const recall = (context: string, agent: AgentEvidence) => contexts.get(context)?.get(placeOf(agent)) ?? null
  return {
    wantsMore(context, agent) {
      const memory = recall(context, agent)
      return !isJustRead(agent, memory) && joinAgent(agent, memory, judging).wantsMore
    },
    join(look, isWhole) {
      const joined = look.agents.map(agent => joinAgent(agent, recall(look.name, agent), judging))
      // Who is gone is forgotten, unless it is not known who is there.
      const isKnown = isWhole && look.podLists.some(({pods}) => pods.ok)
      const memories = new Map(isKnown ? [] : contexts.get(look.name))
      for (const {agent, memory} of joined) memories.set(placeOf(agent), memory)
      contexts.set(look.name, memories)
      return {...look, agents: joined.map(({agent}) => agent)}
    },
  }
}

/** Whatever its state is, there is nothing new to be read of it: told before it is judged, since troubled agents cost most. */
function isJustRead(agent: AgentEvidence, memory: Memory | null): boolean {
  const newest = agent.scrapes.at(-1)
  if (!newest?.ok || memory === null || memory.pieces === null) return false
  const age = secondsOf(newest.value.receivedAt) - memory.pieces.atSeconds
  return age <= READ_TROUBLED_AFTER_SECONDS && changeBetween(memory.scrapes.at(-1), newest) === 'none'
}

/** Not the pod's own id: a pod that is made anew with the same name goes on with the same data, or has lost it. */
export function placeOf({namespace, pod, container, name}: AgentEvidence): string {
  return `${namespace}/${pod === '' ? name : pod}/${container}`
}

function joinAgent(agent: AgentEvidence, memory: Memory | null, judging: Judging): Joined {
  const {thresholds, readsConfiguration} = judging
  const earlier = memory ?? {before: null, scrapes: [], pieces: null}
  const newest = agent.scrapes.at(-1)
  if (!newest?.ok) return {agent, memory: earlier, wantsMore: true}
  const nowSeconds = secondsOf(newest.value.receivedAt)
  // A look may be joined twice: while it goes on, and at its end.
  const known = earlier.scrapes.filter(scrape => ageSeconds(scrape, nowSeconds) > 0)
  const change = changeBetween(known.at(-1), newest)
  const pieces = piecesOf(agent, change === 'none' ? earlier.pieces : null, nowSeconds)
  const whole: AgentEvidence = {...agent, ...pieces?.read}
  const judged =
    change === 'reset'
      ? acrossReset(known, earlier.before, newest)
      : withinLife(whole, [...known, newest], {before: earlier.before, nowSeconds, ...judging})
  const joined: AgentEvidence = {...whole, scrapes: judged.window}
  const inTrouble = needsMore(joined, thresholds)
  const {before, scrapes} = judged
  if (pieces === null)
    return {agent: joined, memory: {before, scrapes, pieces}, wantsMore: inTrouble || readsConfiguration}
  const isFresh = pieces.atSeconds === nowSeconds
  const readAfter = (inTrouble || pieces.inTrouble ? READ_TROUBLED_AFTER_SECONDS : READ_AFTER_SECONDS) + spreadOf(agent)
  return {
    agent: joined,
    memory: {before, scrapes, pieces: isFresh ? {...pieces, inTrouble} : pieces},
    wantsMore: nowSeconds - pieces.atSeconds > readAfter,
  }
}

function ageSeconds(scrape: Collected<Scrape>, nowSeconds: number): number {
  return scrape.ok ? nowSeconds - secondsOf(scrape.value.receivedAt) : Number.POSITIVE_INFINITY
}

/** `reset`: of the process, or of a queue that a reload built anew; `reloaded`: another configuration, and the same queues. */
function changeBetween(last: Collected<Scrape> | undefined, newest: Collected<Scrape>): 'none' | 'reloaded' | 'reset' {
  if (last === undefined) return 'none'
  const scrapes = readScrapes([last, newest])
  const [earlier, later] = scrapes
  if (earlier === undefined || later === undefined) return 'none'
  const isReset = later.queues.some(reading => {
    const {interval} = queueWindow(scrapes, {scrape: later, reading})
    return interval === 'restarted' || interval === 'rebuilt'
  })
  if (isReset || isRestart(earlier, later)) return 'reset'
  return reloadedAt(earlier) === reloadedAt(later) ? 'none' : 'reloaded'
}

function reloadedAt({metrics}: ReadScrape): number | null {
  return sample(metrics, 'prometheus_config_last_reload_success_timestamp_seconds')
}

/** Those read in this look, where they could be, else those of earlier looks; null: they were never read. */
function piecesOf(agent: AgentEvidence, earlier: Memory['pieces'], nowSeconds: number): Memory['pieces'] {
  const isRead = agent.config.ok || agent.config.reason !== 'not-applicable'
  if (!isRead) return earlier
  const read = Object.fromEntries(
    PIECES.map(name => {
      const [now, before] = [agent[name], earlier?.read[name]]
      if (!now.ok) return [name, before?.ok ? before : now]
      // The same object for the same text: what was parsed of it is known by it.
      return [name, before?.ok && before.value === now.value ? before : now]
    }),
  ) as Pieces
  return {read, atSeconds: nowSeconds, inTrouble: false}
}

/** Of restarts one after the other, the scrape before the first tells what was waiting. */
function acrossReset(known: readonly Collected<Scrape>[], before: Memory['before'], newest: Collected<Scrape>): Judged {
  const last = before ?? known.at(-1) ?? newest
  return {before: brief(last), scrapes: [brief(newest)], window: last === newest ? [newest] : [last, newest]}
}

/** The usual window; more of the scrapes before where that does not decide. */
function withinLife(
  agent: AgentEvidence,
  scrapes: readonly Collected<Scrape>[],
  {before, nowSeconds, thresholds, longestGapSeconds}: Judging & {before: Memory['before']; nowSeconds: number},
): Judged {
  const age = (scrape: Collected<Scrape> | undefined) =>
    scrape === undefined ? Infinity : ageSeconds(scrape, nowSeconds)
  const recent = scrapes.filter(scrape => age(scrape) <= longestGapSeconds)
  let from = Math.max(
    0,
    recent.findLastIndex(scrape => age(scrape) >= SHORTEST_WINDOW_SECONDS),
  )
  // What lies between its ends was judged when it was the newest: no restart is there, or it would not be of this life.
  const window = () => recent.filter((_, index) => index === from || index === recent.length - 1)
  let isOpen = false
  while (from > 0) {
    const judged = {...agent, scrapes: window()}
    isOpen = wantsAnotherScrape(judged, thresholds)
    if (!isOpen) break
    // Retries alone may be a blip; but what finishes nothing in two windows is no blip.
    const most = decide(judged, thresholds).row === 12 ? LONGEST_WINDOW_SECONDS : BLIP_SECONDS
    if (age(recent[from - 1]) > most) break
    from -= 1
  }
  const keptSeconds = isOpen ? LONGEST_WINDOW_SECONDS : BLIP_SECONDS
  const kept = thinned(recent.filter(scrape => age(scrape) <= keptSeconds || scrape === recent.at(-2)))
  if (before !== null && isGapOpen({...agent, scrapes: [before, ...window()]}, thresholds)) {
    return {before, scrapes: kept, window: [before, ...window()]}
  }
  return {before: null, scrapes: kept, window: window()}
}

/** However often it is looked at, a window begins at one of a few; the newest is always kept, since the next look begins there. */
function thinned(scrapes: readonly Collected<Scrape>[]): Collected<Scrape>[] {
  const kept: Collected<Scrape>[] = []
  for (const [index, scrape] of scrapes.entries()) {
    const last = kept.at(-1)
    const isNewest = index === scrapes.length - 1
    if (last === undefined || isNewest || secondsBetween(last, scrape) >= FINEST_SECONDS) kept.push(scrape)
  }
  return kept.map(brief)
}

function secondsBetween(earlier: Collected<Scrape>, later: Collected<Scrape>): number {
  return later.ok ? ageSeconds(earlier, secondsOf(later.value.receivedAt)) : 0
}

const LINE_OF_NO_USE = /^#|^\w+_bucket\{/

/** What a scrape tells when it has become the begin of a window; a copy, so that the whole text goes when the look goes. */
function brief(scrape: Collected<Scrape>): Collected<Scrape> {
  if (!scrape.ok || briefTexts.has(scrape)) return scrape
  const lines = scrape.value.text.split('\n').filter(line => !LINE_OF_NO_USE.test(line))
  const short = {...scrape, value: {...scrape.value, text: lines.join('\n'), families: []}}
  briefTexts.add(short)
  return short
}

const briefTexts = new WeakSet<object>()

/** What was unsent before a restart or a reload is lost, and what was sent since has not passed the gap (row 3). */
function isGapOpen(evidence: AgentEvidence, thresholds: Thresholds): boolean {
  return decide(evidence, thresholds).queues.some(({row}) => row === 3)
}

function decide(evidence: AgentEvidence, thresholds: Thresholds): AgentDecision {
  return decideAgentState(readAlone(evidence, thresholds))
}

function spreadOf(agent: AgentEvidence): number {
  const sum = [...placeOf(agent)].reduce((total, character) => (total * 31 + (character.codePointAt(0) ?? 0)) % 9973, 7)
  return (sum % 10) * (SPREAD_SECONDS / 10)
}
