/** What a context's user sends to its API server: TLS material and headers. The client library's authenticators do the rest. */
import {readFile} from 'node:fs/promises'
import type {Agent} from 'node:http'
import type {RequestOptions as HttpsRequestOptions} from 'node:https'
import {KubeConfig} from '@kubernetes/client-node'
import {keepText} from '../redact.ts'
import {CredentialsError, type ExecCredential, runExecPlugin} from './exec-plugin.ts'
import type {
  GivenImpersonation,
  Impersonation,
  KubeconfigCluster,
  KubeconfigContext,
  KubeconfigUser,
} from './kubeconfig.ts'

export type TlsOptions = Pick<HttpsRequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>

export interface Credentials {
  tls: TlsOptions
  headers: Record<string, string | string[]>
  /** Milliseconds since the epoch; null: not known to expire. */
  expiresAt: number | null
  /** True when reading them again may give others: a plug-in, a token file, an authenticator that refreshes. */
  renewable: boolean
  /** What the plug-in gave, to be handed back as `rejected`. */
  exec: ExecCredential | null
  /** The client library's agent for SOCKS proxies (`proxy-url: socks5://...`), null otherwise. */
  socksAgent: Agent | null
}

/** Authenticators that the client library has; client-go knows others only as compiled-in plug-ins. */
const KNOWN_AUTH_PROVIDERS = new Set(['oidc', 'azure', 'gcp'])

/** False for an `auth-provider` that only kubectl may have. */
export function canUseCredentials(context: KubeconfigContext): boolean {
  const provider: unknown = context.user?.authProvider?.name
  return provider === undefined || KNOWN_AUTH_PROVIDERS.has(String(provider))
}

const AUTHENTICATOR_TIMEOUT_SECONDS = 10

/**
 * Credentials of a context, read now. `rejected` are those that the API server answered 401 to: a plug-in then runs again.
 * `impersonate` (--as, --as-group) wins over the kubeconfig's own. Throws CredentialsError with a sentence for the user.
 */
export async function readCredentials(
  context: KubeconfigContext,
  impersonate: GivenImpersonation,
  rejected: Credentials | null = null,
): Promise<Credentials> {
  const {cluster, user} = context
  if (cluster === null) {
    throw new CredentialsError(
      `the context names the cluster "${context.clusterName ?? ''}", which the kubeconfig does not have`,
      'unusable',
    )
  }
  if (user === null && context.userName !== null) {
    throw new CredentialsError(
      `the context names the user "${context.userName}", which the kubeconfig does not have`,
      'unusable',
    )
  }
  const exec = user?.exec ? await runExecPlugin(user, cluster, rejected?.exec ?? null) : null
  const token = exec?.token ?? (user?.tokenFile ? await readTokenFile(user.tokenFile) : null)
  const {headers, socksAgent, basic, ...tls} = await applyLibrary(cluster, user, exec, token)
  if (basic !== null) headers.Authorization = `Basic ${Buffer.from(basic).toString('base64')}`
  return {
    tls,
    headers: {...headers, ...impersonationHeaders(user, impersonate)},
    expiresAt: exec?.expiresAt ?? null,
    renewable: exec !== null || Boolean(user?.tokenFile) || Boolean(user?.authProvider),
    exec,
    socksAgent,
  }
}

async function readTokenFile(path: string): Promise<string> {
  const token = await readFile(path, 'utf8').catch(error => {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new CredentialsError(`the token file ${path} cannot be read: ${code}`, 'unusable')
  })
  if (token.trim() === '') throw new CredentialsError(`the token file ${path} is empty`, 'unusable')
  return token.trim() // a newline in it would make an invalid header
}

async function applyLibrary(
  cluster: KubeconfigCluster,
  user: KubeconfigUser | null,
  exec: ExecCredential | null,
  token: string | null,
): Promise<TlsOptions & {headers: Record<string, string>; basic: string | null; socksAgent: Agent | null}> {
  const config = new KubeConfig()
  const {
    exec: _plugin,
    impersonateUser: _impersonated,
    tokenFile: _file,
    directory: _directory,
    impersonate: _as,
    ...rest
  } = {
    tokenFile: null,
    directory: '',
    impersonate: null,
    name: '',
    ...user, // a context without user still needs the cluster's CA, which the library applies for a user only
  }
  config.loadFromClusterAndUser(
    {
      ...cluster,
      // The library refuses http:// servers unless told not to verify; there is nothing to verify then.
      skipTLSVerify: cluster.skipTLSVerify || cluster.server.startsWith('http://'),
    },
    {
      ...rest,
      ...(token !== null && {token}),
      ...(exec?.clientCertificate && {certData: base64(exec.clientCertificate)}),
      ...(exec?.clientKey && {keyData: base64(exec.clientKey)}),
    },
  )
  const options: HttpsRequestOptions & {headers: Record<string, string>} = {headers: {}}
  try {
    await withinSeconds(config.applyToHTTPSOptions(options), AUTHENTICATOR_TIMEOUT_SECONDS)
  } catch (error) {
    const reason = keepText(error instanceof Error ? error.message : String(error), 300)
    throw new CredentialsError(`the credentials of user ${user?.name ?? '(none)'} cannot be used: ${reason}`)
  }
  const {ca, cert, key, rejectUnauthorized, servername} = options
  const isSocks = /^socks/i.test(cluster.proxyUrl ?? '')
  return {
    ...(ca !== undefined && {ca}),
    ...(cert !== undefined && {cert}),
    ...(key !== undefined && {key}),
    ...(rejectUnauthorized !== undefined && {rejectUnauthorized}),
    ...(servername !== undefined && {servername}),
    headers: options.headers,
    basic: options.auth ?? null,
    socksAgent: isSocks && typeof options.agent === 'object' ? options.agent : null,
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

async function withinSeconds<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonationHeaders(
  user: KubeconfigUser | null,
  given: GivenImpersonation,
): Record<string, string | string[]> {
  const own: Impersonation = user?.impersonate ?? {user: null, uid: null, groups: [], extra: {}}
  const name = given.user ?? own.user
  const groups = given.groups.length > 0 ? given.groups : given.user === null ? own.groups : []
  if (name === null) {
    if (groups.length > 0)
      throw new CredentialsError('--as-group needs --as: groups are impersonated together with a user')
    return {}
  }
  const headers: Record<string, string | string[]> = {'Impersonate-User': name}
  if (groups.length > 0) headers['Impersonate-Group'] = groups
  if (given.user !== null) return headers
  if (own.uid !== null) headers['Impersonate-Uid'] = own.uid
  for (const [key, values] of Object.entries(own.extra))
    headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = values
  return headers
}
