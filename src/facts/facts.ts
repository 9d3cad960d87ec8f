/** From evidence to facts, once per run; pure. */
import type {FleetEvidence} from '../evidence/fleet.ts'
import {secondsOf} from '../units.ts'
import {readAtCentrals} from './central/at-central.ts'
import {receiverBehind, receiverSeen} from './central/receiver.ts'
import {readStore} from './central/store.ts'
import type {FleetFacts} from './fleet.ts'
import {type FleetOptions, readFleet} from './fleet.ts'
import {readClaims, readCollisions, readSent} from './identity/collisions.ts'
import {readProbes} from './probe/probe.ts'
import {readLossClock} from './queue/loss-clock.ts'
import {type ClusterOf, realmOf} from './realm.ts'
import type {AgentFacts, EndpointFacts} from './types.ts'

export type FactsOptions = Omit<FleetOptions, 'receiverAt'>

/** Never throws on evidence of the right type: what cannot be read is null, with its reason beside it. */
export function readFacts(evidence: FleetEvidence, options: FactsOptions = {}): FleetFacts {
  const centrals = (evidence.centrals ?? []).map(readStore)
  const fleet = readFleet(evidence, {...options, receiverAt: address => receiverBehind(centrals, address)})
  const {agents} = fleet
  if (centrals.length > 0) {
    // In place: until they are handed out, these facts are nobody else's.
    for (const [queue, atCentral] of readAtCentrals(agents, centrals)) {
      queue.atCentral = atCentral
      const inputs = queue.lossClockInputs
      const receiver = inputs === null ? null : receiverSeen(atCentral, inputs)
      if (inputs !== null && receiver !== null) queue.lossClock = readLossClock({...inputs, receiver})
    }
  }
  const sent = new Map(agents.map(agent => [agent, readSent(agent)]))
  const claims = [...sent].flatMap(([agent, own]) => readClaims(agent, own))
  const servers = new Map(evidence.contexts.map(({name, server}) => [name, server]))
  const clusterOf: ClusterOf = ({context}) => servers.get(context) ?? context
  return {
    ...fleet,
    nowSeconds: secondsOf(evidence.takenAt),
    options: evidence.options,
    endpoints: readEndpoints(agents, clusterOf),
    probes: readProbes(evidence),
    centrals,
    claims,
    sent,
    collisions: readCollisions(claims, clusterOf),
  }
}

/** In order of first appearance; queues whose URL cannot be read are in none. */
function readEndpoints(agents: readonly AgentFacts[], clusterOf: ClusterOf): EndpointFacts[] {
  const endpoints = new Map<string, EndpointFacts>()
  for (const agent of agents) {
    for (const queue of agent.queues) {
      if (!queue.endpoint) continue
      const {address, host, port} = queue.endpoint
      const realm = realmOf(host, agent, clusterOf)
      const place = `${realm} ${address}`
      const endpoint = endpoints.get(place) ?? {address, server: `${realm} ${host}:${port}`, queues: []}
      endpoint.queues.push({agent, queue})
      endpoints.set(place, endpoint)
    }
  }
  return [...endpoints.values()]
}
