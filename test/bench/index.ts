/** `npm run bench`: what promfleet costs, side by side with what does the same today. Exits with 1 when a budget is not met. */
import {availableParallelism, loadavg} from 'node:os'
import Table from 'cli-table3'
import {measureExposition, measureLogs} from './bodies.ts'
import {measureFleet} from './fleet.ts'
import {measureFromCentral} from './from-central.ts'
import {measureLabels} from './labels.ts'
import {measureLag} from './lag.ts'
import type {Cost} from './measure.ts'
import {isWithin, type Row} from './row.ts'
import {measureStartup} from './startup.ts'
import {installProgram, withDirectory} from './surroundings.ts'
import {measureWatch} from './watch.ts'

const rows = await withDirectory(async directory => {
  const program = await installProgram(directory)
  return [
    ...(await measureStartup(program)),
    ...(await measureFleet(program, directory)),
    ...(await measureLag(program, directory)),
    await measureWatch(program, directory),
    await measureFromCentral(program, directory),
    await measureExposition(directory),
    ...(await measureLogs(directory)),
    ...(await measureLabels(directory)),
  ]
})
const table = new Table({
  head: ['promfleet', 'beside', 'measured', 'at most', '', 'CPU s', 'wall s', 'peak MiB'],
  style: {head: [], border: []},
})
for (const row of rows) table.push(cellsOf(row))
console.log(table.toString())
console.log(
  `Medians; CPU is user + system, ours / theirs. Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()
    .map(load => load.toFixed(1))
    .join(' ')}.`,
)
const missed = rows.filter(row => 'limits' in row && !row.limits.every(isWithin))
console.log(missed.length === 0 ? 'Every budget is met.' : `Over budget: ${missed.map(row => row.name).join(', ')}.`)
process.exitCode = missed.length === 0 ? 0 : 1

function cellsOf(row: Row): string[] {
  if ('skipped' in row) return [row.name, row.peer, 'skipped', row.skipped, '', '', '', '']
  const {ours, theirs, limits} = row
  const both = (show: (cost: Cost) => string) => [ours, ...(theirs ? [theirs] : [])].map(show).join(' / ')
  return [
    row.name,
    row.peer,
    limits.map(({what, measured, unit}) => `${what} ${measured.toFixed(unit === ' MiB' ? 0 : 2)}${unit}`).join('\n'),
    limits.map(({most, unit}) => (most === null ? '-' : `${Number(most.toFixed(2))}${unit}`)).join('\n'),
    limits.map(limit => (limit.most === null ? '' : isWithin(limit) ? 'ok' : 'OVER')).join('\n'),
    both(cost => cost.cpuSeconds.toFixed(3)),
    both(cost => cost.wallSeconds.toFixed(2)),
    both(cost => cost.peakMebibytes?.toFixed(0) ?? '?'),
  ]
}
