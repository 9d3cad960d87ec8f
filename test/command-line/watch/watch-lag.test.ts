/** `promfleet lag --watch` as a command, without a terminal. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import Lag from '../../../commands/lag.ts'
import type {LagReport} from '../../../src/diagnose/lag/lag-report.ts'
import {aScrape} from '../../builders/scrape.ts'
import {agentPod, type FakeCluster, healthyAgent, startFakeCluster} from '../../collect/fake-cluster.ts'
import {runCommand} from '../../commands/run-command.ts'

let cluster: FakeCluster
let folder: string
let scope: string[]
beforeEach(async () => {
  cluster = await startFakeCluster()
  cluster.pods = [agentPod('agent-0')]
  cluster.agents.set('agent-0', healthyAgent({'/metrics': (_, response) => response.end(metricsNow())}))
  folder = mkdtempSync(path.join(tmpdir(), 'promfleet-watch-'))
  const kubeconfig = path.join(folder, 'kubeconfig')
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{name: 'c', cluster: {server: cluster.server}}],
      contexts: [{name: 'cluster2', context: {cluster: 'c'}}],
      'current-context': 'cluster2',
    }),
  )
  scope = ['--kubeconfig', kubeconfig, '--transport', 'proxy', '--fleet', 'none']
})
afterEach(async () => {
  await cluster.close()
  rmSync(folder, {recursive: true})
})

const started = Date.now() / 1000 - 86_400

/** An agent that has delivered 180 samples a second for a day. */
function metricsNow(): string {
  const at = Date.now() / 1000
  const total = Math.round(180 * (at - started))
  const queue = {name: 'central', total, bytes: 25 * total, highestSent: at - 1, recordsRead: total}
  return aScrape({at, uptime: at - started, samplesIn: total, highestTimestamp: at, queues: [queue]}).text
}

const documentsOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as LagReport & {changes: unknown[]})

describe('lag --watch', () => {
  it('ends by itself when --timeout is given, and the last frame decides the exit code', async () => {
    const {stdout, exitCode} = await runCommand(Lag, [
      ...scope,
      '--watch',
      '--interval',
      '1s',
      '--timeout',
      '4s',
      '-o',
      'json',
    ])
    const documents = documentsOf(stdout)
    expect(documents.length).toBeGreaterThan(0)
    expect(exitCode).toBe(documents.at(-1)?.exitCode)
    expect(documents.at(-1)).toMatchObject({state: 'delivering', exitCode: 0, changes: []})
  })
  it('fails a script by lag as without --watch does', async () => {
    const given = [...scope, '--watch', '--interval', '1s', '--timeout', '3s', '--fail-over', '0s', '-q']
    expect((await runCommand(Lag, given)).stdout).toMatch(/^\d\d:\d\d:\d\d {2}/)
  })
  it('appends a line for each row where there is no terminal', async () => {
    const {stdout} = await runCommand(Lag, [...scope, '--watch', '--interval', '1s', '--timeout', '3s'])
    const lines = stdout.trimEnd().split('\n')
    for (const line of lines)
      expect(line).toMatch(/^\d\d:\d\d:\d\d {2}✓ delivering {2}cluster2 agent-0 central, lag \d+ s/)
  })
  it('hides what delivers with --only-behind, and does not call it gone', async () => {
    const given = [...scope, '--watch', '--interval', '1s', '--timeout', '3s', '--only-behind', '-o', 'json']
    const documents = documentsOf((await runCommand(Lag, given)).stdout)
    expect(documents.flatMap(({rows, changes}) => [...rows, ...changes])).toEqual([])
    expect(documents[0]?.summary.delivering).toBe(1)
  })
  it('refuses a period that is none', async () => {
    const {error, exitCode} = await runCommand(Lag, [...scope, '--watch', '--interval', '0'])
    expect([exitCode, error]).toEqual([
      2,
      '--interval is 0s: with --watch it is the time between two looks, 1s or more',
    ])
  })
  it('refuses a stored take', async () => {
    const {error, exitCode} = await runCommand(Lag, ['--watch', '--from', 'bundle.json.gz'])
    expect(exitCode).toBe(2)
    expect(error).toContain('--from')
  })
})
