/** Straight to a central's URL: kept-alive connections, the proxy of the environment, answers bounded. */
import http from 'node:http'
import https from 'node:https'
import type {Collected} from '../../evidence/types.ts'
import {type Deadline, startDeadline} from '../api-server/deadline.ts'
import {ExchangeError, failureOf} from '../api-server/exchange-error.ts'
import {exchange, openRequest} from '../api-server/http.ts'
import {createAgent, proxyFor} from '../api-server/outgoing-proxy.ts'
import {collected} from '../collected.ts'
import type {HttpAnswer, RequestOptions} from '../connections.ts'
import {type CentralAccess, credentialHeaders, nameOf, secretsOf} from './access.ts'
import type {CentralWay} from './query-api.ts'

/** At most four queries side by side, and a place for the question whether it lives (sign-of-life.ts), which must not wait for them. */
const MAX_SOCKETS = 5

/** Opens nothing yet: the first request does. Redirects are not followed: they would carry the credentials elsewhere. */
export function wayToUrl(access: Extract<CentralAccess, {kind: 'url'}>): CentralWay {
  const {url, credentials, tls} = access
  const base = nameOf(access)
  const what = `the central ${base}`
  const headers = credentialHeaders(credentials)
  const agent = createAgent(
    url,
    proxyFor(url, null),
    {rejectUnauthorized: !tls.skipVerify, ...(tls.authority !== null && {ca: tls.authority})},
    MAX_SOCKETS,
  )

  function open(path: string, form: string | null, options: RequestOptions): http.ClientRequest {
    const {request} = url.protocol === 'http:' ? http : https
    return request(`${base}${path}`, {
      method: form === null ? 'GET' : 'POST',
      agent,
      headers: {
        accept: '*/*',
        'accept-encoding': 'gzip',
        'user-agent': 'promfleet',
        ...(form !== null && {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(form),
        }),
        ...options.headers,
        ...headers,
      },
    })
  }

  async function once(path: string, form: string | null, options: RequestOptions, deadline: Deadline) {
    return exchange(
      openRequest(what, () => open(path, form, options)),
      what,
      options,
      deadline,
      form,
    )
  }

  async function send(path: string, form: string | null, options: RequestOptions): Promise<Collected<HttpAnswer>> {
    const deadline = startDeadline(options.signal, options.timeoutSeconds)
    try {
      const answer = await once(path, form, options, deadline).catch(error => {
        // A kept-alive connection that the other side had closed is replaced once.
        if (error instanceof ExchangeError && error.isStale) return once(path, form, options, deadline)
        throw error
      })
      return collected(answer)
    } catch (error) {
      const failed = failureOf(error)
      return failed.reason === 'untrusted' ? {...failed, detail: aboutTrust(failed.detail)} : failed
    } finally {
      deadline.clear()
    }
  }

  return {
    name: base,
    isPod: false,
    get: (path, options) => send(path, null, options),
    postForm: send,
    credentials: () => secretsOf(credentials),
    close: () => agent.destroy(),
  }
}

/** The shared words about certificates are made for API servers. */
function aboutTrust(detail: string): string {
  return detail.replace(
    "the kubeconfig's certificate authority",
    'an authority trusted here; --central-ca-file names another',
  )
}
