/** From evidence to facts, once per run; pure. */
import type {FleetEvidence} from '../evidence/types.ts'
import {secondsOf} from '../units.ts'
import {readAtCentrals} from './central/at-central.ts'
import {receiverBehind, receiverSeen} from './central/receiver.ts'
import {readStore} from './central/store.ts'
import {isLocalhost} from './config/remote-write-url.ts'
import {type FleetOptions, readFleet} from './fleet.ts'
import {readClaims, readCollisions} from './identity/collisions.ts'
import {readProbes} from './probe/probe.ts'
import {readLossClock} from './queue/loss-clock.ts'
import type {AgentFacts, EndpointFacts, FleetFacts} from './types.ts'

export type FactsOptions = Omit<FleetOptions, 'receiverAt'>

/** Never throws on evidence of the right type: what cannot be read is null, with its reason beside it. */
export function readFacts(evidence: FleetEvidence, options: FactsOptions = {}): FleetFacts {
  const centrals = (evidence.centrals ?? []).map(readStore)
  const fleet = readFleet(evidence, {...options, receiverAt: address => receiverBehind(centrals, address)})
  const {agents} = fleet
  if (centrals.length > 0) {
    for (const [queue, atCentral] of readAtCentrals(agents, centrals)) {
      queue.atCentral = atCentral
      const inputs = queue.lossClockInputs
      const receiver = inputs === null ? null : receiverSeen(atCentral, inputs)
      if (inputs !== null && receiver !== null) queue.lossClock = readLossClock({...inputs, receiver})
    }
  }
  const claims = agents.flatMap(readClaims)
  const servers = new Map(evidence.contexts.map(({name, server}) => [name, server]))
  return {
    ...fleet,
    nowSeconds: secondsOf(evidence.takenAt),
    options: evidence.options,
    endpoints: readEndpoints(agents),
    probes: readProbes(evidence),
    centrals,
    claims,
    collisions: readCollisions(claims, agent => servers.get(agent.context) ?? agent.context),
  }
}

/** In order of first appearance; queues whose URL cannot be read are in none. What is on localhost is each agent's own. */
function readEndpoints(agents: readonly AgentFacts[]): EndpointFacts[] {
  const endpoints = new Map<string, EndpointFacts>()
  for (const agent of agents) {
    for (const queue of agent.queues) {
      if (!queue.endpoint) continue
      const {address, host} = queue.endpoint
      const place = isLocalhost(host) ? `${agent.key} ${address}` : address
      const endpoint = endpoints.get(place) ?? {address, queues: []}
      endpoint.queues.push({agent, queue})
      endpoints.set(place, endpoint)
    }
  }
  return [...endpoints.values()]
}
