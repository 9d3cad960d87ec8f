/** What starting costs, against Node itself. */
import {type Command, measure} from './measure.ts'
import {cpuRatio, type Row} from './row.ts'

const RUNS = 15
const budgets: [string[], number][] = [
  [['--version'], 1.3],
  [['doctor', '--help'], 2.3],
  [['explain', 'delivery/behind'], 2.3],
]

export async function measureStartup(program: string): Promise<Row[]> {
  const node: Command = {line: [process.execPath, '-e', '0']}
  const commands = budgets.map(([args]): Command => ({line: [process.execPath, program, ...args]}))
  const [theirs, ...all] = await measure([node, ...commands], RUNS)
  if (theirs === undefined) throw new Error('nothing was measured')
  return all.map((ours, index): Row => {
    const [args, most] = budgets[index] ?? [[], 0]
    return {name: args.join(' '), peer: 'node -e 0', ours, theirs, limits: [cpuRatio(ours, theirs, most)]}
  })
}
