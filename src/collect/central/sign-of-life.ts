/**
 * A central that hangs, told from one that is slow: a query over ten thousand identities takes a good one 20 s, and it still answers at
 * once what costs it nothing. So what has not answered at all for a while is asked for its build, and where that is not answered
 * either, nobody waits for the rest.
 */
import {setMaxListeners} from 'node:events'
import type {Collected, Failure} from '../../evidence/types.ts'
import {failure} from '../collected.ts'
import type {HttpAnswer, RequestOptions} from '../connections.ts'
import type {CentralWay} from './query-api.ts'

/** Served from memory, without the query engine and its queue (web/api/v1/api.go); one that does not know it says so as fast. */
const TRIVIAL_PATH = '/api/v1/status/buildinfo'

export interface Patience {
  /** Without any answer, from the first question on. */
  silentSeconds: number
  /** What then may pass until it has answered what costs nothing. */
  trivialSeconds: number
  /** So long it is not asked again: what follows at once is the rest of the same look. */
  hungForSeconds: number
}

const USUAL_PATIENCE: Patience = {silentSeconds: 5, trivialSeconds: 5, hungForSeconds: 5}

/** Questions that go on side by side. */
interface Burst {
  open: Set<AbortController>
  hasAnswered: boolean
  /** Set when nobody waits any longer. */
  hangs: Failure | null
  /** No longer asks whether it lives. */
  end(): void
}

/** The same way; once it answers nothing at all, all that is asked of it at that time fails, and what follows at once. What is asked later is asked anew. */
export function failsWhenItHangs(way: CentralWay, patience: Patience = USUAL_PATIENCE): CentralWay {
  let burst: Burst | null = null
  let hung: {failure: Failure; untilMs: number} | null = null

  async function watched(
    send: (options: RequestOptions) => Promise<Collected<HttpAnswer>>,
    options: RequestOptions,
  ): Promise<Collected<HttpAnswer>> {
    if (hung !== null && performance.now() < hung.untilMs) return hung.failure
    burst ??= begin(way, patience)
    const own = burst
    const controller = new AbortController()
    setMaxListeners(0, options.signal) // every question of a look listens
    const stop = () => controller.abort(options.signal.reason)
    if (options.signal.aborted) stop()
    else options.signal.addEventListener('abort', stop, {once: true})
    own.open.add(controller)
    const {onChunk} = options
    try {
      const answer = await send({
        ...options,
        signal: controller.signal,
        ...(onChunk !== undefined && {
          onChunk(chunk) {
            own.hasAnswered = true
            return onChunk(chunk)
          },
        }),
      })
      if (isAnswered(answer)) own.hasAnswered = true
      return !answer.ok && own.hangs !== null && !options.signal.aborted ? own.hangs : answer
    } finally {
      options.signal.removeEventListener('abort', stop)
      own.open.delete(controller)
      if (own.open.size === 0) {
        own.end()
        if (burst === own) burst = null
        if (own.hangs !== null) hung = {failure: own.hangs, untilMs: performance.now() + patience.hungForSeconds * 1000}
      }
    }
  }

  const {postForm} = way
  return {
    ...way,
    get: (path, options) => watched(own => way.get(path, own), options),
    postForm: postForm === null ? null : (path, form, options) => watched(own => postForm(path, form, own), options),
  }
}

function begin(way: CentralWay, {silentSeconds, trivialSeconds}: Patience): Burst {
  const ended = new AbortController()
  const burst: Burst = {open: new Set(), hasAnswered: false, hangs: null, end}
  const timer = setTimeout(() => {
    if (!burst.hasAnswered) void askForLife()
  }, silentSeconds * 1000)

  async function askForLife(): Promise<void> {
    const options = {signal: ended.signal, timeoutSeconds: trivialSeconds, maxBytes: 64 * 1024}
    const answer = await way.get(TRIVIAL_PATH, options)
    if (burst.hasAnswered || ended.signal.aborted || isAnswered(answer)) return
    const seconds = silentSeconds + trivialSeconds
    burst.hangs = failure(
      'timeout',
      `the central ${way.name} gave no answer within ${seconds} s, not even to ${TRIVIAL_PATH}: it hangs, or what stands in front of it`,
    )
    for (const controller of burst.open) controller.abort()
  }

  function end(): void {
    clearTimeout(timer)
    ended.abort()
  }
  return burst
}

/** A refusal is an answer, too. */
function isAnswered(answer: Collected<HttpAnswer>): boolean {
  return answer.ok || (answer.reason !== 'timeout' && answer.reason !== 'interrupted')
}
