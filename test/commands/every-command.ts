/** Every command in every form, on a cluster of the test's own. */
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach} from 'vitest'
import Capture from '../../commands/capture.ts'
import Doctor from '../../commands/doctor.ts'
import Labels from '../../commands/labels.ts'
import Lag from '../../commands/lag.ts'
import Logs from '../../commands/logs.ts'
import Probe from '../../commands/probe.ts'
import {type FakeCluster, startFakeCluster} from '../collect/fake-cluster.ts'
import {type CommandRun, runCommand} from './run-command.ts'

export interface Place {
  cluster: FakeCluster
  /** For files; gone after the test. */
  directory: string
}

/** Another cluster and directory for each test of the file. */
export function placeOfEachTest(): Place {
  const place = {} as Place
  beforeEach(async () => {
    place.cluster = await startFakeCluster()
    place.directory = mkdtempSync(join(tmpdir(), 'promfleet-leaks-'))
  })
  afterEach(async () => {
    await place.cluster.close()
    rmSync(place.directory, {recursive: true})
  })
  return place
}

export function write({directory}: Place, name: string, content: string, mode = 0o600): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

export function kubeconfig(
  place: Place,
  user: object,
  change: {server?: string; cluster?: object; context?: string} = {},
): string {
  const context = change.context ?? 'cluster2'
  return write(
    place,
    'kubeconfig',
    JSON.stringify({
      clusters: [{name: 'c', cluster: {server: change.server ?? place.cluster.server, ...change.cluster}}],
      users: [{name: 'viewer', user}],
      contexts: [{name: context, context: {cluster: 'c', user: 'viewer'}}],
      'current-context': context,
    }),
  )
}

/** A user whose credentials come from this program. */
export const plugin = (place: Place, script: string) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: write(place, 'plugin', `#!/bin/sh\n${script}\n`, 0o700),
    interactiveMode: 'Never',
  },
})

/** Every command in every form, live and of the bundle that capture wrote; by the words that were typed. */
export async function runEverything(
  {directory}: Place,
  config: string,
  scope: string[] = [],
  web: string[] = [],
): Promise<[string, CommandRun][]> {
  const file = join(directory, 'fleet.json.gz')
  rmSync(file, {force: true})
  const live = ['--kubeconfig', config, '--timeout', '8', ...scope]
  const looked = [...live, '--transport', 'proxy', ...web]
  const doctor = [...looked, '--interval', '0']
  const commands: [{name: string; run(args: string[], options: {root: string}): Promise<unknown>}, string[]][] = [
    ...[['-v'], ['-o', 'wide'], ['-o', 'json'], ['-q']].map(
      form => [Doctor, [...doctor, ...form]] as [typeof Doctor, string[]],
    ),
    ...[['-v'], ['-o', 'wide'], ['-o', 'json'], ['-q']].map(
      form => [Lag, [...doctor, ...form]] as [typeof Lag, string[]],
    ),
    ...[['-v'], ['-o', 'json']].map(form => [Labels, [...looked, ...form]] as [typeof Labels, string[]]),
    ...[['-v'], ['-o', 'json']].map(
      form => [Probe, [...looked, '--interval', '0', '--no-from-here', ...form]] as [typeof Probe, string[]],
    ),
    [Capture, [...doctor, '--output-file', file, '--force']],
    ...[['-v'], ['-o', 'json'], ['--raw'], ['--previous', '-v'], ['--previous', '--raw']].map(
      form => [Logs, [...live, ...form]] as [typeof Logs, string[]],
    ),
    ...[['-v'], ['-o', 'json']].map(form => [Doctor, ['--from', file, ...form]] as [typeof Doctor, string[]]),
    ...[['-v'], ['-o', 'json']].map(form => [Labels, ['--from', file, ...form]] as [typeof Labels, string[]]),
    ...[['-v'], ['-o', 'wide'], ['-o', 'json']].map(form => [Lag, ['--from', file, ...form]] as [typeof Lag, string[]]),
    ...[['-v'], ['-o', 'json'], ['--raw']].map(form => [Logs, ['--from', file, ...form]] as [typeof Logs, string[]]),
  ]
  const runs: [string, CommandRun][] = []
  for (const [command, args] of commands)
    runs.push([[command.name.toLowerCase(), ...args].join(' '), await runCommand(command, args)])
  return runs
}
