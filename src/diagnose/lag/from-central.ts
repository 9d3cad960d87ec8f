/** The report of lag out of what a central stores: a row for each queue of each identity, without a look at any agent. Pure. */
import type {CentralFleetEvidence, CentralQueue} from '../../evidence/central-fleet.ts'
import type {FleetEvidence} from '../../evidence/fleet.ts'
import type {Failure} from '../../evidence/types.ts'
import {type CentralFleetFacts, type IdentityFacts, readCentralFleetFacts} from '../../facts/central/fleet.ts'
import {refusedCentral} from '../../facts/refused/context.ts'
import type {Thresholds} from '../../facts/thresholds.ts'
import {formatNumberOf, timestampOf} from '../../units.ts'
import type {ContextReport, QueueReport} from '../report.ts'
import {gapsOf} from './central-gaps.ts'
import {decideIdentity, type IdentityDecision, isLate, ratesOf, ratiosOf} from './identity-state.ts'
import type {LagReport, LagRow} from './lag-report.ts'
import {assembleLagReport, type LagOptions} from './report-lag.ts'
import {contextRow, NO_QUEUE} from './rows.ts'

/** `evidence.centralFleet` was asked for. */
export function lagReportFromCentral(evidence: FleetEvidence, thresholds: Thresholds, options: LagOptions): LagReport {
  const facts = evidence.centralFleet === undefined ? null : readCentralFleetFacts(evidence.centralFleet, thresholds)
  const problem = facts === null ? whyUnread(evidence) : gapsOf(facts)
  const central: ContextReport = {
    name: evidence.centralFleet?.name ?? 'the central',
    reachable: facts !== null,
    agents: 0,
    ...(problem !== null && {problem}),
    ...(facts === null && refusedOf(evidence)),
  }
  const rows = facts === null ? [] : fleetRows(facts, thresholds)
  return assembleLagReport(
    {
      tool: evidence.tool,
      takenAt: evidence.takenAt,
      durationSeconds: evidence.durationSeconds,
      ended: evidence.ended,
      thresholds: {...thresholds},
      seenFrom: 'central',
      isSingleScrape: evidence.options.intervalSeconds === 0,
      findings: [],
      contexts: [...placesOf(rows), ...(problem === null ? [] : [central])],
      rows: problem === null ? rows : [...rows, contextRow(central, problem)],
    },
    options,
  )
}

function whyUnread({centralFleet}: FleetEvidence): string {
  return failureOf(centralFleet)?.detail ?? 'the central was not asked'
}

function refusedOf({centralFleet}: FleetEvidence): Pick<ContextReport, 'refused'> {
  const failed = failureOf(centralFleet)
  const refused = failed === null ? null : refusedCentral(centralFleet?.name ?? 'the central', failed)
  return refused === null ? {} : {refused}
}

function failureOf(centralFleet: CentralFleetEvidence | undefined): Failure | null {
  const failed = centralFleet?.looks.find(look => !look.ok)
  return failed !== undefined && !failed.ok ? failed : null
}

function placesOf(rows: readonly LagRow[]): ContextReport[] {
  const agents = new Map<string, number>()
  const seen = new Set<string>()
  for (const {context, key} of rows) {
    const agent = `${context}\n${key}`
    if (!seen.has(agent)) agents.set(context, (agents.get(context) ?? 0) + 1)
    seen.add(agent)
  }
  return [...agents].map(([name, count]) => ({name, reachable: true, agents: count}))
}

function fleetRows(facts: CentralFleetFacts, thresholds: Thresholds): LagRow[] {
  const byPlace = new Map<string, IdentityFacts[]>()
  for (const identity of facts.identities) {
    const beside = byPlace.get(identity.place)
    if (beside === undefined) byPlace.set(identity.place, [identity])
    else beside.push(identity)
  }
  const around = {facts, thresholds, stored: storedBasis(facts), window: windowOf(facts)}
  const rows = [...byPlace.values()].flatMap(identities => placeRows(identities, around))
  return [...rows, ...facts.missing.map(labels => missingRow(labels, facts))]
}

interface Around {
  facts: CentralFleetFacts
  thresholds: Thresholds
  /** Of lags that were read from the newest stored sample. */
  stored: LagRow['lagBasis']
  window: LagRow['window']
}

