/**
 * Evidence for tests in a few lines. The default is one healthy 3.5 agent that delivers 180 samples/s to `central`, up for a day
 * and watched for 10 s until NOW:
 *
 *   readFacts(aFleet())
 *   readFacts(aFleet({agents: [anAgent({queues: [{doing: 'retrying', forSeconds: 600}]})]}))
 *   readFacts(aFleet({agents: [anAgent({context: 'cluster2'}), anAgent({context: 'cluster3', scrapes: [aScrape({...})]})]}))
 *
 * Whatever an option does not cover is set on the result: `agent.evidence.config = aFailure('forbidden')`.
 */
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import type {
  AgentEvidence,
  Collected,
  CollectOptions,
  ContainerEvidence,
  ContextEvidence,
  Failure,
  FailureReason,
  LogEvidence,
  LogShape,
  Permission,
  PodEvidence,
  Scrape,
  TargetsEvidence,
} from '../../src/evidence/types.ts'
import {aScrape, DEFAULT_URL, NOW, type ScrapeFigures, timestamp} from './scrape.ts'
import {figuresAt, type QueueStory} from './story.ts'

export {aScrape, DEFAULT_URL, NOW, type QueueFigures, type ScrapeFigures, timestamp} from './scrape.ts'
export type {QueueStory} from './story.ts'

/** A value that was collected. */
export function collected<T>(value: T, at = NOW): Collected<T> {
  return {ok: true, value, at: timestamp(at)}
}

/** A value that could not be collected. */
export function aFailure(reason: FailureReason, detail: string = reason, needs: Permission[][] = []): Failure {
  return {ok: false, reason, detail, needs}
}

export interface AgentOptions {
  /** Of the kubeconfig; default cluster2. */
  context?: string
  namespace?: string
  name?: string
  pod?: string
  podUid?: string
  version?: string
  mode?: 'agent' | 'server'
  signs?: AgentEvidence['signs']
  workload?: AgentEvidence['workload']
  shard?: number | null
  replica?: number | null
  /** Samples scraped per second; default 180. */
  rate?: number
  /** At the last scrape; default a day. */
  uptimeSeconds?: number
  /** Between the scrapes; 0: one scrape only. Default 10. */
  intervalSeconds?: number
  /** Agent clock minus ours; default 0. */
  clockSkewSeconds?: number
  /** What the queues do; default one that delivers. [] is an agent without an endpoint. */
  queues?: QueueStory[]
  /** Agent-level figures that override the default in both scrapes. */
  figures?: ScrapeFigures
  /** Instead of the stories: what each scrape shows, oldest first. */
  scrapes?: (Scrape | Failure)[]
  /** Default {cluster: <context>}. */
  externalLabels?: Record<string, string>
  scrapeIntervalSeconds?: number
  /** Further lines of each remote_write entry, such as "queue_config: {max_shards: 4}". */
  remoteWriteYaml?: string
  /** Instead of all the above about configuration: the YAML itself, or why it is missing. */
  config?: string | Failure
  /** Flags that differ from the defaults. */
  flags?: Record<string, string>
  targets?: Partial<TargetsEvidence> | Failure
  /** What the log says, beside nothing. */
  log?: Partial<LogShape>[] | Failure
  previousLog?: Partial<LogShape>[]
  walLines?: string[]
  podStatus?: Partial<PodEvidence> | null
  container?: Partial<ContainerEvidence>
}

/** An agent and the context in which it is seen. */
export interface BuiltAgent {
  context: string
  evidence: AgentEvidence
}

/** With `pod: ''` it is an agent whose pod does not exist: of it nothing could be read. */
export function anAgent(options: AgentOptions = {}): BuiltAgent {
  const built = aRunningAgent(options)
  if (options.pod !== '') return built
  const gone = aFailure('not-found', 'it has no pod')
  const nothing = {ready: gone, config: gone, flags: gone, buildInfo: gone, runtimeInfo: gone, targets: gone, log: gone}
  const rest = {podUid: '', podStatus: null, transport: null, attempts: [], scrapes: [], events: gone, claims: gone}
  return {...built, evidence: {...built.evidence, ...nothing, ...rest, signs: options.signs ?? ['resource']}}
}

