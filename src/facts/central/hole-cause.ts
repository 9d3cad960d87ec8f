/** What a gap at the central came from, as far as the agent and the central still show it. Pure. */
import {secondsOf} from '../../units.ts'
import {sample} from '../exposition/exposition.ts'
import {readScrapes} from '../exposition/scrapes.ts'
import {ownContainer} from '../process/process.ts'
import {type Loss, lossesOf} from '../queue/losses.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'
import type {CentralFacts, Hole} from './types.ts'

export interface HoleCause {
  /**
   * loss: the agent knows of it · refused: the central did not take it · restart: the process began anew at its end ·
   * not-running: there was no process · central: the central itself was down · outage: sending failed then, by the log ·
   * unknown: nothing of that time is left to see.
   */
  kind: 'loss' | 'refused' | 'restart' | 'not-running' | 'central' | 'outage' | 'unknown'
  words: string
  /** The loss that it is. */
  loss: Loss | null
}

/** Starts, first scrapes and first batches come up to this long after one another. */
const SLACK_SECONDS = 120

export function causeOfHole(hole: Hole, agent: AgentFacts, queue: QueueFacts, central: CentralFacts): HoleCause {
  const from = secondsOf(hole.from)
  const to = secondsOf(hole.to)
  const losses = lossesOf(agent, queue)
  const loss = losses.find(known => known.isDated && secondsOf(known.from) < to && secondsOf(known.to) > from)
  if (loss !== undefined)
    return {
      kind: loss.kind === 'refused' ? 'refused' : 'loss',
      words: `${LOSS_WORDS[loss.kind]} (${loss.evidence})`,
      loss,
    }
  const last = ownContainer(agent.evidence)?.lastState
  const ended = last?.kind === 'terminated' && last.finishedAt !== null ? secondsOf(last.finishedAt) : null
  const started = agent.process?.startSeconds ?? null
  const isNear = (seconds: number | null) =>
    seconds !== null && seconds > from - SLACK_SECONDS && seconds < to + SLACK_SECONDS
  if (isNear(started) && ended !== null && isNear(ended) && started !== null && started - ended > SLACK_SECONDS)
    return {kind: 'not-running', words: 'the agent did not run', loss: null}
  if (isNear(started))
    return {kind: 'restart', words: 'the agent started anew then, and skips what was unsent before', loss: null}
  const centralStart = startOf(central)
  if (isNear(centralStart)) return {kind: 'central', words: 'the central itself started anew then', loss: null}
  const failure = queue.errors.find(
    ({shape, last: until}) =>
      shape.first !== null && until !== null && secondsOf(shape.first) < to && secondsOf(until) > from,
  )
  if (failure !== undefined) return {kind: 'outage', words: `sending failed then: ${failure.text}`, loss: null}
  const uncounted = losses.find(({kind}) => kind === 'unaccounted')
  if (uncounted !== undefined && started !== null && started < from)
    return {
      kind: 'loss',
      words: 'as many samples were scraped and never sent: the WAL was truncated past its reader, it seems',
      loss: uncounted,
    }
  return {kind: 'unknown', words: 'nothing that was read tells why', loss: null}
}

const LOSS_WORDS: Record<Loss['kind'], string> = {
  refused: 'the central refused these samples',
  skipped: 'unsent when the process or the queue started anew',
  overtaken: 'the WAL was truncated past its reader',
  'too-old': 'dropped by the agent, older than sample_age_limit',
  'unknown-series': 'dropped by the agent, whose queue does not know their series',
  unaccounted: 'scraped and never sent',
}

function startOf({evidence}: CentralFacts): number | null {
  const scrape = readScrapes(evidence.scrapes).at(-1)
  return scrape === undefined ? null : sample(scrape.metrics, 'process_start_time_seconds')
}
