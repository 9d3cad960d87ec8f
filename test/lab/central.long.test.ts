/**
 * What doctor says of the central, on real Prometheus processes: found by the agents' URLs, named by its context or its URL, and
 * behind something that answers every write with 200 and stores nothing.
 */
import {once} from 'node:events'
import {createServer, request} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {encodeWithoutSecrets, makeBundle, readBundleText} from '../../src/collect/bundle/bundle.ts'
import {asReplayed} from '../../src/collect/bundle/clean-evidence.ts'
import {type CentralAccess, parseCentralUrl} from '../../src/collect/central/access.ts'
import {open} from '../../src/collect/session.ts'
import {wantsAnotherScrape} from '../../src/diagnose/another-scrape.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import type {Report} from '../../src/diagnose/report.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import {type FactsOptions, readFacts} from '../../src/facts/facts.ts'
import {renderJson} from '../../src/report/json.ts'
import {agentIn, central} from '../scenarios/parts.ts'
import type {Scenario} from '../scenarios/scenario.ts'
import {waitUntil} from './conditions.ts'
import {everything} from './kubernetes/authorization.ts'
import {type Lab, startLab} from './lab.ts'
import {findPrometheus} from './prometheus.ts'

const binaries = await findPrometheus()
const has = (['2.42', '2.53', '3.5'] as const).every(version => binaries.paths[version] !== null)
if (!has) console.error('skipped: what doctor says of the central (it takes Prometheus 2.42, 2.53 and 3.5)')

const NO_CREDENTIALS = {headers: {}, basic: null, token: null}