function aRunningAgent(options: AgentOptions): BuiltAgent {
  const context = options.context ?? 'cluster2'
  const pod = options.pod ?? 'agent-0'
  const namespace = options.namespace ?? 'monitoring'
  const version = options.version ?? '3.5.0'
  const uptime = options.uptimeSeconds ?? 86_400
  const mode = options.mode ?? 'agent'
  const scrapes: Collected<Scrape>[] = (options.scrapes ?? scrapesOf(options, version, uptime)).map(scrape =>
    'text' in scrape ? {ok: true, value: scrape, at: scrape.receivedAt} : scrape,
  )
  const config = options.config ?? aConfig(options, context)
  const evidence: AgentEvidence = {
    namespace,
    pod,
    podUid: options.podUid ?? `${context}-${namespace}-${pod}`,
    container: 'prometheus',
    name: options.name ?? 'agent',
    workload: options.workload === undefined ? {kind: 'StatefulSet', name: options.name ?? 'agent'} : options.workload,
    shard: options.shard ?? null,
    replica: options.replica ?? null,
    signs: options.signs ?? ['label', 'arguments'],
    podStatus: options.podStatus === null ? null : aPodStatus(options, version, uptime),
    web: {scheme: 'http', port: 9090, routePrefix: '', localOnly: false},
    transport: 'port-forward',
    attempts: [{transport: 'port-forward', outcome: 'ok', detail: ''}],
    ready: collected({status: 200, text: `Prometheus ${mode === 'agent' ? 'Agent' : 'Server'} is Ready.`}),
    scrapes,
    config: typeof config === 'string' ? collected(config) : config,
    flags: collected({...DEFAULT_FLAGS, ...modeFlags(mode, version), ...options.flags}),
    buildInfo: collected({version}),
    runtimeInfo: collected({startTime: timestamp(NOW - uptime), reloadConfigSuccess: true}),
    targets: options.targets && 'ok' in options.targets ? options.targets : collected(someTargets(options)),
    log: options.log && 'ok' in options.log ? options.log : collected(aLog(options.log ?? [], options.walLines)),
    previousLog: options.previousLog
      ? collected(aLog(options.previousLog))
      : aFailure('not-applicable', 'never restarted'),
    events: collected([]),
    claims: collected([]),
  }
  return {context, evidence}
}

/** 0 means the built-in default to every Prometheus up to 3.11. */
const DEFAULT_FLAGS = {
  'storage.agent.wal-truncate-frequency': '0s',
  'storage.agent.wal-segment-size': '0B',
  'storage.agent.retention.min-time': '0s',
  'storage.agent.retention.max-time': '0s',
  'storage.tsdb.min-block-duration': '2h',
  'storage.tsdb.wal-segment-size': '0B',
}

function modeFlags(mode: 'agent' | 'server', version: string): Record<string, string> {
  if (version.startsWith('2.')) return {'enable-feature': mode === 'agent' ? 'agent' : ''}
  return {agent: String(mode === 'agent'), 'enable-feature': ''}
}

function scrapesOf(options: AgentOptions, version: string, uptime: number): Scrape[] {
  const rate = options.rate ?? 180
  const interval = options.intervalSeconds ?? 10
  const skew = options.clockSkewSeconds ?? 0
  const ages = interval > 0 ? [interval, 0] : [0]
  return ages.map((age, index) => {
    const at = NOW + skew - age
    const upNow = uptime - age
    const queues = (options.queues ?? [{}]).map(story => ({
      ...figuresAt(story, rate, {at, uptime: upNow, end: NOW + skew}),
      ...story.figures,
      ...(index === 0 && ages.length > 1 ? story.first : story.last),
    }))
    const samplesIn = Math.round(rate * upNow)
    const pages = Math.round(upNow / 10)
    const common = {at, receivedAt: NOW - age, version, uptime: upNow, samplesIn, completedPages: pages, queues}
    return aScrape({...common, highestTimestamp: Math.floor(at - 1), mode: options.mode ?? 'agent', ...options.figures})
  })
}

/** The running configuration as /api/v1/status/config shows it, as far as facts read it. */
function aConfig(options: AgentOptions, context: string): string {
  const labels = options.externalLabels ?? {cluster: context}
  const remoteWrites = (options.queues ?? [{}]).map(story => {
    const more = (options.remoteWriteYaml ?? '').split('\n').filter(line => line !== '')
    const lines = [
      `- url: ${story.url ?? DEFAULT_URL}`,
      `  name: ${story.name ?? 'central'}`,
      ...more.map(line => `  ${line}`),
    ]
    return `${lines.join('\n')}\n`
  })
  const interval = options.scrapeIntervalSeconds ?? 15
  return [
    `global:\n  scrape_interval: ${interval}s\n  external_labels: ${JSON.stringify(labels)}\n`,
    `scrape_configs:\n- job_name: pods\n  scrape_interval: ${interval}s\n  static_configs:\n  - targets: [localhost:9100]\n`,
    remoteWrites.length > 0 ? `remote_write:\n${remoteWrites.join('')}` : '',
  ].join('')
}

function someTargets(options: AgentOptions): TargetsEvidence {
  const intervalSeconds = options.scrapeIntervalSeconds ?? 15
  const slowest = {seconds: 0.2, timeoutSeconds: 10, target: 'http://localhost:9100/metrics'}
  return {
    ...{active: 3, dropped: 0, up: 3, down: 0, unknown: 0, longestIntervalSeconds: intervalSeconds},
    pools: [{name: 'pods', active: 3, up: 3, down: 0, intervalSeconds, slowest, errors: []}],
    ...options.targets,
  }
}

