/**
 * From facts to the report about labels. Exit code: 1 when a check on labels found something at or above --fail-on, else 3 when a
 * configuration could not be read or there is no agent, else 0; an interruption's code wins.
 */
import type {MetricFamilies} from '../../evidence/labels.ts'
import type {AgentResource} from '../../evidence/types.ts'
import {droppedByRelabelling} from '../../facts/exposition/queue-reading.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {REPLICA_LABELS} from '../../facts/groups.ts'
import type {Claim, CollidingClaim} from '../../facts/identity/collisions.ts'
import {hasIdentity} from '../../facts/identity/identity-label.ts'
import {readShadows} from '../../facts/identity/shadows.ts'
import {relabelledAway} from '../../facts/queue/relabelled-away.ts'
import {ruleInWords} from '../../facts/relabel/rule-words.ts'
import {type Simulation, simulate} from '../../facts/relabel/simulate.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatNumberOf} from '../../units.ts'
import {reportContextWithGaps} from '../context-report.ts'
import type {FailOn} from '../exit-code.ts'
import {failedRun} from '../failed-report.ts'
import type {Report} from '../report.ts'
import type {LabelKey, LabelledAgent, LabelledWrite, LabelsReport, SimulationReport} from './labels-report.ts'

/** Checks and subjects of checks: what labels decide, and the answers of receivers that prove a clash. */
export const CHECKS_ON_LABELS: string[] = [
  'labels',
  'config/relabel-drops-everything',
  'scrape/monitor-not-selected',
  'receiver/out-of-order',
  'receiver/duplicate-samples',
]

export interface ReportLabelsOptions {
  identityLabels: readonly string[]
  failOn: FailOn
  interruptedWith: number | null
  /** The fleet file in effect; left out: none. */
  fleetFile?: string | undefined
}

/** `report` is the doctor's judgement of the same facts, by the checks on labels. */
export function reportLabels(facts: FleetFacts, report: Report, options: ReportLabelsOptions): LabelsReport {
  const {schemaVersion, tool, takenAt, durationSeconds, ended, findings} = report
  const contexts = facts.contexts.map(context => reportContextWithGaps(context, facts.options))
  const by: ByAgent = {
    claims: byAgent(facts.claims),
    collisions: byAgent(facts.collisions),
    identityLabels: options.identityLabels,
  }
  const agents = facts.agents.map(agent => reportAgent(agent, facts, by))
  const causes = findings.filter(({cause}) => cause)
  const count = (severity: string) => causes.filter(finding => finding.severity === severity).length
  const unknown = agents.filter(({problem}) => problem !== null).length
  const blind = agents.length === 0 || unknown > 0 || contexts.some(({problem}) => problem !== undefined)
  const failing = {error: count('error') > 0, warning: count('error') + count('warning') > 0, never: false}
  return {
    schemaVersion,
    tool,
    takenAt,
    durationSeconds,
    exitCode: options.interruptedWith ?? (failing[options.failOn] ? 1 : blind ? 3 : 0),
    ended,
    identityLabels: [...options.identityLabels],
    summary: {
      contexts: contexts.length,
      agents: agents.length,
      error: count('error'),
      warning: count('warning'),
      info: count('info'),
      unknown,
    },
    contexts,
    keys: keysOf(facts, options.identityLabels),
    agents,
    findings,
    ...(options.fleetFile !== undefined && {fleetFile: options.fleetFile}),
  }
}

interface ByAgent {
  claims: Map<AgentFacts, Claim[]>
  collisions: Map<AgentFacts, CollidingClaim[]>
  identityLabels: readonly string[]
}

function byAgent<T extends Claim>(claims: readonly T[]): Map<AgentFacts, T[]> {
  const groups = new Map<AgentFacts, T[]>()
  for (const claim of claims) addTo(groups, claim.agent, claim)
  return groups
}

function addTo<Key, Value>(groups: Map<Key, Value[]>, key: Key, value: Value): void {
  const own = groups.get(key)
  if (own) own.push(value)
  else groups.set(key, [value])
}

