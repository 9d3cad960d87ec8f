/** What the terminal can show: columns, colour, Unicode; from the stream and the environment, in one place. */
import type {TerminalOptions} from '../report/style.ts'

/**
 * A pipe gets no colour. NO_COLOR (set and not empty) and --no-color switch colour off, FORCE_COLOR switches it on. Some
 * terminals say that they have 0 columns.
 */
export function terminalStyle(options: {noColour?: boolean}): Pick<TerminalOptions, 'columns' | 'colour' | 'unicode'> {
  const {env, stdout} = process
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0'
  const refused = options.noColour === true || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return {
    columns: stdout.isTTY && stdout.columns > 0 ? stdout.columns : Number(env.COLUMNS),
    colour: !refused && (forced || stdout.isTTY === true),
    // A pipe has no say in what can be shown; a terminal says it by its locale.
    unicode: !stdout.isTTY || /utf-?8/i.test(locale) || env.WT_SESSION !== undefined,
  }
}
