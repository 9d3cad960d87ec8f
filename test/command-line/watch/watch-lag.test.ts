/** `promfleet lag --watch` as a command, without a terminal. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import Lag from '../../../commands/lag.ts'
import type {LagReport} from '../../../src/diagnose/lag/lag-report.ts'
import {aScrape, DEFAULT_URL} from '../../builders/scrape.ts'
import {answerVector, type StandInCentral, startCentral} from '../../collect/central/stand-in-central.ts'
import {agentPod, data, type FakeCluster, healthyAgent, startFakeCluster} from '../../collect/fake-cluster.ts'
import {runCommand} from '../../commands/run-command.ts'
import {validateLagReport} from '../../report/schema.ts'

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
    const fleetFile = path.join(folder, 'fleet.yaml')
    writeFileSync(fleetFile, 'contexts: [cluster2]')
    const {stdout, exitCode} = await runCommand(Lag, [
      ...scope.slice(0, -1),
      fleetFile,
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
    expect(documents.at(-1)).toMatchObject({state: 'delivering', exitCode: 0, changes: [], fleetFile})
  })
  it('fails a script by lag as without --watch does', async () => {
    const given = [...scope, '--watch', '--interval', '1s', '--timeout', '3s', '--fail-over', '0s', '-q']
    expect((await runCommand(Lag, given)).stdout).toMatch(/^\d\d:\d\d:\d\d {2}/)
  })
  it('appends a line for each row where there is no terminal, and ends with the verdict as a single look does', async () => {
    const {stdout, exitCode} = await runCommand(Lag, [...scope, '--watch', '--interval', '1s', '--timeout', '3s'])
    const lines = stdout.trimEnd().split('\n')
    const rows = lines.filter(line => /^\d\d:\d\d:\d\d {2}/.test(line))
    expect(rows.length).toBeGreaterThan(0)
    for (const line of rows) expect(line).toMatch(/ {2}✓ delivering {2}cluster2 agent-0 central, lag \d+ s/)
    expect([lines.at(-1), exitCode]).toEqual(['✓ 1 delivering (exit 0)', 0])
  })
  it('hides what delivers with --only-behind, and does not call it gone', async () => {
    const given = [...scope, '--watch', '--interval', '1s', '--timeout', '3s', '--only-behind', '-o', 'json']
    const documents = documentsOf((await runCommand(Lag, given)).stdout)
    expect(documents.flatMap(({rows, changes}) => [...rows, ...changes])).toEqual([])
    expect(documents[0]?.summary.delivering).toBe(1)
  })
  describe('with a central', () => {
    const configured = `global:
  scrape_interval: 15s
  external_labels: {cluster: shop}
scrape_configs: [{job_name: app}]
remote_write: [{name: central, url: '${DEFAULT_URL}'}]
`
    beforeEach(() => {
      cluster.agents.set(
        'agent-0',
        healthyAgent({
          '/metrics': (_, response) => response.end(metricsNow()),
          '/api/v1/status/config': data({yaml: configured}),
        }),
      )
    })
    async function watchWith(respond: StandInCentral['respond'], ...args: string[]) {
      const central = await startCentral(respond)
      try {
        const given = [...scope, '--watch', '--interval', '1s', '--central-url', central.url]
        const time = args.includes('--timeout') ? [] : ['--timeout', '5s']
        return {...(await runCommand(Lag, [...given, ...time, ...args])), asked: central.asked}
      } finally {
        await central.close()
      }
    }
    const storesAll: StandInCentral['respond'] = ({path, parameters}, response) => {
      if (path.endsWith('/query')) answerVector(response, [[{cluster: 'shop'}, Date.now() / 1000 - 5]])
      else if (path === '/-/ready') response.end('ready')
      else response.writeHead(parameters.size > 0 ? 500 : 404).end()
    }

    it('says beside each queue what is stored of it, asking for a day of it never', async () => {
      const {stdout, asked} = await watchWith(storesAll, '-o', 'json')
      const documents = documentsOf(stdout)
      expect(documents.length).toBeGreaterThan(0)
      for (const document of documents) {
        const {changes, ...report} = document
        expect([changes, validateLagReport(report)]).toEqual([[], []])
        expect(document.seenFrom).toBe('both')
        expect(document.rows[0]?.central?.identity).toEqual({cluster: 'shop'})
      }
      expect(asked.filter(({path}) => path.endsWith('/query_range'))).toEqual([])
      expect(asked.filter(({path}) => path.endsWith('/query')).length).toBeGreaterThanOrEqual(2 * documents.length)
    })
    it('reads the configuration of each agent once, not with each look', async () => {
      await watchWith(storesAll, '-o', 'json')
      expect(cluster.requests.filter(request => request.includes('/status/config'))).toHaveLength(1)
    })
    it('that never answers holds up no frame: they say that it is not known what is stored, and the exit code is 3', async () => {
      const {stdout, exitCode} = await watchWith(() => undefined, '-o', 'json', '--timeout', '9s')
      const documents = documentsOf(stdout)
      expect(documents.at(-1)?.storedUnknown).toEqual([expect.stringContaining('answered')])
      expect([exitCode, documents.at(-1)?.rows[0]?.state]).toEqual([3, 'delivering'])
    }, 30_000)
    it('says in rows where there is no terminal, too, what is stored', async () => {
      const {stdout} = await watchWith(storesAll)
      expect(stdout).toMatch(/lag \d+ s, stored \S+ s ago, delivered/)
    })
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
