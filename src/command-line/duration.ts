/** Durations as people type them: `90s`, `1h30m`, and plain seconds. */
import {UserError} from '../errors.ts'
import {parseDurationSeconds} from '../facts/duration.ts'

/** Seconds, more than none. Throws UserError for anything else. */
export async function someDuration(text: string): Promise<number> {
  const seconds = await duration(text)
  if (seconds <= 0) throw new UserError(`"${text}" leaves no time to look`, 'write it like 90s, 5m or 1h30m')
  return seconds
}

/** Seconds. Throws UserError for anything that is not a duration. */
export async function duration(text: string): Promise<number> {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : parseDurationSeconds(text)
  if (seconds === null) throw new UserError(`"${text}" is not a duration`, 'write it like 90s, 5m or 1h30m')
  return seconds
}
