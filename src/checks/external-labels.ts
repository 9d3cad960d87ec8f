/** What the checks on labels have in common: labels in words, the groups of a fleet, and how external labels are changed safely. */
import type {FleetFacts} from '../facts/fleet.ts'
import type {AgentFacts} from '../facts/types.ts'
import {unsent} from './caution.ts'
import type {RemedyStep} from './check.ts'
import {readRunningConfig, settingsOf} from './kubectl.ts'
import {excerpt} from './words.ts'

/** Of a value: with one of any length the other labels would not be shown. */
const LONGEST_SHOWN = 80

/** `{cluster="eu-1", zone="a"}`, on one line. */
export function labelsInWords(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}=${JSON.stringify(excerpt(value, LONGEST_SHOWN))}`,
  )
  return pairs.length === 0 ? 'none' : excerpt(`{${pairs.join(', ')}}`)
}

/** One agent of each group, where its configuration is known. */
export function groupsOf(facts: FleetFacts): Map<string, AgentFacts> {
  const groups = new Map<string, AgentFacts>()
  for (const agent of facts.agents)
    if (agent.externalLabels !== null && !groups.has(agent.group.key)) groups.set(agent.group.key, agent)
  return groups
}

/**
 * The steps of a change of external labels or write_relabel_configs, which rebuilds the queues: first what to wait for. `what` takes
 * the place where it is kept.
 */
export function changeLabels(agent: AgentFacts, what: (where: string) => string): RemedyStep[] {
  const {configuration, showConfiguration: show} = settingsOf(agent)
  const loss = unsent(agent)
  const wait: RemedyStep = {
    text: `wait until the agent has caught up: this change rebuilds its queues and would now discard ${loss ?? ''}`,
    changes: false,
  }
  return [
    ...(loss === null ? [] : [wait]),
    {text: what(configuration), changes: true},
    {text: 'see its current settings', command: show, changes: false},
    {text: 'see the configuration it runs with', command: readRunningConfig(agent), changes: false},
  ]
}

/** Where external labels are set, in the words of whoever keeps them. */
export function externalLabelsOf(agent: AgentFacts): string {
  return settingsOf(agent).operator ? 'externalLabels' : 'global.external_labels'
}
