/**
 * Contexts of the kubeconfig files, merged by kubectl's rules
 * (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files).
 * Reads no credentials: credentials.ts does, for the contexts that are used.
 */
import {readFile} from 'node:fs/promises'
import {homedir} from 'node:os'
import {delimiter, dirname, join, resolve} from 'node:path'
import {KubeConfig} from '@kubernetes/client-node'
import {parse} from 'yaml'
import {UserError} from '../../errors.ts'
import {shellWord} from '../../shell-word.ts'
import {isRecord} from '../is-record.ts'
import {cleanText, keepText} from '../redact.ts'

export type KubeconfigCluster = KubeConfig['clusters'][number]

/** A user of a kubeconfig file with what the client library leaves out. Contexts that name one user share one object. */
export type KubeconfigUser = KubeConfig['users'][number] & {
  /** Absolute; kubectl reads `tokenFile`, the client library does not. */
  tokenFile: string | null
  /** Of the file that the user came from: commands of exec plug-ins are relative to it. */
  directory: string
  impersonate: Impersonation
}

export interface Impersonation {
  user: string | null
  uid: string | null
  groups: string[]
  extra: Record<string, string[]>
}

/** --as and --as-group; they win over the kubeconfig's own. */
export type GivenImpersonation = Pick<Impersonation, 'user' | 'groups'>

/** One context; `cluster` or `user` is null when the context names none that exists in the files. */
export interface KubeconfigContext {
  name: string
  clusterName: string | null
  userName: string | null
  /** The context's default namespace, 'default' when it has none. */
  namespace: string
  cluster: KubeconfigCluster | null
  user: KubeconfigUser | null
  /** What --kubeconfig said, for kubectl processes; null: they find the files as we did. */
  kubeconfigPath: string | null
  /** True for the service account of the pod that we run in: kubectl has no context of that name. */
  inCluster: boolean
}

/** Which contexts to look at. */
export interface ContextChoice {
  /** --kubeconfig; null uses KUBECONFIG and then ~/.kube/config, in a cluster the service account. */
  kubeconfig: string | null
  /** Names and globs as given by --context; empty means the current context. */
  contexts: string[]
  allContexts: boolean
  /** Who named them, where it was not the user on the command line: "fleet file ./promfleet.yaml". */
  contextsFrom?: string | undefined
}

export interface Kubeconfig {
  /** In the order of the files. */
  contexts: KubeconfigContext[]
  currentContext: string | null
  /** The files that were there, first wins. */
  files: string[]
}

/** Where a process looks for its kubeconfig; tests give their own. */
export interface Surroundings {
  env: NodeJS.ProcessEnv
  home: string
  /** Where Kubernetes mounts the service account of a pod. */
  serviceAccountDirectory: string
}

const ownSurroundings = (): Surroundings => ({
  env: process.env,
  home: homedir(),
  serviceAccountDirectory: '/var/run/secrets/kubernetes.io/serviceaccount',
})

/**
 * All contexts that can be chosen from: of --kubeconfig, else of the files in KUBECONFIG, else of ~/.kube/config, else the
 * service account of the pod that we run in. Throws UserError when there is none, or when a file is not a kubeconfig.
 */
export async function loadKubeconfig(
  scope: Pick<ContextChoice, 'kubeconfig'>,
  surroundings: Surroundings = ownSurroundings(),
): Promise<Kubeconfig> {
  const paths = kubeconfigPaths(scope.kubeconfig, surroundings)
  const files = (await Promise.all(paths.map(path => readKubeconfigFile(path, path === scope.kubeconfig)))).filter(
    file => file !== null,
  )
  const merged = mergeFiles(files, scope.kubeconfig)
  if (merged.contexts.length > 0) return merged
  const inCluster = await readServiceAccount(surroundings)
  if (inCluster !== null && scope.kubeconfig === null) return inCluster
  if (files.length > 0) {
    throw new UserError(
      `no context in ${files.map(file => file.path).join(', ')}`,
      'add one with "kubectl config set-context", or name another file with --kubeconfig or KUBECONFIG',
    )
  }
  throw new UserError(
    `no kubeconfig found: looked for ${paths.join(', ')}`,
    'name the file with --kubeconfig PATH or KUBECONFIG, as for kubectl',
  )
}

function kubeconfigPaths(explicit: string | null, {env, home}: Surroundings): string[] {
  if (explicit !== null) return [explicit]
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter(path => path !== '')
  return listed.length > 0 ? [...new Set(listed)] : [join(home, '.kube', 'config')]
}

interface KubeconfigFile {
  path: string
  config: KubeConfig
  users: KubeconfigUser[]
}

