/** Durations as people type them: `90s`, `1h30m`, and plain seconds. */
import {UserError} from '../errors.ts'
import {parseDurationSeconds} from '../facts/duration.ts'

const DAY_SECONDS = 24 * 3600
/** The timers of Node.js end at once where they are to wait for longer than 24 days. */
const LONGEST_WAIT_DAYS = 20

/** Seconds that can be waited for, more than none. Throws UserError for anything else. */
export async function someWait(text: string): Promise<number> {
  const seconds = await wait(text)
  if (seconds <= 0) throw new UserError(`"${text}" leaves no time to look`, 'write it like 90s, 5m or 1h30m')
  return seconds
}

/** Seconds that can be waited for. Throws UserError for anything else. */
export async function wait(text: string): Promise<number> {
  const seconds = await duration(text)
  if (seconds <= LONGEST_WAIT_DAYS * DAY_SECONDS) return seconds
  throw new UserError(`"${text}" is longer than can be waited for`, `at most ${LONGEST_WAIT_DAYS}d`)
}

/** Seconds. Throws UserError for anything that is not a duration. */
export async function duration(text: string): Promise<number> {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : parseDurationSeconds(text)
  if (seconds === null) throw new UserError(`"${text}" is not a duration`, 'write it like 90s, 5m or 1h30m')
  return seconds
}
