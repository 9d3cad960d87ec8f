import {describe, expect, it} from 'vitest'
import {endpointsAt, endpointsOf, matchedPods} from '../../../src/collect/central/find.ts'
import {matchSender} from '../../../src/collect/central/match.ts'
import {SeenPods} from '../../../src/collect/central/seen-pods.ts'
import type {Sender} from '../../../src/collect/central/senders.ts'
import type {IngressObject, PodObject, ServiceObject} from '../../../src/collect/discovery/kubernetes-objects.ts'
import {parseEndpoint} from '../../../src/facts/config/remote-write-url.ts'

const LABELS = {app: 'prometheus', role: 'central'}

function aCentralPod(options: {name?: string; ip?: string; args?: string[]; hostNetwork?: boolean} = {}): PodObject {
  const {name = 'central-0', ip = '10.1.0.5', args = [], hostNetwork = false} = options
  return {
    metadata: {namespace: 'monitoring', name, uid: name, labels: LABELS},
    spec: {
      ...{nodeName: 'node-1', hostNetwork},
      containers: [
        {
          ...{name: 'prometheus', image: 'quay.io/prometheus/prometheus:v3.5.0'},
          args: ['--config.file=/etc/prometheus.yml', '--web.enable-remote-write-receiver', ...args],
          ports: [{name: 'web', containerPort: 9090}],
        },
      ],
    },
    status: {
      ...{phase: 'Running', podIP: ip, hostIP: '192.168.0.7'},
      containerStatuses: [{name: 'prometheus', state: {running: {startedAt: '2026-11-23T00:00:00Z'}}}],
    },
  }
}

const otherPod = (ip: string): PodObject => ({
  metadata: {namespace: 'shop', name: `pod-${ip}`},
  spec: {containers: [{name: 'app', image: 'app:1'}]},
  status: {phase: 'Running', podIP: ip, hostIP: '192.168.9.9'},
})

interface View {
  pods?: PodObject[]
  isWhole?: boolean
  services?: ServiceObject[]
  ingresses?: IngressObject[]
}

function seen(context: string, {pods = [], isWhole = true, services = [], ingresses = []}: View = {}): SeenPods {
  const view = new SeenPods(context)
  for (const pod of pods) view.sawPod(pod)
  view.podsListed(pods, isWhole)
  return Object.assign(view, {services, ingresses})
}

function from(context: string, url: string, namespace = 'monitoring'): Sender {
  const endpoint = parseEndpoint(url)
  if (endpoint === null) throw new Error(url)
  return {context, namespace, endpoint, identities: []}
}

const aService = (spec: ServiceObject['spec'] = {}, name = 'central'): ServiceObject => ({
  metadata: {namespace: 'monitoring', name},
  spec: {
    ...{selector: LABELS, clusterIP: '10.96.0.10', ports: [{port: 80, targetPort: 'web', nodePort: 30_090}]},
    ...spec,
  },
})

const WRITE = 'http://10.1.0.5:9090/api/v1/write'
const proofOf = (sender: Sender, ...views: SeenPods[]) => matchSender(sender, views)?.proof ?? null

describe('the address of a pod', () => {
  it('leads to the pod from its own cluster', () => {
    expect(proofOf(from('cluster1', WRITE), seen('cluster1', {pods: [aCentralPod()]}))).toBe('pod-address')
  })
  it('leads there from another cluster where all pods are in view and no other has it', () => {
    const central = seen('cluster1', {pods: [aCentralPod()]})
    expect(proofOf(from('cluster2', WRITE), central, seen('cluster2'))).toBe('pod-address')
  })
  it('proves nothing while not all pods of the agent’s cluster are in view', () => {
    const central = seen('cluster1', {pods: [aCentralPod()]})
    expect(proofOf(from('cluster2', WRITE), central, seen('cluster2', {isWhole: false}))).toBeNull()
    expect(proofOf(from('cluster2', WRITE), central)).toBeNull()
  })
  it('proves nothing where a pod of the agent’s own cluster, or of a third, has the same', () => {
    const central = seen('cluster1', {pods: [aCentralPod()]})
    const same = {pods: [otherPod('10.1.0.5')]}
    expect(proofOf(from('cluster2', WRITE), central, seen('cluster2', same))).toBeNull()
    expect(proofOf(from('cluster2', WRITE), central, seen('cluster2'), seen('cluster3', same))).toBeNull()
  })
  it('is nobody’s where it is the node’s', () => {
    expect(proofOf(from('cluster1', WRITE), seen('cluster1', {pods: [aCentralPod({hostNetwork: true})]}))).toBeNull()
  })
  it.each([
    'http://10.1.0.5:9091/api/v1/write', // a side car's port
    'http://10.1.0.5:9090/other/api/v1/write',
    'http://10.1.0.5:9090/api/v1/push',
    'http://10.1.0.6:9090/api/v1/write',
  ])('is not that of %s', url => {
    expect(proofOf(from('cluster1', url), seen('cluster1', {pods: [aCentralPod()]}))).toBeNull()
  })
  it('counts the route prefix', () => {
    const pods = [aCentralPod({args: ['--web.route-prefix=/prom']})]
    expect(proofOf(from('cluster1', 'http://10.1.0.5:9090/prom/api/v1/write'), seen('cluster1', {pods}))).toBe(
      'pod-address',
    )
    expect(proofOf(from('cluster1', WRITE), seen('cluster1', {pods}))).toBeNull()
  })
})

