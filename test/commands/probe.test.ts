/** `promfleet probe` as a whole: a stand-in API server, an agent behind it, a receiver on loopback. */
import {once} from 'node:events'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {createServer, type IncomingMessage, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import Doctor from '../../commands/doctor.ts'
import Probe from '../../commands/probe.ts'
import {agentPod, data, type FakeCluster, healthyAgent, startFakeCluster, text} from '../collect/fake-cluster.ts'
import {validateProbeReport, validateReport} from '../report/schema.ts'
import {runCommand} from './run-command.ts'

let cluster: FakeCluster
let directory: string
let receiver: Server
let asked: IncomingMessage['headers'][]
let status: number

beforeEach(async () => {
  cluster = await startFakeCluster()
  directory = mkdtempSync(join(tmpdir(), 'promfleet-probe-'))
  asked = []
  status = 204
  receiver = createServer((request, response) => {
    asked.push(request.headers)
    response.writeHead(status).end()
  }).listen(0, '127.0.0.2')
  await once(receiver, 'listening')
  addAgent('agent-0', receiverUrl())
})
afterEach(async () => {
  await cluster.close()
  receiver.close()
  rmSync(directory, {recursive: true})
})

const receiverUrl = () => `http://127.0.0.2:${(receiver.address() as AddressInfo).port}/api/v1/write`

/** A young agent that has sent a little, and all of it was taken. */
function addAgent(name: string, url: string, more = '', figures: string[] = [], clusterLabel = ''): void {
  const labels = `{remote_name="central",url="${url}"}`
  const now = Math.floor(Date.now() / 1000)
  cluster.pods.push(agentPod(name, {labels: {'app.kubernetes.io/name': 'prometheus-agent'}}))
  const metrics = [
    `prometheus_build_info{version="3.5.0"} 1`,
    `process_start_time_seconds ${now - 20}`,
    `prometheus_remote_storage_samples_total${labels} 100`,
    `prometheus_remote_storage_bytes_total${labels} 4000`,
    `prometheus_remote_storage_queue_highest_sent_timestamp_seconds${labels} ${now - 2}`,
    `prometheus_remote_storage_highest_timestamp_in_seconds ${now - 1}`,
    ...figures.map(line => line.replace(' ', `${labels} `)),
  ]
  const external = clusterLabel === '' ? '' : `  external_labels: {cluster: ${clusterLabel}}\n`
  const jobs = 'scrape_configs:\n- job_name: self\n  static_configs: [{targets: [a]}]\n'
  const yaml = `global:\n  scrape_interval: 15s\n${external}${clusterLabel === '' ? '' : jobs}remote_write:\n- url: ${url}\n  name: central\n${more}`
  cluster.agents.set(
    name,
    healthyAgent({'/metrics': text(`${metrics.join('\n')}\n`), '/api/v1/status/config': data({yaml})}),
  )
}

const file = (name: string, content: string) => {
  writeFileSync(join(directory, name), content, {mode: 0o600})
  return join(directory, name)
}
const kubeconfig = () =>
  file(
    'kubeconfig',
    JSON.stringify({
      clusters: [{name: 'c', cluster: {server: cluster.server}}],
      users: [{name: 'u', user: {token: 'Zq7KubeToken'}}],
      contexts: [{name: 'cluster2', context: {cluster: 'c', user: 'u'}}],
      'current-context': 'cluster2',
    }),
  )
const run = (...words: string[]) =>
  runCommand(Probe, [
    '--kubeconfig',
    kubeconfig(),
    '--transport',
    'proxy',
    ...(words.includes('--timeout') ? [] : ['--timeout', '20']),
    '--fleet',
    'none',
    ...words,
  ])

describe('promfleet probe', () => {
  it('tries the way from here and says that it works, with one write and nothing else but reading', async () => {
    const {stdout, exitCode} = await run()
    expect(stdout.replace(/\s+/g, ' ')).toContain('the empty write is taken from here')
    expect(exitCode).toBe(0)
    expect(asked).toHaveLength(1)
    expect(cluster.requests.filter(line => !line.startsWith('GET '))).toEqual([])
    expect(cluster.requests.some(line => line.includes('/networkpolicies'))).toBe(true)
  })
  it('sends nothing from here when it is told so', async () => {
    expect((await run('--no-from-here')).exitCode).toBe(0)
    expect(asked).toEqual([])
  })
  it('prints a document that its schema describes', async () => {
    const {stdout} = await run('-o', 'json')
    const document = JSON.parse(stdout)
    expect(validateProbeReport(document)).toEqual([])
    expect(document).toMatchObject({exitCode: 0, summary: {endpoints: 1, works: 1}})
  })
  it('shows credentials from files and the environment to the receiver, and to nobody else', async () => {
    const secrets = ['Zq7Password', 'Zq7Tenant', 'Zq7Environment']
    const password = file('password', 'Zq7Password\n')
    const headers = file('headers', 'X-Scope-OrgID: Zq7Tenant\n')
    const runs = [
      await run('-v', '--remote-user', 'agent', '--remote-password-file', password, '--remote-header', `@${headers}`),
    ]
    process.env.PROMFLEET_REMOTE_TOKEN = 'Zq7Environment'
    try {
      runs.push(await run('-o', 'json'))
    } finally {
      delete process.env.PROMFLEET_REMOTE_TOKEN
    }
    expect(asked).toMatchObject([
      {authorization: `Basic ${Buffer.from('agent:Zq7Password').toString('base64')}`, 'x-scope-orgid': 'Zq7Tenant'},
      {authorization: 'Bearer Zq7Environment'},
    ])
    for (const {stdout, stderr} of runs)
      for (const secret of secrets) expect(`${stdout}${stderr}`).not.toContain(secret)
  })
  it('sends credentials nowhere while agents write to several hosts, and says how to choose', async () => {
    addAgent('agent-1', 'http://127.0.0.3:1/api/v1/write')
    const token = file('token', 'Zq7Token')
    const {stderr} = await run('--remote-token-file', token)
    expect(asked.map(({authorization}) => authorization)).toEqual([undefined])
    expect(stderr).toContain('--remote-url')
    await run('--remote-token-file', token, '--remote-url', '127.0.0.2')
    expect(asked.at(-1)?.authorization).toBe('Bearer Zq7Token')
  })
  it.each([
    [['--image', 'busybox'], /--from-pod/],
    [['--canary'], /no central to read its sample back from/],
    [['--remote-user', 'x'], /PROMFLEET_REMOTE_PASSWORD/],
    [['--remote-token-file', '/no/such/file'], /cannot be read/],
    [['--remote-header', 'no colon Zq7'], /NAME:VALUE/],
  ])('refuses %j', async (words, expected) => {
    const {error, exitCode} = await run(...words)
    expect(error).toMatch(expected)
    expect(error).not.toContain('Zq7')
    expect(exitCode).toBe(2)
    expect(asked).toEqual([])
  })
  it('refuses an endpoint that no agent writes to, and names those that there are, the nearest first', async () => {
    addAgent('agent-1', 'http://central.example/api/v1/write')
    const {stdout, exitCode} = await run('-o', 'json', '--remote-url', 'http://centrall.example/api/v1/write')
    expect(exitCode).toBe(2)
    const {message, hint} = JSON.parse(stdout).error
    expect(message).toContain('no agent writes to http://centrall.example/api/v1/write')
    expect(hint).toMatch(/^they write to http:\/\/central\.example\/api\/v1\/write, http:\/\/127/)
    expect(asked).toEqual([])
  })
  it('goes on without it where an agent could not be read, which may be who writes there', async () => {
    cluster.pods.push(agentPod('agent-9', {labels: {'app.kubernetes.io/name': 'prometheus-agent'}}))
    const {stderr, exitCode} = await run('--remote-url', 'elsewhere.example', '--remote-url', '127.0.0.2')
    expect(stderr).toContain('no agent that could be read writes to elsewhere.example')
    expect(exitCode).not.toBe(2)
  })
  it('gives a document also when it could not start', async () => {
    const {stdout, exitCode} = await run('-o', 'json', '--context', 'nowhere')
    expect(exitCode).toBe(2)
    expect(validateProbeReport(JSON.parse(stdout))).toEqual([])
  })
  it('says that a name of the cluster is not tried from here, that this is no fault, and the same of its canary', async () => {
    addAgent('agent-1', 'http://central.monitoring.svc:9090/api/v1/write')
    const words = ['--remote-url', 'central.monitoring.svc', '--canary', '--central-url', new URL(receiverUrl()).origin]
    const text = (await run(...words)).stdout.replace(/\s+/g, ' ')
    expect(text).toContain(
      "not tried from here: central.monitoring.svc is a name that only the cluster's own DNS knows, and no fault",
    )
    expect(text).toContain('--from-pod tries it there')
    expect(text).toContain('it was not written: canaries are written from here')
    expect(asked.filter(headers => headers['content-encoding'] === 'snappy')).toEqual([])
  })
  it('ends in time with what is known when the receiver keeps silent', async () => {
    receiver.removeAllListeners('request')
    const {stdout, exitCode} = await run('--timeout', '3')
    expect(stdout.replace(/\s+/g, ' ')).toContain('the time of the run was up')
    expect(exitCode).toBe(0) // the agent delivers
  })
})

describe('whether what is taken is stored', () => {
  let store: Server
  /** Of the newest sample of {cluster="c2"}, seconds; null: the store holds nothing. */
  let age: number | null
  let queries: string[]
  beforeEach(async () => {
    queries = []
    store = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://store')
      response.setHeader('content-type', 'application/json')
      if (!url.pathname.startsWith('/api/v1/query')) return void response.writeHead(404).end('{}')
      const promql = url.searchParams.get('query') ?? ''
      queries.push(`${request.method} ${promql}`)
      const now = Date.now() / 1000
      const value = promql.startsWith('count') ? '3' : String(now - (age ?? 0))
      const result =
        age === null || url.pathname.endsWith('_range') ? [] : [{metric: {cluster: 'c2'}, value: [now, value]}]
      const resultType = url.pathname.endsWith('_range') ? 'matrix' : 'vector'
      response.end(JSON.stringify({status: 'success', data: {resultType, result}}))
    }).listen(0, '127.0.0.1')
    await once(store, 'listening')
    cluster.pods.length = 0
    cluster.agents.clear()
    addAgent('agent-0', receiverUrl(), '', [], 'c2')
  })
  afterEach(() => {
    store.closeAllConnections()
    store.close()
  })
  const look = (...words: string[]) =>
    run('--central-url', `http://127.0.0.1:${(store.address() as AddressInfo).port}`, ...words)

  it('is read at the central that is named, without a write', async () => {
    age = 3
    const {stdout, exitCode} = await look('-o', 'json')
    const document = JSON.parse(stdout)
    expect(validateProbeReport(document)).toEqual([])
    expect(document.endpoints[0].stored).toMatchObject([
      {freshness: 'fresh', identity: {cluster: 'c2'}, contradicts: false},
    ])
    expect(exitCode).toBe(0)
    expect(queries.length).toBeGreaterThan(0)
    expect(queries.every(query => query.startsWith('GET '))).toBe(true)
    expect((await look()).stdout.replace(/\s+/g, ' ')).toMatch(
      /stored .*newest sample of \{cluster="c2"\} at the central .* old/,
    )
  })
  it('is not known, and exit 3, where that central cannot be read', async () => {
    const url = `http://127.0.0.1:${(store.address() as AddressInfo).port}`
    store.closeAllConnections()
    await new Promise(resolve => store.close(resolve))
    const {stdout, exitCode} = await run('--central-url', url)
    expect(stdout.replace(/\s+/g, ' ')).toContain(`whether it is stored is not known: the central ${url}`)
    expect(exitCode).toBe(3)
  })
})

