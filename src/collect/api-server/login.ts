/** A context's way into its API server: address, connection pools, headers; made anew when the API server refuses it. */
import {type Agent, validateHeaderValue} from 'node:http'
import {type Credentials, readCredentials} from '../kubeconfig/credentials.ts'
import {CredentialsError} from '../kubeconfig/exec-plugin.ts'
import type {GivenImpersonation, KubeconfigContext} from '../kubeconfig/kubeconfig.ts'
import {keepText} from '../redact.ts'
import {ExchangeError} from './exchange-error.ts'
import {createAgent, proxyFor} from './outgoing-proxy.ts'

export interface Login {
  /** Without trailing slash and credentials; may have a path of its own (Rancher: /k8s/clusters/c-1). */
  server: string
  headers: Record<string, string | string[]>
  agent: Agent
  /** Upgraded connections leave their pool, so this bounds handshakes and not open WebSockets. */
  upgradeAgent: Agent
}

export interface LoginKeeper {
  /** Rejects with ExchangeError `unauthorized` when there are no usable credentials. */
  current(): Promise<Login>
  /** After a 401 to `used`: a login with fresh credentials, null when there is no way to get others. */
  renew(used: Login): Promise<Login | null>
  /** Whatever was sent so far to prove who we are, as it is and as headers carry it. */
  secrets(): string[]
  close(): void
}

/** Few WebSockets are opened at once; of requests, those who ask take care: see api-server.ts. */
const MAX_UPGRADES = 4

/** A fresh credential that is refused as well is not renewed for each of the requests that follow. */
const RENEWED_KEPT_MILLISECONDS = 10_000

type Entry = Login & {credentials: Credentials; renewedAt: number | null}

export function keepLogin(context: KubeconfigContext, impersonate: GivenImpersonation): LoginKeeper {
  let entry: Promise<Entry> | null = null
  let settled: Entry | null = null
  const secrets = new Set<string>()
  const opened = new Set<Agent>()

  function logIn(rejected: Credentials | null): Promise<Entry> {
    const attempt = openLogin(context, impersonate, rejected)
    entry = attempt
    attempt.then(
      login => {
        settled = login
        for (const secret of secretsOf(login.credentials)) secrets.add(secret)
        opened.add(login.agent).add(login.upgradeAgent)
      },
      () => {
        if (entry === attempt) entry = null // the next request asks again
      },
    )
    return attempt
  }

  return {
    async current() {
      const expiresAt = settled?.credentials.expiresAt ?? null
      if (settled !== null && expiresAt !== null && expiresAt <= Date.now()) {
        const expired = settled
        settled = null
        return logIn(expired.credentials)
      }
      return entry ?? logIn(null)
    },
    async renew(used) {
      const now = await (entry ?? logIn(null))
      if (now !== used) return now // another request was faster
      const isFresh = now.renewedAt !== null && Date.now() - now.renewedAt < RENEWED_KEPT_MILLISECONDS
      return now.credentials.renewable && !isFresh ? logIn(now.credentials) : null
    },
    secrets: () => [...secrets],
    close() {
      for (const agent of opened) agent.destroy()
    },
  }
}

/** The token of a plug-in, a file or an authenticator stands in no kubeconfig, but always in the header; and what makes up basic auth. */
function secretsOf({headers, exec}: Credentials): string[] {
  const header = String(headers.Authorization ?? '').replace(/^\S+ /, '')
  return header === '' ? [] : [header, ...(exec?.token ? [exec.token] : [])]
}

async function openLogin(
  context: KubeconfigContext,
  impersonate: GivenImpersonation,
  rejected: Credentials | null,
): Promise<Entry> {
  try {
    const credentials = await readCredentials(context, impersonate, rejected)
    const server = readServer(context)
    const {tls, headers} = credentials
    refuseInvalidHeaders(context, headers)
    const proxy = proxyFor(server, context.cluster?.proxyUrl ?? null)
    const open = (maxSockets: number) =>
      openAgent(credentials, maxSockets, () => createAgent(server, proxy, tls, maxSockets))
    return {
      server: withoutCredentials(server),
      headers,
      agent: open(Number.POSITIVE_INFINITY),
      upgradeAgent: open(MAX_UPGRADES),
      credentials,
      renewedAt: rejected === null ? null : Date.now(),
    }
  } catch (error) {
    if (error instanceof ExchangeError) throw error
    if (error instanceof CredentialsError) throw new ExchangeError(error.reason, error.message)
    // A proxy address or a certificate that cannot be parsed: what the kubeconfig says cannot be used.
    const reason = keepText(error instanceof Error ? error.message : String(error), 200)
    throw new ExchangeError('unusable', `the connection of context ${context.name} cannot be set up: ${reason}`)
  }
}

/** A line break in a token, for example; Node would throw at each request, and name the header only. */
function refuseInvalidHeaders(context: KubeconfigContext, headers: Credentials['headers']): void {
  for (const [name, values] of Object.entries(headers)) {
    try {
      for (const value of [values].flat()) validateHeaderValue(name, value)
    } catch {
      throw new CredentialsError(
        `the ${name} header for user ${context.userName ?? '(none)'} holds characters that HTTP does not allow (a line break?)`,
        'unusable',
      )
    }
  }
}

/** The client library makes a SOCKS agent of its own; it is told to keep connections as ours do. */
function openAgent(credentials: Credentials, maxSockets: number, create: () => Agent): Agent {
  if (credentials.socksAgent === null) return create()
  return Object.assign(credentials.socksAgent, {keepAlive: true, maxSockets})
}

function readServer(context: KubeconfigContext): URL {
  const address = context.cluster?.server ?? ''
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ExchangeError(
      'unusable',
      `the server of context ${context.name} is not an http(s) URL: ${shownAddress(address)}`,
    )
  }
  return url
}

/** Without user and password, also of what is no URL. */
export function shownAddress(address: string): string {
  if (URL.canParse(address) && /^https?:/i.test(address)) return withoutCredentials(new URL(address))
  return keepText(address.replace(/^.*@/s, ''), 200)
}

/** For people and for requests: a path stays, a trailing slash, user and password go. */
function withoutCredentials(server: URL): string {
  return `${server.origin}${server.pathname.replace(/\/+$/, '')}`
}
