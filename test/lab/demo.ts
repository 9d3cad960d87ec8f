/**
 * `npm run demo`: brings the lab up in some trouble and lets promfleet look at it; where no Prometheus can be had, at a recorded take of it.
 * stdout holds promfleet's report only.
 */
import {existsSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {execa} from 'execa'
import {demo} from '../scenarios/demo.ts'
import {scenarios, versionsOf} from '../scenarios/index.ts'
import type {Scenario} from '../scenarios/scenario.ts'
import {record, recordingOf} from './demo-recording.ts'
import {type Lab, startLab} from './lab.ts'
import {findPrometheus} from './prometheus.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const program = path.join(root, 'bin/run.js')
const usage = `usage: npm run demo -- [--fault NAME]... [--keep] [--record] [--list]
  --fault NAME  shows this trouble instead of the usual three agents; may be repeated
  --keep        leaves the fleet up until Ctrl-C, and prints the KUBECONFIG to play with
  --record      keeps the usual three agents as a bundle, for where no Prometheus can be had
  --list        names every trouble there is`

process.exitCode = await main(process.argv.slice(2))

/** The exit code: promfleet's own verdict is no failure of the demo. */
async function main(argv: string[]): Promise<number> {
  const options = readOptions(argv)
  if (typeof options === 'string') {
    say(`${options}\n${usage}`)
    return 2
  }
  if (options.list) {
    for (const scenario of scenarios) process.stdout.write(`${scenario.name.padEnd(28)} ${scenario.title}\n`)
    return 0
  }
  const binaries = await findPrometheus(say)
  const shown = options.chosen.filter(scenario =>
    versionsOf(scenario).every(version => binaries.paths[version] !== null),
  )
  if (shown.length === 0) return replay(options.chosen)
  if (shown.length < options.chosen.length) {
    const names = options.chosen.filter(scenario => !shown.includes(scenario)).map(scenario => scenario.name)
    say(`left out for want of a Prometheus: ${names.join(', ')}`)
  }
  const interrupted = interruption()
  const began = Date.now()
  const lab = await startLab(shown, {
    binaries,
    print: line => say(`${line} (${Math.round((Date.now() - began) / 1000)} s)`),
  })
  try {
    say(
      `started ${lab.contexts.length} clusters on loopback; an agent tells nothing about itself in its first minute, so this takes about one`,
    )
    const shows = (async () => {
      await Promise.all(shown.map(scenario => lab.ready(scenario)))
      await look(['--all-contexts', '--interval', '6'], lab)
      if (options.record) say(`recorded ${await record(program, demo, lab.kubeconfig)}`)
      return 0
    })()
    const exitCode = await Promise.race([shows, interrupted])
    if (exitCode !== 0 || !options.keep) return exitCode
    say(`\nthe fleet stays up until Ctrl-C; in another terminal:\n  export KUBECONFIG=${lab.kubeconfig}`)
    await interrupted
    return 0
  } finally {
    await lab.stop()
  }
}

/** Recorded takes instead: their times are those at which they were taken. */
async function replay(chosen: readonly Scenario[]): Promise<number> {
  const bundles = chosen.flatMap(scenario => recordingOf(scenario) ?? [])
  if (bundles.length === 0) {
    say('no Prometheus can be had here, and nothing was recorded of this; --list names other faults')
    return 2
  }
  say('no Prometheus can be had here, so nothing is started: this is a recorded take of real ones, judged anew')
  for (const bundle of bundles) await look(['--from', path.relative(process.cwd(), bundle)])
  return 0
}

interface Options {
  chosen: Scenario[]
  keep: boolean
  record: boolean
  list: boolean
}

function readOptions(argv: string[]): Options | string {
  try {
    const {values} = parseArgs({
      args: argv,
      options: {
        fault: {type: 'string', multiple: true},
        keep: {type: 'boolean'},
        record: {type: 'boolean'},
        list: {type: 'boolean'},
        help: {type: 'boolean', short: 'h'},
      },
    })
    if (values.help) return 'promfleet demo'
    const names = values.fault ?? [demo.name]
    const unknown = names.filter(name => !scenarios.some(scenario => scenario.name === name))
    if (unknown.length > 0) return `there is no fault ${unknown.join(', ')}; --list names them all`
    return {
      chosen: scenarios.filter(scenario => names.includes(scenario.name)),
      keep: values.keep ?? false,
      record: values.record ?? false,
      list: values.list ?? false,
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Runs promfleet as a user would; its report goes to our stdout as it comes. */
async function look(flags: string[], lab?: Lab): Promise<void> {
  const args = ['doctor', ...flags]
  say(`\n$ ${lab ? `KUBECONFIG=${lab.kubeconfig} ` : ''}promfleet ${args.join(' ')}`)
  if (!existsSync(program)) {
    say(`${program} is not there: run npm run build`)
    return
  }
  await execa(process.execPath, [program, ...args], {
    reject: false,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    env: {...(lab && {KUBECONFIG: lab.kubeconfig}), PROMFLEET_FLEET: 'none'},
  })
}

/**
 * Resolves with the exit code at Ctrl-C or SIGTERM, so that the lab is taken down before we go. npm hands Ctrl-C on to us, who have it
 * from the terminal already: a second one must not end us amid that.
 */
function interruption(): Promise<number> {
  return new Promise(resolve => {
    process.on('SIGINT', () => resolve(130))
    process.on('SIGTERM', () => resolve(143))
  })
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