/** A log whose newest line is of NOW. */
function aLog(shapes: Partial<LogShape>[], walLines: string[] = []): LogEvidence {
  const all = shapes.map(aLogShape)
  const common = {first: timestamp(NOW - 3600), last: timestamp(NOW), lines: 1000, bytes: 200_000, truncated: false}
  return {...common, shapes: all, tail: all.map(shape => shape.sample), walLines}
}

/** A retry warning of queue `central`, repeated over the last ten minutes, unless said otherwise. */
export function aLogShape(shape: Partial<LogShape> = {}): LogShape {
  const level = shape.level ?? 'warn'
  const message = shape.message ?? 'Failed to send batch, retrying'
  const error = shape.error ?? null
  const queue = shape.queue === undefined ? 'central' : shape.queue
  const fields = `${queue ? ` remote_name=${queue}` : ''}${error ? ` err=${JSON.stringify(error)}` : ''}`
  const last = shape.last ?? timestamp(NOW - 10)
  return {
    ...{level, message, component: 'remote', queue, url: DEFAULT_URL, error, count: 10},
    ...{first: timestamp(NOW - 600), last},
    sample: `time=${last} level=${level.toUpperCase()} msg=${JSON.stringify(message)} component=remote${fields}`,
    ...shape,
  }
}

function aPodStatus(options: AgentOptions, version: string, uptime: number): PodEvidence {
  const startedAt = timestamp(NOW - uptime - 2)
  const running = {kind: 'running' as const, reason: null, message: null, exitCode: null, startedAt, finishedAt: null}
  const limits = {memoryLimitBytes: 512e6, memoryRequestBytes: 256e6, cpuLimitCores: 1, cpuRequestCores: 0.1}
  const container: ContainerEvidence = {
    ...{name: 'prometheus', image: `quay.io/prometheus/prometheus:v${version}`, args: modeArguments(options, version)},
    ...{restarts: 0, state: running, lastState: null, ...limits},
    ...options.container,
  }
  return {
    ...{phase: 'Running', reason: null, message: null, node: 'node-1'},
    ...{createdAt: timestamp(NOW - uptime - 10), startedAt, deletedAt: null, meshSidecar: null},
    labels: {'app.kubernetes.io/name': 'prometheus-agent'},
    conditions: [{type: 'Ready', status: 'True', reason: null, message: null, since: startedAt}],
    containers: [container],
    volumes: [{name: 'db', kind: 'empty-dir', claim: null, mountPath: '/prometheus'}],
    ...options.podStatus,
  }
}

function modeArguments(options: AgentOptions, version: string): string[] {
  if (options.mode === 'server') return ['--config.file=/etc/prometheus/prometheus.yml']
  return [
    '--config.file=/etc/prometheus/prometheus.yml',
    version.startsWith('2.') ? '--enable-feature=agent' : '--agent',
  ]
}

export interface FleetOptions {
  /** Default one healthy agent; [] for none. Contexts come from them, in order of first appearance. */
  agents?: BuiltAgent[]
  /** What differs from a context that answers, by name; also adds contexts without agents. */
  contexts?: Record<string, Partial<ContextEvidence>>
  options?: Partial<CollectOptions>
  ended?: FleetEvidence['ended']
  /** See central.ts; default: none is known. */
  centrals?: FleetEvidence['centrals']
}

export function aFleet({
  agents = [anAgent()],
  contexts = {},
  options = {},
  ended = 'complete',
  centrals,
}: FleetOptions = {}): FleetEvidence {
  const names = [...new Set([...agents.map(agent => agent.context), ...Object.keys(contexts)])]
  return {
    schemaVersion: 1,
    tool: {name: 'promfleet', version: '0.1.0'},
    takenAt: timestamp(NOW),
    durationSeconds: 11,
    ended,
    options: {
      ...{intervalSeconds: 10, sinceSeconds: 3600, timeoutSeconds: 60, namespace: null, selector: null},
      ...{agents: [], includeServers: false, transport: 'auto' as const},
      ...options,
    },
    ...(centrals !== undefined && {centrals}),
    contexts: names.map(name => {
      const own = agents.filter(agent => agent.context === name).map(agent => agent.evidence)
      return {...aContext(name, own), ...contexts[name]}
    }),
  }
}

function aContext(name: string, agents: AgentEvidence[]): ContextEvidence {
  return {
    ...{name, user: 'admin', server: `https://${name}.example:6443`},
    serverVersion: collected('v1.32.0'),
    clockSkewSeconds: 0,
    podLists: [{namespace: '*', pods: collected(agents.length)}],
    agentResources: aFailure('not-found', 'prometheusagents.monitoring.coreos.com is not installed'),
    ...{agents, servers: [], lookAlikes: [], accessReviews: []},
  }
}
