import {describe, expect, it} from 'vitest'
import {findCentralPods, mayAnswerQueries} from '../../../src/collect/discovery/centrals.ts'
import type {ContainerObject, PodObject} from '../../../src/collect/discovery/kubernetes-objects.ts'

function pod(name: string, container: ContainerObject, rest: {owner?: string; waiting?: boolean} = {}): PodObject {
  const {owner = `of-${name}`, waiting = false} = rest
  return {
    metadata: {namespace: 'monitoring', name, ownerReferences: [{kind: 'StatefulSet', name: owner, controller: true}]},
    spec: {containers: [{name: 'main', ...container}]},
    status: {
      phase: 'Running',
      containerStatuses: [{name: 'main', state: waiting ? {waiting: {reason: 'CrashLoopBackOff'}} : {running: {}}}],
    },
  }
}

const prometheus = (...args: string[]): ContainerObject => ({image: 'quay.io/prometheus/prometheus:v3.5.0', args})

describe('a pod that answers queries about the fleet', () => {
  it.each<[string, ContainerObject, object]>([
    [
      'a Prometheus that takes remote writes',
      prometheus('--web.enable-remote-write-receiver'),
      {kind: 'prometheus', isReceiver: true, web: {port: 9090, routePrefix: ''}},
    ],
    [
      'one by the feature of 2.25',
      prometheus('--enable-feature=exemplar-storage,remote-write-receiver'),
      {kind: 'prometheus', isReceiver: true},
    ],
    [
      'one with a prefix and a port',
      prometheus('--web.enable-remote-write-receiver', '--web.route-prefix=/p', '--web.listen-address=:9999'),
      {web: {port: 9999, routePrefix: '/p'}},
    ],
    [
      'a Prometheus whose receiver is off',
      prometheus('--web.enable-remote-write-receiver=false', '--storage.tsdb.path=/p'),
      {kind: 'prometheus', isReceiver: false},
    ],
    [
      'VictoriaMetrics',
      {image: 'docker.io/victoriametrics/victoria-metrics:v1.100.0'},
      {kind: 'victoria-metrics', isReceiver: true, web: {port: 8428, routePrefix: ''}},
    ],
    [
      'VictoriaMetrics elsewhere',
      {image: 'victoriametrics/victoria-metrics', args: ['-httpListenAddr=:80', '-http.pathPrefix=/vm/']},
      {web: {port: 80, routePrefix: '/vm'}},
    ],
    [
      'what answers in a VictoriaMetrics cluster',
      {image: 'victoriametrics/vmselect:v1'},
      {kind: 'victoria-metrics', web: {port: 8481, routePrefix: '/select/0/prometheus'}},
    ],
    [
      'Thanos Query',
      {image: 'quay.io/thanos/thanos:v0.36.0', args: ['query', '--http-address=0.0.0.0:9090']},
      {kind: 'thanos', web: {port: 9090, routePrefix: ''}},
    ],
    [
      "Mimir's front",
      {image: 'grafana/mimir:2.13.0', args: ['-target=query-frontend', '-server.http-listen-port=8080']},
      {kind: 'mimir', web: {port: 8080, routePrefix: '/prometheus'}},
    ],
    ['Mimir in one', {image: 'grafana/mimir:2.13.0'}, {kind: 'mimir'}],
  ])('%s is one', (_what, container, expected) => {
    expect(findCentralPods([pod('p', container)])).toMatchObject([{namespace: 'monitoring', pod: 'p', ...expected}])
    expect(mayAnswerQueries(pod('p', container))).toBe(true)
  })

  it.each<[string, ContainerObject]>([
    ['an agent', prometheus('--agent', '--config.file=/p.yml')],
    ['what takes writes for VictoriaMetrics', {image: 'victoriametrics/vminsert:v1'}],
    ['a part of Mimir that holds data', {image: 'grafana/mimir:2.13.0', args: ['-target=ingester']}],
    ['a part of Thanos that holds data', {image: 'quay.io/thanos/thanos:v0.36.0', args: ['receive']}],
    ['anything else', {image: 'nginx'}],
  ])('%s is none', (_what, container) => {
    expect(findCentralPods([pod('p', container)])).toEqual([])
    expect(mayAnswerQueries(pod('p', container))).toBe(false)
  })

  it('comes before one that does not say that it takes writes, and one that runs before one that does not', () => {
    const receiver = prometheus('--web.enable-remote-write-receiver')
    const found = findCentralPods([
      pod('a', prometheus('--storage.tsdb.path=/p')),
      pod('b', receiver, {waiting: true}),
      pod('c', receiver),
    ])
    expect(found.map(({pod: name}) => name)).toEqual(['c', 'b', 'a'])
    expect(found[1]?.notRunning).toBe('is waiting: CrashLoopBackOff')
  })
})
