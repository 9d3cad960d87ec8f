/** What must not be done now: a restart or reload of an agent whose backlog would be discarded by it. */
import type {State} from '../diagnose/report.ts'
import {formatCount, formatEstimate, formatSeconds} from '../units.ts'
import type {Style} from './style.ts'
import {wrap} from './text.ts'

/** What a restart would cost one queue. */
export interface RestartCost {
  /** "cluster3 monitoring/agent-0". */
  agent: string
  state: State
  seconds: number | null
  samples: number | null
}

const mostWarnings = 3
/** As long as it takes to be called late. */
const largeRestartCostSeconds = 120

/** One line for each agent, of its queue that would lose most; [] where none would lose much. In the order given. */
export function restartWarnings(costs: readonly RestartCost[], style: Style): string[] {
  const worst = new Map<string, RestartCost>()
  for (const cost of costs) {
    const {agent, state, seconds} = cost
    if (state === 'delivering' || seconds === null || seconds < largeRestartCostSeconds) continue
    const other = worst.get(agent)
    if (other === undefined || seconds > (other.seconds ?? 0)) worst.set(agent, cost)
  }
  const warned = [...worst.values()].map(({agent, seconds, samples}) => ({
    agent,
    time: formatSeconds(seconds ?? 0),
    about: samples === null || samples === 0 ? '' : ` (about ${formatEstimate(samples)} samples)`,
  }))
  const [only] = warned
  if (!only) return []
  const strong = (text: string) => wrap(text, style.columns - 2).map(line => style.strong(`  ${line}`))
  if (warned.length === 1)
    return strong(`Do not restart or reload ${only.agent}: ${only.time} of unsent data${only.about} would be lost.`)
  const more = warned.length - mostWarnings
  return [
    ...strong('Do not restart or reload these, what they have not sent would be lost:'),
    ...warned.slice(0, mostWarnings).flatMap(({agent, time, about}) => strong(`- ${agent}: ${time}${about}`)),
    ...(more > 0 ? strong(`The same holds for ${formatCount(more)} more: see LAG in the table.`) : []),
  ]
}
