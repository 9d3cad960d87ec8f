/** `npm run test:loss-clock`: takes unsent data away from real processes and prints whether the loss clock had said when. */
import {parseArgs} from 'node:util'
import pLimit from 'p-limit'
import {canMountDisks} from '../lab/agent-disk.ts'
import {findPrometheus} from '../lab/prometheus.ts'
import {runs} from './runs.ts'
import {type Outcome, watchRun} from './watch-run.ts'

const usage = `usage: npm run test:loss-clock -- [--only WORDS]... [--version VERSION]... [--at-once N] [--busy-at-once N]
  --only WORDS      runs whose name holds these words
  --version V       of these Prometheus releases only
  --at-once N       idle ones side by side, default 12
  --busy-at-once N  busy ones side by side, default 3: each takes a third of a core`

process.exitCode = await main()

async function main(): Promise<number> {
  const {values} = parseArgs({
    options: {
      only: {type: 'string', multiple: true},
      version: {type: 'string', multiple: true},
      'at-once': {type: 'string', default: '12'},
      'busy-at-once': {type: 'string', default: '3'},
      help: {type: 'boolean', short: 'h', default: false},
    },
  })
  if (values.help) {
    say(usage)
    return 0
  }
  const binaries = await findPrometheus()
  const disks = await canMountDisks()
  const chosen = runs
    .filter(({what}) => !values.only || values.only.some(words => what.includes(words)))
    .filter(({version}) => !values.version || values.version.includes(version))
    .filter(({kind, version, what}) => {
      const lacking =
        binaries.paths[version] === null
          ? `no Prometheus ${version}`
          : kind === 'disk' && !disks
            ? 'mounting a small disk needs root on Linux'
            : null
      if (lacking !== null) say(`left out  ${what}  ${version}: ${lacking}`)
      return lacking === null
    })
  if (chosen.length === 0) {
    say(`nothing to run\n${usage}`)
    return 2
  }
  const limits = {idle: pLimit(Number(values['at-once'])), busy: pLimit(Number(values['busy-at-once']))}
  const outcomes = await Promise.all(
    chosen.map(run =>
      limits[run.isBusy ? 'busy' : 'idle'](async () => {
        const outcome = await watchRun(run, binaries)
        say(lineOf(outcome))
        return outcome
      }),
    ),
  )
  const header = columns('', 'outage', 'version', 'lost after', 'ranges', 'unknown', 'width, s', 'took')
  say(`\n${header}\n${outcomes.map(lineOf).join('\n')}`)
  const right = outcomes.filter(({wrong}) => wrong.length === 0).length
  const ranges = outcomes.reduce((sum, outcome) => sum + outcome.ranges, 0)
  say(`\n${right} of ${outcomes.length} runs right: ${ranges} ranges were given before the loss`)
  return right === outcomes.length ? 0 : 1
}

function lineOf({run, wrong, ranges, withoutRange, narrowestSeconds, widestSeconds, ...outcome}: Outcome): string {
  const {lossAfterSeconds, seconds} = outcome
  const width = narrowestSeconds === null ? '-' : `${narrowestSeconds.toFixed(0)}-${(widestSeconds ?? 0).toFixed(0)}`
  const lost = lossAfterSeconds === null ? '-' : `${lossAfterSeconds.toFixed(0)} s`
  const verdict = wrong.length === 0 ? 'right' : 'WRONG'
  const line = columns(
    verdict,
    run.what,
    run.version,
    lost,
    String(ranges),
    String(withoutRange),
    width,
    `${seconds} s`,
  )
  const shown = wrong.slice(0, 6).map(words => `       ${words}`)
  return [line, ...shown, ...(wrong.length > 6 ? [`       and ${wrong.length - 6} more`] : [])].join('\n')
}

function columns(...cells: string[]): string {
  const widths = [5, 36, 7, 10, 6, 7, 9, 5]
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join('  ')
    .trimEnd()
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
