/**
 * Agents that write to one receiver under one identity. Replicas and shards of one agent are not meant, and neither are agents of one
 * cluster that share its labels and scrape different targets. Pure.
 */
import {isForTenant, type RemoteWriteConfig} from '../config/config.ts'
import {REPLICA_LABELS} from '../groups.ts'
import {type ClusterOf, realmOf} from '../realm.ts'
import type {AgentFacts, QueueFacts} from '../types.ts'
import {readSentLabels, type SentLabels} from './sent-labels.ts'

/** One remote_write entry of an agent, and what its series stand under at the receiver, without the labels of replicas. */
export interface Claim {
  agent: AgentFacts
  write: RemoteWriteConfig
  queue: QueueFacts | null
  address: string
  labels: Record<string, string>
  /** What every series of it carries, with the labels of replicas. */
  sent: Record<string, string>
  /** The labels of replicas among them, as one text; '': none. */
  mark: string
  changed: SentLabels['changed']
  /** Labels whose external value never counts, since every target brings one of its own: they are left out of `labels`. */
  ownOfTargets: string[]
}

type CollisionProof =
  /** Both scrape a target with these very labels: its series are one at the receiver. */
  | {kind: 'target'; job: string; instance: string; other: AgentFacts}
  /** The receiver refuses what one of them sends, since it has newer or other samples of the same series. */
  | {kind: 'refused'; text: string; agent: AgentFacts}

export interface CollidingClaim extends Claim {
  /** Agents that it collides with, one of each group of replicas or shards, those with proof first; at most five. */
  others: AgentFacts[]
  /** Of all such groups. */
  otherCount: number
  proof: CollisionProof | null
}

/** In the order of the agents. Each is compared with the labels and targets of all at once, not with every other. */
export function readCollisions(claims: readonly Claim[], clusterOf: ClusterOf): CollidingClaim[] {
  const buckets = new Map<string, Claim[]>()
  for (const claim of claims) {
    if (claim.ownOfTargets.length > 0) continue
    const key = `${receiverKey(claim, clusterOf)}\n${identityKey(claim.labels)}`
    const bucket = buckets.get(key)
    if (bucket) bucket.push(claim)
    else buckets.set(key, [claim])
  }
  const colliding = new Map<Claim, CollidingClaim>()
  for (const bucket of buckets.values()) collide(bucket, clusterOf, colliding)
  return claims.flatMap(claim => colliding.get(claim) ?? [])
}

/** The external labels, but for those in whose place targets have labels of their own: one value of all of them, or `ownOfTargets`. */
function externalOnSeries({externalLabels, targets}: AgentFacts): {
  external: Record<string, string>
  ownOfTargets: string[]
} {
  const external = {...externalLabels}
  const ownOfTargets: string[] = []
  for (const name of Object.keys(external)) {
    const seen = targets?.labels?.names.find(label => label.name === name)
    if (seen === undefined || seen.targets < (targets?.active ?? 0)) continue
    if (seen.distinct !== 1) {
      ownOfTargets.push(name)
      delete external[name]
    } else external[name] = seen.values[0]?.value ?? ''
  }
  return {external, ownOfTargets}
}

export interface AgentSent {
  /** Labels whose external value never counts, since every target brings one of its own. */
  ownOfTargets: string[]
  /** Per remote_write entry; null: a rule of it cannot be read. Empty where the configuration was not read. */
  entries: {write: RemoteWriteConfig; sent: SentLabels | null}[]
}

export function readSent(agent: AgentFacts): AgentSent {
  const {external, ownOfTargets} = externalOnSeries(agent)
  const writes = agent.config?.remoteWrites ?? []
  return {ownOfTargets, entries: writes.map(write => ({write, sent: readSentLabels(external, write, agent.version)}))}
}

export function readClaims(agent: AgentFacts, {ownOfTargets, entries}: AgentSent): Claim[] {
  const {group} = agent
  return entries.flatMap(({write, sent}) => {
    if (sent === null || write.endpoint === null) return []
    const isMark = (name: string) => group.kind !== 'shards' && REPLICA_LABELS.includes(name)
    const labels = Object.fromEntries(Object.entries(sent.labels).filter(([name]) => !isMark(name)))
    const marks = Object.fromEntries(Object.entries(sent.labels).filter(([name]) => isMark(name)))
    const mark = Object.keys(marks).length === 0 ? '' : identityKey(marks)
    const queue = agent.queues.find(own => own.config?.index === write.index) ?? null
    return [
      {
        agent,
        write,
        queue,
        address: write.endpoint.address,
        labels,
        sent: sent.ofAll,
        mark,
        changed: sent.changed,
        ownOfTargets,
      },
    ]
  })
}

