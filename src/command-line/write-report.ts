/** Puts a report where the flags say: stdout or a file, as a table or JSON. */
import {writeFileSync} from 'node:fs'
import type {Report} from '../diagnose/report.ts'
import {renderJson} from '../report/json.ts'
import {clean} from '../report/text.ts'
import {terminalStyle} from './terminal-style.ts'

export interface OutputFlags {
  output: 'table' | 'wide' | 'json'
  'output-file'?: string | undefined
  'no-color': boolean
  quiet: boolean
  verbose: boolean
}

export async function writeReport(report: Report, flags: OutputFlags): Promise<void> {
  await writeText(flags.output === 'json' ? renderJson(report) : await renderTable(report, flags), flags['output-file'])
}

/**
 * To stdout, or to the file that --output-file names; to stdout, too, when that file cannot be written after all, which stderr
 * tells then: what took many seconds, or can be seen but once, is not thrown away.
 */
export async function writeText(text: string, outputFile: string | undefined): Promise<void> {
  if (outputFile !== undefined) {
    try {
      writeFileSync(outputFile, text)
      return
    } catch (error) {
      const why = clean((error as Error).message)
      process.stderr.write(`the report cannot be written to "${clean(outputFile)}" (${why}): it is on stdout instead\n`)
    }
  }
  await new Promise<void>(resolve => process.stdout.write(text, () => resolve()))
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