/** The report of a run that could not start. */
export function failedLabelsReport(...failure: Parameters<typeof failedRun>): LabelsReport {
  return {
    ...failedRun(...failure),
    identityLabels: [],
    summary: {contexts: 0, agents: 0, error: 0, warning: 0, info: 0, unknown: 0},
    contexts: [],
    keys: [],
    agents: [],
    findings: [],
  }
}

function keysOf(facts: FleetFacts, identityLabels: readonly string[]): LabelKey[] {
  const operators = new Set([
    'prometheus',
    'prometheus_replica',
    ...facts.agents.flatMap(agent => operatorLabels(agent, facts)),
  ])
  const kindOf = (name: string): LabelKey['kind'] => {
    if (identityLabels.includes(name)) return 'identity'
    if (REPLICA_LABELS.includes(name)) return 'replica'
    return operators.has(name) ? 'operator' : 'other'
  }
  const values = new Map<string, string[]>(identityLabels.map(name => [name, []]))
  for (const {externalLabels} of facts.agents)
    for (const [name, value] of Object.entries(externalLabels ?? {})) if (value !== '') addTo(values, name, value)
  const order: LabelKey['kind'][] = ['identity', 'other', 'operator', 'replica']
  return [...values]
    .map(([name, own]) => ({name, kind: kindOf(name), agents: own.length, values: new Set(own).size}))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || b.agents - a.agents || (a.name < b.name ? -1 : 1))
}

function resourceOf(agent: AgentFacts, facts: FleetFacts): AgentResource | null {
  if (!agent.signs.includes('resource')) return null
  const resources = facts.contexts.find(({name}) => name === agent.context)?.evidence.agentResources
  if (!resources?.ok) return null
  return resources.value.find(({namespace, name}) => namespace === agent.namespace && name === agent.name) ?? null
}

function operatorLabels(agent: AgentFacts, facts: FleetFacts): string[] {
  const {operatorLabels: names} = resourceOf(agent, facts) ?? {}
  return names === undefined ? [] : [names.resource, names.replica].filter(name => name !== '')
}

function reportAgent(
  agent: AgentFacts,
  facts: FleetFacts,
  {claims, collisions, identityLabels}: ByAgent,
): LabelledAgent {
  const {key, context, namespace, pod, name, evidence, version, group, externalLabels} = agent
  const has = hasIdentity(agent, facts, identityLabels)
  const own = collisions.get(agent) ?? []
  const ownClaims = claims.get(agent) ?? []
  const writes = ownClaims.map(claim => reportWrite(claim, identityLabels))
  return {
    key,
    context,
    namespace,
    pod,
    container: pod === '' ? '' : evidence.container,
    name,
    version: version?.text ?? null,
    group: group.key,
    externalLabels,
    problem:
      problemOf(agent, has) ??
      (writes.some((write, index) => mayKeepNothing(write, ownClaims[index])) ? KEEPS_NOTHING : null),
    missing: has === false ? [...identityLabels] : [],
    collidesWith: [...new Set(own.flatMap(({others}) => others.map(other => other.key)))],
    collisionIsProven: own.some(({proof}) => proof !== null),
    shadows: readShadows(agent),
    ...operatorSays(agent, facts),
    writes,
  }
}

function problemOf({config, evidence}: AgentFacts, hasIdentity: boolean | null): string | null {
  if (config === null) return evidence.config.ok ? 'its configuration could not be understood' : evidence.config.detail
  return hasIdentity === null ? 'a rule of its write_relabel_configs could not be read' : null
}

/** Of counters that are old enough the check config/relabel-drops-everything says so. */
const KEEPS_NOTHING =
  'its write_relabel_configs keep nothing of what its targets expose; its counters are too young to confirm it: look again in some minutes'

