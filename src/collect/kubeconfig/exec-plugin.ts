/**
 * Credential plug-ins of kubeconfig users (`exec:`), by the protocol of
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins: run once per user
 * for all contexts that share it, limited in time, never on the terminal's stdin.
 */
import {isAbsolute, resolve} from 'node:path'
import {keepText} from '../redact.ts'
import type {KubeconfigCluster, KubeconfigUser} from './kubeconfig.ts'
import {endGroup, endWithUs} from './process-group.ts'

export interface ExecCredential {
  token: string | null
  /** PEM. */
  clientCertificate: string | null
  clientKey: string | null
  /** Milliseconds since the epoch; null: good until the API server says 401. */
  expiresAt: number | null
}

/** The message is a sentence for the user: redacted, bounded, without escape sequences. */
export class CredentialsError extends Error {
  override name = 'CredentialsError'
  /** unauthorized: logging in again may help; unusable: the kubeconfig, or what it names, has to be mended. */
  readonly reason: 'unauthorized' | 'unusable'
  constructor(message: string, reason: 'unauthorized' | 'unusable' = 'unauthorized') {
    super(message)
    this.reason = reason
  }
}

export interface ExecLimits {
  timeoutSeconds: number
}

/** Plug-ins that ask for a browser login never end by themselves here; aws, gcloud and kubelogin answer in 1-3 s. */
const DEFAULT_LIMITS: ExecLimits = {timeoutSeconds: 10}

/** A plug-in that failed would fail again for each context of its user; after this a live view may find it mended. */
const FAILURE_KEPT_MILLISECONDS = 30_000
const failedAt = new WeakMap<Promise<ExecCredential>, number>()

/** Started runs by user, then by cluster (a plug-in with provideClusterInfo may answer differently for each). */
const runs = new WeakMap<KubeconfigUser, Map<string, Promise<ExecCredential>>>()

/**
 * The credential of the user's plug-in: of an earlier run unless it has expired or is `rejected`, the one that the API
 * server refused. Throws CredentialsError.
 */
export async function runExecPlugin(
  user: KubeconfigUser,
  cluster: KubeconfigCluster,
  rejected: ExecCredential | null,
  limits: ExecLimits = DEFAULT_LIMITS,
): Promise<ExecCredential> {
  const byCluster = runs.get(user) ?? new Map<string, Promise<ExecCredential>>()
  runs.set(user, byCluster)
  const key = user.exec?.provideClusterInfo === true ? cluster.name : ''
  const earlier = byCluster.get(key)
  if (earlier !== undefined) {
    const credential = await earlier.catch(() => null)
    if (byCluster.get(key) !== earlier) return runExecPlugin(user, cluster, rejected, limits) // another caller renewed it
    if (credential !== null && credential !== rejected && !isExpired(credential)) return credential
    if (credential === null && Date.now() - (failedAt.get(earlier) ?? 0) < FAILURE_KEPT_MILLISECONDS) return earlier
  }
  const run = execute(user, cluster, limits)
  run.catch(() => failedAt.set(run, Date.now()))
  byCluster.set(key, run)
  return run
}

const isExpired = (credential: ExecCredential): boolean =>
  credential.expiresAt !== null && credential.expiresAt <= Date.now()

const MAX_OUTPUT_BYTES = 1 << 20

async function execute(user: KubeconfigUser, cluster: KubeconfigCluster, limits: ExecLimits): Promise<ExecCredential> {
  const exec: Record<string, unknown> = user.exec ?? {}
  const command = typeof exec.command === 'string' ? exec.command : ''
  const name = `credential plug-in ${JSON.stringify(keepText(command, 100))}`
  if (command === '') {
    throw new CredentialsError(`the kubeconfig's exec entry of user ${user.name} names no command`, 'unusable')
  }
  if (exec.interactiveMode === 'Always') {
    throw new CredentialsError(
      `${name} wants a terminal (interactiveMode: Always); log in with it first, or use a token`,
    )
  }
  const {execa} = await import('execa') // most runs start no process
  const child = execa(pathOf(command, user.directory), argumentsOf(exec.args), {
    stdin: 'ignore',
    detached: true,
    maxBuffer: MAX_OUTPUT_BYTES,
    reject: false,
    env: {...environmentOf(exec.env), KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(exec, cluster))},
  })
  endWithUs(child)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    endGroup(child)
  }, limits.timeoutSeconds * 1000)
  const result = await child
  clearTimeout(timer)
  if (isLate) {
    throw new CredentialsError(
      `${name} did not end within ${limits.timeoutSeconds} s; run it by hand to see what it waits for`,
    )
  }
  if (result.code === 'ENOENT' || result.code === 'EACCES') {
    const installHint = typeof exec.installHint === 'string' ? `: ${keepText(exec.installHint, 300)}` : ''
    throw new CredentialsError(
      `${name} ${result.code === 'ENOENT' ? 'was not found' : 'may not be executed'}${installHint}`,
      'unusable',
    )
  }
  if (result.failed) {
    const said = keepText(result.stderr, 300) // its stdout may hold the credential itself
    const ended = result.exitCode === undefined ? 'was ended' : `ended with exit code ${result.exitCode}`
    throw new CredentialsError(`${name} ${ended}${said === '' ? '' : `: ${said}`}`)
  }
  return readCredential(result.stdout, name)
}

/** A command with a slash is relative to its kubeconfig file, one without is looked up on PATH, as kubectl does. */
function pathOf(command: string, directory: string): string {
  const isPath = /[/\\]/.test(command)
  return isPath && !isAbsolute(command) ? resolve(directory, command) : command
}

function argumentsOf(args: unknown): string[] {
  return Array.isArray(args) ? args.map(String) : []
}

function environmentOf(env: unknown): Record<string, string> {
  const pairs = Array.isArray(env) ? env : []
  return Object.fromEntries(pairs.map(({name, value}) => [String(name), String(value ?? '')]))
}

function execInfo(exec: Record<string, unknown>, cluster: KubeconfigCluster): object {
  const clusterInfo = {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.skipTLSVerify || undefined,
    'certificate-authority-data': cluster.caData,
    'proxy-url': cluster.proxyUrl,
  }
  return {
    apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: {interactive: false, ...(exec.provideClusterInfo === true && {cluster: clusterInfo})},
  }
}

function readCredential(output: string, name: string): ExecCredential {
  let status: Record<string, unknown> | null = null
  try {
    const parsed = JSON.parse(output) as {status?: Record<string, unknown>} | null
    status = parsed?.status ?? null
  } catch {
    // What it printed may hold the credential itself, so it is not repeated.
    throw new CredentialsError(`${name} printed something that is not an ExecCredential (not JSON)`)
  }
  const text = (key: string): string | null => {
    const value = status?.[key]
    return typeof value === 'string' && value !== '' ? value : null
  }
  const credential: ExecCredential = {
    token: text('token')?.trim() ?? null,
    clientCertificate: text('clientCertificateData'),
    clientKey: text('clientKeyData'),
    expiresAt: null,
  }
  const expiresAt = Date.parse(text('expirationTimestamp') ?? '')
  if (!Number.isNaN(expiresAt)) credential.expiresAt = expiresAt
  if (credential.token === null && credential.clientCertificate === null) {
    throw new CredentialsError(`${name} printed an ExecCredential without token and client certificate`)
  }
  return credential
}
