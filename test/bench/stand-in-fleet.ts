/** Agents that deliver, as many as wanted, behind one Kubernetes API of the lab: their metrics grow with the clock, their logs are files. */
import {once} from 'node:events'
import {writeFile} from 'node:fs/promises'
import {createServer, type RequestListener} from 'node:http'
import type {AddressInfo} from 'node:net'
import path from 'node:path'
import {gzipSync} from 'node:zlib'
import {aScrape} from '../builders/scrape.ts'
import {type LabApiServer, startApiServer} from '../lab/kubernetes/api-server.ts'
import {createAuthority} from '../lab/kubernetes/certificates.ts'
import {kubeconfigOf} from '../lab/kubernetes/kubeconfig.ts'
import {labNamespace, podManifests} from '../lab/kubernetes/pod-manifest.ts'

export interface StandInFleet {
  kubeconfig: string
  namespace: string
  /** One pod each, each with its context. */
  agents: {context: string; pod: string}[]
  /** API servers by context, for their addresses and tokens. */
  servers: Map<string, LabApiServer>
  close(): Promise<void>
}

const SAMPLES_PER_SECOND = 5000
const UPTIME_SECONDS = 6 * 3600
const BODY_BYTES = 300_000
const LOG_LINES = 300
/** --web.read-timeout, which Go's HTTP server takes for idle connections, too. */
const PROMETHEUS_IDLE_MS = 5 * 60_000

/** Agents dealt out to as many contexts, each behind an API server of its own. */
export async function startFleet(count: number, directory: string, contexts = 1): Promise<StandInFleet> {
  const authority = await createAuthority('promfleet bench')
  const web = createServer({keepAliveTimeout: PROMETHEUS_IDLE_MS}, answer)
  web.listen(0, '0.0.0.0') // every agent has a loopback address of its own, by which it is told from the others
  await once(web, 'listening')
  const {port} = web.address() as AddressInfo
  const log = path.join(directory, 'agent.log')
  await writeFile(log, logText())
  const servers = new Map<string, LabApiServer>()
  for (let index = 0; index < contexts; index += 1) {
    const api = await startApiServer({authority, withOperator: true})
    api.store.put('namespaces', {metadata: {name: labNamespace}, status: {phase: 'Active'}})
    servers.set(contexts === 1 ? 'bench' : `bench-${index}`, api)
  }
  const places = [...servers]
  const agents = Array.from({length: count}, (_, index) => {
    const [context, api] = places[index % contexts] ?? []
    if (context === undefined || api === undefined) throw new Error('a fleet has at least one context')
    const pod = `agent-${index}-0`
    addAgent(api, {context, pod, index, port, log})
    return {context, pod}
  })
  const kubeconfig = path.join(directory, `kubeconfig-${count}-${contexts}`)
  await writeFile(kubeconfig, kubeconfigOf(places.map(([name, api]) => ({name, api}))), {mode: 0o600})
  return {
    kubeconfig,
    namespace: labNamespace,
    agents,
    servers,
    async close() {
      web.closeAllConnections()
      web.close()
      await Promise.all(places.map(([, api]) => api.close()))
    },
  }
}

function addAgent(
  api: LabApiServer,
  {context, pod: name, index, port, log}: {context: string; pod: string; index: number; port: number; log: string},
): void {
  const {pod, others} = podManifests({
    name,
    context,
    version: '3.5',
    labels: {app: name},
    arguments: ['--agent', '--config.file=/etc/prometheus.yml', '--storage.agent.path=/prometheus'],
    podIp: `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`,
    fate: 'running',
    exitCode: 0,
    startedAt: new Date(Date.now() - UPTIME_SECONDS * 1000),
    memoryLimit: null,
  })
  for (const {resource, object} of others) api.store.put(resource, object)
  api.addPod(pod, {
    listeners: new Map([[9090, {host: `127.0.${Math.floor(index / 250)}.${(index % 250) + 1}`, port}]]),
    logs: new Map([['prometheus', {current: log, previous: null}]]),
  })
}

