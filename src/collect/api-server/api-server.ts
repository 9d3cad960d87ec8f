/** One API server as one user of a kubeconfig: bounded GETs over kept-alive connections, refusals explained. */
import http from 'node:http'
import https from 'node:https'
import type {Collected, TransportChoice} from '../../evidence/types.ts'
import {collected} from '../collected.ts'
import type {ApiServer, HttpAnswer, RequestOptions} from '../connections.ts'
import {canUseCredentials} from '../kubeconfig/credentials.ts'
import type {GivenImpersonation, KubeconfigContext} from '../kubeconfig/kubeconfig.ts'
import {type Deadline, ExchangeError, exchange, failureOf, openRequest, startDeadline, within} from './http.ts'
import {sendByKubectl} from './kubectl.ts'
import {keepLogin, type Login, type LoginKeeper, shownAddress} from './login.ts'
import {readStatus, refusalOf} from './status.ts'

export interface ConnectOptions {
  impersonate: GivenImpersonation
  /** 'kubectl' sends every request through kubectl, lists as well: it covers every kind of credentials. */
  transport: TransportChoice
}

/** What the transports need beyond ApiServer. */
export interface ApiServerConnection extends ApiServer {
  readonly context: KubeconfigContext
  /** True when kubectl processes make the requests: asked for, or the only one that knows the kubeconfig's auth-provider. */
  readonly usesKubectl: boolean
  readonly logins: LoginKeeper
  /** As `get`, but rejects with ExchangeError, which knows more than a Failure. */
  send(path: string, options: RequestOptions): Promise<HttpAnswer>
  /** `work` ends what was opened over this connection. */
  onClose(work: () => void): void
}

const DEFAULTS = {timeoutSeconds: 15, maxBytes: 64 * 1024 * 1024}

/** Opens nothing yet: the first request does, and a context that cannot be used answers every request with the same failure. */
export function connectApiServer(context: KubeconfigContext, options: ConnectOptions): ApiServerConnection {
  const usesKubectl = options.transport === 'kubectl' || !canUseCredentials(context)
  const logins = keepLogin(context, options.impersonate)
  const address = context.cluster?.server ?? ''
  const server = shownAddress(address)
  const what = `the API server ${server}`
  const closing: (() => void)[] = []
  let clockSkewSeconds: number | null = null

  async function send(method: 'GET' | 'POST', path: string, request: RequestOptions, body: string | null) {
    const deadline = startDeadline(request.signal, request.timeoutSeconds)
    try {
      const answer = usesKubectl
        ? await sendByKubectl(context, options.impersonate, method, path, request, deadline, body)
        : await sendDirectly({logins, what}, method, path, request, deadline, body)
      clockSkewSeconds = readClockSkew(path, answer) ?? clockSkewSeconds
      return answer
    } finally {
      deadline.clear()
    }
  }

  async function sendJson<T>(
    method: 'GET' | 'POST',
    path: string,
    given: Partial<RequestOptions> & {signal: AbortSignal},
    body: string | null,
  ): Promise<Collected<T>> {
    try {
      const headers = {accept: 'application/json', ...given.headers}
      const answer = await send(method, path, {...DEFAULTS, ...given, headers}, body)
      if (answer.status < 200 || answer.status > 299) throw refusalOf(method, path, answer, what)
      return collected(parseJson<T>(answer, path, what))
    } catch (error) {
      return failureOf(error)
    }
  }

  return {
    context,
    usesKubectl,
    logins,
    send: (path, request) => send('GET', path, request, null),
    contextName: context.name,
    userName: context.userName,
    server,
    namespace: context.namespace,
    clockSkewSeconds: () => clockSkewSeconds,
    async get(path, request) {
      try {
        return collected(await send('GET', path, request, null))
      } catch (error) {
        return failureOf(error)
      }
    },
    getJson: (path, request) => sendJson('GET', path, request, null),
    postJson: (path, body, request) => sendJson('POST', path, request, JSON.stringify(body)),
    onClose: work => void closing.push(work),
    close() {
      for (const work of closing.splice(0)) work()
      logins.close()
    },
  }
}

interface Direct {
  logins: LoginKeeper
  what: string
}

/** A 401 renews the credentials once, a kept-alive connection that the other side had closed is replaced once. */
async function sendDirectly(
  {logins, what}: Direct,
  method: 'GET' | 'POST',
  path: string,
  options: RequestOptions,
  deadline: Deadline,
  body: string | null,
): Promise<HttpAnswer> {
  const once = async (login: Login) => {
    const ask = () =>
      exchange(
        openRequest(what, () => request(login, method, path, options, body)),
        what,
        options,
        deadline,
        body,
      )
    try {
      return await ask()
    } catch (error) {
      if (error instanceof ExchangeError && error.isStale) return ask()
      throw error
    }
  }
  const login = await within(deadline, `the credentials for ${what}`, logins.current())
  const answer = await once(login)
  // The API server says 401 with a Status; an agent's own 401 comes through its proxy as it is.
  if (answer.status !== 401 || readStatus(answer.body) === null) return answer
  const renewed = await within(deadline, `the credentials for ${what}`, logins.renew(login))
  return renewed === null ? answer : once(renewed)
}

function request(login: Login, method: 'GET' | 'POST', path: string, options: RequestOptions, body: string | null) {
  const {request: open} = login.server.startsWith('http:') ? http : https
  const narrow = options.isLongLived ? widen(login.agent) : () => {}
  return open(`${login.server}${path}`, {
    method,
    agent: login.agent,
    headers: {
      accept: '*/*',
      'accept-encoding': 'gzip',
      'user-agent': 'promfleet',
      ...(body !== null && {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)}),
      ...options.headers,
      ...login.headers,
    },
  }).once('close', narrow)
}

/** One connection more for as long as one is taken for good; returns what takes it back. */
function widen(agent: http.Agent): () => void {
  agent.maxSockets += 1
  return () => {
    agent.maxSockets -= 1
  }
}

function parseJson<T>(answer: HttpAnswer, path: string, what: string): T {
  try {
    return JSON.parse(answer.body.toString('utf8')) as T
  } catch {
    const type = answer.headers['content-type'] ?? 'no content type'
    throw new ExchangeError(
      'malformed',
      `${what} answered ${path.split('?')[0]} with something that is not JSON (${type})`,
    )
  }
}

/** An answer that took longer says too little about the instant of its Date header, which counts whole seconds. */
const LONGEST_FOR_CLOCK_SECONDS = 5

/** API server minus us, within about a second; null when the answer does not tell. */
function readClockSkew(path: string, answer: HttpAnswer): number | null {
  if (/\/proxy(?:\/|$)/.test(path) || answer.durationSeconds > LONGEST_FOR_CLOCK_SECONDS) return null // the date may be the agent's
  const theirs = Date.parse(answer.headers.date ?? '')
  if (Number.isNaN(theirs)) return null
  const ours = Date.now() - (answer.durationSeconds * 1000) / 2
  return (theirs + 500 - ours) / 1000
}
