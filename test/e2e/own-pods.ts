/** Prometheus pods of a test's own, for what is no scenario: in one namespace of the same name in every cluster, gone when it stops. */
import {stringify} from 'yaml'
import {waitUntil} from '../lab/conditions.ts'
import type {RunOptions} from '../lab/prometheus-process.ts'
import type {Version} from '../scenarios/scenario.ts'
import type {Cluster} from './cluster.ts'
import {agentLabels, type Place, prometheusManifests} from './manifests.ts'
import {containerOf, waitForPod} from './pod-status.ts'

export interface OwnPod {
  cluster: Cluster
  name: string
  version: Version
  /** Of its prometheus.yml. */
  config: unknown
  /** Default: an agent that takes no writes, with the labels of one. */
  run?: Partial<RunOptions>
  labels?: Record<string, string>
  /** In /etc/prometheus, beside its configuration. */
  files?: Record<string, string>
  /** On the network of its node, where its address outlives it; default: on the pods' own. */
  isOnHost?: boolean
  /** Of its web server; default 9090. */
  port?: number
}

export class OwnPods {
  readonly namespace: string
  readonly #run: string
  readonly #clusters: readonly Cluster[]
  readonly #imageOf: (version: Version) => string

  constructor(namespace: string, run: string, clusters: readonly Cluster[], imageOf: (version: Version) => string) {
    this.namespace = namespace
    this.#run = run
    this.#clusters = clusters
    this.#imageOf = imageOf
  }

  async createNamespaces(): Promise<void> {
    const namespace = {apiVersion: 'v1', kind: 'Namespace', metadata: {name: this.namespace}}
    await Promise.all(this.#clusters.map(cluster => cluster.apply([namespace])))
  }

  /** Resolves to its address when its Prometheus is ready. */
  async start(own: OwnPod): Promise<string> {
    const {cluster, version, labels = agentLabels, config, isOnHost = false, port = 9090} = own
    const place = this.#placeOf(own)
    const run: RunOptions = {version, runsAs: 'agent', takesRemoteWrite: false, basicAuth: null, ...own.run}
    const files = {'prometheus.yml': stringify(config), ...own.files}
    const manifests = prometheusManifests(place, {labels, run, files, isOnHost, port})
    // A new namespace may not have its service account yet.
    await waitUntil(`${place.pod} to be taken`, 30, () => cluster.apply(manifests).then(() => null, String))
    const address = await waitForPod(
      cluster,
      place,
      status => (containerOf(status)?.state?.running && status.podIP) || null,
      1,
    )
    const isReady = () => cluster.askPod(place.namespace, place.pod, '/-/ready', port)
    await waitUntil(`${place.pod} to be ready`, 120, async () => ((await isReady()) === null ? 'not yet' : null))
    return address
  }

  /** Resolves when it is gone. */
  async remove({cluster, name}: Pick<OwnPod, 'cluster' | 'name'>): Promise<void> {
    await cluster.kubectl(['delete', 'pod', '-n', this.namespace, name, '--timeout=50s'])
  }

  /** Text of its /metrics. */
  async metrics({cluster, name}: Pick<OwnPod, 'cluster' | 'name'>): Promise<string> {
    return (await cluster.askPod(this.namespace, name, '/metrics')) ?? ''
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clusters.map(cluster => cluster.deleteNamespace(this.namespace)))
  }

  #placeOf({cluster, name, version}: OwnPod): Place {
    const image = this.#imageOf(version)
    return {run: this.#run, namespace: this.namespace, pod: name, image, node: cluster.onlyNode}
  }
}
