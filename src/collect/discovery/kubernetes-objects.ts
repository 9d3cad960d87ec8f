/** The parts of Kubernetes objects that are read, as JSON has them; every field may be missing, whatever the API promises. */

interface ObjectMetadata {
  name?: string
  namespace?: string
  uid?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  creationTimestamp?: string
  deletionTimestamp?: string
  ownerReferences?: {kind?: string; name?: string; controller?: boolean}[]
}

export interface ContainerObject {
  name?: string
  image?: string
  command?: string[]
  args?: string[]
  restartPolicy?: string
  ports?: {name?: string; containerPort?: number}[]
  readinessProbe?: ProbeObject
  livenessProbe?: ProbeObject
  startupProbe?: ProbeObject
  resources?: {limits?: Record<string, string | number>; requests?: Record<string, string | number>}
  volumeMounts?: {name?: string; mountPath?: string}[]
}

export interface ProbeObject {
  httpGet?: {path?: string; port?: string | number; scheme?: string}
}

export interface ContainerStatusObject {
  name?: string
  restartCount?: number
  state?: ContainerStateObject
  lastState?: ContainerStateObject
}

export interface ContainerStateObject {
  running?: {startedAt?: string}
  waiting?: {reason?: string; message?: string}
  terminated?: {reason?: string; message?: string; exitCode?: number; startedAt?: string; finishedAt?: string}
}

export interface VolumeObject {
  name?: string
  persistentVolumeClaim?: {claimName?: string}
  ephemeral?: object
  emptyDir?: object
  hostPath?: object
}

export interface PodObject {
  metadata?: ObjectMetadata
  spec?: {
    nodeName?: string
    containers?: ContainerObject[]
    initContainers?: ContainerObject[]
    volumes?: VolumeObject[]
  }
  status?: {
    phase?: string
    reason?: string
    message?: string
    startTime?: string
    conditions?: {type?: string; status?: string; reason?: string; message?: string; lastTransitionTime?: string}[]
    containerStatuses?: ContainerStatusObject[]
    initContainerStatuses?: ContainerStatusObject[]
  }
}

export interface EventObject {
  type?: string
  reason?: string
  message?: string
  count?: number
  firstTimestamp?: string | null
  lastTimestamp?: string | null
  eventTime?: string | null
  series?: {count?: number; lastObservedTime?: string}
  involvedObject?: {kind?: string; uid?: string}
}

export interface ClaimObject {
  metadata?: ObjectMetadata
  spec?: {storageClassName?: string}
  status?: {phase?: string; capacity?: Record<string, string | number>}
}

/** `prometheusagents.monitoring.coreos.com/v1alpha1`. */
export interface PrometheusAgentObject {
  metadata?: ObjectMetadata
  spec?: {
    mode?: string
    replicas?: number
    shards?: number
    paused?: boolean
    remoteWrite?: {url?: string; queueConfig?: {maxRetries?: number}}[]
  }
}

export interface ListObject<T> {
  metadata?: {continue?: string}
  items?: T[] | null
}
