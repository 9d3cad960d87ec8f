import {receiverBehind} from '../../facts/central/receiver.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {REPLICA_LABELS} from '../../facts/groups.ts'
import type {Claim} from '../../facts/identity/collisions.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatNumberOf} from '../../units.ts'
import {defineCheck} from '../check.ts'
import {gather, type Judgement} from '../judge.ts'
import {agentScope} from '../scope.ts'
import {agentWords, excerpt, listInWords} from '../words.ts'

export default defineCheck({
  id: 'labels/replica-duplicates',
  title: 'replicas write to a receiver that keeps one copy of their data',
  severity: 'warning',
  explains: ['receiver/out-of-order', 'receiver/duplicate-samples'],
  needs: ['config', 'metrics', 'two-scrapes', 'log'],
  evaluate: facts => gather(groupsOfReplicas(facts).map(members => [scopeOf(members), judge(members, facts)])),
  documentation: `
Replicas of one agent scrape the same targets and write to the same receiver. A Prometheus server stores both copies: with a replica
label as two sets of series, without one it refuses the samples of the one that comes second.

A warning when the receiver is known to be a Prometheus, or when it refuses what a replica sends as duplicate or out of order; info while
it is not known what it is. Mimir with its HA tracker, Thanos and VictoriaMetrics remove the second copy, each by its own setting:
where the address or the central says that it is one of them, nothing is reported.

**Why it matters.** Twice the series, twice the memory at the central, and every \`sum\` counts each target twice unless it is written
with the replicas in mind.

**What to do.** With a Prometheus as central: one replica, or queries that aggregate over the replica label. With a receiver that
deduplicates: the labels that it wants (Mimir: \`cluster\` and \`__replica__\`).

**What not to do.** Do not drop the replica label in write_relabel_configs in front of a receiver that does not deduplicate: the two
then write one series, and it refuses samples of both.
`,
})

interface Members {
  agents: AgentFacts[]
  claims: Claim[]
}

/** Claims of the replicas of one agent at one address, where there are at least two. */
function groupsOfReplicas({claims}: FleetFacts): Members[] {
  const groups = new Map<string, Claim[]>()
  for (const claim of claims) {
    if (claim.agent.group.kind !== 'replicas') continue
    const key = `${claim.agent.group.key}\n${claim.address}`
    groups.set(key, [...(groups.get(key) ?? []), claim])
  }
  return [...groups.values()].flatMap(own => {
    const agents = [...new Set(own.map(({agent}) => agent))]
    return agents.length < 2 ? [] : [{agents, claims: own}]
  })
}

/** All replicas of one name; else, where they are workloads of their own, the first stands for them. */
function scopeOf({agents}: Members): ReturnType<typeof agentScope> {
  const [first] = agents
  if (first === undefined) return {}
  const {context, namespace, name} = first
  return agents.every(agent => agent.name === name) ? {context, namespace, agent: name} : agentScope(first)
}

function judge({agents, claims}: Members, facts: FleetFacts): Judgement {
  const [claim] = claims
  if (claim === undefined) return 'does-not-apply'
  const {address, write} = claim
  const {isPrometheus} = receiverBehind(facts.centrals, address)
  const refusal = claims
    .flatMap(({queue}) => queue?.errors ?? [])
    .find(({current, class: errorClass}) => current && ['duplicate-sample', 'out-of-order'].includes(errorClass))
  if (isPrometheus === false || (refusal === undefined && deduplicates(write.endpoint?.path ?? '', claims)))
    return 'holds'
  const isKnown = isPrometheus === true || refusal !== undefined
  const all = listInWords(agents.slice(0, 3).map(agentWords))
  const isUnmarked = agents.every(({externalLabels}) => REPLICA_LABELS.every(label => !externalLabels?.[label]))
  return {
    severity: isKnown ? 'warning' : 'info',
    blame: 'config',
    title: `${formatNumberOf(agents.length, 'replica')} (${all}) write the same targets to ${address}`,
    evidence: [
      {
        what: 'receiver',
        value: isPrometheus === true ? 'a Prometheus server, which does not deduplicate' : 'its kind is not known',
        source: isPrometheus === true ? 'the central itself' : 'address',
      },
      ...(refusal === undefined ? [] : [{what: 'answer', value: excerpt(refusal.text), source: 'log'}]),
    ],
    why: isKnown
      ? 'It stores every target twice, or, where no label tells the replicas apart, refuses what comes second.'
      : 'A receiver that does not deduplicate, such as a Prometheus server, stores every target twice.',
    remedy: [
      ...(isUnmarked && isKnown
        ? [{text: `no label tells them apart: run one, or give each a ${REPLICA_LABELS[0]} of its own`, changes: true}]
        : []),
      {
        text: 'see whether the receiver removes duplicates: the HA tracker of Mimir, deduplication of Thanos or VictoriaMetrics; a Prometheus server does not, and one replica is enough for it',
        changes: false,
      },
    ],
  }
}

/** By its path Thanos Receive, whose queries deduplicate; Mimir and Cortex where both labels of the HA tracker are sent. */
function deduplicates(path: string, claims: readonly Claim[]): boolean {
  if (path.endsWith('/api/v1/receive')) return true
  const isMimir = path.endsWith('/api/v1/push')
  return isMimir && claims.every(({agent}) => agent.externalLabels?.cluster && agent.externalLabels.__replica__)
}
