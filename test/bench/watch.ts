/** What `promfleet lag --watch` costs while it is left open on five hundred agents. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {performance} from 'node:perf_hooks'
import {createInterface} from 'node:readline'
import type {Cost} from './measure.ts'
import {peakMemory, type Row} from './row.ts'
import {startFleet} from './stand-in-fleet.ts'

const AGENTS = 500
const CONTEXTS = 20
const INTERVAL_SECONDS = 10
/** Measured are whole periods: the first frame also starts the program and opens the connections, and comes off the beat. */
const FIRST_MEASURED = 2
const PERIODS = 3
const MOST_CORES = 0.5
const MOST_MEBIBYTES = 450
/** _SC_CLK_TCK, which is that everywhere (proc(5)). */
const TICKS_PER_SECOND = 100

export async function measureWatch(program: string, directory: string): Promise<Row> {
  const name = `lag --watch, ${AGENTS} agents in ${CONTEXTS} contexts, every ${INTERVAL_SECONDS} s`
  const peer = '-'
  if (process.platform !== 'linux') return {name, peer, skipped: 'CPU and memory are read from /proc'}
  const fleet = await startFleet(AGENTS, directory, CONTEXTS)
  try {
    const {ours, queues} = await watch([
      ...[program, 'lag', '--watch', '--interval', String(INTERVAL_SECONDS), '--all-contexts', '-o', 'json'],
      ...['--kubeconfig', fleet.kubeconfig, '--fleet', 'none'],
    ])
    if (queues !== AGENTS) throw new Error(`a frame shows ${queues} of ${AGENTS} queues`)
    const cores = ours.cpuSeconds / ours.wallSeconds
    const limits = [
      {what: 'CPU', measured: cores, most: MOST_CORES, unit: ' cores'},
      ...peakMemory(ours, MOST_MEBIBYTES),
    ]
    return {name, peer, ours, theirs: null, limits}
  } finally {
    await fleet.close()
  }
}

/** `queues`: that deliver, in the last frame. */
async function watch(line: string[]): Promise<{ours: Cost; queues: number}> {
  const child = spawn(process.execPath, line, {stdio: ['ignore', 'pipe', 'inherit']})
  const ended = once(child, 'exit')
  try {
    const begin = {at: 0, cpuSeconds: 0}
    let frames = 0
    for await (const document of createInterface({input: child.stdout})) {
      frames += 1
      if (frames === FIRST_MEASURED) Object.assign(begin, {at: performance.now(), cpuSeconds: cpuSecondsOf(child.pid)})
      if (frames < FIRST_MEASURED + PERIODS) continue
      const wallSeconds = (performance.now() - begin.at) / 1000
      const cpuSeconds = cpuSecondsOf(child.pid) - begin.cpuSeconds
      const {summary} = JSON.parse(document) as {summary: {delivering: number}}
      return {ours: {cpuSeconds, wallSeconds, peakMebibytes: peakOf(child.pid)}, queues: summary.delivering}
    }
    throw new Error(`it ended after ${frames} frames`)
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** User and system time of the process. */
function cpuSecondsOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

function peakOf(pid: number | undefined): number | null {
  const kibibytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return kibibytes === undefined ? null : Number(kibibytes) / 1024
}
