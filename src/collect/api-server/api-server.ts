/** One API server as one user of a kubeconfig: bounded GETs over kept-alive connections, refusals explained. */
import http from 'node:http'
import https from 'node:https'
import pLimit from 'p-limit'
import type {Collected, TransportChoice} from '../../evidence/types.ts'
import {collected} from '../collected.ts'
import type {ApiServer, HttpAnswer, RequestOptions} from '../connections.ts'
import {canUseCredentials} from '../kubeconfig/credentials.ts'
import type {GivenImpersonation, KubeconfigContext} from '../kubeconfig/kubeconfig.ts'
import type {Limit} from '../patient-limit.ts'
import {patientLimit} from '../patient-limit.ts'
import {type Deadline, startDeadline, within} from './deadline.ts'
import {ExchangeError, failureOf} from './exchange-error.ts'
import {dateSkewSeconds, exchange, openRequest} from './http.ts'
import {sendByKubectl} from './kubectl.ts'
import {keepLogin, type Login, type LoginKeeper, shownAddress} from './login.ts'
import type {Method} from './permissions.ts'
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
  /** At most so many requests at a time from now on; see request-share.ts. */
  setRequestsAtOnce(most: number): void
  /** As `get`, but rejects with ExchangeError, which knows more than a Failure. */
  send(path: string, options: RequestOptions): Promise<HttpAnswer>
  /** A strategic merge patch: the only request that changes an object, and only for a probe whose user gave an image. */
  patchJson<T>(path: string, body: unknown, signal: AbortSignal): Promise<Collected<T>>
  /** `work` ends what was opened over this connection. */
  onClose(work: () => void): void
}

/** Few requests at a time per API server: more only add load there and memory here. One that hangs leaves its place to others. */
export const REQUESTS_AT_ONCE = 4

const DEFAULTS = {timeoutSeconds: 15, maxBytes: 64 * 1024 * 1024}

/** Opens nothing yet: the first request does, and a context that cannot be used answers every request with the same failure. */
export function connectApiServer(context: KubeconfigContext, options: ConnectOptions): ApiServerConnection {
  const usesKubectl = options.transport === 'kubectl' || !canUseCredentials(context)
  const logins = keepLogin(context, options.impersonate)
  const address = context.cluster?.server ?? ''
  const server = shownAddress(address)
  const what = `the API server ${server}`
  const closing: (() => void)[] = []
  const turns = pLimit(REQUESTS_AT_ONCE)
  const inTurn = patientLimit(turns, 1)
  let clockSkewSeconds: number | null = null

  async function send(method: Method, path: string, request: RequestOptions, body: string | null) {
    const deadline = startDeadline(request.signal, request.timeoutSeconds)
    try {
      const answer = usesKubectl
        ? await sendByKubectl(context, options.impersonate, method, path, request, deadline, body)
        : await sendDirectly({logins, what, inTurn}, method, path, request, deadline, body)
      clockSkewSeconds = readClockSkew(path, answer) ?? clockSkewSeconds
      return answer
    } finally {
      deadline.clear()
    }
  }

  async function sendJson<T>(
    method: Method,
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
    setRequestsAtOnce(most) {
      turns.concurrency = most
    },
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
    patchJson: (path, body, signal) =>
      sendJson(
        'PATCH',
        path,
        {signal, headers: {'content-type': 'application/strategic-merge-patch+json'}},
        JSON.stringify(body),
      ),
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
  inTurn: Limit
}

/** A 401 renews the credentials once, a kept-alive connection that the other side had closed is replaced once. */
async function sendDirectly(
  {logins, what, inTurn}: Direct,
  method: Method,
  path: string,
  options: RequestOptions,
  deadline: Deadline,
  body: string | null,
): Promise<HttpAnswer> {
  const once = async (login: Login) => {
    const open = () => openRequest(what, () => request(login, method, path, options, body))
    const talk = () => exchange(open(), what, options, deadline, body)
    // A stream that lasts is nobody's turn.
    const ask = options.isLongLived ? talk : () => inTurn(talk)
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

function request(login: Login, method: Method, path: string, options: RequestOptions, body: string | null) {
  const {request: open} = login.server.startsWith('http:') ? http : https
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
  })
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

/** API server minus us; null when the answer does not tell, and where the date may be the agent's. */
function readClockSkew(path: string, answer: HttpAnswer): number | null {
  return /\/proxy(?:\/|$)/.test(path) ? null : dateSkewSeconds(answer)
}
