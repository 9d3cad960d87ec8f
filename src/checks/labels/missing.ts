import type {RelabelConfig, RemoteWriteConfig} from '../../facts/config/config.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {hasIdentity} from '../../facts/identity/identity-label.ts'
import {isRealValue, isUnreplacedVariable} from '../../facts/identity/unreplaced-variable.ts'
import {ruleInWords} from '../../facts/relabel/rule-words.ts'
import type {AgentFacts} from '../../facts/types.ts'
import type {CheckOptions, EvidenceLine} from '../check.ts'
import {defineCheck} from '../check.ts'
import {changeLabels, externalLabelsOf, groupsOf, labelsInWords} from '../external-labels.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {missingPiece} from '../missing.ts'
import {relabelledAwayLine} from '../relabelled-away.ts'
import {agentWords, excerpt, listInWords} from '../words.ts'

/** Labels that tell replicas of one agent apart, or repeat the resource's name, which is the same in every cluster. */
const NO_IDENTITY = ['prometheus', 'prometheus_replica', 'replica', '__replica__']

export default defineCheck({
  id: 'labels/missing',
  title: 'the external labels of every agent tell where its data comes from',
  severity: 'error',
  explains: ['config/relabel-drops-everything'],
  needs: ['config', 'metrics'],
  evaluate: (facts, options) => judgeAgents(facts, agent => judge(agent, facts, options)),
  documentation: `
The external labels of the running configuration (\`global.external_labels\`) lack the identity label: \`cluster\`, or what
\`--identity-label\` names. Where the write_relabel_configs of every remote_write entry set it for every series, from other external labels
for one, that counts as having it; a value drawn from the job, the instance or another label of the series does not. A variable that
nothing replaced (\`\${CLUSTER}\` on 2.x without \`--enable-feature=expand-external-labels\`) counts as lacking it.

**Why it matters.** The identity label is all that tells the data of one cluster from another's at the central. Without it, series
of two clusters with the same job and instance are one series there: samples are refused as duplicates or out of order, or mixed up
silently.

**Severity.** Error. A warning where another external label does tell the fleet apart: one that all agents have, with a value of
its own for each. With a single agent in view, a warning when it has any external label but the operator's own (\`prometheus\`,
\`prometheus_replica\`), since a wider view may show that this is the identity.

A rule of write_relabel_configs that drops what lacks the label, meant as a guard, then drops everything: an error, whatever other labels
there are, once the counters show it.

**What to do.** Set the label to a value that no other cluster has. New series begin at the central from then on; old ones keep
their labels.

**What not to do.** A change of external_labels rebuilds every queue of the agent: do not do it while the agent is behind. And do
not set the label at the targets as well: a target's label wins over the external one.
`,
})

function judge(agent: AgentFacts, facts: FleetFacts, {identityLabels}: CheckOptions): Judgement {
  if (agent.externalLabels === null)
    return agent.pod === '' ? 'does-not-apply' : {unknown: missingPiece('its configuration', agent.evidence.config)}
  // A server that sends nothing, the central for one, needs no identity.
  const writes = agent.config?.remoteWrites ?? []
  if (agent.queues.length === 0 && writes.length === 0) return 'does-not-apply'
  const own = agent.externalLabels
  const has = hasIdentity(agent, facts, identityLabels)
  if (has === null) return {unknown: 'a rule of its write_relabel_configs could not be read, which may set the label'}
  if (has) return 'holds'
  const wanted = listInWords(identityLabels, 'or')
  const variable = identityLabels.find(label => isUnreplacedVariable(own[label]))
  const [label = 'cluster'] = variable === undefined ? identityLabels : [variable]
  const sendsWords =
    variable === undefined
      ? `sends its data without the external label ${wanted}`
      : `sends its data as ${variable}="${excerpt(own[variable] ?? '')}": nothing put a value in the place of the variable`
  const others = Object.keys(own).filter(name => !NO_IDENTITY.includes(name) && !isUnreplacedVariable(own[name]))
  const telling = tellingLabel(agent, facts)
  const isAlone = groupsOf(facts).size === 1
  const guarded = guardedQueue(agent, identityLabels)
  const stands = guarded !== null ? null : (telling ?? (isAlone ? (others[0] ?? null) : null))
  return {
    severity: stands === null ? 'error' : 'warning',
    blame: 'config',
    explains: writes.some(write => guards(write, identityLabels)) ? ['config/relabel-drops-everything'] : [],
    title: `${agentWords(agent)} ${guarded === null ? sendsWords : `has no external label ${wanted}, and a rule drops everything that lacks it: nothing is sent`}`,
    evidence: [
      {what: 'external labels', value: labelsInWords(own), source: 'running configuration, /api/v1/status/config'},
      ...(guarded ?? []),
      ...(telling !== null && !isAlone
        ? [
            {
              what: 'told apart by',
              value: `${telling}, which all agents in view have, each with a value of its own`,
              source: 'running configurations',
            },
          ]
        : []),
      ...(stands === null && guarded === null && !isAlone
        ? [
            {
              what: 'told apart by',
              value: 'no external label that all agents in view have with values of their own',
              source: 'running configurations',
            },
          ]
        : []),
    ],
    why:
      guarded !== null
        ? 'The rule was written as a guard. Dropping is not failing: no retry, no error, no lag, and no data.'
        : stands === null
          ? 'At the central its series look the same as those of another cluster with the same job and instance: they are refused as duplicates, or mixed up.'
          : `The label ${stands} may serve instead, but dashboards and rules that select by ${label} do not find this agent.`,
    remedy: changeLabels(agent, where =>
      variable === undefined
        ? `add ${label} to ${externalLabelsOf(agent)} of ${where}, with a value that no other cluster has`
        : `write the value of ${label} out in ${externalLabelsOf(agent)} of ${where}; 2.x replaces variables only with --enable-feature=expand-external-labels, and only \${NAME} of the environment of its container`,
    ),
  }
}

/** What shows that a rule by the identity label drops all that a queue reads; null: no queue is like that. */
function guardedQueue(agent: AgentFacts, identityLabels: readonly string[]): EvidenceLine[] | null {
  for (const queue of agent.queues) {
    const rule = queue.config?.writeRelabelConfigs.find(own => isGuard(own, identityLabels))
    const dropped = rule === undefined ? null : relabelledAwayLine(queue, agent)
    if (rule !== undefined && dropped !== null)
      return [
        dropped,
        {what: 'rule', value: excerpt(ruleInWords(rule)), source: 'running configuration, write_relabel_configs'},
      ]
  }
  return null
}

/** A rule that drops or keeps by the label: without the label it drops all, or nothing. */
function guards({writeRelabelConfigs}: RemoteWriteConfig, identityLabels: readonly string[]): boolean {
  return writeRelabelConfigs.some(rule => isGuard(rule, identityLabels))
}

function isGuard({action, sourceLabels}: RelabelConfig, identityLabels: readonly string[]): boolean {
  return ['drop', 'keep'].includes(action) && sourceLabels.some(label => identityLabels.includes(label))
}

/** An external label that every agent in view has, and no two groups with the same value; null when there is none, or one group. */
function tellingLabel(agent: AgentFacts, facts: FleetFacts): string | null {
  const groups = groupsOf(facts)
  if (groups.size < 2) return null
  const candidates = Object.keys(agent.externalLabels ?? {}).filter(name => !NO_IDENTITY.slice(1).includes(name))
  const names = candidates.filter(name => {
    const values = [...groups.values()].map(({externalLabels}) => externalLabels?.[name] ?? '')
    return values.every(isRealValue) && new Set(values).size === groups.size
  })
  return names[0] ?? null
}
