/**
 * What a central holds of every identity that it knows: one look at the index and at most four queries. The first two go out at once;
 * a wider one follows for identities that they do not show, and a second look at those that are late tells whether anything arrives.
 */
import type {CentralFleetEvidence, IdentityLook} from '../../evidence/central-fleet.ts'
import type {Collected} from '../../evidence/types.ts'
import {pauseUntil} from '../agent/pause.ts'
import {notApplicable} from '../collected.ts'
import {
  freshQuery,
  groupLabels,
  MOST_NAMED,
  newestQuery,
  queuesQuery,
  WIDE_WINDOW_SECONDS,
  WINDOW_SECONDS,
  widerQuery,
} from './fleet-queries.ts'
import {collectQueues, keptLabels, keptOnce} from './fleet-queues.ts'
import type {QueryApi} from './query-api.ts'

export interface FleetLookOptions {
  /** Not empty. */
  identityLabels: readonly string[]
  expected: readonly Record<string, string>[]
  /** How many more are expected, that are not named by labels; left out: none. */
  unnamedExpected?: number | undefined
  /** Between the first and the second look; 0 looks once. */
  intervalSeconds: number
  /** From this age of its newest sample on an identity is looked at twice. */
  lateSeconds: number
  /** Of one query. */
  timeoutSeconds: number
  signal: AbortSignal
  /** The look before this one, of a fleet that is watched: it stands for the first of two. */
  before?: Collected<IdentityLook> | null | undefined
}

export async function readCentralFleet(
  api: QueryApi,
  foundBy: CentralFleetEvidence['foundBy'],
  options: FleetLookOptions,
): Promise<CentralFleetEvidence> {
  const {identityLabels} = options
  const startedAt = Date.now()
  const central: CentralToLookAt = {api, keep: keptOnce()}
  const [first, indexed, {queues, withoutIdentity}] = await Promise.all([
    lookFirst(central, options),
    readIndex(central, options),
    readQueues(central, options),
  ])
  const widerLook = await lookWider(central, first, indexed, options)
  const looks = options.before?.ok ? [options.before, first] : [first]
  const late = lateValues(first, options)
  const isWhole = first.ok && first.value.windowSeconds === WINDOW_SECONDS
  if (late !== null && isWhole && options.intervalSeconds > 0) {
    await pauseUntil(startedAt + options.intervalSeconds * 1000, options.signal)
    const promql = newestQuery(identityLabels, late.length > MOST_NAMED ? null : late)
    looks.push(await look(central, {promql, windowSeconds: WINDOW_SECONDS}, options))
  }
  return {
    name: api.name,
    foundBy,
    clockSkewSeconds: api.clockSkewSeconds(),
    identityLabels: [...identityLabels],
    expected: options.expected.map(labels => ({...labels})),
    ...(options.unnamedExpected !== undefined && {unnamedExpected: options.unnamedExpected}),
    indexed,
    looks,
    widerLook,
    queues,
    ...(withoutIdentity !== undefined && {withoutIdentity}),
  }
}

interface CentralToLookAt {
  api: QueryApi
  /** Texts of its answers, as they may be kept: all answers name the same identities. */
  keep(text: string): string
}

/** A server may refuse what reads an hour of a large fleet (--query.max-samples, a limit of a gateway); what is fresh is cheaper. */
async function lookFirst(central: CentralToLookAt, options: FleetLookOptions): Promise<Collected<IdentityLook>> {
  const {identityLabels} = options
  const whole = await look(central, {promql: newestQuery(identityLabels, null), windowSeconds: WINDOW_SECONDS}, options)
  if (whole.ok || whole.reason !== 'failed') return whole
  const fresh = await look(central, freshQuery(identityLabels), options)
  return fresh.ok ? fresh : whole
}

async function look(
  {api, keep}: CentralToLookAt,
  {promql, windowSeconds}: {promql: string; windowSeconds: number},
  {identityLabels, signal, timeoutSeconds}: FleetLookOptions,
): Promise<Collected<IdentityLook>> {
  const labels = groupLabels(identityLabels)
  const answer = await api.query(promql, {signal, timeoutSeconds})
  if (!answer.ok) return answer
  const {samples, warnings} = answer.value
  const identities = samples.flatMap(({labels: given, value}) => {
    const hasIdentity = identityLabels.some(label => (given[label] ?? '') !== '')
    return hasIdentity && Number.isFinite(value)
      ? [{labels: keptLabels(given, labels, keep), newestSeconds: value}]
      : []
  })
  return {...answer, value: {promql, atSeconds: samples[0]?.atSeconds ?? null, windowSeconds, identities, warnings}}
}

async function readIndex(
  {api, keep}: CentralToLookAt,
  {identityLabels: [label = ''], signal, timeoutSeconds}: FleetLookOptions,
): Promise<Collected<string[]>> {
  const nowSeconds = Date.now() / 1000 + (api.clockSkewSeconds() ?? 0)
  const range = {fromSeconds: Math.floor(nowSeconds - WIDE_WINDOW_SECONDS), toSeconds: Math.ceil(nowSeconds)}
  const answer = await api.labelValues(label, range, {signal, timeoutSeconds})
  return answer.ok ? {...answer, value: answer.value.values.filter(value => value !== '').map(keep)} : answer
}

async function readQueues(
  {api, keep}: CentralToLookAt,
  {identityLabels, signal, timeoutSeconds}: FleetLookOptions,
): Promise<Pick<CentralFleetEvidence, 'queues' | 'withoutIdentity'>> {
  const collector = collectQueues(groupLabels(identityLabels), keep)
  const {take: onSample, restart: onRestart} = collector
  const answer = await api.query(queuesQuery(identityLabels), {signal, timeoutSeconds, onSample, onRestart})
  if (!answer.ok) return {queues: answer}
  return {queues: {...answer, value: collector.queues()}, withoutIdentity: collector.withoutIdentity()}
}

async function lookWider(
  central: CentralToLookAt,
  first: Collected<IdentityLook>,
  indexed: Collected<string[]>,
  options: FleetLookOptions,
): Promise<Collected<IdentityLook>> {
  if (!first.ok) return first
  if (!indexed.ok) return indexed
  const [label = ''] = options.identityLabels
  const seen = new Set(first.value.identities.map(({labels}) => labels[label]))
  const unseen = indexed.value.filter(value => !seen.has(value))
  if (unseen.length === 0) return notApplicable('every identity of the index has a sample of the last hour')
  return look(central, widerQuery(options.identityLabels, unseen.length > MOST_NAMED ? null : unseen), options)
}

/** Values of the first identity label of those whose newest sample is late; null: none is. */
function lateValues(first: Collected<IdentityLook>, {identityLabels, lateSeconds}: FleetLookOptions): string[] | null {
  if (!first.ok || first.value.atSeconds === null) return null
  const {atSeconds, identities} = first.value
  const [label = ''] = identityLabels
  const late = identities.filter(({newestSeconds}) => atSeconds - newestSeconds >= lateSeconds)
  return late.length === 0 ? null : [...new Set(late.map(({labels}) => labels[label] ?? ''))]
}
