/** The ways from real pods to a real receiver, each broken at a layer of its own, and what a probe leaves in the pods. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {ProbeView} from '../../src/diagnose/probe/endpoint-probe.ts'
import type {ProbeReport} from '../../src/diagnose/probe/probe-report.ts'
import {valuesOf, waitUntil} from '../lab/conditions.ts'
import {findNginx} from '../lab/nginx.ts'
import {validateProbeReport} from '../report/schema.ts'
import type {Version} from '../scenarios/scenario.ts'
import {AuditLog, inWords as auditInWords, isReading} from './audit-log.ts'
import {breakWays, inWords, type Way, type Ways} from './broken-ways.ts'
import {type Answer, promfleet, startPromfleet} from './doctor.ts'
import {hostAddressFor} from './host.ts'
import {processesIn, type Traces, tracesIn} from './leftovers.ts'
import type {OwnPods} from './own-pods.ts'
import {agentContext, connect, type Surroundings, skipped} from './surroundings.ts'

const nginx = skipped ? null : await findNginx()
const host = skipped ? null : await hostAddressFor(agentContext)
const unable = skipped ?? whyUnable()
if (unable) console.log(unable)

function whyUnable(): string | null {
  if (nginx === null) return 'probes in clusters are skipped: no nginx can be had (NGINX names one)'
  return host === null
    ? `probes in clusters are skipped: no node of ${agentContext} is this machine (PROMFLEET_E2E_HOST is its address as pods reach it)`
    : null
}

const versions: readonly Version[] = ['2.42', '2.53', '3.5']
const agentOf = (version: Version) => `agent-${version.replace('.', '-')}`
/** Tried from, too. Its log tells of each queue: 3.x would hold back lines of all queues but one. */
const tried = agentOf('2.53')

