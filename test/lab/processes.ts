/** Child processes of the lab: none outlives it, whatever ends it. */
import {execa, execaSync} from 'execa'
import type {ContainerLog} from './kubernetes/pod-log.ts'

export interface LabProcess {
  pid: number
  /** Resolves with the exit code, or null when a signal ended it. */
  ended: Promise<number | null>
  isRunning(): boolean
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>
}

const running = new Set<number>()
let watching = false
let parentDeathSignal: boolean | undefined

/** Starts `file`; what it prints goes to `log`. It dies with this process, even with one that is killed (Linux, setpriv). */
export function startProcess(
  file: string,
  args: string[],
  log: ContainerLog,
  env: Record<string, string> = {},
): LabProcess {
  watchForTheEnd()
  const [program = file, ...rest] = dyingWithUs(file, args)
  const child = execa(program, rest, {
    reject: false,
    stdin: 'ignore',
    buffer: false,
    env,
    forceKillAfterDelay: false,
  })
  const pid = child.pid ?? 0
  running.add(pid)
  child.stdout.pipe(log, {end: false})
  child.stderr.pipe(log, {end: false})
  let over = false
  const ended = child.then(result => {
    over = true
    running.delete(pid)
    log.end()
    return result.exitCode ?? null
  })
  return {
    pid,
    ended,
    isRunning: () => !over,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The command, wrapped so that the kernel kills it when this process dies (setpriv of util-linux, where it is). */
export function dyingWithUs(file: string, args: string[]): string[] {
  parentDeathSignal ??= execaSync('setpriv', ['--pdeathsig', 'KILL', 'true'], {reject: false}).exitCode === 0
  return parentDeathSignal ? ['setpriv', '--pdeathsig', 'KILL', file, ...args] : [file, ...args]
}

function watchForTheEnd(): void {
  if (watching) return
  watching = true
  process.on('exit', () => {
    for (const pid of running) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // gone already
      }
    }
  })
}
