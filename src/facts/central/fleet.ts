/** What a central's answers say of each identity: how old its newest sample is, whether that moves, what its queues do. Pure. */
import type {CentralFleetEvidence, CentralQueue, IdentityLook, SeenIdentity} from '../../evidence/central-fleet.ts'

export interface IdentityFacts {
  /** Identity labels, and the operator's prometheus and prometheus_replica where they are there. */
  labels: Record<string, string>
  /** Values of the identity labels: what people call the place. */
  place: string
  /** Unix seconds, as whoever scraped it stamped it; null: nothing is stored. */
  newestSeconds: number | null
  /** Null: nothing is stored. */
  ageSeconds: number | null
  /** How far its newest sample moved between two looks; null: there was one. */
  movedSeconds: number | null
  /** Between these looks; null: there was one. */
  secondsBetween: number | null
  /** Nothing of the last hour: seen by the look that goes further back. */
  isOld: boolean
  queues: CentralQueue[]
  /** Longest scrape interval of its processes; null: they do not tell. */
  intervalSeconds: number | null
}

export interface CentralFleetFacts {
  evidence: CentralFleetEvidence
  /** In no order. */
  identities: IdentityFacts[]
  /** Entries of the fleet file that match none. */
  missing: Record<string, string>[]
  /** Entries of the fleet file by labels of which nothing is seen here. */
  notJudged: Record<string, string>[]
  /** Whose clock ages were measured by: ours where the central's is ahead of everything that it stores. */
  clock: 'central' | 'ours'
  /** The central's clock minus ours, where it is out of step; null: it is not, or not known. */
  skewSeconds: number | null
  /** Warnings of the server: what is not seen may still be there. */
  partial: string[]
}

/** null: nothing could be read. */
export function readCentralFleetFacts(
  evidence: CentralFleetEvidence,
  {clockSkewSeconds}: {clockSkewSeconds: number},
): CentralFleetFacts | null {
  const {looks, widerLook, queues} = evidence
  const [first, second] = looks
  if (first === undefined || !first.ok) return null
  const last = second?.ok ? second.value : null
  const identities = joinLooks(first.value, last, widerLook.ok ? widerLook.value : null, evidence.identityLabels)
  const isOutOfStep = Math.abs(evidence.clockSkewSeconds ?? 0) >= clockSkewSeconds
  const skew = isOutOfStep ? (evidence.clockSkewSeconds ?? 0) : 0
  const isAhead = skew > 0 && identities.every(({ageSeconds}) => (ageSeconds ?? 0) > skew - clockSkewSeconds)
  if (isAhead) for (const identity of identities) identity.ageSeconds = (identity.ageSeconds ?? 0) - skew
  joinQueues(identities, queues.ok ? queues.value : [])
  const judged = evidence.expected.filter(labels => isJudgeable(labels, identities, evidence.identityLabels))
  return {
    evidence,
    identities,
    missing: judged.filter(labels => !isKnown(labels, identities)),
    notJudged: evidence.expected.filter(labels => !judged.includes(labels)),
    clock: isAhead ? 'ours' : 'central',
    skewSeconds: isOutOfStep ? skew : null,
    partial: [...first.value.warnings, ...(last?.warnings ?? []), ...(widerLook.ok ? widerLook.value.warnings : [])],
  }
}

function joinLooks(
  first: IdentityLook,
  second: IdentityLook | null,
  wider: IdentityLook | null,
  identityLabels: readonly string[],
): IdentityFacts[] {
  const again = new Map(second?.identities.map(seen => [keyOf(seen.labels), seen.newestSeconds]))
  const facts = (seen: SeenIdentity, atSeconds: number | null, rest: Partial<IdentityFacts>): IdentityFacts => ({
    labels: seen.labels,
    place: identityLabels.flatMap(label => seen.labels[label] ?? []).join(','),
    newestSeconds: seen.newestSeconds,
    ageSeconds: atSeconds === null ? null : atSeconds - seen.newestSeconds,
    movedSeconds: null,
    secondsBetween: null,
    isOld: false,
    queues: [],
    intervalSeconds: null,
    ...rest,
  })
  const firstSeen = new Set(second === null ? [] : first.identities.map(({labels}) => keyOf(labels)))
  return [
    ...first.identities.map(seen => {
      const newestSeconds = again.size === 0 ? undefined : again.get(keyOf(seen.labels))
      if (newestSeconds === undefined || second?.atSeconds == null || first.atSeconds === null)
        return facts(seen, first.atSeconds, {})
      return facts({...seen, newestSeconds}, second.atSeconds, {
        movedSeconds: newestSeconds - seen.newestSeconds,
        secondsBetween: second.atSeconds - first.atSeconds,
      })
    }),
    ...(second?.identities ?? []).flatMap(seen =>
      firstSeen.has(keyOf(seen.labels)) ? [] : facts(seen, second?.atSeconds ?? null, {}),
    ),
    ...(wider?.identities ?? []).map(seen =>
      facts(seen, wider?.atSeconds ?? null, {
        isOld: (wider?.atSeconds ?? 0) - seen.newestSeconds > first.windowSeconds,
      }),
    ),
  ]
}

/** Queues whose identity no look showed are none of the fleet's: their process sends `up` of others only. */
function joinQueues(identities: readonly IdentityFacts[], queues: readonly CentralQueue[]): void {
  const byLabels = new Map(identities.map(identity => [keyOf(identity.labels), identity]))
  for (const queue of queues) {
    const identity = byLabels.get(keyOf(queue.labels))
    if (identity === undefined) continue
    identity.queues.push(queue)
    if (queue.intervalSeconds !== undefined)
      identity.intervalSeconds = Math.max(identity.intervalSeconds ?? 0, Math.round(queue.intervalSeconds))
  }
}

/** One text for equal labels, which come in the order in which they were asked for. */
function keyOf(labels: Record<string, string>): string {
  return JSON.stringify(labels)
}

/** Of labels that are not asked for, nothing can be said. */
function isJudgeable(
  labels: Record<string, string>,
  identities: readonly IdentityFacts[],
  identityLabels: readonly string[],
): boolean {
  const names = Object.keys(labels)
  const isAsked = (name: string) =>
    identityLabels.includes(name) || identities.some(identity => name in identity.labels)
  return names.some(name => identityLabels.includes(name)) && names.every(isAsked)
}

function isKnown(labels: Record<string, string>, identities: readonly IdentityFacts[]): boolean {
  return identities.some(identity => Object.entries(labels).every(([name, value]) => identity.labels[name] === value))
}
