/** A real VictoriaMetrics as a receiver: its words are its own. */
import {constants} from 'node:fs'
import {access, mkdir} from 'node:fs/promises'
import path from 'node:path'
import type {Address} from './addresses.ts'
import {waitUntil} from './conditions.ts'
import {fetchFromDebian, hasApt} from './debian.ts'
import {ContainerLog} from './kubernetes/pod-log.ts'
import {type LabProcess, startProcess} from './processes.ts'
import {cacheDirectory} from './prometheus.ts'

/** Path of the program: VICTORIA_METRICS, own cache, or Debian's archive, which fills the cache; null where it cannot be had. */
export async function findVictoriaMetrics(): Promise<string | null> {
  const cached = path.join(cacheDirectory(), 'victoria-metrics')
  for (const file of [process.env.VICTORIA_METRICS, cached]) if (file && (await isExecutable(file))) return file
  if (!(await hasApt())) return null
  await mkdir(cacheDirectory(), {recursive: true})
  return fetchFromDebian('victoria-metrics', 'trixie', 'usr/bin/victoria-metrics', cached).then(
    () => cached,
    () => null,
  )
}

/** Ready when it answers. */
export async function startVictoriaMetrics(
  binary: string,
  directory: string,
  {host, port}: Address,
  flags: readonly string[],
): Promise<LabProcess> {
  await mkdir(directory, {recursive: true})
  const process = startProcess(
    binary,
    [
      `-httpListenAddr=${host}:${port}`,
      `-storageDataPath=${path.join(directory, 'data')}`,
      '-loggerLevel=WARN',
      ...flags,
    ],
    new ContainerLog(path.join(directory, 'output.log')),
    {GOMAXPROCS: '1'},
  )
  await waitUntil('VictoriaMetrics to answer', 30, async () => {
    const answer = await fetch(`http://${host}:${port}/health`, {signal: AbortSignal.timeout(5000)}).catch(() => null)
    if (answer) return null
    return process.isRunning() ? 'no answer' : 'its process has ended'
  })
  return process
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
