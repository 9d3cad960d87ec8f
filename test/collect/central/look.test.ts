/** Looking for the central beside the agents: what it asks, what it leaves alone, and how long it may take. */
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {UserError} from '../../../src/errors.ts'
import {
  agentPod,
  data,
  type FakeCluster,
  type Handler,
  healthyAgent,
  startFakeCluster,
  takeFrom,
  text,
} from '../fake-cluster.ts'

const BY_ADDRESS = 'http://10.0.0.9:9090/api/v1/write'
const BY_NAME = 'http://central.monitoring.svc:9090/api/v1/write'
const NO_CREDENTIALS = {headers: {}, basic: null, token: null}
const found = {central: {access: null}}

let cluster: FakeCluster
beforeEach(async () => {
  cluster = await startFakeCluster()
})
afterEach(() => cluster.close())

const centralPod = () =>
  agentPod('central-0', {
    args: ['--config.file=/etc/prometheus.yml', '--web.enable-remote-write-receiver'],
    labels: {app: 'central'},
    status: {podIP: '10.0.0.9', hostIP: '192.168.0.1'},
  })

/** The newest of its three series is five seconds old. */
const newest: Handler = (request, response, url) => {
  const value = url.searchParams.get('query')?.startsWith('count') ? 3 : Date.now() / 1000 - 5
  const result = [{metric: {cluster: 'a'}, value: [1, String(value)]}]
  return data({resultType: 'vector', result})(request, response, url)
}

/** What a central answers: `up` of {cluster="a"}, five seconds old. */
const aCentral = (change: Record<string, Handler> = {}) =>
  new Map(
    Object.entries({
      '/-/ready': text('Prometheus Server is Ready.\n'),
      '/metrics': text('prometheus_build_info{version="3.5.0"} 1\nprometheus_tsdb_head_max_time_seconds 5\n'),
      '/api/v1/status/config': data({yaml: 'global:\n  scrape_interval: 15s\n'}),
      '/api/v1/status/flags': data({'storage.tsdb.path': '/p', 'web.enable-remote-write-receiver': 'true'}),
      '/api/v1/status/buildinfo': data({version: '3.5.0'}),
      '/api/v1/query': newest,
      '/api/v1/query_range': data({resultType: 'matrix', result: []}),
      ...change,
    }),
  )

function anAgentWritingTo(url: string): void {
  const yaml = `global:\n  external_labels:\n    cluster: a\nremote_write:\n- url: ${url}\n`
  cluster.pods.push(agentPod('agent-0', {status: {podIP: '10.0.0.1'}}))
  cluster.agents.set('agent-0', healthyAgent({'/api/v1/status/config': data({yaml})}))
}

function aCentralAnswering(answers = aCentral()): void {
  cluster.pods.push(centralPod())
  cluster.agents.set('central-0', answers)
}

const requestsFor = (words: RegExp) => cluster.requests.filter(request => words.test(request))

