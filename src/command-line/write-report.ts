/** Puts a report where the flags say: stdout or a file, as a table or JSON. */
import {writeFileSync} from 'node:fs'
import {renderJson} from '../report/json.ts'
import type {TerminalOptions} from '../report/style.ts'
import {clean} from '../report/text.ts'
import {terminalStyle} from './terminal-style.ts'

interface OutputFlags {
  output: 'table' | 'wide' | 'json'
  'output-file'?: string | undefined
  'no-color': boolean
  quiet: boolean
  verbose: boolean
}

/** `draw` makes the table, where one is wanted; a file gets no colours. */
export async function writeReport(
  flags: OutputFlags,
  report: Parameters<typeof renderJson>[0],
  draw: (options: TerminalOptions) => string | Promise<string>,
): Promise<void> {
  const file = flags['output-file']
  const text =
    flags.output === 'json'
      ? renderJson(report)
      : await draw({
          ...terminalStyle({noColour: flags['no-color'] || file !== undefined}),
          wide: flags.output === 'wide',
          quiet: flags.quiet,
          verbose: flags.verbose,
        })
  await writeText(text, file)
}

/**
 * To stdout, or to the file that --output-file names; to stdout, too, when that file cannot be written after all, which stderr
 * tells then: what took many seconds, or can be seen but once, is not thrown away.
 */
async function writeText(text: string, outputFile: string | undefined): Promise<void> {
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
