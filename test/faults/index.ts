/** `npm run test:faults`: makes every fault happen to every release and prints who finds out. */
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {parseArgs} from 'node:util'
import pLimit from 'p-limit'
import {canMountDisks} from '../lab/agent-disk.ts'
import {findPrometheus} from '../lab/prometheus.ts'
import {findVictoriaMetrics} from '../lab/victoria-metrics.ts'
import type {Version} from '../scenarios/scenario.ts'
import {faultCases} from './cases/index.ts'
import {everyVersion, type FaultCase, versionsOf} from './fault-case.ts'
import {buildProgram} from './look.ts'
import {recordedName, writeRecorded} from './recorded.ts'
import {type Outcome, runFault} from './run-fault.ts'
import {lineOf, matrixPage, totalLines} from './table.ts'

const usage = `usage: npm run test:faults -- [--only GLOB]... [--version VERSION]... [--at-once N] [--record] [--page FILE] [--list]
  --only GLOB   faults with such names (healthy*, tls-*)
  --version V   of these Prometheus releases only: ${everyVersion.join(', ')}
  --at-once N   fleets side by side, default 16: some 200 MB and a tenth of a core each
  --record      keeps the evidence in test/fixtures/faults, whatever the answer: a wrong one is a failing test then
  --page FILE   writes the table as Markdown
  --results FILE  writes the outcomes as JSON
  --list        names every fault`

process.exitCode = await main()

async function main(): Promise<number> {
  const {values} = parseArgs({
    options: {
      only: {type: 'string', multiple: true},
      version: {type: 'string', multiple: true},
      'at-once': {type: 'string', default: '16'},
      record: {type: 'boolean', default: false},
      page: {type: 'string'},
      results: {type: 'string'},
      list: {type: 'boolean', default: false},
      help: {type: 'boolean', short: 'h', default: false},
    },
  })
  if (values.help) {
    say(usage)
    return 0
  }
  const chosen = faultCases.filter(({name}) => !values.only || values.only.some(glob => matches(name, glob)))
  if (values.list) {
    for (const {name, title} of chosen) say(`${name.padEnd(40)} ${title}`)
    return 0
  }
  if (chosen.length === 0) {
    say(`no fault has such a name; --list shows all\n${usage}`)
    return 2
  }
  const binaries = await findPrometheus()
  const victoriaMetrics = await findVictoriaMetrics()
  const lacking = {
    disks: (await canMountDisks()) ? null : 'mounting a small disk needs root on Linux',
    'victoria-metrics':
      victoriaMetrics === null ? 'VictoriaMetrics cannot be had: set VICTORIA_METRICS to a binary' : null,
  }
  const runs = chosen.flatMap(fault =>
    versionsOf(fault)
      .filter(version => !values.version || values.version.includes(version))
      .filter(
        version =>
          !skipped(
            fault,
            version,
            binaries.paths[version] === null ? `no Prometheus ${version}` : fault.needs ? lacking[fault.needs] : null,
          ),
      )
      .map(version => ({fault, version})),
  )
  const directory = await mkdtemp(path.join(tmpdir(), 'promfleet-faults-'))
  const program = await buildProgram(directory)
  const outcomes: Outcome[] = []
  const limit = pLimit(Number(values['at-once']))
  try {
    await Promise.all(
      runs.map(({fault, version}) =>
        limit(async () => {
          const keepBundle = (bundle: string) => writeRecorded(recordedName(fault, version), bundle)
          const outcome = await runFault(fault, version, {
            ...{binaries, victoriaMetrics, directory, program},
            ...(values.record ? {keepBundle} : {}),
          })
          outcomes.push(outcome)
          say(`${String(outcomes.length).padStart(3)}/${runs.length}  ${lineOf(outcome)}`)
          if (outcome.wrong.length > 0) say(outcome.details.replace(/^/gm, '         '))
        }),
      ),
    )
  } finally {
    await rm(directory, {recursive: true, force: true})
  }
  const order = chosen.map(({name}) => name)
  outcomes.sort((a, b) => order.indexOf(a.fault) - order.indexOf(b.fault) || a.version.localeCompare(b.version))
  say(`\n${outcomes.map(lineOf).join('\n')}\n\n${totalLines(outcomes).join('\n')}`)
  const versions = everyVersion.filter(version => outcomes.some(outcome => outcome.version === version))
  if (values.page) await writeFile(values.page, matrixPage(outcomes, versions, new Date().toISOString().slice(0, 10)))
  if (values.results) await writeFile(values.results, JSON.stringify(outcomes, null, 2))
  return outcomes.every(({wrong}) => wrong.length === 0) ? 0 : 1
}

function skipped({name}: FaultCase, version: Version, reason: string | null): boolean {
  if (reason !== null) say(`skipped: ${name} on ${version}: ${reason}`)
  return reason !== null
}

function matches(name: string, glob: string): boolean {
  return new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(name)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