describe('a Service', () => {
  const view = (service: ServiceObject, pods = [aCentralPod()]) => seen('cluster1', {pods, services: [service]})
  it.each([
    ['http://10.96.0.10/api/v1/write', 'service'],
    ['http://central/api/v1/write', 'service'],
    ['http://central.monitoring/api/v1/write', 'service'],
    ['http://central.monitoring.svc/api/v1/write', 'service'],
    ['http://central.monitoring.svc.cluster.local./api/v1/write', 'service'],
    ['http://192.168.0.7:30090/api/v1/write', 'node-port'],
  ])('is behind %s (%s)', (url, proof) => {
    expect(proofOf(from('cluster1', url), view(aService()))).toBe(proof)
  })
  it('is behind the address of its load balancer, from any cluster', () => {
    const service = {...aService(), status: {loadBalancer: {ingress: [{ip: '203.0.113.9'}, {hostname: 'lb.example'}]}}}
    for (const host of ['203.0.113.9', 'lb.example', 'LB.example'])
      expect(proofOf(from('cluster2', `http://${host}/api/v1/write`), view(service), seen('cluster2'))).toBe(
        'load-balancer',
      )
  })
  it('has its cluster IP and its short names in its own cluster only', () => {
    const central = view(aService())
    expect(proofOf(from('cluster2', 'http://10.96.0.10/api/v1/write'), central, seen('cluster2'))).toBeNull()
    expect(
      proofOf(from('cluster2', 'http://central.monitoring.svc/api/v1/write'), central, seen('cluster2')),
    ).toBeNull()
    expect(proofOf(from('cluster1', 'http://central/api/v1/write', 'shop'), central)).toBeNull()
  })
  it('reaches no one pod where it has two', () => {
    const pods = [aCentralPod(), aCentralPod({name: 'central-1', ip: '10.1.0.6'})]
    expect(proofOf(from('cluster1', 'http://central/api/v1/write'), view(aService(), pods))).toBeNull()
  })
  it('reaches no web server through another port or without a selector', () => {
    const to = (targetPort: string | number) => aService({ports: [{port: 80, targetPort}]})
    expect(proofOf(from('cluster1', 'http://central/api/v1/write'), view(to(9090)))).toBe('service')
    expect(proofOf(from('cluster1', 'http://central/api/v1/write'), view(to(8080)))).toBeNull()
    expect(proofOf(from('cluster1', 'http://central/api/v1/write'), view(to('proxy')))).toBeNull()
    expect(proofOf(from('cluster1', 'http://central/api/v1/write'), view(aService({selector: {}})))).toBeNull()
  })
  it('has no NodePort at a node address that two clusters know', () => {
    const other = seen('cluster2', {
      pods: [{...otherPod('10.2.0.1'), status: {phase: 'Running', hostIP: '192.168.0.7'}}],
    })
    expect(proofOf(from('cluster2', 'http://192.168.0.7:30090/api/v1/write'), view(aService()), other)).toBeNull()
  })
})

describe('an Ingress', () => {
  const ingress = (path: string): IngressObject => ({
    metadata: {namespace: 'monitoring', name: 'metrics'},
    spec: {
      rules: [
        {
          host: 'metrics.example',
          http: {
            paths: [
              {path, pathType: 'Prefix', backend: {service: {name: 'central', port: {number: 80}}}},
              {path: '/other', pathType: 'Prefix', backend: {service: {name: 'other', port: {number: 80}}}},
            ],
          },
        },
      ],
    },
  })
  const view = (path: string) =>
    seen('cluster1', {pods: [aCentralPod()], services: [aService()], ingresses: [ingress(path)]})
  it('leads to the one pod of its Service', () => {
    expect(proofOf(from('cluster2', 'https://metrics.example/api/v1/write'), view('/'), seen('cluster2'))).toBe(
      'ingress',
    )
    expect(proofOf(from('cluster2', 'https://metrics.example/api/v1/write'), view('/api'), seen('cluster2'))).toBe(
      'ingress',
    )
  })
  it('leads nowhere from paths and hosts that it does not take', () => {
    expect(proofOf(from('cluster2', 'https://metrics.example/api/v1/write'), view('/ap'), seen('cluster2'))).toBeNull()
    expect(proofOf(from('cluster2', 'https://other.example/api/v1/write'), view('/'), seen('cluster2'))).toBeNull()
  })
})

describe('endpoints of a pod', () => {
  it('are each agent’s own: an address that leads elsewhere from another cluster proves nothing', () => {
    const views = [
      seen('cluster1', {pods: [aCentralPod()]}),
      seen('cluster2'),
      seen('cluster3', {pods: [], isWhole: false}),
    ]
    const [pod] = matchedPods([from('cluster1', WRITE)], views)
    if (pod === undefined) throw new Error('no pod')
    expect(endpointsOf(pod, [from('cluster1', WRITE), from('cluster2', WRITE)], views)).toMatchObject([
      {address: WRITE},
    ])
    expect(endpointsOf(pod, [from('cluster1', WRITE), from('cluster3', WRITE)], views)).toEqual([])
  })
  it('are found once for many agents', () => {
    const views = [seen('cluster1', {pods: [aCentralPod()]}), seen('cluster2')]
    expect(matchedPods([from('cluster1', WRITE), from('cluster2', WRITE)], views)).toHaveLength(1)
  })
  it.each([
    ['https://metrics.example', 'https://metrics.example/api/v1/write', true],
    ['https://metrics.example/prom/', 'https://metrics.example/prom/api/v1/write', true],
    ['https://metrics.example/prom', 'https://metrics.example/api/v1/write', false],
    ['https://metrics.example', 'https://metrics.example/b/api/v1/write', false],
    ['https://metrics.example', 'http://metrics.example/api/v1/write', false],
    ['https://metrics.example', 'https://metrics.example:8443/api/v1/write', false],
  ])('of --central-url %s: %s is %s', (base, url, isProven) => {
    expect(endpointsAt(new URL(base), [from('cluster2', url)])).toHaveLength(isProven ? 1 : 0)
  })
})
