/** The stores that agents write to, and what they hold of a queue's agent, as the report shows them. */
import type {CentralSearch} from '../evidence/central.ts'
import type {CentralFacts, QueueAtCentral} from '../facts/central/types.ts'
import type {FleetFacts} from '../facts/fleet.ts'
import {timestampOf} from '../units.ts'
import type {CentralReport, Report} from './report.ts'
import type {StoredReport} from './stored-report.ts'

/** The store that the user named first, then in the order in which they were found. */
export function reportCentrals({
  centrals,
  evidence,
}: FleetFacts): Pick<Report, 'central' | 'otherCentrals' | 'centralNotSeen'> {
  const [first, ...others] = centrals.map(reportCentral)
  const notSeen = (evidence.centralSearch ?? []).flatMap(whatIsMissing)
  return {
    ...(first && {central: first}),
    ...(others.length > 0 && {otherCentrals: others}),
    ...(!first && notSeen.length > 0 && {centralNotSeen: notSeen}),
  }
}

function whatIsMissing({context, services, ingresses}: CentralSearch): string[] {
  // An API server that does not know Ingresses has none.
  return [services, ingresses].flatMap(piece =>
    piece.ok || piece.reason === 'not-found' ? [] : [`${context}: ${piece.detail}`],
  )
}

function reportCentral(central: CentralFacts): CentralReport {
  const {name, kind, version, foundBy, evidence, problem, receiver, outOfOrderWindowSeconds, head} = central
  return {
    address: name,
    kind,
    version: version?.text ?? null,
    foundBy,
    endpoints: evidence.endpoints,
    problem: problem?.detail ?? null,
    receiver,
    outOfOrderWindowSeconds,
    clockSkewSeconds: central.clockSkewSeconds,
    headSeries: head.series,
    headMaxAt: head.maxSeconds === null ? null : timestampOf(head.maxSeconds),
    walBytes: central.walBytes,
    writes: central.writes,
  }
}

export function reportAtCentral(stored: QueueAtCentral): StoredReport {
  const {central, proof, identity, freshness, unknownBecause, newestAt, ageSeconds, holes} = stored
  return {
    address: central.name,
    proof: proof?.kind ?? null,
    identity,
    freshness,
    unknownBecause,
    newestSampleAt: newestAt,
    ageSeconds,
    holes: holes?.map(({from, to, seconds}) => ({from, to, seconds})) ?? null,
  }
}
