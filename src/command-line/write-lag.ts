/** Puts the report of lag where the flags say: stdout or a file, as a table or JSON. */
import type {LagReport} from '../diagnose/lag/lag-report.ts'
import {renderJson} from '../report/json.ts'
import {terminalStyle} from './terminal-style.ts'
import {type OutputFlags, writeText} from './write-report.ts'

export async function writeLag(report: LagReport, flags: OutputFlags): Promise<void> {
  const text = flags.output === 'json' ? renderJson(report) : await renderTable(report, flags)
  await writeText(text, flags['output-file'])
}

async function renderTable(report: LagReport, flags: OutputFlags): Promise<string> {
  const {renderLag} = await import('../report/lag/lag.ts')
  const toFile = flags['output-file'] !== undefined
  return renderLag(report, {
    ...terminalStyle({noColour: flags['no-color'] || toFile}),
    wide: flags.output === 'wide',
    quiet: flags.quiet,
    verbose: flags.verbose,
  })
}