describe('the central behind the agents’ URLs', () => {
  it('is found by the address of its pod, read, and asked for the agents’ identities', async () => {
    anAgentWritingTo(BY_ADDRESS)
    aCentralAnswering()
    const {centrals, centralSearch} = await takeFrom([cluster.server], found)
    expect(centrals).toMatchObject([
      {
        ...{name: 'cluster1/monitoring/central-0', foundBy: 'endpoint'},
        endpoints: [{address: BY_ADDRESS, proof: 'pod-address'}],
        place: {context: 'cluster1', namespace: 'monitoring', pod: 'central-0'},
        ready: {ok: true, value: {status: 200}},
        identities: [{labels: {cluster: 'a'}, newest: {ok: true, value: {selector: 'up'}}, lastDay: {ok: true}}],
      },
    ])
    expect(centralSearch).toBeUndefined()
    expect(requestsFor(/services|ingresses/)).toEqual([])
  })
  it('is found by its Service, in the namespace of its pod only', async () => {
    anAgentWritingTo(BY_NAME)
    aCentralAnswering()
    const service = {
      metadata: {namespace: 'monitoring', name: 'central'},
      spec: {selector: {app: 'central'}, ports: [{port: 9090, targetPort: 9090}]},
    }
    cluster.override.set('/api/v1/namespaces/monitoring/services', (_, response) =>
      response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify({items: [service]})),
    )
    const {centrals, centralSearch} = await takeFrom([cluster.server], found)
    expect(centrals).toMatchObject([{endpoints: [{address: BY_NAME, proof: 'service'}]}])
    expect(centralSearch).toMatchObject([{context: 'cluster1', services: {ok: true, value: 1}}])
    expect(requestsFor(/services/)).toHaveLength(1)
  })
  it('is not found without the right to list Services, and that is said', async () => {
    anAgentWritingTo(BY_NAME)
    aCentralAnswering()
    cluster.denied.add('list services')
    const {centrals, centralSearch} = await takeFrom([cluster.server], found)
    expect(centrals).toBeUndefined()
    expect(centralSearch).toMatchObject([{services: {ok: false, reason: 'forbidden'}}])
  })
  it('is not looked for in a cluster that has none: nothing more is asked', async () => {
    anAgentWritingTo(BY_NAME)
    const evidence = await takeFrom([cluster.server], found)
    expect([evidence.centrals, evidence.centralSearch]).toEqual([undefined, undefined])
    expect(requestsFor(/services|ingresses|query/)).toEqual([])
  })
  it('is not looked for by commands that do not ask for it', async () => {
    anAgentWritingTo(BY_ADDRESS)
    aCentralAnswering()
    expect((await takeFrom([cluster.server])).centrals).toBeUndefined()
    expect(requestsFor(/central-0/)).toEqual([])
  })
  it('cannot hold up a run: one that never answers costs two seconds more, and is a list of failures', {
    timeout: 30_000,
  }, async () => {
    anAgentWritingTo(BY_ADDRESS)
    const silent: Handler = () => undefined
    aCentralAnswering(new Map([...aCentral().keys()].map(path => [path, silent])))
    const {centrals, durationSeconds, ended} = await takeFrom([cluster.server], found)
    expect(ended).toBe('complete')
    expect(durationSeconds).toBeGreaterThan(1.5)
    expect(centrals?.[0]?.ready.ok).toBe(false)
    expect(centrals?.[0]?.identities[0]?.newest.ok).toBe(false)
  })
  it('keeps the secrets of its configuration to itself', async () => {
    anAgentWritingTo(BY_ADDRESS)
    const yaml =
      'remote_write:\n- url: https://user:hunter2-secret@far.example/api/v1/write\n  headers:\n    X-Key: abcdef-secret\n'
    aCentralAnswering(aCentral({'/api/v1/status/config': data({yaml})}))
    expect(JSON.stringify(await takeFrom([cluster.server], found))).not.toMatch(/hunter2|abcdef-secret/)
  })
})

describe('a central that is named', () => {
  const named = (context: string) =>
    ({central: {access: {kind: 'pod', context, namespace: null, pod: null, credentials: NO_CREDENTIALS}}}) as const
  it('is read once, though the agents’ URLs lead to it as well', async () => {
    anAgentWritingTo(BY_ADDRESS)
    aCentralAnswering()
    const {centrals} = await takeFrom([cluster.server], named('cluster1'))
    expect(centrals).toMatchObject([{foundBy: 'context', endpoints: [{proof: 'pod-address'}], identities: [{}]}])
  })
  it('is proven across clusters, where all pods of both are in view', async () => {
    const other = await startFakeCluster()
    try {
      anAgentWritingTo(BY_ADDRESS)
      other.pods.push(centralPod())
      other.agents.set('central-0', aCentral())
      const scope = {contexts: ['cluster1'], allContexts: false}
      const {centrals} = await takeFrom([cluster.server, other.server], named('cluster2'), scope)
      expect(centrals).toMatchObject([{name: 'cluster2/monitoring/central-0', endpoints: [{proof: 'pod-address'}]}])
      cluster.pods.push(agentPod('same', {image: 'app:1', args: [], status: {podIP: '10.0.0.9'}}))
      const again = await takeFrom([cluster.server, other.server], named('cluster2'), scope)
      expect(again.centrals).toMatchObject([{name: 'cluster2/monitoring/central-0', endpoints: []}])
    } finally {
      await other.close()
    }
  })
  it('that is not there is a failure of every piece, and no end of the run', async () => {
    anAgentWritingTo(BY_ADDRESS)
    const {centrals, contexts} = await takeFrom([cluster.server], named('cluster1'))
    expect(centrals).toMatchObject([{foundBy: 'context', ready: {ok: false, reason: 'not-found'}}])
    expect(contexts[0]?.agents).toHaveLength(1)
  })
  it('in a context that the kubeconfig does not have is refused before anything is asked', async () => {
    await expect(takeFrom([cluster.server], named('nowhere'))).rejects.toThrow(UserError)
    expect(cluster.requests).toEqual([])
  })
})
