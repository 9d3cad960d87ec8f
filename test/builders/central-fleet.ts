/** What a central stores of a fleet: identities by the age of their newest sample, at a central whose clock says noon. */
import type {CentralFleetEvidence, CentralQueue, IdentityLook} from '../../src/evidence/central-fleet.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import type {Collected, Failure} from '../../src/evidence/types.ts'

export const NOON_SECONDS = Date.UTC(2026, 10, 23, 12) / 1000
const noon = new Date(NOON_SECONDS * 1000).toISOString()

/** `cluster2`, or all labels; and how many seconds ago its newest sample was taken. */
export type Aged = [labels: string | Record<string, string>, ageSeconds: number]

export function look(aged: Aged[], rest: Partial<IdentityLook> = {}): Collected<IdentityLook> {
  const atSeconds = rest.atSeconds ?? NOON_SECONDS
  return {
    ok: true,
    at: noon,
    value: {
      promql: 'max by (cluster) (timestamp(up))',
      atSeconds,
      windowSeconds: 3600,
      warnings: [],
      ...rest,
      identities: aged.map(([labels, ageSeconds]) => ({
        labels: labelsOf(labels),
        newestSeconds: (atSeconds ?? NOON_SECONDS) - ageSeconds,
      })),
    },
  }
}

export function queue(labels: string | Record<string, string>, figures: Partial<CentralQueue> = {}): CentralQueue {
  return {
    labels: labelsOf(labels),
    namespace: 'monitoring',
    pod: 'agent-0',
    instance: '10.0.0.1:9090',
    name: 'central',
    url: 'http://central:9090/api/v1/write',
    offeredPerSecond: 100,
    attemptedPerSecond: 100,
    bytesPerSecond: 1500,
    pendingSamples: 20,
    shards: 1,
    shardsDesired: 0.1,
    shardsMax: 50,
    appendedSeconds: NOON_SECONDS - 10,
    sentSeconds: NOON_SECONDS - 12,
    intervalSeconds: 30,
    ...figures,
  }
}

const nothingMore: Failure = {ok: false, reason: 'not-applicable', detail: 'all were seen', needs: []}

function centralFleet(parts: Partial<CentralFleetEvidence> = {}): CentralFleetEvidence {
  return {
    name: 'http://central:9090',
    foundBy: 'url',
    clockSkewSeconds: 0,
    identityLabels: ['cluster'],
    expected: [],
    indexed: {ok: true, value: [], at: noon},
    looks: [look([])],
    widerLook: nothingMore,
    queues: {ok: true, value: [], at: noon},
    ...parts,
  }
}

export function queues(...value: CentralQueue[]): CentralFleetEvidence['queues'] {
  return {ok: true, value, at: noon}
}

export function fleetFromCentral(parts: Partial<CentralFleetEvidence> = {}, intervalSeconds = 10): FleetEvidence {
  return {
    schemaVersion: 1,
    tool: {name: 'promfleet', version: '0.0.0'},
    takenAt: noon,
    durationSeconds: 11,
    ended: 'complete',
    options: {
      intervalSeconds,
      sinceSeconds: 0,
      timeoutSeconds: 60,
      namespace: null,
      selector: null,
      agents: [],
      includeServers: false,
      transport: 'auto',
    },
    contexts: [],
    centralFleet: centralFleet(parts),
  }
}

function labelsOf(labels: string | Record<string, string>): Record<string, string> {
  return typeof labels === 'string' ? {cluster: labels} : labels
}
