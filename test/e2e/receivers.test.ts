/** What a probe leaves in real receivers of every release in a cluster: nothing, or with --canary one sample that is shown again. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {ProbeReport} from '../../src/diagnose/probe/probe-report.ts'
import {parseExposition, sum} from '../../src/facts/exposition/exposition.ts'
import type {Version} from '../scenarios/scenario.ts'
import {promfleet} from './doctor.ts'
import type {OwnPods} from './own-pods.ts'
import {agentContext, centralContext, connect, type Surroundings, skipped} from './surroundings.ts'

if (skipped) console.log(skipped)

const versions: readonly Version[] = ['2.42', '2.53', '3.5']
const nameOf = (version: Version) => `receiver-${version.replace('.', '-')}`
const TIMES = 2

describe.skipIf(skipped)('receivers in real clusters', () => {
  let around: Surroundings
  let pods: OwnPods
  const urls = new Map<Version, string>()
  let scope: string[]

  beforeAll(async () => {
    around = await connect()
    pods = await around.ownPods('receivers')
    await Promise.all(
      versions.map(async version => {
        const address = await pods.start({
          ...{cluster: around.centrals, name: nameOf(version), version, config: {}},
          labels: {'app.kubernetes.io/name': 'prometheus'},
          run: {runsAs: 'server', takesRemoteWrite: true},
        })
        urls.set(version, `http://${address}:9090/api/v1/write`)
      }),
    )
    // It scrapes nothing, so that whatever is stored comes from a probe.
    await pods.start({
      ...{cluster: around.agents, name: 'idle', version: '3.5'},
      config: {
        global: {external_labels: {cluster: 'idle', region: 'eu'}},
        remote_write: versions.map(version => ({name: nameOf(version), url: urls.get(version)})),
      },
    })
    scope = ['probe', '--context', agentContext, '-n', pods.namespace, '-o', 'json']
  })

  afterAll(async () => {
    await around?.stop()
  })

  async function stateOf(version: Version) {
    const receiver = {cluster: around.centrals, name: nameOf(version)}
    const pod = ['-n', pods.namespace, receiver.name, '-c', 'prometheus']
    const [text, wal] = await Promise.all([
      pods.metrics(receiver),
      around.centrals.kubectl(['exec', ...pod, '--', 'sh', '-c', 'busybox stat -c "%n %s %Y" /prometheus/wal/*']),
    ])
    const metrics = parseExposition(text)
    const writes = {handler: '/api/v1/write', code: '204'}
    return {
      stored: {
        series: sum(metrics, 'prometheus_tsdb_head_series'),
        created: sum(metrics, 'prometheus_tsdb_head_series_created_total'),
        samples: sum(metrics, 'prometheus_tsdb_head_samples_appended_total') ?? 0, // by type, once there are some
        pages: sum(metrics, 'prometheus_tsdb_wal_completed_pages_total'),
        flushes: sum(metrics, 'prometheus_tsdb_wal_page_flushes_total'),
        wal,
      },
      writes: sum(metrics, 'prometheus_http_requests_total', writes) ?? 0,
    }
  }

  it('the empty write is taken from here and from the pod, and head series and WAL stay as they were', async () => {
    const before = await Promise.all(versions.map(stateOf))
    for (let time = 0; time < TIMES; time += 1) {
      const {stdout, exitCode} = await promfleet([...scope, '--from-pod'])
      const {endpoints} = JSON.parse(stdout) as ProbeReport
      const tried = endpoints.flatMap(({views}) => views.filter(({from}) => from !== 'agent'))
      expect(tried.map(({from, outcome}) => `${from} ${outcome}`).sort()).toEqual(
        [...versions.map(() => 'here works'), ...versions.map(() => 'pod works')].sort(),
      )
      expect(exitCode).toBe(0)
    }
    const after = await Promise.all(versions.map(stateOf))
    expect(after.map(({writes}, index) => writes - (before[index]?.writes ?? 0))).toEqual(versions.map(() => 2 * TIMES))
    expect(before.map(({stored: {series, created, samples}}) => [series, created, samples])).toEqual(
      versions.map(() => [0, 0, 0]),
    )
    expect(after.map(({stored}) => stored)).toEqual(before.map(({stored}) => stored))
  })

  it.each(versions)('a canary for the agent is stored by %s, and read back through its API server', async version => {
    const url = urls.get(version) ?? ''
    const central = ['--central-context', centralContext, '--central-namespace', pods.namespace]
    const canary = ['--canary', '--remote-url', url, ...central, '--central-pod', nameOf(version)]
    const {stdout, exitCode} = await promfleet([...scope, '--from-pod', ...canary])
    const [endpoint] = (JSON.parse(stdout) as ProbeReport).endpoints
    expect(endpoint?.canaries).toEqual([
      {
        agent: `${agentContext}/${pods.namespace}/idle`,
        central: expect.stringContaining(nameOf(version)),
        outcome: 'stored',
        writeSeconds: expect.any(Number),
        visibleAfterSeconds: expect.any(Number),
        problem: null,
      },
    ])
    expect(exitCode).toBe(0)
    const query = encodeURIComponent('promfleet_canary')
    const answer = await around.centrals.askPod(pods.namespace, nameOf(version), `/api/v1/query?query=${query}`)
    const {data} = JSON.parse(answer ?? '{}') as {data: {result: {metric: Record<string, string>}[]}}
    expect(data.result.map(({metric}) => metric)).toEqual([
      {
        ...{__name__: 'promfleet_canary', cluster: 'idle', region: 'eu', promfleet: 'canary'},
        promfleet_nonce: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ])
    expect((await stateOf(version)).stored).toMatchObject({series: 1, created: 1, samples: 1})
  })
})
