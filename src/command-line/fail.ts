/** How a command ends that could not do its work. */
import type {Command} from '@oclif/core/command'
import {UserError} from '../errors.ts'
import {renderJson} from '../report/json.ts'
import {asksForJson} from './asks-for-json.ts'
import {exitCodes} from './exit-codes.ts'

/**
 * Exit code 2 and a sentence with its hint; where `-o json` was asked for, `failed` as a document, so that scripts get one on every
 * exit. Without `failed` the command has no documents. A bug is thrown on.
 */
export function fail(
  command: Command,
  error: Error,
  failed?: (message: string, hint: string | null, version: string, at: Date) => Parameters<typeof renderJson>[0],
): void {
  const hint = error instanceof UserError ? error.hint : null
  if (failed !== undefined && asksForJson(command.argv)) {
    process.stdout.write(renderJson(failed(error.message, hint, command.config.version, new Date())))
    process.exitCode = exitCodes.notStarted
    return
  }
  if (!(error instanceof UserError)) throw error
  command.error(error.message, {exit: exitCodes.notStarted, ...(hint !== null && {suggestions: [hint]})})
}
