/** A Kubernetes API in this process, as much of it as collecting asks: lists, logs, pod proxy, access reviews, RBAC refusals. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {PodObject} from '../../src/collect/discovery/kubernetes-objects.ts'
import {open, type Session, type SessionOptions, type SessionScope} from '../../src/collect/session.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import type {ContextEvidence, Failure} from '../../src/evidence/types.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => unknown

export interface FakeCluster {
  pods: PodObject[]
  /** Answers of a path, before all others. */
  override: Map<string, Handler>
  /** Paths below the pod proxy, by pod. */
  agents: Map<string, Map<string, Handler>>
  logs: Map<string, Handler>
  /** `verb resource` that answer 403, for example `list pods`; with ` in NAMESPACE` only there, with ` everywhere` only cluster-wide. */
  denied: Set<string>
  /** `METHOD path?query`, in order. */
  requests: string[]
  server: string
  close(): Promise<void>
}

export const agentPod = (
  name: string,
  change: Partial<{
    namespace: string
    image: string
    args: string[]
    spec: object
    status: object
    labels: Record<string, string>
    owner: object
  }> = {},
): PodObject => ({
  metadata: {
    name,
    namespace: change.namespace ?? 'monitoring',
    uid: `uid-${name}`,
    labels: change.labels ?? {},
    creationTimestamp: '2026-11-23T00:00:00Z',
    ...(change.owner !== undefined && {ownerReferences: [change.owner]}),
  },
  spec: {
    nodeName: 'node-1',
    containers: [
      {
        name: 'prometheus',
        image: change.image ?? 'quay.io/prometheus/prometheus:v3.5.0',
        args: change.args ?? ['--agent', '--config.file=/etc/prometheus.yml'],
      },
    ],
    ...change.spec,
  },
  status: {
    phase: 'Running',
    containerStatuses: [{name: 'prometheus', restartCount: 0, state: {running: {startedAt: '2026-11-23T00:00:01Z'}}}],
    ...change.status,
  },
})

export const metrics = `# HELP prometheus_build_info A metric.
# TYPE prometheus_build_info gauge
prometheus_build_info{version="3.5.0"} 1
# TYPE prometheus_agent_active_series gauge
prometheus_agent_active_series 7
# TYPE prometheus_engine_queries gauge
prometheus_engine_queries 0
`

const json =
  (body: unknown, status = 200): Handler =>
  (_, response) => {
    response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body))
  }
export const text =
  (body: string, status = 200, type = 'text/plain'): Handler =>
  (_, response) => {
    response.writeHead(status, {'content-type': type}).end(body)
  }
export const data = (value: unknown): Handler => json({status: 'success', data: value})

/** What a healthy agent answers; tests replace single paths. */
export const healthyAgent = (change: Record<string, Handler> = {}): Map<string, Handler> =>
  new Map(
    Object.entries({
      '/-/ready': text('Prometheus Agent is Ready.\n'),
      '/metrics': text(metrics),
      '/api/v1/status/config': data({yaml: 'global:\n  scrape_interval: 15s\n'}),
      '/api/v1/status/flags': data({agent: 'true', 'web.listen-address': '0.0.0.0:9090'}),
      '/api/v1/status/buildinfo': data({version: '3.5.0'}),
      '/api/v1/status/runtimeinfo': data({goroutineCount: 40, CWD: '/'}),
      '/api/v1/targets': data({
        activeTargets: [
          {scrapePool: 'self', scrapeUrl: 'http://a/metrics', health: 'up', lastError: '', scrapeInterval: '15s'},
        ],
      }),
      ...change,
    }),
  )

export async function startFakeCluster(): Promise<FakeCluster> {
  const cluster: Omit<FakeCluster, 'server' | 'close'> = {
    pods: [],
    override: new Map(),
    agents: new Map(),
    logs: new Map(),
    denied: new Set(),
    requests: [],
  }
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://cluster')
    cluster.requests.push(`${request.method} ${request.url}`)
    const own = cluster.override.get(url.pathname)
    if (own !== undefined) return void own(request, response, url)
    return void answer(cluster, request, response, url)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(cluster, {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  })
}

