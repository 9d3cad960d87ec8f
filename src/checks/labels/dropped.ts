import type {FleetFacts} from '../../facts/fleet.ts'
import type {Claim} from '../../facts/identity/collisions.ts'
import {ruleInWords} from '../../facts/relabel/rule-words.ts'
import {defineCheck} from '../check.ts'
import {changeLabels} from '../external-labels.ts'
import type {Found} from '../judge.ts'
import {judgeWrites} from '../security-place.ts'
import {agentWords, excerpt, listInWords} from '../words.ts'

export default defineCheck({
  id: 'labels/dropped',
  title: 'write_relabel_configs leave the identity label as it is',
  severity: 'error',
  explains: ['labels/missing', 'labels/collision'],
  needs: ['config', 'targets'],
  evaluate: (facts, {identityLabels}) =>
    judgeWrites(facts.agents, (write, agent) => {
      const claim = facts.claims.find(own => own.agent === agent && own.write.index === write.index)
      if (claim === undefined) return 'does-not-apply'
      const change = claim.changed.find(({label}) => identityLabels.includes(label))
      return change === undefined ? 'holds' : describe(claim, change, facts)
    }),
  documentation: `
The identity label (\`cluster\`, or what \`--identity-label\` names) is in the external labels, and \`write_relabel_configs\` take it away or
give it another value. External labels are added before these rules run, so a rule sees them and may change them. The rules are
run as Prometheus runs them, with RE2 and anchored on both sides.

**Severity.** Error when the label is gone, or when the value it gets is the one of another agent in view. A warning when its value lives on
under another label, or when the rule reads a label that some series have and others do not: it then hits those that lack it.
Info when it gets a value of its own.

**Why it matters.** At the central nothing tells the data of this cluster from another's any more, although the external labels of the agent
look right.

**What to do.** Take the label out of the rule: a \`labeldrop\` or \`labelkeep\` goes by the whole name; a \`replace\` whose source label is
missing sets an empty value, which removes its target label.

**What not to do.** Not while the agent is behind: a change of write_relabel_configs rebuilds its queues and discards what is unsent.
`,
})

function describe(claim: Claim, change: Claim['changed'][number], facts: FleetFacts): Found {
  const {agent, address} = claim
  const {label, from, to, rule, dependsOn} = change
  const twin = to === null ? undefined : twinOf(claim, label, from, to, facts)
  const kept = Object.entries(claim.labels).find(
    ([name, value]) => value === from && name !== label && agent.externalLabels?.[name] !== value,
  )
  const some = dependsOn.length === 0 ? '' : ` of every series that has no label ${listInWords(dependsOn, 'or')}`
  const severity =
    to !== null
      ? twin === undefined
        ? 'info'
        : 'error'
      : dependsOn.length > 0 || kept !== undefined
        ? 'warning'
        : 'error'
  return {
    severity,
    blame: 'config',
    title:
      to === null
        ? `write_relabel_configs of ${agentWords(agent)} remove the label ${label}${some}`
        : `write_relabel_configs of ${agentWords(agent)} change the label ${label}${some} to ${excerpt(JSON.stringify(to), 80)}`,
    evidence: [
      {
        what: label,
        value: `${excerpt(JSON.stringify(from))} as external label, ${to === null ? 'gone' : excerpt(JSON.stringify(to))} on the way to ${address}${some}`,
        source: 'running configuration, its rules simulated',
      },
      {what: 'rule', value: excerpt(ruleInWords(rule)), source: 'running configuration, write_relabel_configs'},
      ...(twin === undefined
        ? []
        : [
            {
              what: 'the same value',
              value: `${agentWords(twin.agent)} writes there under it`,
              source: 'running configuration',
            },
          ]),
      ...(kept === undefined
        ? []
        : [
            {
              what: 'lives on',
              value: `its value stands under ${kept[0]}`,
              source: 'running configuration, its rules simulated',
            },
          ]),
    ],
    why:
      to === null
        ? kept === undefined
          ? `At the central ${dependsOn.length === 0 ? 'the data of this agent' : 'what lost it'} cannot be told by ${label} from the data of any other.`
          : `At the central this agent is known by ${kept[0]}; dashboards and rules that select by ${label} do not find it.`
        : twin === undefined
          ? `At the central this agent is known by another ${label} than its external labels say.`
          : `At the central the data of both agents stands under one ${label}.`,
    remedy: changeLabels(agent, where => `leave ${label} out of this rule, in the write_relabel_configs of ${where}`),
  }
}

/** Another group's agent that has this value there, though its external label is another. */
function twinOf(
  {agent, address}: Claim,
  label: string,
  from: string,
  to: string,
  {claims}: FleetFacts,
): Claim | undefined {
  return claims.find(
    other =>
      other.agent.group.key !== agent.group.key &&
      other.address === address &&
      other.labels[label] === to &&
      (other.agent.externalLabels?.[label] ?? '') !== from,
  )
}
