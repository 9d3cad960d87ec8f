import type {FleetFacts} from '../../facts/fleet.ts'
import {REPLICA_LABELS} from '../../facts/groups.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatNumberOf} from '../../units.ts'
import {type CheckResult, defineCheck} from '../check.ts'
import {changeLabels, externalLabelsOf, groupsOf, labelsInWords} from '../external-labels.ts'
import {gather, type Judgement} from '../judge.ts'
import {missingPiece} from '../missing.ts'
import {agentScope} from '../scope.ts'
import {agentWords, listInWords} from '../words.ts'

/** Of whom an agent may differ: with one other nobody can say which of the two is the exception. */
const LEAST_OTHERS = 2

export default defineCheck({
  id: 'labels/inconsistent',
  title: 'the agents of a fleet have the same external labels',
  severity: 'warning',
  explains: [],
  needs: ['config'],
  evaluate: (facts, {identityLabels}) => evaluateFleet(facts, identityLabels),
  documentation: `
The names of external labels are compared over the fleet: an agent lacks one that all the others have (at least ${LEAST_OTHERS} of them,
replicas counted once), or the agents have no name in common although each of them has some.

Left out: the labels of the Prometheus Operator and of replicas, and the identity label, of which labels/missing tells.

**Why it matters.** Dashboards, rules and alert routes at the central group by these labels. An agent without one is missing there,
or stands under an empty value, and nobody notices until it is looked for.

**What to do.** Add the label, with the value that fits.

**What not to do.** Not while the agent is behind: a change of external labels rebuilds its queues and discards what is unsent.
`,
})

function evaluateFleet(facts: FleetFacts, identityLabels: readonly string[]): CheckResult {
  const groups = [...groupsOf(facts).values()].filter(agent => (agent.config?.remoteWrites.length ?? 0) > 0)
  if (groups.length < 2) return {findings: [], unknown: [], judged: 0}
  // The operator's own label is named like any other; what it tells is the resource, and in every cluster the same.
  const notCompared = new Set([...REPLICA_LABELS, 'prometheus', ...identityLabels])
  const having = new Map<string, number>()
  for (const agent of groups) for (const name of namesOf(agent)) having.set(name, (having.get(name) ?? 0) + 1)
  const wanted = [...having].filter(([name, count]) => count === groups.length - 1 && !notCompared.has(name))
  const result = gather(
    facts.agents.flatMap(agent => {
      if (agent.config === null && agent.pod === '') return []
      const judgement: Judgement =
        agent.config === null
          ? {unknown: missingPiece('its configuration', agent.evidence.config)}
          : judge(
              agent,
              groups.length - 1,
              wanted.map(([name]) => name),
            )
      return [[agentScope(agent), judgement]]
    }),
  )
  const factions = groups.map(agent =>
    namesOf(agent).filter(name => !REPLICA_LABELS.includes(name) && name !== 'prometheus'),
  )
  // One that has no name of its own lacks what all others have, which labels/missing or the finding above says.
  const onlyLacks = (name: string) =>
    groups.length > 2 &&
    groups.every(agent => namesOf(agent).includes(name) || namesOf(agent).every(own => (having.get(own) ?? 0) > 1))
  const isShared = ([name, count]: [string, number]) =>
    count === groups.length || (count === groups.length - 1 && onlyLacks(name))
  const isApart = factions.every(names => names.length > 0) && ![...having].some(isShared)
  if (isApart && wanted.length === 0) result.findings.push(describeFactions(groups, factions))
  return result
}

function namesOf({externalLabels}: AgentFacts): string[] {
  return Object.entries(externalLabels ?? {}).flatMap(([name, value]) => (value === '' ? [] : [name]))
}

function judge(agent: AgentFacts, others: number, wanted: readonly string[]): Judgement {
  if ((agent.config?.remoteWrites.length ?? 0) === 0) return 'does-not-apply'
  const own = namesOf(agent)
  const lacking = wanted.filter(name => !own.includes(name))
  if (others < LEAST_OTHERS || lacking.length === 0) return 'holds'
  const labels = `the external label${lacking.length > 1 ? 's' : ''} ${listInWords([...lacking].sort())}`
  return {
    severity: 'warning',
    blame: 'config',
    title: `${agentWords(agent)} lacks ${labels}, which the other ${others} have`,
    evidence: [
      {
        what: 'external labels',
        value: labelsInWords(agent.externalLabels ?? {}),
        source: 'running configuration, /api/v1/status/config',
      },
    ],
    why: `What groups or selects by ${listInWords(lacking, 'or')} at the central leaves this agent out.`,
    remedy: changeLabels(agent, where => `add ${listInWords(lacking)} to ${externalLabelsOf(agent)} of ${where}`),
  }
}

function describeFactions(
  groups: readonly AgentFacts[],
  factions: readonly string[][],
): CheckResult['findings'][number] {
  const counts = new Map<string, AgentFacts[]>()
  factions.forEach((names, index) => {
    const agent = groups[index]
    const key = [...names].sort().join(', ')
    if (agent) counts.set(key, [...(counts.get(key) ?? []), agent])
  })
  const sorted = [...counts].sort(([, a], [, b]) => b.length - a.length).slice(0, 5)
  return {
    scope: {},
    severity: 'warning',
    blame: 'config',
    title: 'the agents of this fleet have no external label in common',
    evidence: sorted.map(([names, agents]) => ({
      what: names.length > 40 ? `${names.slice(0, 39)}…` : names,
      value: `${formatNumberOf(agents.length, 'agent')}: ${agents.slice(0, 3).map(agentWords).join(', ')}${agents.length > 3 ? ' …' : ''}`,
      source: 'running configurations, replicas counted once',
    })),
    why: 'No query at the central selects or groups by one label and sees them all.',
    remedy: [
      {text: 'agree on one name, such as cluster, and give it to all of them in external_labels', changes: false},
    ],
  }
}
