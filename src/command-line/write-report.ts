/** Puts a report where the flags say: stdout or a file, as a table or JSON. */
import {writeFileSync} from 'node:fs'
import type {Report} from '../diagnose/report.ts'
import {UserError} from '../errors.ts'
import {renderJson} from '../report/json.ts'
import {terminalStyle} from './terminal-style.ts'

export interface OutputFlags {
  output: 'table' | 'wide' | 'json'
  'output-file'?: string | undefined
  'no-color': boolean
  quiet: boolean
  verbose: boolean
}

/** Throws UserError when the file cannot be written. */
export async function writeReport(report: Report, flags: OutputFlags): Promise<void> {
  await writeText(flags.output === 'json' ? renderJson(report) : await renderTable(report, flags), flags['output-file'])
}

/** To stdout, or to the file that --output-file names. Throws UserError when that cannot be written. */
export async function writeText(text: string, outputFile: string | undefined): Promise<void> {
  if (outputFile === undefined) {
    await new Promise<void>(resolve => process.stdout.write(text, () => resolve()))
    return
  }
  try {
    writeFileSync(outputFile, text)
  } catch (error) {
    throw new UserError(`the report cannot be written to "${outputFile}": ${(error as Error).message}`)
  }
}

async function renderTable(report: Report, flags: OutputFlags): Promise<string> {
  const {renderTerminal} = await import('../report/terminal.ts')
  const toFile = flags['output-file'] !== undefined
  return renderTerminal(report, {
    ...terminalStyle({noColour: flags['no-color'] || toFile}),
    wide: flags.output === 'wide',
    quiet: flags.quiet,
    verbose: flags.verbose,
  })
}