describe('promfleet doctor --probe', () => {
  const doctor = (...words: string[]) =>
    runCommand(Doctor, [
      '--kubeconfig',
      kubeconfig(),
      '--transport',
      'proxy',
      '--interval',
      '0',
      '--fleet',
      'none',
      ...words,
    ])
  it('has what was tried in its report, and what it found', async () => {
    const {stdout} = await doctor('--probe', '-o', 'json')
    const document = JSON.parse(stdout)
    expect(validateReport(document)).toEqual([])
    expect(document.probes).toMatchObject([{verdict: {outcome: 'works'}}])
    expect(document.findings.map(({id}: {id: string}) => id)).toContain('security/open-receiver')
    expect(asked).toHaveLength(1)
  })
  it('says on a finding about the same address what the probe makes of it: whom to believe, why, and what to do', async () => {
    status = 401
    cluster.agents.clear()
    cluster.pods.length = 0
    addAgent('agent-0', receiverUrl(), '', ['prometheus_remote_storage_samples_failed_total 100'])
    const {stdout} = await doctor('--probe', '-o', 'json')
    const document = JSON.parse(stdout)
    expect(validateReport(document)).toEqual([])
    const [probe] = document.probes
    const found = document.findings.filter(({id}: {id: string}) => id.startsWith('delivery/'))
    expect(found).not.toEqual([])
    const {outcome, layer, believe, why, next} = probe.verdict
    for (const finding of found)
      expect(finding.probe).toEqual({address: probe.address, outcome, layer, believe, why, next})
    const others = document.findings.filter(({id}: {id: string}) => id.startsWith('security/'))
    for (const finding of others) expect(finding).not.toHaveProperty('probe')
  })
  it('sends nothing without --probe, and says so where a flag would have it', async () => {
    await doctor()
    expect(asked).toEqual([])
    expect((await doctor('--from-pod')).error).toMatch(/give --probe, too/)
  })
  it('does not blame the agent for what only the probe lacks', async () => {
    status = 401
    const {stdout} = await doctor('--probe', '-o', 'json')
    const ids = JSON.parse(stdout).findings.map(({id}: {id: string}) => id)
    expect(ids.filter((id: string) => id.startsWith('receiver/'))).toEqual([])
  })
})
