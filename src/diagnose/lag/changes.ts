/** What is different between two looks at the same contexts, agents and queues, as phrases for one line each. Pure. */
import type {Timestamp} from '../../evidence/types.ts'
import {formatCount, formatSeconds} from '../../units.ts'
import type {QueueReport, State} from '../report.ts'
import type {LagReport, LagRow} from './lag-report.ts'

export interface LagChange {
  at: Timestamp
  context: string
  /** The pod; null where the whole context is meant. */
  agent: string | null
  /** Null where the whole agent is meant. */
  queue: string | null
  /** "delivering -> behind: retries and finishes nothing"; 'gone' of an agent that is there no more. */
  what: string
  /** The states that `what` names; left out where something else changed. */
  states?: StateChange
  /** The samples that `what` tells of; left out where it tells of something else. */
  lostSamples?: number
  /** Where they are a sum over several looks: the first of these. */
  lostSince?: Timestamp
}

interface StateChange {
  from: State
  to: State
}

export interface QueuePair {
  before: LagRow | null
  now: LagRow
}

/** Contexts that stopped answering or answer again. */
export function contextChanges(before: LagReport, now: LagReport): LagChange[] {
  const earlier = new Map(before.contexts.map(({name, problem}) => [name, problem]))
  return now.contexts.flatMap(({name, problem}) => {
    const wasUnread = earlier.get(name) !== undefined
    if (!earlier.has(name) || wasUnread === (problem !== undefined)) return []
    return [{at: now.takenAt, context: name, agent: null, queue: null, what: problem ?? 'answers again'}]
  })
}

/** Rows of one agent in two looks; null: it was not there. `lastVersion`: that of the last look that could read it; null: none could. */
export function agentChanges(
  before: readonly LagRow[] | null,
  now: readonly LagRow[] | null,
  at: Timestamp,
  lastVersion: string | null = null,
): LagChange[] {
  const row = now?.[0] ?? before?.[0]
  if (row === undefined) return []
  const told = (queue: string | null, what: string): LagChange => {
    return {at, context: row.context, agent: row.pod === '' ? row.name : row.pod, queue, what}
  }
  const toldState = (queue: string | null, earlier: HasState, later: HasState): LagChange[] => {
    const [from, to] = [earlier.state, later.state]
    return from === to ? [] : [{...told(queue, stateWords(from, later)), states: {from, to}}]
  }
  if (before === null) return [told(null, `new, ${row.state}`)]
  if (now === null) return [told(null, 'gone')]
  const [earlier] = before
  // Of an agent that was not read only the tag of its image is known, which may be anything.
  const [from, to] = [isUnread(before) ? lastVersion : versionOf(earlier), isUnread(now) ? null : versionOf(row)]
  const upgraded = from === null || to === null || from === to ? [] : [told(null, `version ${from} -> ${to}`)]
  if (isUnread(before) || isUnread(now)) return [...upgraded, ...toldState(null, earlier ?? row, row)]
  const pairs = pairQueues(before, now)
  const gone = before.filter(one => !pairs.some(pair => pair.before === one))
  return [
    ...upgraded,
    ...pairs.flatMap(({before: one, now: {queue}}) => {
      if (queue === null) return []
      if (one?.queue == null) return [told(queue.name, `new, ${queue.state}`)]
      return [
        ...(one.queue.name === queue.name ? [] : [told(queue.name, `was called ${one.queue.name} before a reload`)]),
        ...toldState(queue.name, one.queue, queue),
        ...figureChanges(one.queue, queue).map(what => told(queue.name, what)),
        ...lossChange(one.queue, queue).map(({what, lostSamples}) => ({...told(queue.name, what), lostSamples})),
      ]
    }),
    ...gone.flatMap(({queue}) => (queue === null ? [] : [told(queue.name, 'no longer configured')])),
  ]
}

export function versionOf(row: LagRow | undefined): string | null {
  return row?.version?.replace(/^v(?=\d)/, '') ?? null
}

/** No queue of the agent could be looked at, or it has none. */
export function isUnread(rows: readonly LagRow[]): boolean {
  return rows.every(({queue}) => queue === null)
}

/**
 * Each row of now with the one that it was: by name and address, else by one of the two, where a single queue went and came. A reload
 * gives an unnamed queue another name (a hash over its settings), and a named one may get another address.
 */
export function pairQueues(before: readonly LagRow[], now: readonly LagRow[]): QueuePair[] {
  const same = (a: LagRow, b: LagRow) => a.queue?.name === b.queue?.name && a.queue?.url === b.queue?.url
  const alike = (a: LagRow, b: LagRow) => a.queue?.name === b.queue?.name || a.queue?.url === b.queue?.url
  const gone = before.filter(one => !now.some(row => same(one, row)))
  const come = now.filter(row => !before.some(one => same(one, row)))
  return now.map(row => {
    const exact = before.find(one => same(one, row))
    if (exact !== undefined) return {before: exact, now: row}
    const candidates = gone.filter(one => alike(one, row))
    const rivals = come.filter(other => candidates.some(one => alike(one, other)))
    const isClear = candidates.length === 1 && rivals.length === 1
    return {before: isClear ? (candidates[0] ?? null) : null, now: row}
  })
}

function figureChanges(before: QueueReport, now: QueueReport): string[] {
  const [from, to] = [before.shards.current, now.shards.current]
  return [
    from === null || to === null || from === to ? null : `shards ${from} -> ${to}`,
    before.state === now.state && now.state === 'behind' ? catchUpChange(before, now) : null,
  ].filter(what => what !== null)
}

function lossChange(before: QueueReport, now: QueueReport): Required<Pick<LagChange, 'what' | 'lostSamples'>>[] {
  const lost = lostSamplesOf(now) - lostSamplesOf(before)
  return lost > 0 ? [{what: `${formatCount(lost)} more samples lost`, lostSamples: lost}] : []
}

type HasState = Pick<QueueReport, 'state' | 'stateReason'>

function stateWords(from: State, {state, stateReason}: HasState): string {
  return `${from} -> ${state}${state === 'delivering' ? '' : `: ${stateReason}`}`
}

function lostSamplesOf({losses}: QueueReport): number {
  return losses.reduce((sum, {samples}) => sum + (samples ?? 0), 0)
}

function catchUpChange({catchUp: before}: QueueReport, {catchUp: now}: QueueReport): string | null {
  if (before.verdict === now.verdict) return null
  if (now.verdict === 'never') return 'does not catch up'
  if (now.verdict !== 'yes') return null
  return `catches up${now.seconds === null ? '' : `, level in ${formatSeconds(now.seconds)}`}`
}
