/** What the rows run on: promfleet as built, bundled readers, a working directory, and the peers that this machine has. */
import {execFileSync} from 'node:child_process'
import {access, cp, mkdir, mkdtemp, rm} from 'node:fs/promises'
import {homedir, tmpdir} from 'node:os'
import path from 'node:path'
import {build} from 'esbuild'
import {program} from '../../bin/bundle.js'
import {fetchFromDebian} from '../lab/debian.ts'
import {cacheDirectory} from '../lab/prometheus.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** Builds promfleet and puts what npm would install into the directory; gives the path to run. */
export async function installProgram(directory: string): Promise<string> {
  execFileSync(process.execPath, [path.join(root, 'bin/build.js')], {stdio: 'inherit'})
  for (const part of ['package.json', 'oclif.manifest.json', 'bin/run.js', 'dist'])
    await cp(path.join(root, part), path.join(directory, part), {recursive: true})
  return path.join(directory, 'bin/run.js')
}

/** Bundles a script of this folder as promfleet itself is, beside the installed program, so that loading TypeScript is not measured. */
export async function bundle(script: string, directory: string): Promise<string> {
  await build({
    ...{...program, entryPoints: [path.join('test/bench', script)], outbase: 'test'},
    outdir: path.join(directory, 'dist'),
  })
  return path.join(directory, 'dist/bench', script.replace(/\.ts$/, '.js'))
}

export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'promfleet-bench-'))
  try {
    return await use(directory)
  } finally {
    await rm(directory, {recursive: true, force: true})
  }
}

/** The path of a program on PATH; null when it is not there. */
export async function onPath(name: string): Promise<string | null> {
  for (const directory of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(directory, name)
    if (await exists(file)) return file
  }
  return null
}

/** $PROMTOOL, on PATH, in the cache of real clusters or our own, else fetched from Debian. Throws with the reason why not. */
export async function findPromtool(): Promise<string> {
  if (process.env.PROMTOOL) return process.env.PROMTOOL
  const own = path.join(cacheDirectory(), 'promtool-2.42')
  const realClusters = process.env.REALCLUSTER_HOME || path.join(homedir(), '.cache', 'realcluster')
  for (const candidate of [await onPath('promtool'), path.join(realClusters, 'bin/promtool-2.42'), own]) {
    if (candidate !== null && (await exists(candidate))) return candidate
  }
  await mkdir(cacheDirectory(), {recursive: true})
  await fetchFromDebian('prometheus', 'bookworm', 'usr/bin/promtool', own)
  return own
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
