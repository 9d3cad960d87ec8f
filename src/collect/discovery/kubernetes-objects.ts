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
  env?: {
    name?: string
    value?: string
    valueFrom?: {secretKeyRef?: {name?: string}; configMapKeyRef?: {name?: string}; fieldRef?: object}
  }[]
  envFrom?: {prefix?: string; configMapRef?: {name?: string}; secretRef?: {name?: string}}[]
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
  configMap?: {name?: string}
  secret?: {secretName?: string}
  projected?: {sources?: {configMap?: {name?: string}; secret?: {name?: string}}[]}
}

export interface PodObject {
  metadata?: ObjectMetadata
  spec?: {
    nodeName?: string
    hostNetwork?: boolean
    containers?: ContainerObject[]
    initContainers?: ContainerObject[]
    volumes?: VolumeObject[]
  }
  status?: {
    phase?: string
    reason?: string
    message?: string
    startTime?: string
    podIP?: string
    podIPs?: {ip?: string}[]
    hostIP?: string
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

export interface LabelledObject {
  metadata?: ObjectMetadata
}

/** What the specs of PrometheusAgent and Prometheus say of labels and monitors; looked at value by value. */
export interface SelectingSpec {
  externalLabels?: unknown
  prometheusExternalLabelName?: unknown
  replicaExternalLabelName?: unknown
  scrapeClasses?: unknown
  serviceMonitorSelector?: unknown
  serviceMonitorNamespaceSelector?: unknown
  podMonitorSelector?: unknown
  podMonitorNamespaceSelector?: unknown
  probeSelector?: unknown
  probeNamespaceSelector?: unknown
}

/** `prometheuses.monitoring.coreos.com/v1`. */
export interface PrometheusObject extends LabelledObject {
  spec?: SelectingSpec
}

/** `prometheusagents.monitoring.coreos.com/v1alpha1`. */
export interface PrometheusAgentObject {
  metadata?: ObjectMetadata
  spec?: SelectingSpec & {
    mode?: string
    replicas?: number
    shards?: number
    paused?: boolean
    remoteWrite?: {url?: string; queueConfig?: {maxRetries?: number}}[]
  }
}

export interface ServiceObject {
  metadata?: ObjectMetadata
  spec?: {
    type?: string
    selector?: Record<string, string>
    clusterIP?: string
    clusterIPs?: string[]
    externalIPs?: string[]
    externalName?: string
    ports?: {name?: string; port?: number; targetPort?: string | number; nodePort?: number; protocol?: string}[]
  }
  status?: {loadBalancer?: {ingress?: {ip?: string; hostname?: string}[]}}
}

/** `networking.k8s.io/v1`. */
export interface IngressObject {
  metadata?: ObjectMetadata
  spec?: {
    defaultBackend?: IngressBackend
    rules?: {host?: string; http?: {paths?: {path?: string; pathType?: string; backend?: IngressBackend}[]}}[]
  }
}

interface IngressBackend {
  service?: {name?: string; port?: {number?: number; name?: string}}
}

export interface ListObject<T> {
  metadata?: {continue?: string}
  items?: T[] | null
}
