/** What the terminal can show: columns, colour, Unicode; from the stream and the environment, in one place. */

export interface TerminalStyle {
  columns: number
  colour: boolean
  unicode: boolean
}

/** Narrower than this nothing can be laid out; wider lines are hard to read. */
const defaultColumns = 80
const leastColumns = 40

/**
 * A pipe gets 80 columns' layout without colour. NO_COLOR (set and not empty) and --no-color switch colour off,
 * FORCE_COLOR switches it on; a terminal that says it has 0 columns gets 80.
 */
export function terminalStyle(options: {noColour?: boolean}): TerminalStyle {
  const {env, stdout} = process
  const columns = stdout.isTTY && stdout.columns > 0 ? stdout.columns : Number(env.COLUMNS) || defaultColumns
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0'
  const refused = options.noColour === true || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return {
    columns: Math.max(leastColumns, columns),
    colour: !refused && (forced || stdout.isTTY === true),
    // A pipe has no say in what can be shown; a terminal says it by its locale.
    unicode: !stdout.isTTY || /utf-?8/i.test(locale) || env.WT_SESSION !== undefined,
  }
}
