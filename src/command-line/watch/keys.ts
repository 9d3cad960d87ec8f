/** The keyboard of a live view: q ends it. The terminal is as it was afterwards, however the program ends. */

export interface WatchKeys {
  release(): void
}

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_Z = '\u001a'

/** What keys ask for: the end, and to give the terminal to the shell (Ctrl-Z) until `fg` brings it back. */
export interface KeyActions {
  quit(): void
  stop(): void
  go(): void
}

/** Nothing is read where stdin is no terminal. In raw mode Ctrl-C and Ctrl-Z are bytes; they do what they always do. */
export function watchKeys(stdin: NodeJS.ReadStream, {quit, stop, go}: KeyActions): WatchKeys {
  if (!stdin.isTTY) return {release() {}}
  const wasRaw = stdin.isRaw
  const restore = () => stdin.setRawMode(wasRaw)
  const continueAfterStop = () => {
    stdin.setRawMode(true)
    go()
  }
  const onData = (data: Buffer) => {
    for (const key of data.toString('latin1')) {
      if (key === 'q' || key === 'Q' || key === CTRL_D) quit()
      else if (key === CTRL_C) process.kill(process.pid, 'SIGINT')
      else if (key === CTRL_Z) {
        restore()
        stop()
        process.once('SIGCONT', continueAfterStop)
        process.kill(process.pid, 'SIGTSTP')
      }
    }
  }
  stdin.setRawMode(true)
  stdin.on('data', onData)
  stdin.resume()
  process.on('exit', restore)
  return {
    release() {
      process.off('exit', restore)
      process.off('SIGCONT', continueAfterStop)
      stdin.off('data', onData)
      stdin.pause()
      restore()
    },
  }
}
