/** A look at the fleet that can be taken again: `open` finds contexts, `take` collects, connections stay open in between. */
import {setMaxListeners} from 'node:events'
import pLimit from 'p-limit'
import type {FleetEvidence} from '../evidence/fleet.ts'
import type {CollectOptions, ContextEvidence, Failure} from '../evidence/types.ts'
import {type StreamOptions, streamLog, type TakeLine} from './agent/log-stream.ts'
import type {ContainerLog} from './agent/logs.ts'
import type {KnownAgent} from './agent/surroundings.ts'
import {connectApiServer} from './api-server/api-server.ts'
import {type CentralAccess, secretsOf} from './central/access.ts'
import {type CentralsLook, lookAgain} from './central/look-again.ts'
import {selectCentralContext} from './central/select-context.ts'
import {failure} from './collected.ts'
import type {LookOptions} from './context.ts'
import {
  type ContextChoice,
  type GivenImpersonation,
  type KubeconfigContext,
  loadKubeconfig,
} from './kubeconfig/kubeconfig.ts'
import {selectContexts} from './kubeconfig/select-contexts.ts'
import {hideInside, hideInText} from './own-credentials.ts'
import type {ProbeOptions} from './probe/probe.ts'
import {shareRequests} from './request-share.ts'
import {startTake, type TakeOptions} from './take.ts'

export interface SessionScope extends ContextChoice {
  impersonate: GivenImpersonation
  /** --web-user / --web-password-file of agents behind basic auth. */
  webCredentials: {username: string; password: string} | null
}

export interface SessionOptions extends LookOptions, Pick<TakeOptions, 'onProgress' | 'signal'> {
  toolVersion: string
  /** Set: the centrals that agents write to are looked at, too; `access` is the one that the user named, null: none. */
  central?: {access: CentralAccess | null}
}

/** A container's log to stream, by the name of its context. */
export interface LogSource extends ContainerLog {
  context: string
}

/** One look at one context, while it goes on. */
export interface ContextLook {
  /** What has come so far; what has not is a failure that says so. */
  peek(): ContextEvidence
  /** When there is nothing left to read, or the time is up. Never rejects for what could not be read. */
  done: Promise<ContextEvidence>
}

/** What differs from look to look; the session's own options hold for the rest. */
export type ContextLookOptions = Pick<SessionOptions, 'timeoutSeconds' | 'signal'> & Pick<LookOptions, 'wantsMore'>

export interface Session {
  /** Names, as the kubeconfig has them. */
  contexts: readonly string[]
  take(): Promise<FleetEvidence>
  /** Begins to look at one context, beside others. Of a context that is looked at already, do not ask again before that is done. */
  look(context: string, options: ContextLookOptions): ContextLook
  /** Begins to look at the centrals that the agents of these looks write to; see SessionOptions.central, without which there are none. */
  lookAtCentrals(looked: ContextEvidence[], signal: AbortSignal): CentralsLook
  /** One look out of those at each context; `ended` is left for the caller to say, `startedAt` is Date.now() of its first. */
  assemble(contexts: ContextEvidence[], startedAt: number, ended: FleetEvidence['ended']): FleetEvidence
  /** Tries the ways to the receivers of what was taken; the only thing a session does that is more than reading. */
  probe(
    evidence: FleetEvidence,
    options: ProbeOptions,
  ): Promise<Pick<FleetEvidence, 'probes' | 'canaries' | 'networkPolicies'>>
  /** One log line by line; see streamLog. Throws nothing. */
  stream(source: LogSource, options: StreamOptions, take: TakeLine): Promise<Failure | null>
  /** Passwords and tokens that this session knows, as they are and as headers carry them: none of them may be in what is kept. */
  credentials(): string[]
  close(): Promise<void>
}

/** 32 scrapes at once in all: more only adds memory. */
export const SCRAPES_AT_ONCE = 32
const LOGS_AT_ONCE = 8

