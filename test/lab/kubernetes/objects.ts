/** The objects an API server holds, its resource kinds, and lists of them with selectors, pages and tables. */
import {randomUUID} from 'node:crypto'
import type {Target} from './request.ts'
import {badRequest, StatusError} from './status.ts'

export interface KubernetesObject {
  apiVersion?: string
  kind?: string
  metadata: {
    name: string
    namespace?: string
    uid?: string
    labels?: Record<string, string>
    creationTimestamp?: string
    [field: string]: unknown
  }
  [field: string]: unknown
}

export interface ResourceKind {
  group: string
  version: string
  resource: string
  kind: string
  singular: string
  shortNames: string[]
  namespaced: boolean
  verbs: string[]
  subresources?: {name: string; kind: string; verbs: string[]}[]
}

const read = ['get', 'list']
const kind = (
  group: string,
  version: string,
  resource: string,
  kindName: string,
  shortNames: string[],
  namespaced = true,
): ResourceKind => ({
  group,
  version,
  resource,
  kind: kindName,
  singular: kindName.toLowerCase(),
  shortNames,
  namespaced,
  verbs: read,
})
const review = (resource: string, kindName: string): ResourceKind => ({
  ...kind('authorization.k8s.io', 'v1', resource, kindName, [], false),
  verbs: ['create'],
})

