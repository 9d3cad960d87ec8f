/**
 * Child processes that end together with all that they started: a shell script's own children keep its output open, and who
 * waits for that waits for ever. Children are started with `detached: true`, which makes them a group of their own, without
 * the terminal to prompt on.
 */
import type {ChildProcess} from 'node:child_process'

type Child = Pick<ChildProcess, 'pid' | 'once' | 'kill'> & {
  stdout?: ChildProcess['stdout'] | undefined
  stderr?: ChildProcess['stderr'] | undefined
}

/** How long a process that is asked to end may take to. */
const KILL_AFTER_MILLISECONDS = 1000

const running = new Set<Child>()

/** Terminal signals do not reach a group of its own, so what still runs is ended when we exit. */
export function endWithUs(child: Child): void {
  if (running.size === 0) process.once('exit', endAll)
  running.add(child)
  const forget = () => {
    running.delete(child)
    if (running.size === 0) process.off('exit', endAll)
  }
  child.once('close', forget)
  child.once('error', forget) // it never started
}

function endAll(): void {
  for (const child of running) signalGroup(child, 'SIGTERM')
}

/** Asks the group to end, then makes it; its output is closed even if a part of it has got away. */
export function endGroup(child: Child): void {
  signalGroup(child, 'SIGTERM')
  const timer = setTimeout(() => {
    signalGroup(child, 'SIGKILL')
    child.stdout?.destroy()
    child.stderr?.destroy()
  }, KILL_AFTER_MILLISECONDS)
  child.once('close', () => clearTimeout(timer))
}

function signalGroup(child: Child, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    child.kill(signal) // no groups on this system, or all of it has ended
  }
}