function identityKey(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Equal for the same receiver. */
function receiverKey({agent, write, address}: Claim, clusterOf: ClusterOf): string {
  return `${realmOf(write.endpoint?.host ?? '', agent, clusterOf)} ${address}`
}

/** All replicas and shards of one agent. */
function familyOf({group}: AgentFacts): string {
  return group.key.replace(/\/shard-\d+$/, '')
}

const MOST_OTHERS = 5

/** Adds the claims of a bucket, all of one identity at one receiver, that collide. */
function collide(bucket: readonly Claim[], clusterOf: ClusterOf, colliding: Map<Claim, CollidingClaim>): void {
  const families = new Map(bucket.map(({agent}) => [familyOf(agent), agent]))
  if (families.size < 2) return
  const rivals = [...families].map(([family, agent]): Rival => ({family, agent, cluster: clusterOf(agent)}))
  const inCluster = new Map<string, number>()
  for (const {cluster} of rivals) inCluster.set(cluster, (inCluster.get(cluster) ?? 0) + 1)
  const byTarget = claimsByTarget(bucket)
  const refused = bucket.flatMap(claim => {
    const text = refusalOf(claim)
    return text === null ? [] : [{claim, text}]
  })
  for (const claim of bucket) {
    const own = familyOf(claim.agent)
    const cluster = clusterOf(claim.agent)
    const isOfTenant = isForTenant(claim.write)
    const proof = (isOfTenant ? null : targetProof(claim, byTarget)) ?? refusalProof(claim, bucket, refused, clusterOf)
    const otherCount = proof === null ? rivals.length - (inCluster.get(cluster) ?? 0) : rivals.length - 1
    if (otherCount === 0 || (isOfTenant && proof === null)) continue
    if (proof === null && isOneOfPair(claim, byTarget)) continue
    const isOther = (rival: Rival) => rival.family !== own && (proof !== null || rival.cluster !== cluster)
    colliding.set(claim, {...claim, others: firstFew(rivals, isOther, proof), otherCount, proof})
  }
}

interface Rival {
  family: string
  agent: AgentFacts
  cluster: string
}

/** The one that the proof names first. */
function firstFew(
  rivals: readonly Rival[],
  isOther: (rival: Rival) => boolean,
  proof: CollisionProof | null,
): AgentFacts[] {
  const proven = proof === null ? null : proof.kind === 'target' ? proof.other : proof.agent
  const first = proven === null ? undefined : rivals.find(rival => rival.family === familyOf(proven) && isOther(rival))
  const few: AgentFacts[] = first === undefined ? [] : [first.agent]
  for (const rival of rivals) {
    if (few.length >= MOST_OTHERS) break
    if (rival !== first && isOther(rival)) few.push(rival.agent)
  }
  return few
}

/** Both say which replica they are, and not the same: their series differ. */
function areMarkedApart(a: Claim, b: Claim): boolean {
  return a.mark !== '' && b.mark !== '' && a.mark !== b.mark
}

/** Per target, by the hash of its labels, and per mark, the first claims of two families: a third collides with one of them for sure. */
type ByTarget = ReadonlyMap<string, ReadonlyMap<string, Claim[]>>

function claimsByTarget(bucket: readonly Claim[]): ByTarget {
  const byTarget = new Map<string, Map<string, Claim[]>>()
  for (const claim of bucket) {
    for (const {hash} of claim.agent.targets?.labels?.sample ?? []) {
      const byMark = byTarget.get(hash)
      const having = byMark?.get(claim.mark)
      const first = having?.[0]
      if (byMark === undefined) byTarget.set(hash, new Map([[claim.mark, [claim]]]))
      else if (having === undefined || first === undefined) byMark.set(claim.mark, [claim])
      else if (having.length === 1 && familyOf(first.agent) !== familyOf(claim.agent)) having.push(claim)
    }
  }
  return byTarget
}

function ofAnotherFamily(claims: readonly Claim[] | undefined, {agent}: Claim): Claim | undefined {
  return claims?.find(other => familyOf(other.agent) !== familyOf(agent))
}

function targetProof(claim: Claim, byTarget: ByTarget): CollisionProof | null {
  for (const {job, instance, hash} of claim.agent.targets?.labels?.sample ?? []) {
    const byMark = byTarget.get(hash)
    const marks = claim.mark === '' ? (byMark?.keys() ?? []) : [claim.mark, '']
    for (const mark of marks) {
      const other = ofAnotherFamily(byMark?.get(mark), claim)
      if (other) return {kind: 'target', job, instance, other: other.agent}
    }
  }
  return null
}

/** The other half may be a workload of its own, in another namespace or cluster: what both scrape shows it. */
function isOneOfPair(claim: Claim, byTarget: ByTarget): boolean {
  if (claim.mark === '') return false
  const sample = claim.agent.targets?.labels?.sample ?? []
  return sample.some(({hash}) => {
    for (const [mark, claims] of byTarget.get(hash) ?? [])
      if (mark !== '' && mark !== claim.mark && ofAnotherFamily(claims, claim) !== undefined) return true
    return false
  })
}

/** In one cluster agents share its labels rightly; a refusal of late data is then no proof where their targets are known to differ. */
function refusalProof(
  claim: Claim,
  bucket: readonly Claim[],
  refused: readonly {claim: Claim; text: string}[],
  clusterOf: ClusterOf,
): CollisionProof | null {
  if (refused.length === 0) return null
  const own = familyOf(claim.agent)
  const isRival = (other: Claim) =>
    familyOf(other.agent) !== own &&
    !areMarkedApart(claim, other) &&
    (clusterOf(other.agent) !== clusterOf(claim.agent) || !areTargetsKnown(claim, other))
  const byOther = refused.find(other => isRival(other.claim))
  const byItself = refused.find(other => other.claim === claim && bucket.some(isRival))
  const found = byItself ?? byOther
  return found === undefined ? null : {kind: 'refused', text: found.text, agent: found.claim.agent}
}

function areTargetsKnown(a: Claim, b: Claim): boolean {
  return a.agent.targets?.labels !== undefined && b.agent.targets?.labels !== undefined
}

/** The receiver's answer that two writers of one series bring about. A queue that is late gets "out of order" without any rival. */
function refusalOf({queue}: Claim): string | null {
  const error = queue?.errors.find(
    ({current, class: errorClass}) =>
      current && (errorClass === 'duplicate-sample' || (errorClass === 'out-of-order' && !queue.late)),
  )
  return error?.text ?? null
}