/** What every cluster has. */
export const builtInKinds: ResourceKind[] = [
  {
    ...kind('', 'v1', 'pods', 'Pod', ['po']),
    subresources: [
      {name: 'log', kind: 'Pod', verbs: ['get']},
      {name: 'proxy', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update']},
      {name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get']},
      {name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get']},
      {name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update']},
    ],
  },
  kind('', 'v1', 'namespaces', 'Namespace', ['ns'], false),
  kind('', 'v1', 'events', 'Event', ['ev']),
  kind('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', ['pvc']),
  kind('', 'v1', 'services', 'Service', ['svc']),
  kind('', 'v1', 'nodes', 'Node', ['no'], false),
  kind('apps', 'v1', 'statefulsets', 'StatefulSet', ['sts']),
  kind('apps', 'v1', 'daemonsets', 'DaemonSet', ['ds']),
  kind('apps', 'v1', 'deployments', 'Deployment', ['deploy']),
  kind('apps', 'v1', 'replicasets', 'ReplicaSet', ['rs']),
  kind('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy', ['netpol']),
  kind('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition', ['crd', 'crds'], false),
  review('selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
  review('selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
]

/** What the Prometheus Operator adds. */
export const operatorKinds: ResourceKind[] = [
  kind('monitoring.coreos.com', 'v1alpha1', 'prometheusagents', 'PrometheusAgent', ['promagent']),
  kind('monitoring.coreos.com', 'v1', 'prometheuses', 'Prometheus', ['prom']),
  kind('monitoring.coreos.com', 'v1', 'servicemonitors', 'ServiceMonitor', ['smon']),
  kind('monitoring.coreos.com', 'v1', 'podmonitors', 'PodMonitor', ['pmon']),
]

/** The custom resource definitions behind `operatorKinds`. */
export function operatorDefinitions(): KubernetesObject[] {
  return operatorKinds.map(({group, resource, version, kind: kindName}) => ({
    metadata: {name: `${resource}.${group}`},
    spec: {
      group,
      names: {kind: kindName, plural: resource},
      scope: 'Namespaced',
      versions: [{name: version, served: true, storage: true}],
    },
  }))
}

export class ObjectStore {
  readonly kinds: ResourceKind[]
  readonly #objects = new Map<string, KubernetesObject>()
  #version = 1000

  constructor(kinds: ResourceKind[]) {
    this.kinds = kinds
  }

  kindOf(target: Pick<Target, 'group' | 'version' | 'resource'>): ResourceKind | undefined {
    return this.kinds.find(
      candidate =>
        candidate.group === target.group &&
        candidate.version === target.version &&
        candidate.resource === target.resource,
    )
  }

  /** Adds or replaces; uid, creation time and resource version are filled in. */
  put(resource: string, object: KubernetesObject): KubernetesObject {
    const found = this.kinds.find(candidate => candidate.resource === resource)
    if (!found) throw new Error(`no kind has the resource name ${resource}`)
    this.#version += 1
    const key = keyOf(resource, object.metadata.namespace ?? null, object.metadata.name)
    const before = this.#objects.get(key)?.metadata
    const whole = {
      apiVersion: found.group ? `${found.group}/${found.version}` : found.version,
      kind: found.kind,
      ...object,
      metadata: {
        ...object.metadata,
        uid: object.metadata.uid ?? before?.uid ?? randomUUID(),
        creationTimestamp: object.metadata.creationTimestamp ?? before?.creationTimestamp ?? secondsOnly(new Date()),
        resourceVersion: String(this.#version),
      },
    }
    this.#objects.set(key, whole)
    return whole
  }

  get(resource: string, namespace: string | null, name: string): KubernetesObject | undefined {
    return this.#objects.get(keyOf(resource, namespace, name))
  }

  remove(resource: string, namespace: string | null, name: string): void {
    this.#objects.delete(keyOf(resource, namespace, name))
  }

  /** Sorted by namespace and name; selectors and pages as the query asks. */
  list(target: Target, query: URLSearchParams): Record<string, unknown> {
    const found = this.kindOf(target)
    if (!found) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})
    const all = [...this.#objects.entries()]
      .filter(([key]) => key.startsWith(`${target.resource}|`))
      .map(([, object]) => object)
      .filter(object => target.namespace === null || object.metadata.namespace === target.namespace)
      .filter(object => matchesLabels(object.metadata.labels ?? {}, query.get('labelSelector') ?? ''))
      .filter(object => matchesFields(object, query.get('fieldSelector') ?? ''))
      .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
    const from = query.get('continue') ? Number(Buffer.from(query.get('continue') ?? '', 'base64').toString()) : 0
    if (!Number.isInteger(from)) throw badRequest('continue key is not valid: illegal base64 data')
    const limit = Number(query.get('limit') ?? 0)
    const items = limit > 0 ? all.slice(from, from + limit) : all.slice(from)
    const left = all.length - from - items.length
    const page =
      left > 0 ? {continue: Buffer.from(String(from + items.length)).toString('base64'), remainingItemCount: left} : {}
    return {
      kind: `${found.kind}List`,
      apiVersion: found.group ? `${found.group}/${found.version}` : found.version,
      metadata: {resourceVersion: String(this.#version), ...page},
      // as in real lists, built-in items do not repeat their kind
      items: items.map(({apiVersion, kind: kindName, ...object}) =>
        found.group.includes('.coreos.') ? {apiVersion, kind: kindName, ...object} : object,
      ),
    }
  }
}

function keyOf(resource: string, namespace: string | null, name: string): string {
  return `${resource}|${resource === 'namespaces' ? '' : (namespace ?? '')}|${name}`
}

function sortKey(object: KubernetesObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`
}

/** `a=b,c!=d,e in (f,g),!h,i`: the selectors of labels. */
function matchesLabels(labels: Record<string, string>, selector: string): boolean {
  return selector
    .split(/,(?![^(]*\))/)
    .map(term => term.trim())
    .filter(term => term !== '')
    .every(term => {
      const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term)
      if (set) {
        const values = (set[3] ?? '').split(',').map(value => value.trim())
        return values.includes(labels[set[1] ?? ''] ?? '') === (set[2] === 'in')
      }
      const [, key = '', operator, value = ''] = /^([^=!]+?)\s*(==|!=|=)\s*(.*)$/.exec(term) ?? []
      if (operator) return (labels[key] === value) === (operator !== '!=')
      return term.startsWith('!') ? !(term.slice(1) in labels) : term in labels
    })
}

function matchesFields(object: KubernetesObject, selector: string): boolean {
  return selector
    .split(',')
    .filter(term => term !== '')
    .every(term => {
      const [, path = '', operator, wanted = ''] = /^(.+?)(!=|==|=)(.*)$/.exec(term) ?? []
      const value = path
        .split('.')
        .reduce<unknown>((inner, field) => (inner as Record<string, unknown> | undefined)?.[field], object)
      return (String(value ?? '') === wanted) === (operator !== '!=')
    })
}

/** Times of Kubernetes objects have no fractions of a second. */
export function secondsOnly(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
