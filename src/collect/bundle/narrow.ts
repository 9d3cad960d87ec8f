/** A part of a bundle: the contexts and agents that the flags name, as a live take would have chosen them. Pure. */
import {UserError} from '../../errors.ts'
import type {FleetEvidence} from '../../evidence/fleet.ts'
import type {AgentEvidence, ContextEvidence} from '../../evidence/types.ts'
import {globToRegExp} from '../../glob.ts'
import {nearestNames} from '../../nearest.ts'
import {cleanText} from '../redact.ts'

export interface Narrowing {
  /** Names and globs; [] is all. */
  contexts: readonly string[]
  namespace: string | null
  /** Names of pods, workloads or PrometheusAgent resources, also as namespace/name; [] is all. */
  agents: readonly string[]
}

const SHOWN_NAMES = 10

/** `name` is what the user calls the bundle. Throws UserError when it holds nothing that is named. */
export function narrowEvidence(evidence: FleetEvidence, narrowing: Narrowing, name: string): FleetEvidence {
  const {namespace, agents} = narrowing
  const chosen = chooseContexts(evidence.contexts, narrowing.contexts, name)
  const contexts = chosen.map(context => narrowContext(context, narrowing))
  const isLeft = contexts.some(context => context.agents.length > 0)
  const before = chosen.flatMap(context => context.agents)
  if (!isLeft && before.length > 0) {
    const filters = [...(namespace === null ? [] : [`-n ${namespace}`]), ...agents.map(agent => `--agent ${agent}`)]
    throw new UserError(
      `no agent of ${name} is meant by ${cleanText(filters.join(' '), 300)}`,
      `there are ${someOf(before.map(agent => `${agent.namespace}/${agent.pod || agent.name}`))}`,
    )
  }
  const options = {
    ...evidence.options,
    ...(namespace !== null && {namespace}),
    ...(agents.length > 0 && {agents: [...agents]}),
  }
  return {...evidence, options, contexts}
}

function chooseContexts(contexts: ContextEvidence[], given: readonly string[], name: string): ContextEvidence[] {
  const chosen = given.flatMap(wanted => {
    const exact = contexts.filter(context => context.name === wanted)
    const pattern = globToRegExp(wanted)
    const fitting = exact.length > 0 ? exact : contexts.filter(context => pattern.test(context.name))
    if (fitting.length > 0) return fitting
    const names = contexts.map(context => context.name)
    const near = nearestNames(wanted, names)
    throw new UserError(
      `no context "${cleanText(wanted, 200)}" in ${name}`,
      near.length > 0 ? `did you mean ${cleanText(near.join(' or '), 300)}?` : `there are ${someOf(names)}`,
    )
  })
  return given.length === 0 ? contexts : contexts.filter(context => chosen.includes(context))
}

function narrowContext(context: ContextEvidence, {namespace, agents}: Narrowing): ContextEvidence {
  const isThere = (other: {namespace: string}) => namespace === null || other.namespace === namespace
  return {
    ...context,
    agents: context.agents.filter(agent => isThere(agent) && isNamed(agent, agents)),
    servers: context.servers.filter(isThere),
    lookAlikes: context.lookAlikes.filter(isThere),
  }
}

function isNamed({namespace, pod, name, workload}: AgentEvidence, wanted: readonly string[]): boolean {
  const names = [pod, name, workload?.name ?? ''].filter(own => own !== '')
  return wanted.length === 0 || names.some(own => wanted.includes(own) || wanted.includes(`${namespace}/${own}`))
}

function someOf(names: readonly string[]): string {
  const shown = cleanText(names.slice(0, SHOWN_NAMES).join(', '), 500)
  return names.length > SHOWN_NAMES ? `${shown} and ${names.length - SHOWN_NAMES} more` : shown
}
