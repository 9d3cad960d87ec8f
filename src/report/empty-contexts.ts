/** What a command that found no agent says of the contexts where it looked. */
import type {ContextReport} from '../diagnose/report.ts'
import {formatCount} from '../units.ts'
import type {Style} from './style.ts'
import {clean, wrap} from './text.ts'

const mostContexts = 3

/** Contexts that were read and have no agent: what was looked for in vain, and where to look further. */
export function emptyContextLines({contexts}: {contexts: readonly ContextReport[]}, style: Style): string[] {
  const empty = contexts.filter(({agents, problem}) => agents === 0 && problem === undefined)
  if (empty.length === 0) return []
  const [first] = empty
  const command = first?.noAgents === undefined ? 'promfleet doctor' : clean(first.noAgents.command)
  const asks = `"${command}" tells what else was seen there`
  if (empty.length === 1 && first?.noAgents !== undefined)
    return wrap(`${clean(first.noAgents.why)}: ${asks}`, style.columns).map(line => style.faint(line))
  const told = empty
    .slice(0, mostContexts)
    .map(({name, noAgents}) => clean(noAgents?.why ?? `no agent found in ${name}`))
  const more = empty.length > mostContexts ? [`no agent found in ${formatCount(empty.length - mostContexts)} more`] : []
  return [...told, ...more, asks].flatMap(text => wrap(text, style.columns)).map(line => style.faint(line))
}