/** Of the looks, by our clock. */
function windowOf({evidence}: CentralFleetFacts): LagRow['window'] {
  const times = evidence.looks.flatMap(look => (look.ok ? [look.at] : []))
  return {from: times[0] ?? null, to: times.at(-1) ?? null, scrapes: times.length}
}

function placeRows(identities: readonly IdentityFacts[], around: Around): LagRow[] {
  const {facts, thresholds} = around
  const fresh = identities.filter(identity => !isLate(identity, thresholds))
  return withoutReplaced(identities, fresh).flatMap(identity => {
    const freshBeside = fresh.filter(other => other !== identity)
    // Of a late one the figures are as old as its newest sample.
    const known = isLate(identity, thresholds) ? identity.queues.map(withoutFigures) : identity.queues
    const queues = known.length === 0 ? [null] : known
    const isPartial = facts.partial.length > 0
    return queues.map(queue => {
      const decision = decideIdentity({identity, queue, thresholds, freshBeside, isPartial})
      return identityRow(around, identity, queue, decision)
    })
  })
}

function withoutFigures({labels, namespace, pod, instance, name, url}: CentralQueue): CentralQueue {
  return {labels, namespace, pod, instance, name, url}
}

const REPLICA_NAMES = ['prometheus_replica', '__replica__']

/**
 * Without pods that were replaced: those of a Deployment or DaemonSet get a new name each time, and the old name stays in the store. Of
 * a place of which nothing is fresh the newest is kept. Ordinals are names that stay.
 */
function withoutReplaced(
  identities: readonly IdentityFacts[],
  fresh: readonly IdentityFacts[],
): readonly IdentityFacts[] {
  if (identities.length === 1) return identities
  const groups = new Map<string, IdentityFacts[]>()
  for (const identity of identities) {
    const key = groupOf(identity)
    groups.set(key, [...(groups.get(key) ?? []), identity])
  }
  return [...groups.values()].flatMap(group => {
    const isReplaceable = (identity: IdentityFacts) => hasRandomName(identity) && !fresh.includes(identity)
    if (group.some(identity => fresh.includes(identity))) return group.filter(identity => !isReplaceable(identity))
    const [newest] = group.filter(isReplaceable).sort((a, b) => (b.newestSeconds ?? 0) - (a.newestSeconds ?? 0))
    return group.filter(identity => !isReplaceable(identity) || identity === newest)
  })
}

function groupOf({labels}: IdentityFacts): string {
  return JSON.stringify(Object.entries(labels).filter(([name]) => !REPLICA_NAMES.includes(name)))
}

/** Kubernetes' suffix for pods of a ReplicaSet or DaemonSet: five letters and digits without vowels (apimachinery/pkg/util/rand). */
function hasRandomName({labels}: IdentityFacts): boolean {
  return REPLICA_NAMES.some(name => /-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(labels[name] ?? ''))
}

function identityRow(
  {facts, stored, window}: Around,
  identity: IdentityFacts,
  queue: CentralQueue | null,
  decision: IdentityDecision,
): LagRow {
  const {labels, place, newestSeconds, ageSeconds} = identity
  const newestSampleAt = newestSeconds === null ? null : timestampOf(newestSeconds)
  const [namespace = '', agent = ''] = /^([^/]+)\/(.+)$/.exec(labels.prometheus ?? '')?.slice(1) ?? []
  return {
    of: 'queue',
    key: [keyOf(labels), ...(queue === null ? [] : [queue.pod || queue.instance])]
      .filter(part => part !== '')
      .join(' '),
    context: place,
    namespace: queue?.namespace || namespace,
    pod: queue?.pod || labels.prometheus_replica || labels.__replica__ || '',
    container: '',
    name: queue?.instance || labels.prometheus || agent || '-',
    version: null,
    transport: null,
    state: decision.state,
    stateRow: decision.row,
    stateReason: decision.reason,
    since: decision.state === 'silent' ? newestSampleAt : null,
    window,
    queue: queueReport(facts, queue, decision, newestSampleAt),
    lagBasis: decision.lagSource === 'newest-stored' ? stored : OWN_BASIS,
    capacitySamples: null,
    unreadWalBytes: null,
    bytesPerSample: bytesPerSample(queue),
    retriedBytesPerSecond: null,
    suggestion: null,
    central: {identity: labels, newestSampleAt, ageSeconds},
  }
}

