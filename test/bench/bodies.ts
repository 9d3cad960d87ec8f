/** What reading large answers costs, against the tools that people use for it. */
import path from 'node:path'
import {type Command, measure} from './measure.ts'
import {cpuRatio, peakMemory, type Row} from './row.ts'
import {bundle, findPromtool} from './surroundings.ts'
import {writeErrorLog, writeExposition, writeLog} from './texts.ts'

const MEBIBYTE = 2 ** 20
const RUNS = 5

export async function measureExposition(directory: string): Promise<Row> {
  const name = 'metrics of 50 MB'
  const peer = 'promtool check metrics'
  const promtool = await findPromtool().catch((error: Error) => error)
  if (promtool instanceof Error) return {name, peer, skipped: `no promtool: ${promtool.message}`}
  const reader = await bundle('read-exposition.ts', directory)
  const file = path.join(directory, 'metrics.txt')
  writeExposition(file, 50 * MEBIBYTE)
  const [ours, theirs] = await measure(
    [
      {line: [process.execPath, reader, file]},
      // 3: it has remarks on the style of the names.
      {line: ['bash', '-c', 'exec "$0" check metrics <"$1"', promtool, file], exitCodes: [0, 3]},
    ],
    RUNS,
  )
  if (ours === undefined || theirs === undefined) throw new Error('nothing was measured')
  return {name, peer, ours, theirs, limits: [cpuRatio(ours, theirs, 0.2), ...peakMemory(ours, 90)]}
}

export async function measureLogs(directory: string): Promise<Row[]> {
  const reader = await bundle('read-log.ts', directory)
  const [small, middle, large] = [20, 200, 500].map(size => {
    const file = path.join(directory, `${size}.log`)
    writeLog(file, size * MEBIBYTE)
    return file
  }) as [string, string, string]
  const errors = path.join(directory, 'errors.log')
  writeErrorLog(errors, 100 * MEBIBYTE)
  const read = (file: string): Command => ({line: [process.execPath, reader, file]})
  const grep = (file: string): Command => ({line: ['grep', '-cE', '(error|failed|retry)', file]})
  const [ours, theirs, ofErrors, theirsOfErrors] = await measure(
    [read(large), grep(large), read(errors), grep(errors)],
    RUNS,
  )
  const [ofMiddle, ofSmall] = await measure([read(middle), read(small)], RUNS)
  if (!ours || !theirs || !ofErrors || !theirsOfErrors || !ofMiddle || !ofSmall) throw new Error('nothing was measured')
  return [
    {
      name: 'log of 500 MB',
      peer: "grep -cE '(error|failed|retry)'",
      ours,
      theirs,
      limits: [cpuRatio(ours, theirs, 1.7), ...peakMemory(ours, 100)],
    },
    {
      name: 'log of 100 MB,\neach line another error',
      peer: "grep -cE '(error|failed|retry)'",
      ours: ofErrors,
      theirs: theirsOfErrors,
      limits: [cpuRatio(ofErrors, theirsOfErrors, 25), ...peakMemory(ofErrors, 100)],
    },
    {
      name: 'log of 200 MB',
      peer: 'the same of 20 MB',
      ours: ofMiddle,
      theirs: ofSmall,
      limits: peakMemory(ofMiddle, Math.round((ofSmall.peakMebibytes ?? 0) * 1.2)),
    },
  ]
}
