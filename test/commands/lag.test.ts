/** `promfleet lag` from flags to exit code, on a cluster of two agents: one delivers, one is refused. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import Capture from '../../commands/capture.ts'
import Lag from '../../commands/lag.ts'
import {aScrape, type QueueFigures} from '../builders/evidence.ts'
import {agentPod, type FakeCluster, healthyAgent, startFakeCluster, text} from '../collect/fake-cluster.ts'
import {validateLagReport} from '../report/schema.ts'
import {runCommand} from './run-command.ts'

let cluster: FakeCluster
let directory: string
beforeEach(async () => {
  cluster = await startFakeCluster()
  directory = mkdtempSync(join(tmpdir(), 'promfleet-lag-'))
  writeFileSync(
    join(directory, 'kubeconfig'),
    JSON.stringify({
      clusters: [{name: 'c', cluster: {server: cluster.server}}],
      contexts: [{name: 'cluster2', context: {cluster: 'c'}}],
      'current-context': 'cluster2',
    }),
  )
})
afterEach(async () => {
  await cluster.close()
  rmSync(directory, {recursive: true})
})

/** Answers as if it had scraped 180 samples/s for a day, until now. */
function addAgent(name: string, figures: QueueFigures): void {
  cluster.pods.push(agentPod(name))
  cluster.agents.set(
    name,
    healthyAgent({
      '/metrics': (request, response, url) => {
        const at = Date.now() / 1000
        const queue = {total: 180 * 86_400, bytes: 25 * 180 * 86_400, highestSent: Math.floor(at - 1), ...figures}
        const scrape = {at, highestTimestamp: Math.floor(at), samplesIn: 180 * 86_400, queues: [queue]}
        return text(aScrape(scrape).text)(request, response, url)
      },
    }),
  )
  cluster.logs.set(name, text(''))
}

const lag = (...args: string[]) =>
  runCommand(Lag, ['--kubeconfig', join(directory, 'kubeconfig'), '--transport', 'proxy', '--interval', '0', ...args])

describe('lag', () => {
  beforeEach(() => {
    addAgent('agent-0', {})
    addAgent('agent-1', {failed: 180 * 86_400})
  })

  it('prints a row for each queue, worst first, and ends with 1', async () => {
    const {stdout, stderr, exitCode, error} = await lag()
    expect({stderr, exitCode, error}).toEqual({stderr: '', exitCode: 1, error: null})
    const rows = stdout.split('\n').filter(line => /agent-\d/.test(line))
    expect(rows[0]).toMatch(/✗ +agent-1 +central +losing +\S+ s +~0 of 180\/s/)
    expect(rows[1]).toMatch(/✓ +agent-0 +central +delivering +\S+ s +~180 of 180\/s .* none$/)
    expect(stdout.replace(/\s+/g, ' ')).toContain('~ are means since each process started')
    expect(stdout.trimEnd()).toMatch(/1 losing, 1 delivering \(exit 1\)$/)
  })

  it('reads configuration and log only of the agent that is in trouble', async () => {
    await lag()
    const asked = cluster.requests.filter(request => /\/api\/v1\/status|\/targets|\/log\?|\/events/.test(request))
    expect(asked.length).toBeGreaterThan(4)
    expect(asked.filter(request => request.includes('agent-0'))).toEqual([])
  })

  it('reads the same log, and so counts the same loss, where a central is named as well', async () => {
    const lossesOf = ({stdout}: {stdout: string}) => JSON.parse(stdout).rows[0].queue.losses[0].samples
    const alone = lossesOf(await lag('-o', 'json'))
    cluster.requests.splice(0)
    expect(lossesOf(await lag('-o', 'json', '--central-url', 'http://127.0.0.1:1'))).toBe(alone)
    const logs = cluster.requests.filter(request => request.includes('/log?'))
    expect(logs.filter(request => request.includes('agent-1'))).not.toEqual([])
    expect(logs.filter(request => request.includes('agent-0'))).toEqual([])
  })

  it('prints the document alone with -o json', async () => {
    const {stdout} = await lag('-o', 'json')
    const report = JSON.parse(stdout)
    expect(validateLagReport(report)).toEqual([])
    expect(report).toMatchObject({exitCode: 1, isSingleScrape: true, summary: {losing: 1, delivering: 1}})
  })

  it('orders, hides and fails as its flags say', async () => {
    const {stdout, exitCode} = await lag('--only-behind', '--sort', 'lag', '--fail-over', '1h', '-o', 'json')
    const report = JSON.parse(stdout)
    expect(report.rows.map(({pod}: {pod: string}) => pod)).toEqual(['agent-1'])
    expect(report.failOverSeconds).toBe(3600)
    expect(exitCode).toBe(1) // refused data never arrives
    expect((await lag('--agent', 'agent-0', '--fail-over', '3600')).exitCode).toBe(0)
  })

  it('is one line with -q, and goes to a file without colour', async () => {
    expect((await lag('-q')).stdout).toBe('✗ 1 losing, 1 delivering (exit 1): cluster2 monitoring/agent-1\n')
    const file = join(directory, 'lag.txt')
    const {stdout, exitCode} = await lag('--output-file', file)
    expect({stdout, exitCode}).toEqual({stdout: '', exitCode: 1})
    expect(readFileSync(file, 'utf8')).toMatch(/1 losing, 1 delivering \(exit 1\)\n$/)
  })

  it('says of a bundle what it says of the clusters, each time', async () => {
    const file = join(directory, 'fleet.json.gz')
    const config = ['--kubeconfig', join(directory, 'kubeconfig')]
    await runCommand(Capture, [...config, '--transport', 'proxy', '--interval', '0', '--output-file', file])
    const replay = () => runCommand(Lag, ['--from', file, '-o', 'json'])
    const [first, second] = [await replay(), await replay()]
    expect(second).toEqual(first)
    expect(validateLagReport(JSON.parse(first.stdout))).toEqual([])
    expect(JSON.parse(first.stdout)).toMatchObject({exitCode: 1, summary: {losing: 1, delivering: 1}})
  })
})

it('says what went wrong in a document where -o json was asked for', async () => {
  const {stdout, exitCode} = await lag('--context', 'nowhere', '-o', 'json')
  expect(exitCode).toBe(2)
  expect(validateLagReport(JSON.parse(stdout))).toEqual([])
  expect(JSON.parse(stdout).error.message).toContain('nowhere')
})

it('has an end in sight when an agent accepts and says nothing', async () => {
  addAgent('agent-0', {})
  cluster.agents.get('agent-0')?.set('/metrics', () => undefined)
  const {stdout, exitCode} = await lag('--timeout', '1')
  expect(stdout).toMatch(/\? +agent-0 +unknown/)
  expect(stdout.replace(/\s+/g, ' ')).toContain('The time of the run (--timeout) was up')
  expect(exitCode).toBe(3)
})
