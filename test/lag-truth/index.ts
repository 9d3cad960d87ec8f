/** `npm run test:lag-truth`: the lag that promfleet reads of real processes beside the age of what arrived, in every situation. */
import {findPrometheus} from '../lab/prometheus.ts'
import type {Version} from '../scenarios/scenario.ts'
import {measureLags, type Reading} from './measure.ts'
import {situations} from './situations.ts'

process.exitCode = await main()

async function main(): Promise<number> {
  const binaries = await findPrometheus(say)
  const versions = (['2.42', '2.53', '3.5'] as const).filter(version => binaries.paths[version] !== null)
  if (versions.length === 0) {
    say('no Prometheus can be had')
    return 2
  }
  const readings = await measureLags(versions, binaries, say)
  printTable(readings, versions)
  const wrong = readings.filter(({problem}) => problem !== null)
  for (const {version, situation, phase, problem} of wrong)
    print(`wrong: ${version}, ${situation.name}, ${phase}: ${problem}`)
  print(
    `${readings.length - wrong.length} of ${readings.length} lags agree with what had arrived, within a scrape interval and a batch deadline`,
  )
  return wrong.length === 0 ? 0 : 1
}

/** For each situation and version: lag/truth at each look, and the state in the outage. */
function printTable(readings: readonly Reading[], versions: readonly Version[]): void {
  const width = Math.max(...situations.map(({name}) => name.length))
  print(`${'situation'.padEnd(width)}  version  lag / age of what arrived, s, at each look`)
  for (const situation of situations) {
    for (const version of versions) {
      const own = readings.filter(reading => reading.situation === situation && reading.version === version)
      const pairs = own.map(({lagSeconds, truthSeconds}) =>
        `${lagSeconds?.toFixed(1) ?? '?'} / ${truthSeconds.toFixed(1)}`.padStart(12),
      )
      const states = own.filter(({phase}) => phase === 'outage').map(({state}) => state)
      print(`${situation.name.padEnd(width)}  ${version.padEnd(7)}${pairs.join('')}  ${states.at(-1) ?? ''}`)
    }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
