/** Tells the log lines that nobody reads, most of a healthy log, from those that a digest keeps. */

/** How the info lines that facts read begin; all other info and debug lines are counted only. Texts of 2.32 to 3.14. */
const READ_MESSAGES = [
  'Starting (?:Prometheus|WAL watcher|corruption repair)',
  'Experimental agent mode',
  'Agent WAL storage started',
  'Server is ready',
  'Loading configuration',
  'Completed loading',
  '[Rr]eplaying WAL',
  'Done replaying',
  'WAL (?:segment loaded|replay completed|checkpoint complete)',
  '[Cc]reating checkpoint',
  '[Tt]runcat',
  'series GC',
  'Stopping remote storage',
  'Remote storage',
  'Currently resharding',
  'Skipping resharding',
  'Retrying after',
  'Received ',
  'See you next time',
  'Dropped ',
  'TSDB started',
  'GOMEMLIMIT',
  'TLS is ',
  '[Ss]uccessfully repaired',
  'Deleting all segments',
  'Rewrite corrupted',
  'A lockfile',
].join('|')
const READ_LINE = new RegExp(`msg(?:=|":)"?(?:${READ_MESSAGES})`)

/**
 * A line that says info or debug and none of the above, as far as its message; what a healthy log is made of, so it is looked
 * at where it lies. Lines it misses (JSON above all) are looked at more slowly, with the same outcome.
 */
const QUIET_LINE = new RegExp(
  String.raw`(?:\d{4}-\S+ )?(?:ts|time)=\S+ (?:caller=\S+ )?(?:component=(?:\w+|"[\w ]+") )?level=(?:info|INFO|debug|DEBUG) ` +
    String.raw`(?:(?:caller|source)=\S+ )?(?:component=(?:\w+|"[\w ]+") )?(?:remote_name=\S+ url=\S+ )?` +
    `msg=(?!"?(?:${READ_MESSAGES}))`,
  'y',
)
const QUIET_LEVEL =
  /^(?:\d{4}-\S+ )?(?:(?:ts|time)=\S+ (?:caller=\S+ |component="?[\w ]+"? )*level=|\{[^{}]{0,200}?"level":")(?:info|INFO|debug|DEBUG)\b/

/** Whether a quiet line begins at this position; false also where only isQuietLine can tell. */
export function isQuietAt(text: string, position: number): boolean {
  QUIET_LINE.lastIndex = position
  return QUIET_LINE.test(text)
}

/** Whether a line is info or debug and nothing that facts read. */
export function isQuietLine(line: string): boolean {
  return QUIET_LEVEL.test(line) && !READ_LINE.test(line)
}
