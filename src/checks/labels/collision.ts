import type {FleetFacts} from '../../facts/fleet.ts'
import type {CollidingClaim} from '../../facts/identity/collisions.ts'
import {isRealValue} from '../../facts/identity/unreplaced-variable.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {defineCheck, type EvidenceLine} from '../check.ts'
import {changeLabels, externalLabelsOf, labelsInWords} from '../external-labels.ts'
import type {Judgement} from '../judge.ts'
import {judgeWrites} from '../security-place.ts'
import {agentWords, excerpt, listInWords} from '../words.ts'

export default defineCheck({
  id: 'labels/collision',
  title: 'no two agents write to one receiver under one identity',
  severity: 'error',
  explains: ['labels/replica-duplicates', 'receiver/out-of-order', 'receiver/duplicate-samples'],
  needs: ['config', 'targets', 'metrics', 'two-scrapes', 'log'],
  evaluate: (facts, {identityLabels}) => {
    if (facts.agents.length < 2) return {findings: [], unknown: [], judged: 0}
    return judgeWrites(facts.agents, (write, agent) => {
      const found = facts.collisions.find(claim => claim.agent === agent && claim.write.index === write.index)
      // Without an identity label nothing tells the two apart, which is what labels/missing says.
      const isNamed = found !== undefined && identityLabels.some(label => isRealValue(found.labels[label]))
      return found !== undefined && (found.proof !== null || isNamed) ? describe(found, facts, identityLabels) : 'holds'
    })
  },
  documentation: `
Two agents write to the same receiver under the same labels: their external labels, as write_relabel_configs leave them and without
those that tell replicas apart (\`prometheus_replica\`, \`__replica__\`, \`replica\`, \`receive_replica\`), are equal.

**Proven** (error) when both scrape a target with the very same labels (\`/api/v1/targets\` of both), or when the receiver refuses what one of
them sends as a duplicate or out of order while it is not late. **Not proven** it is a warning, and only between two clusters: in one
cluster agents share its labels rightly when they scrape different targets.

Not meant: replicas and shards of one agent, two agents that scrape the same targets and each send a replica label of its own, the pods of
a DaemonSet, one pod seen through two contexts, agents that write to different receivers, or each with a tenant header (\`X-Scope-OrgID\`)
while no refusal proves that the tenant is one; a name of the cluster's own DNS is a receiver of its own in each cluster.

**Why it matters.** Series with equal labels are one series at the receiver. It takes whichever sample comes first and refuses the
others, which are lost, or it mixes two counters into one, which then seems to be reset all the time.

**What to do.** Give each agent a label of its own: \`cluster\` for two clusters, another beside it for two agents of one cluster, such as
\`agent\`, or a replica label where they are replicas that scrape the same targets. It is the one that was copied from the other that has
to change.

**What not to do.** Do not change it while the agent is behind: a change of external labels rebuilds the queues and discards what
is unsent.
`,
})

/** What to call the label that two agents of one cluster lack. */
const OWN_LABEL = 'agent'

function describe(found: CollidingClaim, facts: FleetFacts, identityLabels: readonly string[]): Judgement {
  const {agent, others, otherCount, proof, labels, address} = found
  const [label = 'cluster'] = identityLabels
  const both = [agent, ...others.slice(0, 1)]
  const ofOneCluster = both.every(({context}) => context === agent.context)
  // Of one cluster they rightly share its label: another has to tell them apart.
  const tellApart =
    ofOneCluster && label !== OWN_LABEL
      ? `a label of their own beside ${label}, such as ${OWN_LABEL} (a replica label where both are replicas that scrape the same targets)`
      : `values of their own for ${label}`
  const more = otherCount > 1 ? ` and ${otherCount - 1} more` : ''
  const who = `${listInWords(inOrder(both, facts.agents).map(agentWords))}${more}`
  return {
    severity: proof === null ? 'warning' : 'error',
    blame: 'config',
    explains:
      proof === null ? [] : ['labels/replica-duplicates', 'receiver/out-of-order', 'receiver/duplicate-samples'],
    title:
      proof?.kind === 'target'
        ? `${who} write the same series to ${address}`
        : `${who} write under the same labels to ${address}`,
    evidence: [
      ...proofLines(found),
      {what: 'identity', value: labelsInWords(labels), source: 'running configurations, after write_relabel_configs'},
      ...[agent, ...others].map(each => ({
        what: 'written by',
        value: `${agentWords(each)}, external labels ${labelsInWords(each.externalLabels ?? {})}`,
        source: 'running configuration, /api/v1/status/config',
      })),
    ],
    why:
      proof === null
        ? 'At the receiver nothing tells their data apart; a job and instance that both have is one series there, of which it refuses samples or mixes two counters.'
        : 'For the receiver it is one series with two writers: it refuses the samples that come second, which are lost, or mixes the counters of both.',
    remedy: changeLabels(
      agent,
      where =>
        `give ${listInWords(both.map(agentWords))} ${tellApart}: for this one in ${externalLabelsOf(agent)} of ${where}`,
    ),
  }
}

function proofLines({agent, proof}: CollidingClaim): EvidenceLine[] {
  if (proof === null) return []
  if (proof.kind === 'target')
    return [
      {
        what: 'both scrape',
        value: `job=${JSON.stringify(proof.job)}, instance=${JSON.stringify(proof.instance)}, all labels alike: ${agentWords(agent)} and ${agentWords(proof.other)}`,
        source: '/api/v1/targets of both',
      },
    ]
  return [{what: 'refused', value: `${agentWords(proof.agent)}: ${excerpt(proof.text)}`, source: 'log and metrics'}]
}

/** The same pair in the same words at both ends. */
function inOrder(agents: readonly AgentFacts[], all: readonly AgentFacts[]): AgentFacts[] {
  return [...agents].sort((a, b) => all.indexOf(a) - all.indexOf(b))
}
