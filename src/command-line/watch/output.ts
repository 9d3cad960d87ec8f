/** Where the frames of a watch go: a screen that changes in place, lines that are appended, or one JSON document a line. */
import type {LagChange} from '../../diagnose/lag/changes.ts'
import {keepChanges} from '../../diagnose/lag/changes-kept.ts'
import type {LagFrame} from '../../diagnose/lag/history.ts'
import {renderAppended, renderEnd, renderFrame, renderLastFrame} from '../../report/lag/live.ts'
import {lagVerdictLine} from '../../report/lag/verdict.ts'
import {createStyle, type TerminalOptions} from '../../report/style.ts'
import {formatClockSeconds} from '../../units.ts'
import {openScreen, type Terminal} from './screen.ts'

export interface WatchOutput {
  frame(frame: LagFrame): Promise<void>
  /** The terminal is somebody else's until the next frame, or until refresh. */
  lend(): void
  /** Shows the newest frame again. */
  refresh(): void
  /** Leaves the last frame behind, whole. */
  end(frame: LagFrame): Promise<void>
}

/** Told in the picture for as long as there is room. */
const CHANGES_KEPT = 20

/** `styleNow`: as the terminal is now; it may be resized. */
export function screenOutput(
  terminal: Terminal,
  styleNow: () => TerminalOptions,
  intervalSeconds: number,
): WatchOutput {
  const screen = openScreen(terminal)
  let changes: LagChange[] = []
  let refresh = () => {}
  return {
    async frame(frame) {
      changes = keepChanges(changes, frame.changes, CHANGES_KEPT)
      refresh = () =>
        screen.show(() => {
          const options = styleNow()
          if (options.quiet) return lagVerdictLine(frame.report, createStyle(options), frame.gone)
          const screenLines = terminal.rows && terminal.rows > 0 ? terminal.rows : 24
          return renderFrame(frame, changes, {...options, screenLines, intervalSeconds})
        })
      refresh()
    },
    lend: () => screen.lend(),
    refresh: () => refresh(),
    async end(frame) {
      screen.close()
      const options = styleNow()
      await write(terminal, options.quiet ? quietLine(frame, options) : renderLastFrame(frame, changes, options))
    },
  }
}

export function appendedOutput(stream: Pick<Terminal, 'write'>, options: TerminalOptions): WatchOutput {
  return {
    frame: frame => {
      const time = formatClockSeconds(frame.report.takenAt)
      return write(stream, options.quiet ? `${time}  ${quietLine(frame, options)}` : renderAppended(frame, options))
    },
    lend() {},
    refresh() {},
    // The rows of the last frame stand above: what they come to, as a single look ends.
    end: frame => write(stream, options.quiet ? quietLine(frame, options) : renderEnd(frame, options)),
  }
}

export function jsonOutput(stream: Pick<Terminal, 'write'>): WatchOutput {
  return {
    frame: ({report, changes}) => {
      // States and losses of a change stand in its words. JSON leaves out what is undefined.
      const told = changes.map(change => ({...change, states: undefined, lostSamples: undefined}))
      return write(stream, `${JSON.stringify({...report, changes: told})}\n`)
    },
    lend() {},
    refresh() {},
    end: async () => {},
  }
}

function quietLine({report, gone}: LagFrame, options: TerminalOptions): string {
  return `${lagVerdictLine(report, createStyle(options), gone)}\n`
}

/** Waits until it is taken: a slow reader slows the watching down, and fills no memory. */
function write(stream: Pick<Terminal, 'write'>, text: string): Promise<void> {
  return new Promise(resolve => stream.write(text, () => resolve()))
}