/** Stands in front of the central like a proxy that has lost its way: what is read passes, what is written may not. */
function startFront() {
  const front = {url: '', target: '', swallows: false}
  const server = createServer((asked, answer) => {
    const isWrite = asked.method === 'POST' && asked.url === '/api/v1/write'
    if (front.target === '') {
      asked.resume()
      answer.writeHead(503).end()
      return
    }
    if (isWrite && front.swallows) {
      asked.resume()
      asked.once('end', () => answer.writeHead(200, {'content-type': 'text/html'}).end('<html>Welcome</html>\n'))
      return
    }
    const passed = request(`${front.target}${asked.url}`, {method: asked.method, headers: asked.headers}, came => {
      answer.writeHead(came.statusCode ?? 502, came.headers)
      came.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    asked.pipe(passed)
  })
  return {front, server}
}

describe.skipIf(!has)('the central', () => {
  const {front, server} = startFront()
  let lab: Lab
  let scenario: Scenario

  beforeAll(async () => {
    server.listen(0, process.platform === 'linux' ? '127.0.0.9' : '127.0.0.1')
    await once(server, 'listening')
    const {address, port} = server.address() as AddressInfo
    front.url = `http://${address}:${port}`
    scenario = {
      name: 'central',
      title: 'agents of every release write to one central, the last of them through something in front of it',
      receivers: [central],
      agents: [
        agentIn('cluster2', '2.42'),
        agentIn('cluster3', '3.5'),
        agentIn('cluster4', '2.53', {remoteWrite: [{to: `${front.url}/api/v1/write`}]}),
      ],
      until: [{kind: 'uptime', seconds: 12}],
      expect: {topCause: null, state: 'delivering', exitCode: 0},
    }
    lab = await startLab([scenario], {binaries, prefixContexts: false})
    await lab.ready(scenario)
  }, 200_000)
  afterAll(async () => {
    await lab?.stop()
    server.closeAllConnections()
    server.close()
  })

  async function take(
    contexts: string[],
    access: CentralAccess | null = null,
    kubeconfig = lab.kubeconfig,
  ): Promise<FleetEvidence> {
    const scope = {
      kubeconfig,
      contexts,
      allContexts: false,
      impersonate: {user: null, groups: []},
      webCredentials: null,
    }
    const session = await open(scope, {
      ...{intervalSeconds: 4, sinceSeconds: 3600, timeoutSeconds: 60, namespace: null, selector: null, agents: []},
      ...{
        includeServers: false,
        transport: 'auto',
        toolVersion: '0.0.0',
        onProgress: () => undefined,
        wantsAnotherScrape,
      },
      ...{signal: new AbortController().signal, central: {access}},
    })
    try {
      return asReplayed(await session.take())
    } finally {
      await session.close()
    }
  }

  function judge(evidence: FleetEvidence, options: FactsOptions = {}): Report {
    // For the sake of this test's time: agents of seconds instead of minutes.
    const facts = readFacts(evidence, {thresholds: {youngSeconds: 5, ...options.thresholds}})
    return diagnose(facts, runChecks(facts), {failOn: 'error'})
  }

  const arrivals = ({agents}: Report) =>
    Object.fromEntries(agents.map(({context, queues}) => [context, queues[0]?.arrival]))
  const about = ({findings}: Report) =>
    findings.filter(({id, severity}) => id.startsWith('central/') && severity !== 'info')

  it('is found by the agents’ URLs, and what they send is seen there', {timeout: 60_000}, async () => {
    const evidence = await take(['cluster1', 'cluster2', 'cluster3'])
    const report = judge(evidence)
    expect(arrivals(report)).toEqual({cluster2: 'stored', cluster3: 'stored'})
    expect(report.central).toMatchObject({
      ...{address: 'cluster1/monitoring/central-0', foundBy: 'endpoint', kind: 'prometheus', problem: null},
      ...{receiver: true, outOfOrderWindowSeconds: 0},
      endpoints: [{proof: 'pod-address'}],
    })
    expect(about(report)).toEqual([])
    expect(report.exitCode).toBe(0)
    front.target = evidence.centrals?.[0]?.endpoints[0]?.address.replace(/\/api\/v1\/write$/, '') ?? ''
    // The same from a bundle, to the byte.
    const again = readBundleText(encodeWithoutSecrets(makeBundle(evidence), []), 'the bundle')
    expect(renderJson(judge(again))).toBe(renderJson(report))
  })

  it('is not missed where it is not in view: nothing but that changes', {timeout: 60_000}, async () => {
    const report = judge(await take(['cluster2']))
    expect(arrivals(report)).toEqual({cluster2: 'accepted'})
    expect(report.central).toBeUndefined()
    expect(about(report)).toEqual([])
    expect(report.exitCode).toBe(0)
  })

  it('is read in a context that is named, and proven by the address of its pod', {timeout: 60_000}, async () => {
    const access = {kind: 'pod', context: 'cluster1', namespace: null, pod: null, credentials: NO_CREDENTIALS} as const
    const report = judge(await take(['cluster2'], access))
    expect(arrivals(report)).toEqual({cluster2: 'stored'})
    expect(report.agents[0]?.queues[0]?.central).toMatchObject({proof: 'pod-address', freshness: 'fresh', holes: []})
    expect(report.central?.foundBy).toBe('context')
  })

  it('changes nothing where it may not be read, but a line that says so', {timeout: 60_000}, async () => {
    lab
      .api('cluster1')
      .authorizer.setRules('viewer', [{namespace: null, verbs: ['get', 'list'], apiGroups: [''], resources: ['pods']}])
    lab.api('cluster2').authorizer.setRules('viewer', [everything])
    const report = judge(await take(['cluster1', 'cluster2'], null, lab.viewerKubeconfig))
    expect(report.central?.problem).toMatch(/forbidden/)
    expect(arrivals(report)).toEqual({cluster2: 'accepted'})
    expect(about(report)).toEqual([])
    expect(report.checks.unknown.filter(({id}) => id.startsWith('central/'))).toEqual([])
    // By its context, the user wants it read: then what is missing is said.
    const access = {kind: 'pod', context: 'cluster1', namespace: null, pod: null, credentials: NO_CREDENTIALS} as const
    const named = judge(await take(['cluster2'], access, lab.viewerKubeconfig))
    expect(named.checks.unknown.map(({id}) => id)).toContain('central/unreachable')
    expect(named.exitCode).toBe(3)
  })

  it('is said to lose what it answers with 200 and does not store', {timeout: 120_000}, async () => {
    const access = {
      kind: 'url',
      url: parseCentralUrl(front.url).url,
      credentials: NO_CREDENTIALS,
      tls: {authority: null, skipVerify: false},
    } as const
    // A limit of seconds instead of five minutes, for the sake of this test's time.
    const thresholds = {centralFreshSeconds: 10, centralStoredSeconds: 5}
    await waitUntil('its samples to get there through the front', 60, async () => {
      const report = judge(await take(['cluster4'], access), {thresholds})
      return report.agents[0]?.queues[0]?.arrival === 'stored'
        ? null
        : JSON.stringify(report.agents[0]?.queues[0]?.central)
    })
    front.swallows = true
    let report = judge(await take(['cluster4'], access), {thresholds})
    await waitUntil('the newest sample to be too old', 60, async () => {
      report = judge(await take(['cluster4'], access), {thresholds})
      return report.state === 'losing'
        ? null
        : `${report.state}: ${JSON.stringify(report.agents[0]?.queues[0]?.central)}`
    })
    const [agent] = report.agents
    expect(agent).toMatchObject({stateRow: 6, state: 'losing'})
    expect(agent?.queues[0]).toMatchObject({
      arrival: 'unknown',
      central: {proof: 'given-url', freshness: 'old'},
    })
    expect(agent?.queues[0]?.failureRatio ?? 0).toBe(0)
    expect(report.findings[0]).toMatchObject({
      id: 'central/not-fresh',
      severity: 'error',
      group: 'state',
      blame: 'proxy',
    })
    expect(report.exitCode).toBe(1)
    // Without the central the same agent is in the best of health.
    const unseen = judge(await take(['cluster4']))
    expect(unseen).toMatchObject({state: 'delivering', exitCode: 0})
    expect(arrivals(unseen)).toEqual({cluster4: 'accepted'})
  })
})
