/** A look at the fleet that can be taken again: `open` finds contexts, `take` collects, connections stay open in between. */
import {setMaxListeners} from 'node:events'
import pLimit from 'p-limit'
import type {CollectOptions, Failure, FleetEvidence} from '../evidence/types.ts'
import {type StreamOptions, streamLog, type TakeLine} from './agent/log-stream.ts'
import type {ContainerLog} from './agent/logs.ts'
import type {KnownAgent} from './agent/surroundings.ts'
import {type ApiServerConnection, connectApiServer} from './api-server/api-server.ts'
import {failure} from './collected.ts'
import {type LookOptions, readContext, unreadContext} from './context.ts'
import {type ContextChoice, type GivenImpersonation, loadKubeconfig, selectContexts} from './kubeconfig/kubeconfig.ts'
import {hideInside, hideInText} from './own-credentials.ts'
import {type Progress, trackProgress} from './progress.ts'
import {connectAgent} from './transport/transport.ts'

export interface SessionScope extends ContextChoice {
  impersonate: GivenImpersonation
  /** --web-user / --web-password-file of agents behind basic auth. */
  webCredentials: {username: string; password: string} | null
}

export interface SessionOptions extends LookOptions {
  toolVersion: string
  /** Says what is being done where; for the progress line only. */
  onProgress(progress: Progress): void
  /** Aborted when the user interrupts; what is missing by then is recorded as interrupted. */
  signal: AbortSignal
}

/** A container's log to stream, by the name of its context. */
export interface LogSource extends ContainerLog {
  context: string
}

export interface Session {
  take(): Promise<FleetEvidence>
  /** One log line by line; see streamLog. Throws nothing. */
  stream(source: LogSource, options: StreamOptions, take: TakeLine): Promise<Failure | null>
  /** Passwords and tokens that this session knows, as they are and as headers carry them: none of them may be in what is kept. */
  credentials(): string[]
  close(): Promise<void>
}

/** 32 scrapes at once in all: more only adds memory. */
const SCRAPES_AT_ONCE = 32
const LOGS_AT_ONCE = 8
/** A dead API server must not hold up the others; credential plug-ins may log in first. */
const CONNECT_SECONDS = 5
const CONNECT_SECONDS_WITH_PLUGIN = 30
/** After the time is up, what still runs has this long to notice. */
const GRACE_SECONDS = 2

/** Chooses the contexts and opens a session on them; asks nothing yet. Throws UserError when no context can be chosen. */
export async function open(scope: SessionScope, options: SessionOptions): Promise<Session> {
  const contexts = selectContexts(await loadKubeconfig(scope), scope)
  const connectOptions = {impersonate: scope.impersonate, transport: options.transport}
  const servers = contexts.map(context => ({
    api: connectApiServer(context, connectOptions),
    known: new Map<string, KnownAgent>(),
  }))
  const credentials = () => [
    ...new Set([
      ...contexts.flatMap(({user}) => [
        ...(user?.token ? [user.token] : []),
        ...(user?.keyData ? [user.keyData] : []),
        ...basicAuth(user?.username, user?.password),
      ]),
      ...servers.flatMap(({api}) => api.logins.secrets()),
      ...basicAuth(scope.webCredentials?.username, scope.webCredentials?.password),
    ]),
  ]
  return {
    async take() {
      const evidence = await take(servers, scope, options)
      hideInside(evidence, credentials())
      return evidence
    },
    async stream(source, streamOptions, takeLine) {
      const server = servers.find(({api}) => api.contextName === source.context)
      if (server === undefined) return failure('not-found', `this session has no context "${source.context}"`)
      setMaxListeners(0, options.signal)
      const ended = await streamLog(
        server.api,
        source,
        streamOptions,
        (text, at) => takeLine(hideInText(text, credentials()), at),
        options.signal,
      )
      return ended && {...ended, detail: hideInText(ended.detail, credentials())}
    },
    credentials,
    async close() {
      for (const {api} of servers) api.close()
    },
  }
}

function basicAuth(username: string | undefined, password: string | undefined): string[] {
  if (!password) return []
  return [password, Buffer.from(`${username ?? ''}:${password}`).toString('base64')]
}

interface Server {
  api: ApiServerConnection
  known: Map<string, KnownAgent>
}

async function take(servers: Server[], scope: SessionScope, options: SessionOptions): Promise<FleetEvidence> {
  const startedAt = Date.now()
  const timeUp = AbortSignal.timeout(Math.max(1, options.timeoutSeconds * 1000))
  const signal = AbortSignal.any([options.signal, timeUp])
  setMaxListeners(0, signal) // every request in flight listens
  // Reason and detail are set when the run has ended early; until then nothing looks at it.
  const unread: Failure = failure('timeout', 'not read when the time for the whole run was up')
  const progress = trackProgress(
    servers.map(({api}) => api.contextName),
    options.onProgress,
  )
  const limitAllScrapes = pLimit(SCRAPES_AT_ONCE)
  const limitAllLogs = pLimit(LOGS_AT_ONCE)
  const contexts = servers.map(({api}) => unreadContext(api, unread))
  const reading = Promise.all(
    contexts.map(async (evidence, index) => {
      const server = servers[index]
      if (server === undefined) return
      const {api, known} = server
      await readContext(evidence, unread, {
        api,
        connectSeconds: api.context.user?.exec ? CONNECT_SECONDS_WITH_PLUGIN : CONNECT_SECONDS,
        webCredentials: scope.webCredentials,
        connect: address => connectAgent(api, address, options.transport),
        options,
        limitAllScrapes,
        limitAllLogs,
        progress: progress.of(index),
        known,
        signal,
      })
      progress.of(index).done()
    }),
  )
  const guard = startGuard(signal)
  try {
    await Promise.race([reading, guard.ended])
  } finally {
    guard.clear()
    progress.stop()
  }
  const ended = options.signal.aborted ? 'interrupted' : timeUp.aborted ? 'timeout' : 'complete'
  if (ended === 'interrupted') Object.assign(unread, failure('interrupted', 'not read when the run was stopped'))
  return {
    schemaVersion: 1,
    tool: {name: 'promfleet', version: options.toolVersion},
    takenAt: new Date().toISOString(),
    durationSeconds: (Date.now() - startedAt) / 1000,
    ended,
    options: collectOptions(options),
    // A copy: a request that ignores its signal must not change what has been handed out.
    contexts: structuredClone(contexts),
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

function collectOptions(options: SessionOptions): CollectOptions {
  const {intervalSeconds, sinceSeconds, timeoutSeconds, namespace, selector, agents, includeServers, transport} =
    options
  return {intervalSeconds, sinceSeconds, timeoutSeconds, namespace, selector, agents, includeServers, transport}
}