describe.skipIf(unable)('the ways of agents in real clusters', () => {
  let around: Surroundings
  let pods: OwnPods
  let ways: Ways
  let audit: AuditLog | null = null
  let scope: string[]
  /** Of all agents, by their own words and from here. */
  let all: Answer
  /** Of one, from its pod, too; with what was in the pod before and after. */
  let fromPod: Answer
  const traces: Traces[] = []

  beforeAll(async () => {
    around = await connect()
    if (AuditLog.missing(agentContext) === null) audit = await AuditLog.of(agentContext)
    pods = await around.ownPods('ways')
    const central = await pods.start({
      ...{cluster: around.centrals, name: 'central', version: '3.5', config: {}},
      labels: {'app.kubernetes.io/name': 'prometheus'},
      run: {runsAs: 'server', takesRemoteWrite: true},
    })
    ways = await breakWays(nginx ?? '', host ?? '', `${central}:9090`)
    await Promise.all(versions.map(version => startAgent(version)))
    await Promise.all(versions.map(version => hasTried(version)))
    scope = ['probe', '--context', agentContext, '-n', pods.namespace, '-o', 'json']
    traces.push(await tracesIn(around.agents, pods.namespace, tried))
    ;[all, fromPod] = await Promise.all([
      promfleet(scope),
      promfleet([...scope, '--agent', tried, '--from-pod', '--no-from-here']),
    ])
    traces.push(await tracesIn(around.agents, pods.namespace, tried))
  })

  afterAll(async () => {
    await around?.stop()
    await ways?.close()
  })

  async function startAgent(version: Version): Promise<void> {
    const config = {
      global: {scrape_interval: '5s', external_labels: {cluster: agentOf(version)}},
      scrape_configs: [{job_name: 'prometheus', static_configs: [{targets: ['localhost:9090']}]}],
      remote_write: ways.ways.map(({entry}) => entry),
    }
    await pods.start({cluster: around.agents, name: agentOf(version), version, config, files: ways.files})
  }

  /** Each of its queues has been answered, or has waited in vain. */
  async function hasTried(version: Version): Promise<void> {
    const agent = {cluster: around.agents, name: agentOf(version)}
    await waitUntil(`${agent.name}: an answer to every queue`, 120, async () => {
      const lines = (await pods.metrics(agent)).split('\n')
      const waiting = ways.ways.filter(({name}) => {
        const own = lines.filter(line => line.includes(`remote_name="${name}"`)).join('\n')
        const count = (metric: string) => valuesOf(own, `prometheus_remote_storage_${metric}`)[0] ?? 0
        return (
          count('samples_retried_total') +
            count('samples_failed_total') +
            count('queue_highest_sent_timestamp_seconds') ===
          0
        )
      })
      return waiting.length === 0 ? null : `waiting for ${waiting.map(({name}) => name).join(', ')}`
    })
  }

  function viewsOf(answer: Answer, {entry}: Way, from: ProbeView['from']): {place: string; words: string}[] {
    const {endpoints} = JSON.parse(answer.stdout) as ProbeReport
    const views = endpoints.find(({address}) => address === entry.url)?.views ?? []
    return views.filter(view => view.from === from).map(view => ({place: view.place, words: inWords(view)}))
  }

  it('what is tried is valid JSON, says before what it does in the pod, and exits with 1', () => {
    for (const {stdout} of [all, fromPod]) expect(validateProbeReport(JSON.parse(stdout))).toEqual([])
    expect([all.exitCode, all.stderr]).toEqual([1, ''])
    const place = `${agentContext} ${pods.namespace}/${tried}`
    expect([fromPod.exitCode, fromPod.stderr]).toEqual([
      1,
      `probe: runs nc, writes nothing, and ends it again, in ${place}`,
    ])
  })

  it('agents of every release name the first layer that fails, as far as their logs tell it', () => {
    const seen = ways.ways.map(way => ({name: way.name, views: viewsOf(all, way, 'agent')}))
    expect(seen.map(({name, views}) => ({name, agents: views.length}))).toEqual(
      ways.ways.map(({name}) => ({name, agents: versions.length})),
    )
    for (const {name, agent, agentToo = agent} of ways.ways) {
      // The log of a 3.x has a line a minute for all of its queues together: the others are known to fail, and not where.
      const bySilence = agent.startsWith('fails') ? 'fails' : agent
      for (const {place, words} of seen.find(own => own.name === name)?.views ?? []) {
        const right = [agent, agentToo, ...(place.endsWith(agentOf('3.5')) ? [bySilence] : [])]
        expect({name, place, words: right.includes(words) ? agent : words}).toEqual({name, place, words: agent})
      }
    }
  })

  it('from here each way fails at its layer, and none for what only the agent has', () => {
    expect(
      Object.fromEntries(ways.ways.map(way => [way.name, viewsOf(all, way, 'here').map(({words}) => words)])),
    ).toEqual(Object.fromEntries(ways.ways.map(way => [way.name, [way.here]])))
  })

  it('from the pod of the agent each way fails at its layer, and none for what only the agent has', () => {
    expect(
      Object.fromEntries(ways.ways.map(way => [way.name, viewsOf(fromPod, way, 'pod').map(({words}) => words)])),
    ).toEqual(Object.fromEntries(ways.ways.map(way => [way.name, [way.pod]])))
  })

  it('the verdict names that layer, also where the agent takes a page for success', () => {
    const {endpoints} = JSON.parse(fromPod.stdout) as ProbeReport
    const verdicts = ways.ways.map(({name, entry}) => {
      const verdict = endpoints.find(({address}) => address === entry.url)?.verdict
      return [name, verdict && inWords(verdict)]
    })
    expect(Object.fromEntries(verdicts)).toEqual(
      Object.fromEntries(ways.ways.map(({name, verdict}) => [name, verdict])),
    )
  })

  it('without the pod the verdict is green over no way that is broken', () => {
    const {endpoints} = JSON.parse(all.stdout) as ProbeReport
    const green = endpoints.filter(({verdict}) => verdict.outcome === 'works').map(({address}) => address)
    expect(green.sort()).toEqual(
      ways.ways
        .filter(({verdict}) => verdict === 'works')
        .map(({entry}) => entry.url)
        .sort(),
    )
  })

  it('what is given opens what is closed for want of it, and shows what the agent does not trust', async () => {
    const urlOf = (name: string) => ways.ways.find(way => way.name === name)?.entry.url ?? ''
    const {authorityFile, passwordFile} = ways.given
    const one = [...scope, '--agent', tried]
    const password = ['--remote-user', 'agent', '--remote-password-file', passwordFile]
    const [opened, judged] = await Promise.all([
      promfleet([...one, '--remote-url', urlOf('password'), ...password]),
      promfleet([...one, '--remote-url', urlOf('unknown-authority'), '--remote-ca-file', authorityFile]),
    ])
    const here = ({stdout}: Answer) =>
      (JSON.parse(stdout) as ProbeReport).endpoints[0]?.views.find(({from}) => from === 'here')
    expect(here(opened)).toMatchObject({outcome: 'works'})
    expect(here(judged)).toMatchObject({outcome: 'fails', layer: 'tls', class: 'tls-untrusted'})
    expect([opened.exitCode, judged.exitCode]).toEqual([0, 1])
  })

  describe('--from-pod', () => {
    it('leaves no process, no file, no pod, and the pod as it was', () => {
      const [before, after] = traces
      expect(before?.processes).toHaveLength(1)
      expect(before?.pod).not.toHaveProperty('spec.ephemeralContainers')
      expect(after).toEqual(before)
    })

    it('ends what runs in the pod when it is interrupted, too', async () => {
      const before = await processesIn(around.agents, pods.namespace, tried)
      const run = startPromfleet([...scope, '--agent', tried, '--from-pod', '--no-from-here'])
      await waitUntil(
        'a program in the pod',
        30,
        async () => {
          const now = await processesIn(around.agents, pods.namespace, tried)
          return now.length > before.length ? null : 'none yet'
        },
        0.1,
      )
      run.kill('SIGINT')
      const {exitCode, stdout} = await run
      expect(exitCode).toBe(130)
      expect(validateProbeReport(JSON.parse(stdout))).toEqual([])
      await waitUntil('the end of all programs in the pod', 30, async () => {
        const now = await processesIn(around.agents, pods.namespace, tried)
        return now.join() === before.join() ? null : now.join('; ')
      })
    })

    it('adds no container where the API server has none to add, and says since when there are some', async () => {
      const before = await tracesIn(around.agents, pods.namespace, tried)
      const answer = await promfleet([...scope, '--agent', tried, '--no-from-here', '--from-pod', '--image', 'busybox'])
      const {endpoints} = JSON.parse(answer.stdout) as ProbeReport
      const says = new Set(
        endpoints.flatMap(({views}) => views.filter(({from}) => from === 'pod').map(view => view.says)),
      )
      expect([...says]).toEqual([expect.stringMatching(/has no ephemeral containers: they came with Kubernetes 1\.23/)])
      expect(await tracesIn(around.agents, pods.namespace, tried)).toEqual(before)
    })

    it("shows programs in the pod in the API server's audit log, and nothing else that changes anything", async ({
      skip,
    }) => {
      if (!audit) return skip(AuditLog.missing(agentContext) ?? 'no audit log')
      const seen = new Set((await audit.requestsIn(pods.namespace)).map(auditInWords))
      expect([...seen].filter(words => !isReading(words))).toEqual([
        expect.stringMatching(/^(?:create|get) pods\/exec$/),
      ])
    })
  })
})
