/** What oclif has to say about a command line, in one sentence with a hint. Its own texts come with line breaks and a page of help. */
import {stripVTControlCharacters} from 'node:util'
import {UserError} from '../errors.ts'
import {nearest} from '../nearest.ts'
import {clean} from '../report/text.ts'

/** Of the command that the words were meant for, as oclif has it. */
interface Usage {
  id: string
  bin: string
  flags: readonly string[]
  /** How many positional arguments it takes. */
  mostArguments: number
}

/** The same error for people; null when it is none about the command line. Shapes and texts of @oclif/core 4, lib/parser. */
export function usageError(error: Error, usage: Usage): UserError | null {
  if (error instanceof UserError) return withFlagInFront(error)
  if (!('oclif' in error)) return null
  const help = `"${usage.bin} ${usage.id} --help" tells its flags`
  if ('parse' in error && 'flags' in error) return unknownFlag(strings(error.flags)[0] ?? '', usage, help)
  if ('parse' in error && 'args' in error) return tooManyArguments(strings(error.args), usage, help)
  const text = clean(stripVTControlCharacters(error.message))
  const [, excluded, excluding] = /--([\w-]+)(?:=.*?)? cannot also be provided when using --([\w-]+)/.exec(text) ?? []
  if (excluded) return new UserError(`--${excluding} and --${excluded} exclude each other`, 'leave one of them out')
  const [, given, missing] = /must be provided when using --([\w-]+): (--[\w-]+)/.exec(text) ?? []
  if (given) return new UserError(`--${given} needs ${missing}`, 'give both')
  const [, flag, value, options] =
    /^Expected --([\w-]+)=(.*) to be one of: ([^:]*?)(?: See more help with --help)?$/.exec(text) ?? []
  if (flag) return new UserError(`--${flag} is one of ${options}, not "${value}"`)
  const [, empty, choice] = /^Flag --([\w-]+) expects (?:a value|one of these values: (.*))$/.exec(text) ?? []
  if (empty) return new UserError(`--${empty} needs a value${choice ? `: ${choice}` : ''}`, help)
  const [, twice] = /^Flag --([\w-]+) can only be specified once$/.exec(text) ?? []
  if (twice) return new UserError(`--${twice} can be given once only`)
  return null
}

/** oclif wraps what the parser of a flag's value threw. */
function withFlagInFront({message, hint}: UserError): UserError {
  const [, flag, reason] = /^Parsing (--[\w-]+) \n\t(.*)\nSee more help with --help$/s.exec(message) ?? []
  return new UserError(flag ? `${flag}: ${clean(reason ?? '')}` : message, hint)
}

function unknownFlag(given: string, {id, flags}: Usage, help: string): UserError {
  const [name = ''] = given.split('=')
  const near = name.startsWith('--') ? nearest(name.slice(2), flags) : null
  return new UserError(`${id} has no flag ${clean(name)}`, near === null ? help : `did you mean --${near}?`)
}

function tooManyArguments(extra: string[], {id, bin, flags, mostArguments}: Usage, help: string): UserError {
  if (mostArguments > 0) {
    const given = mostArguments + extra.length
    return new UserError(`${id} takes one argument, not ${given}`, `"${bin} ${id} --help" tells what it takes`)
  }
  const names = clean(extra.join(','))
  return new UserError(
    `${id} takes no arguments`,
    flags.includes('context') ? `did you mean --context ${names}?` : help,
  )
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}
