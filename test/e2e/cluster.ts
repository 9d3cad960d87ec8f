/** One cluster of a kubeconfig, driven through kubectl: `kubectl proxy` for what is asked often, `kubectl` itself for the rest. */
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {execa} from 'execa'

/** A manifest, or what the API server made of it. */
export interface KubernetesObject {
  apiVersion: string
  kind: string
  metadata: {name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string>}
  [field: string]: unknown
}

export interface PodStatus {
  phase?: string
  podIP?: string
  containerStatuses?: {
    name: string
    ready: boolean
    restartCount: number
    state?: {running?: object; waiting?: {reason?: string}; terminated?: {reason?: string}}
    lastState?: {terminated?: {reason?: string}}
  }[]
}

type Running = PromiseLike<unknown> & {kill(): boolean}

export class Cluster {
  readonly context: string
  /** Name of the only node; null when there are several and a scheduler chooses. */
  readonly onlyNode: string | null
  readonly #proxy: Running
  readonly #proxyUrl: string

  private constructor(context: string, onlyNode: string | null, proxy: Running, proxyUrl: string) {
    this.context = context
    this.onlyNode = onlyNode
    this.#proxy = proxy
    this.#proxyUrl = proxyUrl
  }

  /** Rejects, in kubectl's words, when the context does not exist or its API server does not answer. */
  static async connect(context: string): Promise<Cluster> {
    const nodes = await execa('kubectl', ['--context', context, 'get', 'nodes', '-o', 'name'], {timeout: 20_000})
    const names = nodes.stdout.split('\n').map(name => name.replace('node/', ''))
    const proxy = execa('kubectl', ['--context', context, 'proxy', '--port=0'], {reject: false, buffer: false})
    const lines = createInterface({input: proxy.stdout})
    const [firstLine] = (await once(lines, 'line', {signal: AbortSignal.timeout(20_000)})) as [string]
    const address = /serving on|serve on/.test(firstLine) ? firstLine.split(' ').at(-1) : undefined
    if (!address) throw new Error(`kubectl proxy of ${context} does not say where it listens: ${firstLine}`)
    return new Cluster(context, names.length === 1 ? (names[0] ?? null) : null, proxy, `http://${address}`)
  }

  /** stdout of kubectl; rejects with its stderr in the message. */
  async kubectl(args: string[], input = ''): Promise<string> {
    const result = await execa('kubectl', ['--context', this.context, ...args], {input, timeout: 60_000})
    return result.stdout
  }

  async apply(objects: KubernetesObject[]): Promise<void> {
    await this.kubectl(['apply', '-f', '-'], JSON.stringify({apiVersion: 'v1', kind: 'List', items: objects}))
  }

  /** A request to the API server; null when it does not answer. */
  async ask(
    path: string,
    options: {method?: 'GET' | 'POST' | 'PUT'; body?: string} = {},
  ): Promise<{status: number; text: string} | null> {
    const {method = 'GET', body} = options
    const answer = await fetch(`${this.#proxyUrl}${path}`, {
      method,
      signal: AbortSignal.timeout(20_000),
      ...(body !== undefined && {body, headers: {'content-type': 'application/json'}}),
    }).catch(() => null)
    return answer && {status: answer.status, text: await answer.text().catch(() => '')}
  }

  async pod(
    namespace: string,
    name: string,
  ): Promise<{metadata: {creationTimestamp: string}; status: PodStatus} | null> {
    const answer = await this.ask(`/api/v1/namespaces/${namespace}/pods/${name}`)
    return answer?.status === 200 ? JSON.parse(answer.text) : null
  }

  /** GET of a path on the web server of a pod; null unless it answers. */
  async askPod(namespace: string, pod: string, path: string, port = 9090): Promise<string | null> {
    const answer = await this.ask(`/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`)
    return answer?.status === 200 ? answer.text : null
  }

  /** Resolves when all that was in it is gone; the namespace itself goes in its own time. */
  async deleteNamespace(name: string): Promise<void> {
    const inIt = ['pods', 'configmaps', 'persistentvolumeclaims', 'rolebindings', 'roles'].join(',')
    // A pod bound to no node, or to one that is not there, is never reported gone by a kubelet.
    await this.kubectl([
      'delete',
      inIt,
      '--all',
      '-n',
      name,
      '--ignore-not-found',
      '--grace-period=1',
      '--timeout=40s',
    ]).catch(() => this.kubectl(['delete', 'pods', '--all', '-n', name, '--force', '--grace-period=0']))
    await this.kubectl(['delete', 'namespace', name, '--ignore-not-found', '--wait=false'])
    // The controller manager empties and finalizes namespaces; where there is none, nobody else does.
    if (await this.#hasControllers(name)) return
    const finalized = {apiVersion: 'v1', kind: 'Namespace', metadata: {name}, spec: {finalizers: []}}
    await this.ask(`/api/v1/namespaces/${name}/finalize`, {method: 'PUT', body: JSON.stringify(finalized)})
  }

  async close(): Promise<void> {
    this.#proxy.kill()
    await this.#proxy
  }

  async #hasControllers(namespace: string): Promise<boolean> {
    const account = await this.ask(`/api/v1/namespaces/${namespace}/serviceaccounts/default`)
    return account?.status === 200
  }
}