const answer: RequestListener = (request, response) => {
  const {pathname} = new URL(request.url ?? '/', 'http://agent')
  const document = pathname === '/api/v1/status/config' ? configOf(request.socket.localAddress) : documents[pathname]
  if (pathname === '/-/ready') return response.end('Prometheus Agent is Ready.\n')
  if (pathname !== '/metrics' && document === undefined) return response.writeHead(404).end('404 page not found\n')
  const isCompressed = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  response.writeHead(200, {
    'content-type': document === undefined ? 'text/plain; version=0.0.4' : 'application/json',
    ...(isCompressed && {'content-encoding': 'gzip'}),
  })
  if (document === undefined) return response.end(isCompressed ? latestMetrics().compressed : latestMetrics().body)
  const body = JSON.stringify({status: 'success', data: document})
  return response.end(isCompressed ? gzipSync(body, {level: 1}) : body)
}

let latest = {second: 0, body: '', compressed: Buffer.alloc(0)}

/** Made once a second for all agents: a thousand of them answer from one process. */
function latestMetrics(): typeof latest {
  const second = Math.floor(Date.now() / 1000)
  if (latest.second === second) return latest
  const body = metrics()
  latest = {second, body, compressed: gzipSync(body, {level: 1})}
  return latest
}

/** Agents with one identity between them would be found to collide. */
const configOf = (address = '') => ({
  yaml: `global:
  scrape_interval: 15s
  external_labels: {cluster: 'bench-${address}'}
scrape_configs: [{job_name: app, static_configs: [{targets: ['app:8080']}]}]
remote_write: [{name: central, url: 'https://central.example/api/v1/write', basic_auth: {username: a, password_file: /etc/p}}]
`,
})

const documents: Record<string, unknown> = {
  '/api/v1/status/flags': {agent: 'true', 'web.listen-address': '0.0.0.0:9090'},
  '/api/v1/status/buildinfo': {version: '3.5.0'},
  '/api/v1/status/runtimeinfo': {goroutineCount: 40, CWD: '/'},
  '/api/v1/targets': {
    activeTargets: Array.from({length: 20}, (_, index) => ({
      scrapePool: 'app',
      scrapeUrl: `http://app-${index}:8080/metrics`,
      health: 'up',
      lastError: '',
      lastScrape: new Date().toISOString(),
      scrapeInterval: '15s',
      labels: {job: 'app', instance: `app-${index}:8080`},
    })),
  },
}

/** What an agent of many scrape pools shows besides, as Prometheus writes it: a third is of families that doctor keeps. */
const others = [
  {
    ...{family: 'prometheus_target_scrape_pool_targets', type: 'gauge'},
    sample: (index: number) => `{scrape_job="serviceMonitor/monitoring/app-${index}/0"} ${index}`,
  },
  {
    ...{family: 'prometheus_http_request_duration_seconds', type: 'histogram'},
    sample: (index: number) => `_bucket{handler="/api/v1/app-${index}",le="0.1"} ${index}`,
  },
  {
    ...{family: 'prometheus_sd_kubernetes_http_request_duration_seconds', type: 'summary'},
    sample: (index: number) => `_sum{endpoint="app-${index}.monitoring"} 0.0012`,
  },
]
  .flatMap(({family, type, sample}) => [
    ...[`# HELP ${family} One of many.`, `# TYPE ${family} ${type}`],
    ...Array.from({length: Math.ceil(BODY_BYTES / 300)}, (_, index) => `${family}${sample(index)}`),
  ])
  .join('\n')

const startedAt = Date.now() / 1000 - UPTIME_SECONDS

function metrics(): string {
  const at = Date.now() / 1000
  const total = Math.round((at % 1e6) * SAMPLES_PER_SECOND)
  return aScrape({
    at,
    uptime: at - startedAt, // else every scrape shows a restart, and rates are never read
    samplesIn: total,
    highestTimestamp: at,
    queues: [
      {
        name: 'central',
        url: 'https://central.example/api/v1/write',
        total,
        bytes: total * 10,
        highestSent: at,
        batches: {count: Math.round(total / 2000), seconds: total / 40_000},
      },
    ],
    extra: others,
  }).text
}

/** The last hour, as the kubelet keeps it: each line after the time of its writing. */
function logText(): string {
  const lines = Array.from({length: LOG_LINES}, (_, index) => {
    const time = new Date(Date.now() - ((LOG_LINES - index) * 3_500_000) / LOG_LINES).toISOString()
    return `${time} time=${time} level=INFO source=manager.go:178 msg="Discovery manager updated" component="discovery manager scrape" config=app\n`
  })
  return lines.join('')
}