/** Shared by all rows: of ten thousand each would take its own memory. */
const NOT_SEEN = {
  segments: {read: null, written: null},
  restartCost: {seconds: null, samples: null},
  losses: [],
  window: {from: null, to: null, scrapes: 0},
} satisfies Partial<QueueReport & LagRow>

const NOTHING_WAITS: QueueReport['lossClock'] = {
  kind: null,
  earliestAt: null,
  latestAt: null,
  earliestSeconds: null,
  latestSeconds: null,
  assumption: '',
  status: 'not-needed',
}
const WAL_NOT_SEEN: QueueReport['lossClock'] = {
  ...NOTHING_WAITS,
  assumption: "the agent's WAL was not looked at",
  status: 'unknown',
}

const OWN_BASIS: LagRow['lagBasis'] = {
  metrics: [
    'prometheus_remote_storage_highest_timestamp_in_seconds',
    'prometheus_remote_storage_queue_highest_sent_timestamp_seconds',
  ],
  clock: 'agent',
  note: 'newest scraped less newest delivered, as of its newest sample',
}

/** PromQL: the part of the query that says it; the whole stands in the evidence. */
function storedBasis(facts: CentralFleetFacts): LagRow['lagBasis'] {
  const note = `age of the newest sample that is stored${skewPhrase(facts)}`
  return {metrics: ['timestamp(up)'], clock: 'central', note}
}

function skewPhrase({clock, skewSeconds}: CentralFleetFacts): string {
  if (skewSeconds === null) return ''
  const seconds = formatNumberOf(Math.round(Math.abs(skewSeconds)), 'second')
  const where = `its clock is ${seconds} ${skewSeconds > 0 ? 'ahead of' : 'behind'} ours`
  return clock === 'ours' ? `; ${where}, so that ours was taken` : `; ${where}`
}

function queueReport(
  {evidence}: CentralFleetFacts,
  queue: CentralQueue | null,
  {state, row, reason, lagSeconds, lagSource, catchUp}: IdentityDecision,
  newestSampleAt: string | null,
): QueueReport {
  const ratios = queue === null ? null : ratiosOf(queue)
  const rates = queue === null ? null : ratesOf(queue)
  const isFresh = state === 'delivering' && lagSource === 'newest-stored'
  return {
    // Of which queue its samples came nothing tells: it is the one that writes here.
    name: queue?.name ?? '',
    url: queue?.url ?? evidence.name,
    state,
    stateRow: row,
    stateReason: reason,
    arrival: isFresh ? 'stored' : state === 'delivering' ? 'accepted' : 'unknown',
    lagSeconds,
    lagSource,
    lastDeliveredAt: newestSampleAt,
    deliveredPerSecond: rates?.delivered ?? null,
    offeredPerSecond: rates?.offered ?? null,
    failureRatio: ratios?.failureRatio ?? null,
    retryRatio: ratios?.retryRatio ?? null,
    pendingSamples: queue?.pendingSamples ?? null,
    bytesPerSecond: rates?.bytes ?? null,
    shards: {
      current: queue?.shards ?? null,
      desired: queue?.shardsDesired ?? null,
      min: null,
      max: queue?.shardsMax ?? null,
    },
    segments: NOT_SEEN.segments,
    lossClock: state === 'delivering' ? NOTHING_WAITS : WAL_NOT_SEEN,
    catchUp,
    restartCost: NOT_SEEN.restartCost,
    losses: NOT_SEEN.losses,
  }
}

function bytesPerSample(queue: CentralQueue | null): number | null {
  if (queue === null || queue.bytesPerSecond === undefined || queue.agents !== undefined) return null
  const {delivered} = ratiosOf(queue)
  return delivered === null || delivered === 0 ? null : queue.bytesPerSecond / delivered
}

function missingRow(labels: Record<string, string>, {evidence}: CentralFleetFacts): LagRow {
  const place = evidence.identityLabels.flatMap(label => labels[label] ?? []).join(',')
  return {
    ...NO_QUEUE,
    of: 'agent',
    key: keyOf(labels),
    context: place,
    namespace: '',
    pod: '',
    container: '',
    name: keyOf(labels),
    version: null,
    transport: null,
    state: 'silent',
    stateRow: 20,
    since: null,
    stateReason: 'expected by the fleet file, and nothing of it is stored',
    window: NOT_SEEN.window,
    central: {identity: labels, newestSampleAt: null, ageSeconds: null},
  }
}

function keyOf(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
}
