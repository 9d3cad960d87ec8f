/** Recorded bundles of faults: test/fixtures/faults/<fault>-<version>.json.gz, small and without a trace of the machine. */
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import {hostname} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {gunzipSync, gzipSync} from 'node:zlib'
import type {Version} from '../scenarios/scenario.ts'
import type {FaultCase} from './fault-case.ts'

export const recordedDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../fixtures/faults')

export function recordedName({name}: Pick<FaultCase, 'name'>, version: Version): string {
  return `${name}-${version}.json.gz`
}

export async function listRecorded(): Promise<string[]> {
  return (await readdir(recordedDirectory).catch(() => [])).filter(name => name.endsWith('.json.gz')).sort()
}

export async function readRecorded(name: string): Promise<string> {
  return gunzipSync(await readFile(path.join(recordedDirectory, name))).toString()
}

export async function writeRecorded(name: string, bundle: string): Promise<void> {
  await mkdir(recordedDirectory, {recursive: true})
  await writeFile(path.join(recordedDirectory, name), gzipSync(scrub(bundle), {level: 9}))
}

/** Takes out what tells of the machine, and the HELP lines that nobody reads. */
export function scrub(bundle: string): string {
  return bundle
    .replace(/(?:\/[\w.-]+)*\/promfleet-lab-\w+/g, '/lab')
    .replaceAll(process.cwd(), '/lab')
    .replace(/\(Linux [^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)/g, '(Linux)') // uname, with the node's name
    .replaceAll(hostname(), 'node')
    .replace(/# HELP (?:[^\\"]|\\[^n])*?\\n/g, '')
}
