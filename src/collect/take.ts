/** One take of some contexts, side by side, within a time: what every look at the fleet is made of. */
import {setMaxListeners} from 'node:events'
import type {FleetEvidence} from '../evidence/fleet.ts'
import type {ContextEvidence, Failure} from '../evidence/types.ts'
import type {KnownAgent} from './agent/surroundings.ts'
import type {ApiServerConnection} from './api-server/api-server.ts'
import type {CentralLook} from './central/look.ts'
import {failure} from './collected.ts'
import {type ContextSurroundings, type LookOptions, readContext, unreadContext} from './context.ts'
import {type Progress, trackProgress} from './progress.ts'
import type {RequestShare} from './request-share.ts'
import {connectAgent} from './transport/transport.ts'

/** A dead API server must not hold up the others; credential plug-ins may log in first. */
const CONNECT_SECONDS = 5
const CONNECT_SECONDS_WITH_PLUGIN = 30
/** After the time is up, what still runs has this long to notice. */
const GRACE_SECONDS = 2

/** What stays between takes. */
export interface Server {
  api: ApiServerConnection
  known: Map<string, KnownAgent>
}

export interface TakeOptions
  extends LookOptions,
    Pick<ContextSurroundings, 'webCredentials' | 'limitAllScrapes' | 'limitAllLogs'> {
  /** Says what is being done where; for the progress line only. */
  onProgress(progress: Progress): void
  /** Aborted when the user interrupts; what is missing by then is recorded as interrupted. */
  signal: AbortSignal
  /** Of the session: all its takes share. */
  shareRequests: RequestShare
  /** What `timeoutSeconds` is, for messages. */
  timeUp: string
  /** Begins to look for the centrals that the agents of these contexts write to; null: nobody asks for them. */
  lookForCentrals:
    | ((contexts: ContextEvidence[], apis: ApiServerConnection[], signal: AbortSignal) => CentralLook)
    | null
}

/** `peek`: a copy of what has been read by now. What comes late, after the time was up, does not change what `done` gave either. */
export function startTake(
  servers: Server[],
  options: TakeOptions,
): {
  peek(): ContextEvidence[]
  done: Promise<Pick<FleetEvidence, 'contexts' | 'ended' | 'centrals' | 'centralSearch'>>
} {
  const time = startTime(options)
  const {signal} = time
  // Reason and detail are set when the run has ended early; until then nothing looks at it.
  const unread: Failure = failure('timeout', `not read when ${options.timeUp} was up`)
  const progress = trackProgress(
    servers.map(({api}) => api.contextName),
    options.onProgress,
  )
  const {webCredentials, limitAllScrapes, limitAllLogs} = options
  const contexts = servers.map(({api}) => unreadContext(api, unread))
  const central = options.lookForCentrals?.(
    contexts,
    servers.map(({api}) => api),
    signal,
  )
  const reading = Promise.all(
    contexts.map(async (evidence, index) => {
      const server = servers[index]
      if (server === undefined) return
      const {api, known} = server
      const onlooker = central?.of(index)
      const around: ContextSurroundings = {
        api,
        contexts: servers.length,
        connectSeconds: api.context.user?.exec ? CONNECT_SECONDS_WITH_PLUGIN : CONNECT_SECONDS,
        webCredentials,
        connect: address => connectAgent(api, address, options.transport),
        options,
        limitAllScrapes,
        limitAllLogs,
        progress: progress.of(index),
        known,
        signal,
        ...(onlooker && {onlooker}),
      }
      await options.shareRequests(api, () => readContext(evidence, unread, around))
      onlooker?.isConfigured() // of a context without agents, or that could not be read
      progress.of(index).done()
    }),
  )
  const all = reading.then(() => {
    if (central === undefined) return
    progress.waitingForCentral(central.named ?? 'the central')
    return central.end()
  })
  const end = async () => {
    const guard = startGuard(signal)
    let isAllRead = false
    try {
      isAllRead = await Promise.race([all.then(() => true), guard.ended.then(() => false)])
    } finally {
      guard.clear()
      progress.stop()
      time.clear()
    }
    const ended = options.signal.aborted ? 'interrupted' : signal.aborted ? 'timeout' : 'complete'
    if (ended === 'interrupted') Object.assign(unread, failure('interrupted', 'not read when the run was stopped'))
    return {contexts: isAllRead ? contexts : structuredClone(contexts), ended, ...central?.found()} as const
  }
  return {peek: () => structuredClone(contexts), done: end()}
}

/**
 * Aborts with a TimeoutError when the time is up, and when the user stops the run. AbortSignal.any would do the same, but in a session
 * of many takes what it makes stays with the session's own signal.
 */
function startTime({signal: stopped, timeoutSeconds, timeUp}: TakeOptions): {signal: AbortSignal; clear(): void} {
  const controller = new AbortController()
  const {signal} = controller
  setMaxListeners(0, signal, stopped) // every request in flight, and every look, listens
  const stop = () => controller.abort(stopped.reason)
  const timer = setTimeout(
    () => controller.abort(new DOMException(timeUp, 'TimeoutError')),
    Math.max(1, timeoutSeconds * 1000),
  )
  if (stopped.aborted) stop()
  else stopped.addEventListener('abort', stop, {once: true})
  return {
    signal,
    clear() {
      clearTimeout(timer)
      stopped.removeEventListener('abort', stop)
    },
  }
}

/** `ended` resolves when the signal has aborted and the grace has passed, whatever still hangs. */
function startGuard(signal: AbortSignal): {ended: Promise<void>; clear(): void} {
  let timer: NodeJS.Timeout | undefined
  let start = () => {}
  const ended = new Promise<void>(resolve => {
    start = () => {
      timer = setTimeout(resolve, GRACE_SECONDS * 1000)
    }
  })
  if (signal.aborted) start()
  else signal.addEventListener('abort', start, {once: true})
  return {
    ended,
    clear() {
      clearTimeout(timer)
      signal.removeEventListener('abort', start)
    },
  }
}