function mayKeepNothing({simulation, rules}: LabelledWrite, claim: Claim | undefined): boolean {
  const queue = claim?.queue ?? null
  if (claim === undefined || queue === null || queue.levels.total > 0) return false
  if (simulation === null || !simulation.complete || simulation.total === 0 || simulation.kept > 0) return false
  return rules.every(({assumes}) => assumes.length === 0) && relabelledAway(claim.agent, queue) === null
}

function operatorSays(agent: AgentFacts, facts: FleetFacts): Pick<LabelledAgent, 'ignored' | 'scrapeClasses'> {
  const resource = resourceOf(agent, facts)
  const running = agent.externalLabels
  if (resource === null || running === null) return {ignored: [], scrapeClasses: []}
  const reserved = operatorLabels(agent, facts)
  return {
    ignored: Object.entries(resource.externalLabels ?? {}).flatMap(([label, written]) =>
      reserved.includes(label) && running[label] !== written ? [{label, written, running: running[label] ?? null}] : [],
    ),
    scrapeClasses: (resource.scrapeClasses ?? []).flatMap(({name, isDefault, sets}) =>
      sets.flatMap(({label, replacement, on}) =>
        Object.hasOwn(running, label) ? [{name, isDefault, label, replacement, on}] : [],
      ),
    ),
  }
}

function reportWrite(claim: Claim, identityLabels: readonly string[]): LabelledWrite {
  const {agent, write, queue, address, sent, changed, ownOfTargets} = claim
  const simulated = simulationOf(claim, identityLabels)
  const effects = typeof simulated === 'object' ? simulated?.rules : undefined
  return {
    queue: queue?.name ?? write.name,
    address,
    sent,
    ownOfTargets,
    changed: changed.map(({rule, ...change}) => ({...change, rule: ruleInWords(rule)})),
    rules: write.writeRelabelConfigs.map((rule, index) => ({
      rule: ruleInWords(rule),
      action: rule.action,
      dropped: effects?.[index]?.dropped ?? null,
      examples: effects?.[index]?.examples ?? [],
      assumes: effects?.[index]?.assumes ?? [],
    })),
    simulation: typeof simulated === 'object' && simulated !== null ? reportSimulation(simulated) : null,
    notSimulated: typeof simulated === 'string' ? simulated : null,
    measured:
      queue === null ||
      relabelledAway(agent, queue)?.scraped === null ||
      agent.samplesInTotal === null ||
      agent.samplesInTotal <= 0
        ? null
        : {
            droppedSamples: droppedByRelabelling(queue.levels.dropped),
            samples: agent.samplesInTotal,
          },
  }
}

function reportSimulation({rules: _, sample, ...rest}: Simulation): SimulationReport {
  return {...rest, ...(sample.length > 0 && {sample})}
}

/** A sentence where there is something to simulate and no evidence for it; null where there are no rules. */
function simulationOf({agent, write}: Claim, identityLabels: readonly string[]): Simulation | string | null {
  const {config, version, evidence} = agent
  if (config === null || write.writeRelabelConfigs.length === 0) return null
  const {labelSets, metricFamilies} = evidence
  if (labelSets === undefined) return 'the bundle is of a promfleet that did not record the labels of targets'
  if (!labelSets.ok) return `the labels of its targets could not be read: ${labelSets.detail}`
  const {sets, complete, groups = []} = labelSets.value
  if (sets.length === 0) {
    const targets = groups.reduce((sum, group) => sum + group.targets, 0)
    if (targets === 0 && complete) return 'it has no active targets'
    return `no room was left for the labels of ${targets === 0 ? 'its targets' : formatNumberOf(targets, 'target')}`
  }
  const families: MetricFamilies | null = metricFamilies?.ok ? metricFamilies.value : null
  const result = simulate({config, write, version, labelSets: labelSets.value, families, identityLabels})
  if (!result.ok) return result.because
  if (metricFamilies === undefined || metricFamilies.ok) return result.simulation
  const unread = `what Prometheus adds for each target alone: their metrics could not be read: ${metricFamilies.detail}`
  return {...result.simulation, sample: [...result.simulation.sample, unread]}
}
