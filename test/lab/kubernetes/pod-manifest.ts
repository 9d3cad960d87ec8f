/** Pods as a kubelet would report them, by what became of them. */
import type {PodFate, Version} from '../../scenarios/scenario.ts'
import {type KubernetesObject, secondsOnly} from './objects.ts'

export const labNamespace = 'monitoring'

export interface PodOptions {
  name: string
  context: string
  version: Version
  labels: Record<string, string>
  arguments: string[]
  podIp: string
  fate: PodFate
  /** Of the run that ended, where the fate is a crash. */
  exitCode: number
  startedAt: Date
  /** null: not limited. */
  memoryLimit: string | null
  /** Of a container that runs: how often it was killed and started again. Default 0. */
  restarts?: number
  /** Capacity of its volume claim, as a Kubernetes quantity; default 5Gi. */
  claimSize?: string
  /** Where its container sees the claim; default /prometheus. */
  mountPath?: string
}

const restartsOfBroken = 6

/** The pod, the StatefulSet that owns it, its volume claim and the events about it. */
export function podManifests(options: PodOptions): {
  pod: KubernetesObject
  others: {resource: string; object: KubernetesObject}[]
} {
  const {name, labels} = options
  const workload = name.replace(/-\d+$/, '')
  const claim = `data-${name}`
  const {claimSize = '5Gi', mountPath = '/prometheus'} = options
  const metadata = {namespace: labNamespace, labels}
  const pod: KubernetesObject = {
    metadata: {
      ...metadata,
      name,
      creationTimestamp: secondsOnly(options.startedAt),
      annotations: {'kubectl.kubernetes.io/default-container': 'prometheus'},
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          name: workload,
          uid: `${workload}-uid`,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      ...(options.fate === 'pending' ? {} : {nodeName: `${options.context}-node`}),
      restartPolicy: 'Always',
      containers: [
        {
          name: 'prometheus',
          image: `quay.io/prometheus/prometheus:v${options.version}.0`,
          args: options.arguments,
          ports: [{name: 'web', containerPort: 9090, protocol: 'TCP'}],
          resources: options.memoryLimit
            ? {limits: {memory: options.memoryLimit}, requests: {memory: options.memoryLimit}}
            : {},
          volumeMounts: [{name: 'data', mountPath}],
        },
      ],
      volumes: [{name: 'data', persistentVolumeClaim: {claimName: claim}}],
    },
    status: statusOf(options),
  }
  const others = [
    {
      resource: 'statefulsets',
      object: {
        metadata: {...metadata, name: workload, uid: `${workload}-uid`},
        spec: {
          replicas: 1,
          serviceName: workload,
          selector: {matchLabels: labels},
          template: {metadata: {labels}, spec: pod.spec},
        },
        status: {replicas: 1, readyReplicas: options.fate === 'running' ? 1 : 0},
      },
    },
    {
      resource: 'persistentvolumeclaims',
      object: {
        metadata: {...metadata, name: claim},
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: {requests: {storage: claimSize}},
          storageClassName: 'standard',
        },
        status: {
          phase: options.fate === 'pending' ? 'Pending' : 'Bound',
          capacity: {storage: claimSize},
        },
      },
    },
    ...eventsOf(options).map((event, index) => ({
      resource: 'events',
      object: {
        metadata: {name: `${name}.${index}`, namespace: labNamespace},
        involvedObject: {kind: 'Pod', namespace: labNamespace, name, apiVersion: 'v1'},
        type: 'Warning',
        ...event,
        count: restartsOfBroken,
        firstTimestamp: secondsOnly(options.startedAt),
        lastTimestamp: secondsOnly(new Date()),
      },
    })),
  ]
  return {pod, others}
}

const noRoom =
  '0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.'

function eventsOf({fate, name}: PodOptions): {reason: string; message: string; source: {component: string}}[] {
  if (fate === 'pending')
    return [{reason: 'FailedScheduling', message: noRoom, source: {component: 'default-scheduler'}}]
  if (fate === 'running') return []
  const message = `Back-off restarting failed container prometheus in pod ${name}_${labNamespace}`
  return [{reason: 'BackOff', message, source: {component: 'kubelet'}}]
}

function statusOf(options: PodOptions): unknown {
  const startedAt = secondsOnly(options.startedAt)
  const now = secondsOnly(new Date())
  if (options.fate === 'pending')
    return {
      phase: 'Pending',
      qosClass: 'Burstable',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: noRoom,
          lastTransitionTime: startedAt,
          lastProbeTime: null,
        },
      ],
    }
  const isRunning = options.fate === 'running'
  const {restarts = 0} = options
  const ready = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime: startedAt,
    lastProbeTime: null,
    ...(status ? {} : {reason: 'ContainersNotReady', message: 'containers with unready status: [prometheus]'}),
  })
  const ended = {
    terminated: {
      exitCode: isRunning || options.fate === 'out-of-memory' ? 137 : options.exitCode, // killed
      reason: options.fate === 'out-of-memory' ? 'OOMKilled' : 'Error',
      startedAt,
      finishedAt: now,
      containerID: 'containerd://1',
    },
  }
  return {
    phase: 'Running',
    podIP: options.podIp,
    podIPs: [{ip: options.podIp}],
    hostIP: '10.0.0.1',
    startTime: startedAt,
    qosClass: 'Burstable',
    conditions: [
      ready('Initialized', true),
      ready('Ready', isRunning),
      ready('ContainersReady', isRunning),
      ready('PodScheduled', true),
    ],
    containerStatuses: [
      {
        name: 'prometheus',
        image: `quay.io/prometheus/prometheus:v${options.version}.0`,
        imageID: 'quay.io/prometheus/prometheus@sha256:0',
        containerID: 'containerd://1',
        ready: isRunning,
        started: isRunning,
        restartCount: isRunning ? restarts : restartsOfBroken,
        state: isRunning
          ? {running: {startedAt}}
          : {
              waiting: {
                reason: 'CrashLoopBackOff',
                message: `back-off 5m0s restarting failed container=prometheus pod=${options.name}_${labNamespace}`,
              },
            },
        lastState: isRunning && restarts === 0 ? {} : ended,
      },
    ],
  }
}
