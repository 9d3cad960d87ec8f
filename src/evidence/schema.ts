/**
 * The shape of a bundle, for reading one that somebody else may have made: the types of fleet.ts once more, at run time (a test
 * holds the two together). Keys that are not known here are dropped, so that a later release may add some.
 */
import * as z from 'zod/mini'
import {centralFleetParts} from './central-fleet-schema.ts'
import {
  labelSetsSchema,
  metricFamiliesSchema,
  monitorSelectorSchema,
  monitorsSchema,
  scrapeClassSchema,
  targetLabelsSchema,
} from './labels-schema.ts'
import {networkPolicySchema, probeSchema} from './probe-schema.ts'

const text = z.string()
const maybeText = z.nullable(text)
const number = z.number() // never NaN or infinite: JSON has neither, and 1e999 is refused
const maybeNumber = z.nullable(number)
const count = z.int().check(z.minimum(0))
const maybeCount = z.nullable(count)
const seconds = number.check(z.minimum(0), z.maximum(1e9))

/** RFC 3339 in UTC of a moment that a date can hold: everything downstream may then take it apart. */
const timestamp = z.string().check(
  z.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/),
  z.refine(value => !Number.isNaN(Date.parse(value))),
)
const maybeTimestamp = z.nullable(timestamp)

const permission = z.object({verb: text, group: text, resource: text, namespace: maybeText})

const failure = z.object({
  ok: z.literal(false),
  reason: z.enum([
    'forbidden',
    'unauthorized',
    'agent-unauthorized',
    'unreachable',
    'untrusted',
    'unusable',
    'timeout',
    'not-found',
    'malformed',
    'failed',
    'not-applicable',
    'interrupted',
  ]),
  detail: text,
  needs: z.array(z.array(permission)),
})

function collected<T extends z.ZodMiniType>(value: T) {
  return z.discriminatedUnion('ok', [z.object({ok: z.literal(true), value, at: timestamp}), failure])
}

const transport = z.enum(['port-forward', 'proxy', 'kubectl'])

const collectOptions = z.object({
  intervalSeconds: seconds,
  sinceSeconds: seconds,
  timeoutSeconds: seconds,
  namespace: maybeText,
  selector: maybeText,
  agents: z.array(text),
  includeServers: z.boolean(),
  transport: z.enum(['auto', 'port-forward', 'proxy', 'kubectl']),
})

const containerState = z.object({
  kind: z.enum(['running', 'waiting', 'terminated']),
  reason: maybeText,
  message: maybeText,
  exitCode: maybeNumber,
  startedAt: maybeTimestamp,
  finishedAt: maybeTimestamp,
})

const container = z.object({
  name: text,
  image: text,
  args: z.array(text),
  restarts: count,
  state: z.nullable(containerState),
  lastState: z.nullable(containerState),
  memoryLimitBytes: maybeNumber,
  memoryRequestBytes: maybeNumber,
  cpuLimitCores: maybeNumber,
  cpuRequestCores: maybeNumber,
  proxyVariables: z.optional(z.array(z.object({name: text, value: maybeText, from: maybeText}))),
  environmentFrom: z.optional(z.array(text)),
})

const pod = z.object({
  phase: text,
  reason: maybeText,
  message: maybeText,
  node: maybeText,
  createdAt: timestamp,
  startedAt: maybeTimestamp,
  deletedAt: maybeTimestamp,
  labels: z.record(text, text),
  conditions: z.array(
    z.object({type: text, status: text, reason: maybeText, message: maybeText, since: maybeTimestamp}),
  ),
  containers: z.array(container),
  volumes: z.array(
    z.object({
      name: text,
      kind: z.enum(['claim', 'empty-dir', 'host-path', 'other']),
      claim: maybeText,
      mountPath: maybeText,
      source: z.optional(z.object({kind: z.enum(['ConfigMap', 'Secret']), name: text})),
    }),
  ),
  meshSidecar: maybeText,
})

const scrape = z.object({
  agentTime: timestamp,
  receivedAt: timestamp,
  text,
  families: z.array(text),
})

const targets = z.object({
  active: count,
  dropped: maybeCount,
  up: count,
  down: count,
  unknown: count,
  pools: z.array(
    z.object({
      name: text,
      active: count,
      up: count,
      down: count,
      intervalSeconds: maybeNumber,
      slowest: z.optional(z.nullable(z.object({seconds: number, timeoutSeconds: number, target: text}))),
      errors: z.array(z.object({error: text, count, examples: z.array(text)})),
    }),
  ),
  longestIntervalSeconds: maybeNumber,
  labels: z.optional(targetLabelsSchema),
})

const logShape = z.object({
  level: z.enum(['debug', 'info', 'warn', 'error', 'unknown']),
  message: text,
  component: maybeText,
  queue: maybeText,
  url: maybeText,
  error: maybeText,
  count,
  first: maybeTimestamp,
  last: maybeTimestamp,
  sample: text,
})

const log = z.object({
  first: maybeTimestamp,
  last: maybeTimestamp,
  lines: count,
  bytes: count,
  truncated: z.boolean(),
  shapes: z.array(logShape),
  tail: z.array(text),
  walLines: z.array(text),
})

const event = z.object({
  type: text,
  reason: text,
  message: text,
  count,
  last: maybeTimestamp,
})

const claim = z.object({
  name: text,
  phase: text,
  capacityBytes: maybeNumber,
  storageClass: maybeText,
})

