/** What a store holds of one queue's agent, set against what the queue says that it has sent. Pure. */
import type {CentralIdentity} from '../../evidence/central.ts'
import {secondsOf, timestampOf} from '../../units.ts'
import {isForTenant} from '../config/config.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'
import {holesOf} from './holes.ts'
import {identityKey, identityOf} from './identity.ts'
import type {CentralFacts, QueueAtCentral} from './types.ts'

/** What the fleet's stores hold of each of its queues; queues of which no store is known are left out. */
export function readAtCentrals(
  agents: readonly AgentFacts[],
  centrals: readonly CentralFacts[],
): Map<QueueFacts, QueueAtCentral> {
  const asked = new Map(centrals.map(central => [central, askedFor(central)]))
  const senders = agents.flatMap(agent => agent.queues.flatMap(queue => senderOf(agent, queue, centrals)))
  const writers = writersByIdentity(senders)
  return new Map(
    senders.map(sender => {
      const stored = sender.key === null ? undefined : asked.get(sender.central)?.get(sender.key)
      return [sender.queue, readAtCentral(sender, stored, isShared(sender, writers))]
    }),
  )
}

interface Sender extends Pick<QueueAtCentral, 'central' | 'proof'> {
  agent: AgentFacts
  queue: QueueFacts
  /** A sentence where it is not known. */
  identity: Record<string, string> | string
  /** One text for equal identities; null where it is not known. */
  key: string | null
}

function senderOf(agent: AgentFacts, queue: QueueFacts, centrals: readonly CentralFacts[]): Sender[] {
  const found = storeOf(agent, queue, centrals)
  if (found === null) return []
  const identity = identityOfQueue(agent, queue)
  return [{...found, agent, queue, identity, key: typeof identity === 'string' ? null : identityKey(identity)}]
}

function askedFor({evidence}: CentralFacts): Map<string, CentralIdentity> {
  return new Map(evidence.identities.map(identity => [identityKey(identity.labels), identity]))
}

/** By store and identity: the queues that write under it, those of replicas as one. */
function writersByIdentity(senders: readonly Sender[]): Map<string, Set<string>> {
  const writers = new Map<string, Set<string>>()
  for (const {agent, queue, central, key} of senders) {
    if (key === null) continue
    const place = `${central.name} ${key}`
    writers.set(place, (writers.get(place) ?? new Set()).add(`${writerOf(agent)} ${queue.name}`))
  }
  return writers
}

/** Replicas are meant to share an identity; whoever else does hides what is missing of one of them. */
function writerOf({group, key}: AgentFacts): string {
  return group.kind === 'replicas' ? group.key : key
}

function isShared({central, key}: Sender, writers: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  return key !== null && (writers.get(`${central.name} ${key}`)?.size ?? 0) > 1
}

function readAtCentral(
  {agent, queue, central, proof, identity}: Sender,
  stored: CentralIdentity | undefined,
  isShared: boolean,
): QueueAtCentral {
  const {thresholds, longestScrapeIntervalSeconds: interval} = agent
  const lag = queue.lagSeconds ?? 0
  const limitSeconds = Math.max(thresholds.centralFreshSeconds, thresholds.centralFreshIntervals * interval + lag)
  const common = {central, proof, limitSeconds, isShared, claimsDelivery: doesClaimDelivery(agent, queue)}
  const unknown = (because: string): QueueAtCentral => ({
    ...common,
    newestSeconds: null,
    newestAt: null,
    ageSeconds: null,
    holes: null,
    freshness: 'unknown',
    identity: typeof identity === 'string' ? null : identity,
    unknownBecause: because,
    holesUnknownBecause: because,
  })
  if (central.problem !== null) return unknown(central.problem.detail)
  if (typeof identity === 'string') return unknown(identity)
  if (stored === undefined) return unknown('it was not asked for')
  if (!stored.newest.ok) return unknown(stored.newest.detail)
  const newestSeconds = stored.newest.value.newestSeconds ?? lastOfDay(stored)
  const askedAt = secondsOf(stored.newest.at)
  const ageSeconds =
    newestSeconds === null || agent.clockSkewSeconds === null ? null : askedAt + agent.clockSkewSeconds - newestSeconds
  const isFooled = queue.clockFooled && stored.newest.value.selector !== 'up'
  const because = clocksDisagree(agent, central) ?? (isFooled ? 'timestamps of its series lie in the future' : null)
  return {
    ...common,
    identity,
    newestSeconds,
    ageSeconds,
    newestAt: newestSeconds === null ? null : timestampOf(newestSeconds),
    unknownBecause: because,
    freshness: because === null ? freshnessOf(agent, {ageSeconds, limitSeconds, lag}) : 'unknown',
    holes: stored.lastDay.ok
      ? holesOf(stored.lastDay.value, Math.max(thresholds.holeSeconds, thresholds.holeIntervals * interval))
      : null,
    holesUnknownBecause: stored.lastDay.ok ? null : stored.lastDay.detail,
  }
}

