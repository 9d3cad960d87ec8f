/** Pods of the end-to-end scenarios: the arguments that people give Prometheus, nothing in the way of a wrapper. */
import {stringify} from 'yaml'
import {agentConfig, brokenConfig, centralConfig} from '../lab/prometheus-config.ts'
import {labPasswordHash, podArguments, type RunOptions} from '../lab/prometheus-process.ts'
import type {AgentSpec, ReceiverSpec, RemoteWriteSpec} from '../scenarios/scenario.ts'
import type {KubernetesObject} from './cluster.ts'

/** Tells the pods of one run of the suite from all others in the cluster. */
export const runLabel = 'promfleet.test/run'

export interface Place {
  /** Value of `runLabel`. */
  run: string
  namespace: string
  pod: string
  image: string
  /** null: the scheduler's choice. */
  node: string | null
}

export const agentLabels = {'app.kubernetes.io/name': 'prometheus-agent'}

/** Less than any Prometheus needs, and enough for the container to start: the kernel ends it within seconds. */
const tooLittleMemory = '14Mi'

/** No cluster has a node with it. */
const nowhere = {'promfleet.test/no-such-node': 'true'}

/** The pod goes on without its Prometheus when that is stopped: nothing listens then, but the address still answers. */
export function centralManifests(
  receiver: Extract<ReceiverSpec, {kind: 'prometheus'}>,
  place: Place,
): KubernetesObject[] {
  const files: Record<string, string> = {'prometheus.yml': stringify(centralConfig())}
  if (receiver.basicAuth)
    files['web.yml'] = stringify({basic_auth_users: {[receiver.basicAuth.username]: labPasswordHash}})
  const prometheus = container(
    place,
    podArguments({
      version: receiver.version,
      runsAs: 'server',
      takesRemoteWrite: receiver.takesRemoteWrite,
      basicAuth: receiver.basicAuth ?? null,
    }),
  )
  const keeper = {name: 'keeper', image: place.image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '86400']}
  return [
    configMap(place, files),
    pod(
      place,
      {'app.kubernetes.io/name': 'prometheus'},
      {
        restartPolicy: 'Never',
        containers: [prometheus, keeper],
        volumes: volumes(place),
      },
    ),
  ]
}

export function agentManifests(
  spec: AgentSpec,
  place: Place,
  urlOf: (remoteWrite: RemoteWriteSpec) => string,
): KubernetesObject[] {
  const fate = spec.fate ?? 'running'
  const claim = `data-${place.pod}`
  const prometheus = {
    ...container(
      place,
      podArguments({version: spec.version, runsAs: spec.runsAs ?? 'agent', takesRemoteWrite: false, basicAuth: null}),
    ),
    ...(fate === 'out-of-memory' && {resources: {limits: {memory: tooLittleMemory}}}),
    ...(spec.cpuLimit && {resources: {limits: {cpu: spec.cpuLimit}}}),
  }
  return [
    configMap(place, {'prometheus.yml': agentConfigFile(spec, place, urlOf, fate === 'crash-looping')}),
    ...(fate === 'volume-missing' ? [unboundClaim(place, claim)] : []),
    pod(place, spec.labels ?? agentLabels, {
      ...(fate === 'pending' && {nodeName: undefined, nodeSelector: nowhere}),
      ...(spec.diskMebibytes && {initContainers: [smallDisk(place, spec.diskMebibytes)]}),
      containers: [prometheus],
      volumes: volumes(place, dataVolume(spec, claim)),
    }),
  ]
}

/** A Prometheus as its test describes it. */
export interface PrometheusPod {
  labels: Record<string, string>
  run: RunOptions
  /** prometheus.yml, and what it refers to. */
  files: Record<string, string>
  /** On the network of its node: its address outlives it. */
  isOnHost?: boolean
  /** Of its web server. */
  port: number
}

export function prometheusManifests(
  place: Place,
  {labels, run, files, isOnHost, port}: PrometheusPod,
): KubernetesObject[] {
  const containers = [container(place, podArguments(run, port), port)]
  return [
    configMap(place, files),
    pod(place, labels, {containers, volumes: volumes(place), ...(isOnHost && {hostNetwork: true})}),
  ]
}

/** Text of an agent's configuration file; `broken` ones do not load. */
export function agentConfigFile(
  spec: AgentSpec,
  place: Place,
  urlOf: (remoteWrite: RemoteWriteSpec) => string,
  broken: boolean,
): string {
  const options = {fastClocks: true, address: {host: 'localhost', port: 9090}, context: spec.context, urlOf}
  const config = (broken ? brokenConfig : agentConfig)(spec, options) as {global: object; scrape_configs: object[]}
  // Every agent scrapes its own localhost: without a name of its own, two of them would send the same series.
  const ownInstance = {
    source_labels: ['__address__'],
    target_label: 'instance',
    replacement: `${place.namespace}/${place.pod}/$1`,
  }
  return stringify({
    ...config,
    global: {...config.global, scrape_interval: '5s'},
    scrape_configs: config.scrape_configs.map(job => ({...job, relabel_configs: [ownInstance]})),
  })
}

export function configMap({namespace, pod: name}: Place, data: Record<string, string>): KubernetesObject {
  return {apiVersion: 'v1', kind: 'ConfigMap', metadata: {namespace, name}, data}
}

function pod({run, namespace, pod: name, node}: Place, labels: Record<string, string>, spec: object): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {namespace, name, labels: {...labels, [runLabel]: run}},
    spec: {
      ...(node !== null && {nodeName: node}),
      dnsPolicy: 'Default', // no cluster DNS is needed, and some clusters of tests have none
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      ...spec,
    },
  }
}

function container({image}: Place, args: string[], port = 9090): object {
  return {
    name: 'prometheus',
    image,
    imagePullPolicy: 'IfNotPresent',
    args,
    env: [{name: 'GOMAXPROCS', value: '1'}], // dozens of them share a machine
    ports: [{name: 'web', containerPort: port}],
    volumeMounts: [
      {name: 'config', mountPath: '/etc/prometheus'},
      {name: 'data', mountPath: '/prometheus'},
    ],
  }
}

/** Kubelets before 1.22 give a volume in memory half of the node's, whatever its sizeLimit; remounting works with all. */
function smallDisk({image}: Place, mebibytes: number): object {
  return {
    name: 'small-disk',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/busybox', 'mount', '-o', `remount,size=${mebibytes}m`, '/prometheus'],
    securityContext: {privileged: true, runAsUser: 0},
    volumeMounts: [{name: 'data', mountPath: '/prometheus'}],
  }
}

function dataVolume({fate, diskMebibytes}: AgentSpec, claimName: string): object {
  if (fate === 'volume-missing') return {persistentVolumeClaim: {claimName}}
  return {emptyDir: diskMebibytes ? {medium: 'Memory'} : {}}
}

function volumes({pod: name}: Place, data: object = {emptyDir: {}}): object[] {
  return [
    {name: 'config', configMap: {name}},
    {name: 'data', ...data},
  ]
}

function unboundClaim({namespace}: Place, name: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {namespace, name},
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'promfleet-no-such-class',
      resources: {requests: {storage: '1Gi'}},
    },
  }
}
