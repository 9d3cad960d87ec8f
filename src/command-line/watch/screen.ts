/** A text that stays in its place on a terminal and changes there: drawn over, resized, and taken away again. */
import type {WriteStream} from 'node:tty'
import {createLogUpdate} from 'log-update'
import {linesOnScreen} from '../../report/text.ts'

/** What is asked of a terminal; a test gives its own. */
export type Terminal = Pick<WriteStream, 'write' | 'on' | 'off'> & {
  isTTY?: boolean | undefined
  columns?: number | undefined
  rows?: number | undefined
}

export interface WatchScreen {
  /** Calls for the text now, and again whenever the terminal is resized. */
  show(textOf: () => string): void
  /** Leaves what is shown where it is; the terminal is somebody else's until the next call of show, which draws below. */
  lend(): void
  /** What was shown is gone; the cursor is where it began, and can be seen. */
  close(): void
}

const ESCAPE = String.fromCharCode(27)
const HIDE_CURSOR = `${ESCAPE}[?25l`
const SHOW_CURSOR = `${ESCAPE}[?25h`
const ERASE_LINE_ABOVE = `${ESCAPE}[1A${ESCAPE}[2K`

export function openScreen(terminal: Terminal): WatchScreen {
  // It would hide the cursor on stderr, which may be a file.
  const update = createLogUpdate(terminal as WriteStream, {showCursor: true})
  const restore = () => {
    terminal.write(SHOW_CURSOR)
  }
  let latest: (() => string) | null = null
  let isLent = false
  let drawn = {text: '', lines: 0}
  const draw = () => {
    if (latest === null) return
    const text = latest()
    drawn = {text, lines: linesAt(text, terminal.columns)}
    update(text)
  }
  const redraw = () => {
    // Lines that the terminal broke anew when it became narrower.
    const extra = Math.max(0, linesAt(drawn.text, terminal.columns) - drawn.lines)
    update.clear()
    if (extra > 0) terminal.write(ERASE_LINE_ABOVE.repeat(extra))
    draw()
  }
  terminal.write(HIDE_CURSOR)
  terminal.on('resize', redraw)
  process.on('exit', restore)
  return {
    show(textOf) {
      if (isLent) terminal.write(HIDE_CURSOR)
      isLent = false
      latest = textOf
      draw()
    },
    lend() {
      isLent = true
      // What others write comes below it, and is not drawn over.
      update.done()
      drawn = {text: '', lines: 0}
      restore()
    },
    close() {
      terminal.off('resize', redraw)
      process.off('exit', restore)
      update.clear()
      update.done()
      restore()
    },
  }
}

function linesAt(text: string, columns: number | undefined): number {
  return linesOnScreen(text.split('\n'), columns && columns > 0 ? columns : Number.POSITIVE_INFINITY)
}
