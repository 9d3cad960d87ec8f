/** How a command ends that could not do its work. */
import type {Command} from '@oclif/core/command'
import type {UserError} from '../errors.ts'
import {renderJson} from '../report/json.ts'
import {clean} from '../report/text.ts'
import {asksForJson} from './asks-for-json.ts'
import {exitCodes} from './exit-codes.ts'
import {usageError} from './usage-error.ts'

/**
 * Exit code 2 and a sentence with its hint; where `-o json` was asked for, `failed` as a document, so that scripts get one on every
 * exit. Without `failed` the command has no documents. A bug is thrown on.
 */
export function fail(
  command: Command,
  error: Error,
  failed?: (message: string, hint: string | null, version: string, at: Date) => Parameters<typeof renderJson>[0],
): void {
  const told = toldToUser(command, error)
  // What was typed is quoted in it.
  const message = clean((told ?? error).message)
  const hint = told === null || told.hint === null ? null : clean(told.hint)
  if (failed !== undefined && asksForJson(command.argv)) {
    process.stdout.write(renderJson(failed(message, hint, command.config.version, new Date())))
    process.exitCode = exitCodes.notStarted
    return
  }
  if (told === null) throw error
  command.error(message, {exit: exitCodes.notStarted, ...(hint !== null && {suggestions: [hint]})})
}

function toldToUser(command: Command, error: Error): UserError | null {
  const {id, flags, args} = command.constructor as Partial<typeof Command> // those without any leave them undefined
  return usageError(error, {
    id: command.id ?? id ?? '',
    bin: command.config.bin,
    flags: Object.keys(flags ?? {}),
    mostArguments: Object.keys(args ?? {}).length,
  })
}