/** null for a file that is missing or empty, as kubectl has it; only the one named by --kubeconfig must exist. */
async function readKubeconfigFile(path: string, isExplicit: boolean): Promise<KubeconfigFile | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' && !isExplicit) return null
    if (code === 'ENOENT')
      throw new UserError(`kubeconfig ${path} does not exist`, 'check the path given to --kubeconfig')
    throw new UserError(`kubeconfig ${path} cannot be read: ${code ?? String(error)}`)
  }
  if (text.trim() === '') return null
  const directory = dirname(resolve(path))
  try {
    const {readable, extras} = readWhatTheLibraryDrops(text)
    const config = new KubeConfig()
    config.loadFromString(readable, {onInvalidEntry: 'filter'})
    config.makePathsAbsolute(directory)
    return {path, config, users: config.users.map(user => withExtras(user, extras.get(user.name), directory))}
  } catch (error) {
    const reason = keepText(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), 200)
    const view = `kubectl config view${isExplicit ? kubeconfigOption(path) : ''}`
    throw new UserError(`${path} is not a kubeconfig: ${reason}`, `see what kubectl makes of it: ${view}`)
  }
}

type RawUser = Record<string, unknown>

/**
 * The client library (1.4) knows neither `tokenFile` nor `as-groups`, `as-uid` and `as-user-extra`, and reads the files named
 * by `token-file`, a key that kubectl does not know, for every user at once. Parsing 10,000 users a second time takes a second,
 * so that is done only for files that name one of these keys.
 */
function readWhatTheLibraryDrops(text: string): {readable: string; extras: Map<string, RawUser>} {
  const extras = new Map<string, RawUser>()
  if (!/tokenFile|token-file|as-groups|as-uid|as-user-extra/.test(text)) return {readable: text, extras}
  const document: unknown = parse(text)
  const users = isRecord(document) && Array.isArray(document.users) ? document.users : []
  for (const entry of users) {
    if (!isRecord(entry) || typeof entry.name !== 'string' || !isRecord(entry.user)) continue
    delete entry.user['token-file']
    if (!extras.has(entry.name)) extras.set(entry.name, entry.user)
  }
  return {readable: JSON.stringify(document), extras}
}

function withExtras(user: KubeConfig['users'][number], raw: RawUser = {}, directory: string): KubeconfigUser {
  const extra = isRecord(raw['as-user-extra']) ? raw['as-user-extra'] : {}
  return {
    ...user,
    tokenFile: typeof raw.tokenFile === 'string' ? resolve(directory, raw.tokenFile) : null,
    directory,
    impersonate: {
      user: user.impersonateUser ?? null,
      uid: typeof raw['as-uid'] === 'string' ? raw['as-uid'] : null,
      groups: strings(raw['as-groups']),
      extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, strings(values)])),
    },
  }
}

/** The first file that sets a name wins, whole entries at a time; the first `current-context` wins. */
function mergeFiles(files: KubeconfigFile[], kubeconfigPath: string | null): Kubeconfig {
  const clusters = firstByName(files.flatMap(file => file.config.clusters))
  const users = firstByName(files.flatMap(file => file.users))
  const contexts = firstByName(files.flatMap(file => file.config.contexts))
  return {
    contexts: [...contexts.values()].map(context => ({
      name: context.name,
      clusterName: context.cluster,
      userName: context.user ?? null,
      namespace: context.namespace ?? 'default',
      cluster: clusters.get(context.cluster) ?? null,
      user: users.get(context.user) ?? null,
      kubeconfigPath,
      inCluster: false,
    })),
    currentContext: files.map(file => file.config.currentContext).find(name => Boolean(name)) ?? null,
    files: files.map(file => file.path),
  }
}

function firstByName<T extends {name: string}>(entries: T[]): Map<string, T> {
  const first = new Map<string, T>()
  for (const entry of entries) if (!first.has(entry.name)) first.set(entry.name, entry)
  return first
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/; null outside a pod. */
async function readServiceAccount({env, serviceAccountDirectory}: Surroundings): Promise<Kubeconfig | null> {
  const host = env.KUBERNETES_SERVICE_HOST
  const port = env.KUBERNETES_SERVICE_PORT
  if (!host || !port) return null
  const namespace = await readFile(join(serviceAccountDirectory, 'namespace'), 'utf8').catch(() => null)
  if (namespace === null) return null
  const name = 'in-cluster'
  return {
    contexts: [
      {
        name,
        clusterName: name,
        userName: name,
        namespace: namespace.trim() || 'default',
        cluster: {
          name,
          server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
          caFile: join(serviceAccountDirectory, 'ca.crt'),
          skipTLSVerify: false,
        },
        user: {
          name,
          tokenFile: join(serviceAccountDirectory, 'token'),
          directory: serviceAccountDirectory,
          impersonate: {user: null, uid: null, groups: [], extra: {}},
        },
        kubeconfigPath: null,
        inCluster: true,
      },
    ],
    currentContext: name,
    files: [],
  }
}

/** " --kubeconfig FILE" for a command to be pasted into a shell. */
export function kubeconfigOption(path: string): string {
  return ` --kubeconfig ${cleanText(shellWord(path), 4096)}`
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}
