/** What promfleet says of a fleet: one live take, judged as `doctor` does, and once more from its bundle by the program itself. */
import {cp, readFile, rm, symlink} from 'node:fs/promises'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {execa} from 'execa'
import pLimit from 'p-limit'
import {encodeWithoutSecrets, makeBundle} from '../../src/collect/bundle/bundle.ts'
import {asReplayed} from '../../src/collect/bundle/clean-evidence.ts'
import {writeBundleFile} from '../../src/collect/bundle/file.ts'
import {open, type Session} from '../../src/collect/session.ts'
import {wantsAnotherScrape} from '../../src/diagnose/another-scrape.ts'
import type {Report} from '../../src/diagnose/report.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import {renderJson} from '../../src/report/json.ts'
import {judge} from './judge.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const toolVersion = (JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {version: string}).version
// Longer than the 5 s to which a queue's backoff grows: a shorter window can fall between two retries.
const intervalSeconds = 6
const replays = pLimit(2) // processes at once

export interface Look {
  evidence: FleetEvidence
  /** The bundle's text, as `promfleet capture` writes it. */
  bundle: string
  report: Report
  /** Null: the replay said the same, byte for byte, and ended with the same exit code. */
  replayProblem: string | null
}

/** A program of its own for the replays, built from the sources of now, so that a build meanwhile does not mix two. Its path. */
export async function buildProgram(directory: string): Promise<string> {
  for (const part of ['bin', 'commands', 'src', 'package.json', 'oclif.manifest.json', 'tsconfig.json'])
    await cp(path.join(root, part), path.join(directory, part), {recursive: true})
  await symlink(path.join(root, 'node_modules'), path.join(directory, 'node_modules'))
  await execa(process.execPath, ['bin/build.js'], {cwd: directory}) // esbuild works where it was started
  return path.join(directory, 'bin/run.js')
}

export function openSession(kubeconfig: string, contexts: string[], intervalSeconds: number): Promise<Session> {
  return open(
    {kubeconfig, contexts, allContexts: false, impersonate: {user: null, groups: []}, webCredentials: null},
    {
      intervalSeconds,
      sinceSeconds: 3600,
      timeoutSeconds: 60,
      namespace: null,
      selector: null,
      agents: [],
      includeServers: false,
      transport: 'auto',
      toolVersion,
      onProgress: () => undefined,
      wantsAnotherScrape,
      signal: new AbortController().signal,
    },
  )
}

/** `program` judges the bundle, which lies in `bundleFile` for as long. */
export async function look(
  kubeconfig: string,
  contexts: string[],
  {bundleFile, program}: {bundleFile: string; program: string},
): Promise<Look> {
  const session = await openSession(kubeconfig, contexts, intervalSeconds)
  try {
    const evidence = asReplayed(await session.take())
    const bundle = encodeWithoutSecrets(makeBundle(evidence), session.credentials())
    const report = judge(evidence)
    await writeBundleFile(bundleFile, bundle, {force: true})
    const replayProblem = await replays(() => compareReplay(program, bundleFile, report))
    await rm(bundleFile)
    return {evidence, bundle, report, replayProblem}
  } finally {
    await session.close()
  }
}

async function compareReplay(program: string, bundleFile: string, report: Report): Promise<string | null> {
  const run = await execa(process.execPath, [program, 'doctor', '--from', bundleFile, '-o', 'json'], {
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
  })
  if (run.exitCode !== report.exitCode)
    return `replay ended with ${run.exitCode}, not ${report.exitCode}: ${run.stderr.slice(0, 500)}`
  const live = renderJson(report)
  if (run.stdout === live) return null
  let at = 0
  while (run.stdout[at] === live[at]) at += 1
  return `replay differs at byte ${at}: ${JSON.stringify(run.stdout.slice(at - 80, at + 80))} live ${JSON.stringify(live.slice(at - 80, at + 80))}`
}
