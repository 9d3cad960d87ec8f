/** What working out labels costs: nothing else does it, so the budget is time. */
import {measure} from './measure.ts'
import type {Row} from './row.ts'
import {bundle} from './surroundings.ts'

const RUNS = 5

/** With the start of Node and the making of what is read. */
export async function measureLabels(directory: string): Promise<Row[]> {
  const reader = await bundle('read-labels.ts', directory)
  const [rules, agents] = await measure(
    ['rules', 'agents'].map(what => ({line: [process.execPath, reader, what] as [string, ...string[]]})),
    RUNS,
  )
  if (!rules || !agents) throw new Error('nothing was measured')
  const within = (seconds: number, most: number) => [{what: 'CPU', measured: seconds, most, unit: ' s'}]
  return [
    {
      name: '100,000 series through 30 rules',
      peer: '-',
      ours: rules,
      theirs: null,
      limits: within(rules.cpuSeconds, 2),
    },
    {
      name: '2,000 agents, 100 pairs of them\nunder one identity',
      ...{peer: '-', ours: agents, theirs: null, limits: within(agents.cpuSeconds, 0.5)},
    },
  ]
}
