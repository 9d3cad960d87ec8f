/** What the demo shows where no Prometheus can be had: recorded takes of the same troubles. */
import {existsSync} from 'node:fs'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {gunzipSync, gzipSync} from 'node:zlib'
import {execa} from 'execa'
import {recordedDirectory, scrub} from '../faults/recorded.ts'
import type {Scenario} from '../scenarios/scenario.ts'

/** Newest release first. */
const versions = ['3.5', '2.53', '2.42']

/** The bundle of `npm run demo` itself. */
function demoBundle({name}: Pick<Scenario, 'name'>): string {
  return path.join(recordedDirectory, '..', `${name}.json.gz`)
}

/** A recorded bundle that shows this trouble; null when none does. */
export function recordingOf(scenario: Pick<Scenario, 'name'>): string | null {
  const ofFault = versions.map(version => path.join(recordedDirectory, `${scenario.name}-${version}.json.gz`))
  return [demoBundle(scenario), ...ofFault].find(file => existsSync(file)) ?? null
}

/** Captures what stands behind the kubeconfig, without a trace of the machine. Returns the file. */
export async function record(program: string, scenario: Pick<Scenario, 'name'>, kubeconfig: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'promfleet-demo-'))
  try {
    const file = path.join(folder, 'bundle.json.gz')
    const args = ['capture', '--all-contexts', '--interval', '6', '--fleet', 'none', '--output-file', file]
    await execa(process.execPath, [program, ...args], {env: {KUBECONFIG: kubeconfig}, stdin: 'ignore'})
    const text = gunzipSync(await readFile(file)).toString()
    await writeFile(demoBundle(scenario), gzipSync(scrub(text), {level: 9}))
    return demoBundle(scenario)
  } finally {
    await rm(folder, {recursive: true})
  }
}
