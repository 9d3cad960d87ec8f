/** Every right that collecting uses, in one place: `promfleet rbac` prints it, and a test compares it with what a run asks for. */
import type {AccessRule} from '../evidence/types.ts'

export const accessRules: readonly AccessRule[] = [
  {
    group: '',
    resources: ['pods'],
    verbs: ['get', 'list'],
    why: 'find the agents and read how their pods are',
    optional: false,
  },
  {
    group: '',
    resources: ['pods/portforward'],
    verbs: ['get', 'create'],
    why: 'read /metrics and /api/v1 of the agents; Kubernetes asks for "create" from 1.35 on, for "get" before',
    optional: false,
  },
  {group: '', resources: ['pods/log'], verbs: ['get'], why: 'read why the receiver refuses', optional: false},
  {
    group: '',
    resources: ['events', 'persistentvolumeclaims'],
    verbs: ['list'],
    why: 'say why a pod does not start, and how large the volume of the WAL is',
    optional: true,
  },
  {
    group: '',
    resources: ['services'],
    verbs: ['list'],
    why: "find the central behind an agent's URL, in the namespace of a pod that may be it",
    optional: true,
  },
  {
    group: 'networking.k8s.io',
    resources: ['ingresses'],
    verbs: ['list'],
    why: 'the same for a URL that an Ingress takes',
    optional: true,
  },
  {
    group: 'networking.k8s.io',
    resources: ['networkpolicies'],
    verbs: ['list'],
    why: 'name the network policies that select an agent; asked for by probes only',
    optional: true,
  },
  {
    group: 'monitoring.coreos.com',
    resources: ['prometheusagents'],
    verbs: ['list'],
    why: 'find agents of the Prometheus Operator that have no pods',
    optional: true,
  },
  {
    group: 'monitoring.coreos.com',
    resources: ['prometheuses', 'servicemonitors', 'podmonitors', 'probes'],
    verbs: ['list'],
    why: 'name the monitors that no agent takes; asked for where there is a PrometheusAgent',
    optional: true,
  },
]

/** What `probe --from-pod` needs beside: a program runs in the agent's container. */
export const fromPodRule: AccessRule = {
  group: '',
  resources: ['pods/exec'],
  verbs: ['get', 'create'],
  why: 'for probe --from-pod: run nc, or promtool, in the container of the agent; it allows any program there',
  optional: false,
}

/** What `probe --from-pod --image` needs beside both. */
export const ephemeralContainerRule: AccessRule = {
  group: '',
  resources: ['pods/ephemeralcontainers'],
  verbs: ['patch'],
  why: 'for probe --from-pod --image: add a container with tools to the pod of the agent',
  optional: false,
}

/** The alternative to pods/portforward: enough by itself where port-forwarding must not be allowed. */
export const proxyRule: AccessRule = {
  group: '',
  resources: ['pods/proxy'],
  verbs: ['get'],
  why: 'instead of pods/portforward: read the agents through the API server; it cannot reach ports bound to localhost',
  optional: true,
}