/** Chooses the contexts and opens a session on them; asks nothing yet. Throws UserError when no context can be chosen. */
export async function open(scope: SessionScope, options: SessionOptions): Promise<Session> {
  const kubeconfig = await loadKubeconfig(scope)
  const contexts = selectContexts(kubeconfig, scope)
  const access = options.central?.access ?? null
  if (access?.kind === 'pod') selectCentralContext(kubeconfig, access.context) // a wrong name is told before anything is read
  const connectOptions = {impersonate: scope.impersonate, transport: options.transport}
  const servers = contexts.map(context => ({
    api: connectApiServer(context, connectOptions),
    known: new Map<string, KnownAgent>(),
  }))
  const apis = servers.map(({api}) => api)
  const centralOptions = {...connectOptions, kubeconfig: scope.kubeconfig, access}
  const centralsAgain = lookAgain(apis, centralOptions)
  const ofAllTakes = {
    webCredentials: scope.webCredentials,
    limitAllScrapes: pLimit(SCRAPES_AT_ONCE),
    limitAllLogs: pLimit(LOGS_AT_ONCE),
    shareRequests: shareRequests(),
  }
  const credentials = () => [
    ...new Set([...credentialsOf(contexts, scope, access), ...apis.flatMap(api => api.logins.secrets())]),
  ]
  const hide = <Seen extends object>(seen: Seen): Seen => {
    hideInside(seen, credentials())
    return seen
  }
  const serverOf = (context: string) => servers.find(({api}) => api.contextName === context)
  return {
    contexts: contexts.map(({name}) => name),
    async take() {
      const startedAt = Date.now()
      const central = options.central === undefined ? null : await import('./central/look.ts')
      const {done} = startTake(servers, {
        ...options,
        ...ofAllTakes,
        timeUp: 'the time for the whole run',
        lookForCentrals:
          central === null
            ? null
            : (inContexts, inServers, signal) =>
                central.lookForCentrals(inContexts, inServers, {...centralOptions, signal}),
      })
      const {contexts, ended, ...found} = await done
      return hide({...assemble(contexts, options, startedAt, ended), ...found})
    },
    look(context, lookOptions) {
      const server = serverOf(context)
      if (server === undefined) throw new Error(`this session has no context "${context}"`)
      const only = ([evidence]: ContextEvidence[]): ContextEvidence => {
        if (evidence === undefined) throw new Error(`nothing was looked at of "${context}"`)
        return hide(evidence)
      }
      const {onlooker, isDone} = centralsAgain.onlookerOf(context)
      const own = {
        onProgress: () => undefined,
        lookForCentrals: options.central === undefined ? null : () => onlooker,
        timeUp: `the time for one look (${lookOptions.timeoutSeconds} s)`,
      }
      const {peek, done} = startTake([server], {...options, ...lookOptions, ...own, ...ofAllTakes})
      const whole = done.then(({contexts}) => {
        isDone()
        return only(contexts)
      })
      return {peek: () => only(peek()), done: whole}
    },
    lookAtCentrals(looked, signal) {
      const {peek, done} = centralsAgain.begin(looked, signal)
      return {peek: () => hide(peek()), done: done.then(hide)}
    },
    assemble: (looked, startedAt, ended) => assemble(looked, options, startedAt, ended),
    async probe(evidence, probeOptions) {
      const [{probeReceivers}, {secretsOf}] = await Promise.all([
        import('./probe/probe.ts'),
        import('./probe/remote.ts'),
      ])
      const tried = await probeReceivers(apis, evidence, probeOptions)
      hideInside(tried, [
        ...credentials(),
        ...secretsOf(probeOptions.remote),
        ...(probeOptions.canary?.credentials() ?? []),
      ])
      return tried
    },
    async stream(source, streamOptions, takeLine) {
      const server = serverOf(source.context)
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

function credentialsOf(
  contexts: readonly KubeconfigContext[],
  scope: SessionScope,
  access: CentralAccess | null,
): string[] {
  return [
    ...contexts.flatMap(({user}) => [
      ...(user?.token ? [user.token] : []),
      ...(user?.keyData ? [user.keyData] : []),
      ...basicAuth(user?.username, user?.password),
    ]),
    ...basicAuth(scope.webCredentials?.username, scope.webCredentials?.password),
    ...(access === null ? [] : secretsOf(access.credentials)),
  ]
}

function basicAuth(username: string | undefined, password: string | undefined): string[] {
  if (!password) return []
  return [password, Buffer.from(`${username ?? ''}:${password}`).toString('base64')]
}

function assemble(
  contexts: ContextEvidence[],
  options: SessionOptions,
  startedAt: number,
  ended: FleetEvidence['ended'],
): FleetEvidence {
  return {
    schemaVersion: 1,
    tool: {name: 'promfleet', version: options.toolVersion},
    takenAt: new Date().toISOString(),
    durationSeconds: (Date.now() - startedAt) / 1000,
    ended,
    options: collectOptions(options),
    contexts,
  }
}

function collectOptions(options: SessionOptions): CollectOptions {
  const {intervalSeconds, sinceSeconds, timeoutSeconds, namespace, selector, agents, includeServers, transport} =
    options
  return {intervalSeconds, sinceSeconds, timeoutSeconds, namespace, selector, agents, includeServers, transport}
}
