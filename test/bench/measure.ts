/** CPU, wall time and peak memory of whole processes, theirs and ours in turn, so that a busy machine hits both alike. */
import {spawn} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {performance} from 'node:perf_hooks'

export interface Command {
  /** The program and its arguments. */
  line: [string, ...string[]]
  env?: NodeJS.ProcessEnv
  /** Exit codes that are no failure of the measurement; default 0 only. */
  exitCodes?: number[]
}

/** Medians over all runs. */
export interface Cost {
  /** User and system time, of the processes that it started too. */
  cpuSeconds: number
  wallSeconds: number
  /** Of the process itself, not of those it started; null where /proc is missing. */
  peakMebibytes: number | null
}

/** bash because its `time` reads the children's resource usage, to the millisecond, which Node offers for itself only. */
const TIMED = `TIMEFORMAT='%3U %3S'; { time "$@" 2>/dev/null 3>&-; } 2>&3`
const PEAK_EVERY_MS = 10

/** Runs the commands in turn, so many times each; gives their costs in the same order. Throws when one fails. */
export async function measure(commands: Command[], runs: number): Promise<Cost[]> {
  const costs: Cost[][] = commands.map(() => [])
  for (let run = 0; run < runs; run += 1) {
    for (const [index, command] of commands.entries()) costs[index]?.push(await measureOnce(command))
  }
  return costs.map(all => ({
    cpuSeconds: median(all.map(cost => cost.cpuSeconds)),
    wallSeconds: median(all.map(cost => cost.wallSeconds)),
    peakMebibytes: all.some(cost => cost.peakMebibytes === null)
      ? null
      : median(all.map(cost => cost.peakMebibytes ?? 0)),
  }))
}

async function measureOnce({line, env = process.env, exitCodes = [0]}: Command): Promise<Cost> {
  const startedAt = performance.now()
  const shell = spawn('bash', ['-c', TIMED, 'bash', ...line], {env, stdio: ['ignore', 'pipe', 'ignore', 'pipe']})
  shell.stdout?.resume() // a pipe, because grep stops at its first match when it writes to /dev/null
  let times = ''
  shell.stdio[3]?.on('data', chunk => {
    times += chunk
  })
  let peak: number | null = null
  const watch = setInterval(() => {
    peak = peakOfChild(shell.pid) ?? peak
  }, PEAK_EVERY_MS)
  const exitCode = await new Promise<number | null>((resolve, reject) => shell.on('error', reject).on('close', resolve))
  clearInterval(watch)
  const wallSeconds = (performance.now() - startedAt) / 1000
  if (exitCode === null || !exitCodes.includes(exitCode)) throw new Error(`exit code ${exitCode} of ${line.join(' ')}`)
  const [user = Number.NaN, system = Number.NaN] = times.trim().split(' ').map(Number)
  return {cpuSeconds: user + system, wallSeconds, peakMebibytes: peak}
}

/** The kernel's own high-water mark, so that looking every now and then misses little. */
function peakOfChild(shell: number | undefined): number | null {
  try {
    const child = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0]
    const kibibytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1]
    return kibibytes === undefined ? null : Number(kibibytes) / 1024
  } catch {
    return null // not started yet, ended already, or not on Linux
  }
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
}
