/** Fleets that lag's screens are reviewed with. */
import type {FleetEvidence} from '../../../src/evidence/fleet.ts'
import {aFailure, aFleet, anAgent, NOW, type QueueFigures} from '../../builders/evidence.ts'

/** Sends a tenth of what is scraped, with every shard it may have. */
const tooSlow = (age: number): QueueFigures => ({
  total: 40_000_000 - 2000 * age,
  bytes: 1_000_000_000 - 50_000 * age,
  highestSent: NOW - 700 - age,
  pending: 11_999,
  shards: {current: 4, desired: 9.2, max: 4},
  maxSamplesPerSend: 500,
  batches: {count: 100_000 - 4 * age, seconds: 20_000 - 1.2 * age},
})

export const lagFixtures: Record<string, () => FleetEvidence> = {
  well: () => aFleet({agents: [anAgent({rate: 1204})]}),
  incident: () =>
    aFleet({
      agents: [
        anAgent({context: 'cluster4', rate: 420}),
        anAgent({context: 'cluster2', queues: [{doing: 'failing', forSeconds: 660, name: '7b9425'}]}),
        anAgent({context: 'cluster3', rate: 95, queues: [{doing: 'retrying', forSeconds: 2460, name: 'mimir'}]}),
        anAgent({context: 'cluster6', rate: 200, pod: 'agent-1', queues: [{doing: 'catching-up', forSeconds: 2400}]}),
      ],
      contexts: {cluster5: {serverVersion: aFailure('timeout', 'its API server did not answer within 5 s')}},
    }),
  'two-queues': () =>
    aFleet({
      agents: [
        anAgent({queues: [{name: 'a'}, {name: 'b', doing: 'failing', forSeconds: 300, url: 'http://b.example/w'}]}),
        anAgent({pod: 'agent-1', namespace: 'shop', queues: []}),
        anAgent({pod: 'agent-2', scrapes: [aFailure('forbidden', 'User "viewer" cannot get resource "pods/proxy"')]}),
        anAgent({pod: 'agent-3', uptimeSeconds: 20}),
      ],
    }),
  'too-slow': () => aFleet({agents: [anAgent({rate: 20_000, queues: [{first: tooSlow(10), last: tooSlow(0)}]})]}),
  once: () =>
    aFleet({
      agents: [
        anAgent({intervalSeconds: 0}),
        anAgent({context: 'cluster3', intervalSeconds: 0, queues: [{doing: 'retrying', forSeconds: 900}]}),
      ],
      options: {intervalSeconds: 0},
    }),
  none: () => aFleet({agents: [], contexts: {cluster1: {}}}),
}
