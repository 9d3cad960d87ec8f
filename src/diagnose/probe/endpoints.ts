/** The endpoints that agents write to, each with all views of the way there; part of the reports of probe and doctor. */
import type {FleetFacts} from '../../facts/fleet.ts'
import {policiesOf} from '../../facts/probe/probe.ts'
import {scopeFlagsOf} from '../../facts/scope-flags.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {agentView} from './agent-view.ts'
import {reportCanaries} from './canaries.ts'
import type {EndpointProbe, ProbeVerdict, ProbeView} from './endpoint-probe.ts'
import {probeView} from './probe-view.ts'
import {judgeStored, storedOf} from './stored.ts'
import {judgeViews} from './verdict.ts'

const RANK: Record<ProbeVerdict['outcome'], number> = {broken: 0, unknown: 1, works: 2}

/** Every address that was probed; where nothing was, every one that agents write to. */
export function reportEndpoints({evidence, agents, probes}: FleetFacts): EndpointProbe[] {
  const probed = [...new Set(probes.map(probe => probe.evidence.address))]
  const addresses = probed.length > 0 ? probed : [...new Set(agents.flatMap(addressesOf))]
  return addresses
    .map((address): EndpointProbe => {
      const writers = agents.filter(agent => addressesOf(agent).includes(address))
      const own = probes.filter(probe => probe.evidence.address === address)
      const seen = writers.map(agent => ({agent, views: agentViews(agent, address, agents)}))
      const failing = seen.filter(each => each.views.some(({outcome}) => outcome === 'fails'))
      const scope = scopeFlagsOf((failing.length > 0 ? failing : seen).map(({agent}) => agent))
      const views = [
        ...seen.flatMap(each => each.views),
        ...own.map(probe => probeView(probe)).sort((a, b) => Number(a.from === 'pod') - Number(b.from === 'pod')),
      ]
      const stored = storedOf(writers, address)
      return {
        address,
        agents: writers.map(({key}) => key),
        verdict: judgeStored(judgeViews(views, scope), stored, address),
        views,
        ...(stored.length > 0 && {stored}),
        ...reportCanaries(evidence, address),
        networkPolicies: writers.flatMap((agent): EndpointProbe['networkPolicies'] => {
          const policies = policiesOf(evidence, agent)
          if (policies === null) return []
          if ('unread' in policies) return [{agent: agent.key, names: [], unread: policies.unread}]
          const names = policies.policies.map(({name, types}) => `${name} (${types.join(', ') || 'Ingress'})`)
          return names.length > 0 ? [{agent: agent.key, names, unread: null}] : []
        }),
      }
    })
    .sort((a, b) => RANK[a.verdict.outcome] - RANK[b.verdict.outcome])
}

function addressesOf({config, queues}: AgentFacts): string[] {
  const configured = config?.remoteWrites.flatMap(({endpoint}) => endpoint?.address ?? []) ?? []
  const measured = queues.flatMap(({endpoint}) => endpoint?.address ?? [])
  return [...new Set([...configured, ...measured])]
}

function agentViews(agent: AgentFacts, address: string, fleet: readonly AgentFacts[]): ProbeView[] {
  const queues: (QueueFacts | null)[] = agent.queues.filter(({endpoint}) => endpoint?.address === address)
  return (queues.length > 0 ? queues : [null]).map(queue => agentView(agent, queue, fleet))
}
