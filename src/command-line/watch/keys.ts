/** The keyboard of a live view: q ends it. The terminal is as it was afterwards, however the program ends. */

export interface WatchKeys {
  release(): void
}

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_Z = '\u001a'

/** Nothing is read where stdin is no terminal. In raw mode Ctrl-C and Ctrl-Z are bytes; they do what they always do. */
export function watchKeys(stdin: NodeJS.ReadStream, onQuit: () => void, onContinue: () => void): WatchKeys {
  if (!stdin.isTTY) return {release() {}}
  const wasRaw = stdin.isRaw
  const restore = () => stdin.setRawMode(wasRaw)
  const continueAfterStop = () => {
    stdin.setRawMode(true)
    onContinue()
  }
  const onData = (data: Buffer) => {
    for (const key of data.toString('latin1')) {
      if (key === 'q' || key === 'Q' || key === CTRL_D) onQuit()
      else if (key === CTRL_C) process.kill(process.pid, 'SIGINT')
      else if (key === CTRL_Z) {
        restore()
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
