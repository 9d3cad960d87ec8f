/** Finds real Prometheus binaries for the lab: told by the environment, cached, on PATH, or fetched from Debian. */
import {constants} from 'node:fs'
import {access, mkdir, readFile, stat, writeFile} from 'node:fs/promises'
import {homedir} from 'node:os'
import path from 'node:path'
import {execa} from 'execa'
import {fetchFromDebian, hasApt} from './debian.ts'

/** The oldest that is looked after, the last 2.x series with an LTS, and the current LTS: each as Debian ships it. */
export const prometheusVersions = ['2.42', '2.53', '3.5'] as const
export type PrometheusVersion = (typeof prometheusVersions)[number]

const debianSuites: Record<PrometheusVersion, string> = {'2.42': 'bookworm', '2.53': 'trixie', '3.5': 'sid'}
const retryFetchAfterMs = 5 * 60_000

/** Paths of executables; null where that version cannot be had, with the reason in `missing`. */
export interface PrometheusBinaries {
  paths: Record<PrometheusVersion, string | null>
  missing: Partial<Record<PrometheusVersion, string>>
}

/**
 * Looks in this order: PROMETHEUS_2_42 and so on, real clusters' cache, own cache, PATH, Debian's archive (which fills the own cache).
 * Quick when cached: it only looks whether files are there. Never throws; `print` gets one line per fetch and per missing version.
 */
export async function findPrometheus(
  print: (line: string) => void = line => process.stderr.write(`${line}\n`),
): Promise<PrometheusBinaries> {
  const found: PrometheusBinaries = {paths: {'2.42': null, '2.53': null, '3.5': null}, missing: {}}
  await Promise.all(
    prometheusVersions.map(async version => {
      try {
        found.paths[version] = (await findLocally(version)) ?? (await fetch(version, print))
      } catch (error) {
        found.missing[version] = error instanceof Error ? error.message : String(error)
        print(
          `Prometheus ${version} cannot be had: ${found.missing[version]}; set ${variableOf(version)} to a binary to use it`,
        )
      }
    }),
  )
  return found
}

export function cacheDirectory(): string {
  return path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'promfleet')
}

function variableOf(version: PrometheusVersion): string {
  return `PROMETHEUS_${version.replace('.', '_')}`
}

async function findLocally(version: PrometheusVersion): Promise<string | null> {
  const told = process.env[variableOf(version)]
  if (told) {
    if (await isExecutable(told)) return told
    throw new Error(`${variableOf(version)}=${told} is not an executable file`)
  }
  const realClusters = process.env.REALCLUSTER_HOME || path.join(homedir(), '.cache', 'realcluster')
  const candidates = [path.join(realClusters, 'bin', `prometheus-${version}`), cached(version)]
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate
  const installed = await onPath()
  return installed?.version === version ? installed.file : null
}

function cached(version: PrometheusVersion): string {
  return path.join(cacheDirectory(), `prometheus-${version}`)
}

let installedOnce: Promise<{file: string; version: string} | null> | undefined

/** The Prometheus on PATH with its version (major.minor), asked once per process. */
function onPath(): Promise<{file: string; version: string} | null> {
  installedOnce ??= (async () => {
    for (const directory of (process.env.PATH ?? '').split(path.delimiter)) {
      const file = path.join(directory, 'prometheus')
      if (directory && (await isExecutable(file))) return {file, version: (await versionOf(file)) ?? ''}
    }
    return null
  })()
  return installedOnce
}

async function fetch(version: PrometheusVersion, print: (line: string) => void): Promise<string> {
  const note = `${cached(version)}.failed` // so that the next test file does not try the same again
  const failedBefore = await stat(note).catch(() => null)
  if (failedBefore && Date.now() - failedBefore.mtimeMs < retryFetchAfterMs)
    throw new Error((await readFile(note, 'utf8')).trim())
  if (!(await hasApt())) throw new Error('not on PATH, not cached, and there is no apt to fetch it with')
  print(`fetching Prometheus ${version} from Debian ${debianSuites[version]} into ${cacheDirectory()}`)
  try {
    await mkdir(cacheDirectory(), {recursive: true})
    await fetchFromDebian('prometheus', debianSuites[version], 'usr/bin/prometheus', cached(version))
    const got = await versionOf(cached(version))
    if (got !== version)
      throw new Error(`Debian ${debianSuites[version]} ships Prometheus ${got ?? 'of unknown version'} now`)
    return cached(version)
  } catch (error) {
    await writeFile(note, error instanceof Error ? error.message : String(error)).catch(() => undefined)
    throw error
  }
}

/** `prometheus, version 2.53.3+ds1 (...)` -> 2.53; 2.x prints it on stdout or stderr by build. */
async function versionOf(file: string): Promise<string | null> {
  const result = await execa(file, ['--version'], {reject: false, all: true, timeout: 10_000})
  return /version (\d+\.\d+)/.exec(result.all ?? '')?.[1] ?? null
}

async function isExecutable(file: string): Promise<boolean> {
  const information = await stat(file).catch(() => null)
  if (!information?.isFile()) return false
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