function answer(
  cluster: Omit<FakeCluster, 'server' | 'close'>,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): unknown {
  const path = url.pathname
  const send = (handler: Handler) => handler(request, response, url)
  const denial = (verb: string, resource: string, namespace: string | undefined): Handler | null => {
    const where = namespace === undefined ? 'everywhere' : `in ${namespace}`
    if (![`${verb} ${resource}`, `${verb} ${resource} ${where}`].some(key => cluster.denied.has(key))) return null
    const scope = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
    const message = `forbidden: User "viewer" cannot ${verb} resource "${resource}" in API group "" ${scope}`
    return json({kind: 'Status', status: 'Failure', message, reason: 'Forbidden', code: 403}, 403)
  }
  if (path === '/version') return send(json({gitVersion: 'v1.33.0'}))
  if (path.endsWith('/selfsubjectaccessreviews')) return send(json({status: {allowed: false}}, 201))
  if (path.startsWith('/apis/'))
    return send(denial('list', 'prometheusagents', undefined) ?? text('404 page not found\n', 404))
  const proxied = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/(?:https?:)?([^/:]+)(?::\d+)?\/proxy(\/.*)$/.exec(path)
  if (proxied) {
    const handler = cluster.agents.get(proxied[2] ?? '')?.get(proxied[3] ?? '')
    return send(denial('get', 'pods/proxy', proxied[1]) ?? handler ?? text('404 page not found\n', 404))
  }
  const [, namespace, resource = '', name, subresource] =
    /^\/api\/v1\/(?:namespaces\/([^/]+)\/)?(\w+)(?:\/([^/]+)(?:\/(\w+))?)?$/.exec(path) ?? []
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`
  const refused = denial(name === undefined ? 'list' : 'get', whole, namespace)
  if (refused) return send(refused)
  if (whole === 'pods/log') return send(cluster.logs.get(name ?? '') ?? text(''))
  if (resource === 'namespaces')
    return send(
      json({
        items: [...new Set(cluster.pods.map(pod => pod.metadata?.namespace))].map(each => ({metadata: {name: each}})),
      }),
    )
  const inScope = cluster.pods.filter(pod => namespace === undefined || pod.metadata?.namespace === namespace)
  if (resource === 'pods' && name !== undefined) {
    const pod = inScope.find(each => each.metadata?.name === name)
    return send(
      pod ? json(pod) : json({kind: 'Status', message: `pods "${name}" not found`, reason: 'NotFound', code: 404}, 404),
    )
  }
  if (resource !== 'pods') return send(json({items: []}))
  const from = Number(url.searchParams.get('continue') ?? 0)
  const limit = Number(url.searchParams.get('limit') ?? 500)
  const next = from + limit < inScope.length ? {continue: String(from + limit)} : {}
  return send(json({metadata: next, items: inScope.slice(from, from + limit)}))
}

/** One take over the given clusters, each a context called cluster1, cluster2, …; single scrapes over the pod proxy unless told otherwise. */
export async function takeFrom(
  servers: string[],
  change: Partial<SessionOptions> = {},
  scope: Partial<SessionScope> = {},
): Promise<FleetEvidence> {
  return withSession(servers, change, scope, session => session.take())
}

/** A pod agent-0 with an agent in it. */
export function addAgent(
  cluster: FakeCluster,
  change: Parameters<typeof healthyAgent>[0] = {},
  pod: Parameters<typeof agentPod>[1] = {},
): void {
  cluster.pods.push(agentPod('agent-0', pod))
  cluster.agents.set('agent-0', healthyAgent(change))
}

/** One take over the cluster, with its only context and agent. */
export async function takeOne(cluster: FakeCluster, change: Partial<SessionOptions> = {}) {
  const evidence = await takeFrom([cluster.server], change)
  const context = evidence.contexts[0]!
  return {evidence, context, agent: context.agents[0]!}
}

/** Why this piece is missing; throws where it is not. */
export function failureOf(piece: {ok: true} | Failure | undefined): Failure {
  if (piece === undefined || piece.ok) throw new Error('this piece was read')
  return piece
}

/** The contexts of takes one after the other in one session; `before` may change the cluster between them. */
export async function takesFrom(
  server: string,
  count: number,
  before: (take: number) => void,
): Promise<(ContextEvidence | undefined)[]> {
  return withSession([server], {}, {}, async session => {
    const contexts: (ContextEvidence | undefined)[] = []
    for (let take = 0; take < count; take += 1) {
      before(take)
      contexts.push((await session.take()).contexts[0])
    }
    return contexts
  })
}

export async function withSession<T>(
  servers: string[],
  change: Partial<SessionOptions>,
  scope: Partial<SessionScope>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'promfleet-test-'))
  const kubeconfig = join(directory, 'config')
  const named = servers.map((server, index) => ({name: `cluster${index + 1}`, server}))
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: named.map(({name, server}) => ({name, cluster: {server}})),
      users: [{name: 'viewer', user: {token: 'secret-token'}}],
      contexts: named.map(({name}) => ({name, context: {cluster: name, user: 'viewer', namespace: 'team-a'}})),
    }),
  )
  try {
    const session = await open(
      {
        kubeconfig,
        contexts: [],
        allContexts: true,
        impersonate: {user: null, groups: []},
        webCredentials: null,
        ...scope,
      },
      {
        toolVersion: '0.0.0',
        intervalSeconds: 0,
        sinceSeconds: 3600,
        timeoutSeconds: 20,
        namespace: null,
        selector: null,
        agents: [],
        includeServers: false,
        transport: 'proxy',
        onProgress() {},
        wantsAnotherScrape: () => false,
        signal: new AbortController().signal,
        ...change,
      },
    )
    try {
      return await work(session)
    } finally {
      await session.close()
    }
  } finally {
    rmSync(directory, {recursive: true})
  }
}