/** An instant query looks back 5 min only; the day tells when it was last seen. */
function lastOfDay({lastDay}: CentralIdentity): number | null {
  return lastDay.ok ? (lastDay.value.stretches.at(-1)?.[1] ?? null) : null
}

/** Where nothing was attempted in the window, or there is one scrape only, levels must do, as they do in the decision table. */
function doesClaimDelivery(
  {process, longestScrapeIntervalSeconds, thresholds}: AgentFacts,
  queue: QueueFacts,
): boolean {
  const {delivered, attempted, highestSentSeconds, levels, blocked} = queue
  if (delivered !== null && attempted !== 0) return delivered > 0
  if (process === null || highestSentSeconds === null || blocked) return false
  const now = process.startSeconds + process.uptimeSeconds
  const isRecent = now - highestSentSeconds <= longestScrapeIntervalSeconds + thresholds.sendDelaySeconds
  return isRecent && levels.total - levels.retried - levels.failed > 0
}

/**
 * The store that the queue's address is proven to lead to; else the one that the user named, where the agent has no other queue
 * that its data may have come by.
 */
function storeOf(
  agent: AgentFacts,
  queue: QueueFacts,
  centrals: readonly CentralFacts[],
): Pick<QueueAtCentral, 'central' | 'proof'> | null {
  for (const central of centrals) {
    const proven = central.evidence.endpoints.find(({address}) => address === queue.endpoint?.address)
    if (proven === undefined) continue
    // Which tenant was written to and which was asked is not known to be the same.
    const isOneOfMany = central.kind !== 'prometheus' && queue.config !== null && isForTenant(queue.config)
    return {central, proof: isOneOfMany ? null : {kind: proven.proof, detail: proven.detail}}
  }
  const named = centrals.find(({foundBy}) => foundBy !== 'endpoint')
  return named === undefined || agent.queues.length !== 1 ? null : {central: named, proof: null}
}

function identityOfQueue(agent: AgentFacts, queue: QueueFacts): Record<string, string> | string {
  const {config, version, group} = agent
  if (config === null) return 'its external labels are not known: its configuration could not be read'
  if (config.scrapeConfigs.length === 0 || agent.targets?.active === 0)
    return 'it scrapes nothing itself, and what it passes on has labels of its own'
  if (queue.config === null) return 'which entry of remote_write makes this queue is not known'
  const identity = identityOf({config, remoteWrite: queue.config, version, isShard: group.kind === 'shards'})
  return identity.labels ?? identity.because
}

function freshnessOf(
  agent: AgentFacts,
  {ageSeconds, limitSeconds, lag}: {ageSeconds: number | null; limitSeconds: number; lag: number},
): QueueAtCentral['freshness'] {
  if (ageSeconds === null || ageSeconds > limitSeconds) return isEstablished(agent, limitSeconds) ? 'old' : 'between'
  const {thresholds, longestScrapeIntervalSeconds: interval} = agent
  const storedWithin = thresholds.centralFreshIntervals * interval + thresholds.centralStoredSeconds + lag
  return ageSeconds <= storedWithin ? 'fresh' : 'between'
}

/** Of an identity that is younger than the limit nothing older can be there. */
function isEstablished({process}: AgentFacts, limitSeconds: number): boolean {
  if (process === null || process.uptimeSeconds < limitSeconds) return false
  const {lastReloadSuccessSeconds, startSeconds, uptimeSeconds} = process
  return lastReloadSuccessSeconds === null || startSeconds + uptimeSeconds - lastReloadSuccessSeconds >= limitSeconds
}

/** Timestamps are the agent's; what is seen of them depends on the store's clock. Null where the two agree. */
function clocksDisagree(
  {clockSkewSeconds: ours, thresholds}: AgentFacts,
  {clockSkewSeconds: theirs}: CentralFacts,
): string | null {
  if (ours === null || theirs === null) return `the clock of the ${ours === null ? 'agent' : 'central'} is not known`
  const apart = Math.abs(ours - theirs)
  return apart > thresholds.clockSkewSeconds ? `the clocks of agent and central are ${Math.round(apart)} s apart` : null
}
