/** A context that was read and has no agent: what was looked for in vain there, and with which flags to look further. Pure. */
import type {CollectOptions} from '../evidence/types.ts'
import {shellWord} from '../shell-word.ts'
import type {ContextFacts} from './types.ts'
import {listInWords} from './words.ts'

export interface EmptyContext {
  /** "namespace nosuch does not exist in cluster2". */
  why: string
  /** `promfleet doctor` with the user's own flags, which tells what else was seen there. */
  command: string
}

/** How many agents are named before the rest is counted. */
const NAMED = 3

export function emptyContext(context: ContextFacts, options: CollectOptions): EmptyContext {
  const {namespace, selector, agents, includeServers} = options
  const words = [
    'promfleet',
    'doctor',
    '--context',
    context.name,
    ...(namespace === null ? [] : ['-n', namespace]),
    ...(selector === null ? [] : ['-l', selector]),
    ...(agents.length === 0 ? [] : ['--agent', agents.join(',')]),
    ...(includeServers ? ['--include-servers'] : []),
  ]
  return {why: `${whyNoAgents(context, options)}${unnamed(context)}`, command: words.map(shellWord).join(' ')}
}

/** Without what was seen instead; access/no-agents and lag say the same. */
export function whyNoAgents({name, evidence}: ContextFacts, {agents, selector}: CollectOptions): string {
  const listed = evidence.podLists.flatMap(list => (list.pods.ok ? [list.namespace] : []))
  const where = listed.includes('*') || listed.length === 0 ? 'any namespace' : `namespace ${listInWords(listed, 'or')}`
  if (evidence.namespaceExists === false) return `${where} does not exist in ${name}`
  const filters = [
    ...(agents.length > 0 ? [`--agent ${agents.join(',')}`] : []),
    ...(selector === null ? [] : [`-l ${selector}`]),
  ]
  const narrowed = filters.length > 0 ? ` with ${filters.join(' ')}` : ''
  return `no Prometheus agent found in ${where} of ${name}${narrowed}`
}

function unnamed({evidence: {unnamedAgents = []}}: ContextFacts): string {
  if (unnamedAgents.length === 0) return ''
  const names = unnamedAgents.slice(0, NAMED).map(({namespace, pod}) => `${namespace}/${pod}`)
  const more = unnamedAgents.length > NAMED ? ` and ${unnamedAgents.length - NAMED} more` : ''
  return `; there are ${names.join(', ')}${more}`
}