const agent = z.object({
  namespace: text,
  pod: text,
  podUid: text,
  container: text,
  name: text,
  workload: z.nullable(z.object({kind: text, name: text})),
  shard: maybeNumber,
  replica: maybeNumber,
  signs: z.array(z.enum(['resource', 'label', 'arguments', 'name', 'server'])),
  podStatus: z.nullable(pod),
  web: z.object({scheme: z.enum(['http', 'https']), port: number, routePrefix: text, localOnly: z.boolean()}),
  transport: z.nullable(transport),
  attempts: z.array(z.object({transport, outcome: z.enum(['ok', 'failed']), detail: text})),
  ready: collected(z.object({status: number, text})),
  scrapes: z.array(collected(scrape)),
  config: collected(text),
  flags: collected(z.record(text, text)),
  buildInfo: collected(z.record(text, text)),
  runtimeInfo: collected(z.record(text, z.union([text, number, z.boolean()]))),
  targets: collected(targets),
  labelSets: z.optional(collected(labelSetsSchema)),
  metricFamilies: z.optional(collected(metricFamiliesSchema)),
  log: collected(log),
  previousLog: collected(log),
  events: collected(z.array(event)),
  claims: collected(z.array(claim)),
})

const agentResource = z.object({
  namespace: text,
  name: text,
  mode: text,
  replicas: number,
  shards: number,
  paused: z.boolean(),
  remoteWriteUrls: z.array(text),
  maxRetries: z.optional(z.array(number)),
  externalLabels: z.optional(z.record(text, text)),
  operatorLabels: z.optional(z.object({resource: text, replica: text})),
  scrapeClasses: z.optional(z.array(scrapeClassSchema)),
  monitorSelectors: z.optional(z.array(monitorSelectorSchema)),
})

const context = z.object({
  name: text,
  user: maybeText,
  server: maybeText,
  serverVersion: collected(text),
  clockSkewSeconds: maybeNumber,
  podLists: z.array(z.object({namespace: text, pods: collected(count)})),
  agentResources: collected(z.array(agentResource)),
  monitors: z.optional(collected(monitorsSchema)),
  agents: z.array(agent),
  unnamedAgents: z.optional(z.array(z.object({namespace: text, pod: text}))),
  namespaceExists: z.optional(z.boolean()),
  servers: z.array(z.object({namespace: text, pod: text})),
  lookAlikes: z.array(
    z.object({
      namespace: text,
      pod: text,
      kind: z.enum(['alloy', 'grafana-agent', 'vmagent', 'opentelemetry-collector']),
    }),
  ),
  accessReviews: z.array(z.object({permission, allowed: z.boolean()})),
})

const centralSelf = {
  buildInfo: collected(z.record(text, text)),
  flags: collected(z.record(text, text)),
  config: collected(text),
  scrapes: z.array(collected(scrape)),
}

const central = z.object({
  name: text,
  foundBy: z.enum(['url', 'context', 'endpoint']),
  place: z.nullable(z.object({context: text, namespace: text, pod: text, container: text, node: maybeText})),
  endpoints: z.array(
    z.object({
      address: text,
      proof: z.enum(['pod-address', 'service', 'node-port', 'load-balancer', 'ingress', 'given-url']),
      detail: text,
    }),
  ),
  clockSkewSeconds: maybeNumber,
  ready: collected(z.object({status: number, text})),
  ...centralSelf,
  identities: z.array(
    z.object({
      labels: z.record(text, text),
      newest: collected(z.object({selector: text, newestSeconds: maybeNumber, series: count})),
      lastDay: collected(
        z.object({
          selector: text,
          fromSeconds: number,
          toSeconds: number,
          stepSeconds: seconds,
          stretches: z.array(z.tuple([number, number])),
          truncated: z.boolean(),
        }),
      ),
    }),
  ),
  earlier: z.optional(z.object(centralSelf)),
})

const centralSearch = z.object({context: text, services: collected(count), ingresses: collected(count)})

const centralFleet = z.object({
  name: text,
  foundBy: z.enum(['url', 'context']),
  clockSkewSeconds: maybeNumber,
  identityLabels: z.array(text),
  expected: z.array(centralFleetParts.labels),
  unnamedExpected: z.optional(count),
  indexed: collected(centralFleetParts.indexed),
  looks: z.array(collected(centralFleetParts.look)),
  widerLook: collected(centralFleetParts.look),
  queues: collected(centralFleetParts.queues),
  withoutIdentity: z.optional(centralFleetParts.unlabelled),
})

const header = {
  schemaVersion: z.literal(1),
  tool: z.object({name: z.literal('promfleet'), version: text}),
  takenAt: timestamp,
  options: collectOptions,
}

export const fleetEvidenceSchema = z.object({
  ...header,
  durationSeconds: seconds,
  ended: z.enum(['complete', 'timeout', 'interrupted']),
  contexts: z.array(context),
  centrals: z.optional(z.array(central)),
  centralSearch: z.optional(z.array(centralSearch)),
  centralFleet: z.optional(centralFleet),
  probes: z.optional(z.array(probeSchema)),
  canaries: z.optional(
    z.array(
      z.object({
        agent: text,
        central: text,
        nonce: text,
        write: probeSchema,
        visible: collected(z.object({afterSeconds: maybeNumber})),
      }),
    ),
  ),
  networkPolicies: z.optional(
    z.array(z.object({context: text, namespace: text, policies: collected(z.array(networkPolicySchema))})),
  ),
})

export const bundleSchema = z.object({
  manifest: z.object({
    ...header,
    taken: z.array(z.object({what: text, count, missing: count, bytes: count})),
    masked: z.array(z.object({what: text, count})),
  }),
  evidence: fleetEvidenceSchema,
})
