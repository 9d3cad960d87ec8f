/** Agents in two clusters and their centrals, seen together: who is told apart from whom, and an outage from its start to its end. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {LabelsReport} from '../../src/diagnose/labels/labels-report.ts'
import type {LagReport, LagRow} from '../../src/diagnose/lag/lag-report.ts'
import type {QueueReport} from '../../src/diagnose/report.ts'
import {freePort} from '../lab/addresses.ts'
import {measure, valuesOf, waitUntil} from '../lab/conditions.ts'
import {validateLabelsReport, validateLagReport} from '../report/schema.ts'
import {oldEnough} from '../scenarios/parts.ts'
import type {Condition, Version} from '../scenarios/scenario.ts'
import {AuditLog, inWords, isReading} from './audit-log.ts'
import type {Cluster} from './cluster.ts'
import {promfleet} from './doctor.ts'
import {hostAddressFor} from './host.ts'
import type {OwnPod, OwnPods} from './own-pods.ts'
import {agentContext, centralContext, connect, type Surroundings, skipped} from './surroundings.ts'

const host = skipped ? null : await hostAddressFor(centralContext)
const unable =
  skipped ??
  (host === null
    ? `outages in clusters are skipped: no node of ${centralContext} is this machine (PROMFLEET_E2E_HOST is its address as pods reach it)`
    : null)
if (unable) console.log(unable)

const scrapeSeconds = 5
/** Of every figure: a scrape that is late on a busy machine, and the time between two looks at the same agent. */
const slackSeconds = 2 * scrapeSeconds
/** From here on a queue that finishes nothing is blocked rather than slow. */
const blockedSeconds = 25

/** Both clusters have an agent of this name, in namespaces of one name: only their contexts tell them apart. */
const copied = 'shop-0'
/** It has been answered, at least once. */
const sentBy = {
  kind: 'metric',
  metric: 'prometheus_remote_storage_queue_highest_sent_timestamp_seconds',
  atLeast: 1,
} as const satisfies Condition

/** What lag says, and what is true by then: until when all has been sent, by the agent's own metrics. */
interface Look {
  row: LagRow
  exitCode: number | undefined
  sentAt: number
  at: number
}

function queueOf({queue}: LagRow): QueueReport {
  if (queue === null) throw new Error('the row is of no queue')
  return queue
}

const secondsOf = (timestamp: string | null | undefined) => Date.parse(timestamp ?? '') / 1000

function expectNear(figure: number | null, truth: number): void {
  expect(Math.abs((figure ?? Number.NaN) - truth), `${figure} beside ${truth}`).toBeLessThanOrEqual(slackSeconds)
}

describe.skipIf(unable)('two clusters and their centrals', () => {
  let around: Surroundings
  let pods: OwnPods
  /** Takes what all agents send, but for the one whose central goes away. */
  let store: OwnPod
  let vanishing: OwnPod
  let exposed: OwnPod
  let scope: string[]
  let atStore: string[]
  const audits: AuditLog[] = []
  /** Goes on while other tests are at it: most of it is waiting. */
  let outage: ReturnType<typeof takeCentralAway>

  beforeAll(async () => {
    around = await connect()
    const {centrals, agents} = around
    for (const context of [centralContext, agentContext])
      if (AuditLog.missing(context) === null) audits.push(await AuditLog.of(context))
    pods = await around.ownPods('central')
    const run = {runsAs: 'server', takesRemoteWrite: true} as const
    const labels = {'app.kubernetes.io/name': 'prometheus'}
    const central: Omit<OwnPod, 'name'> = {cluster: centrals, version: '3.5', config: {}, run, labels}
    store = {...central, name: 'store'}
    // Whoever comes back under another address is somebody else to its agents.
    vanishing = {...central, name: 'vanishing', isOnHost: true, port: await freePort(host ?? '')}
    const [address] = await Promise.all([pods.start(store), pods.start(vanishing)])
    const to = `http://${address}:9090/api/v1/write`
    exposed = agent(agents, 'exposed-0', {
      to: `http://${host}:${vanishing.port}/api/v1/write`,
      labels: {cluster: 'exposed'},
    })
    const replica = (name: string) => ({to, labels: {cluster: 'pair', prometheus_replica: name}, rules: [sameInstance]})
    const shard = (name: string, number: number) => ({
      ...{to, labels: {cluster: 'shards', prometheus_replica: name}},
      ...{targets: byHash, rules: sharedOut(number)},
    })
    const own = {to, labels: {cluster: 'shop'}, rules: [sameInstance]}
    await Promise.all(
      [
        exposed,
        agent(centrals, copied, own),
        agent(agents, copied, own, '2.53'),
        agent(agents, 'pair-0', replica('pair-0')),
        agent(agents, 'pair-1', replica('pair-1'), '2.42'),
        agent(agents, 'shards-0', shard('shards-0', 0)),
        agent(agents, 'shards-1', shard('shards-1', 1)),
      ].map(async pod => {
        await pods.start(pod)
        await hasSent(pod)
      }),
    )
    scope = ['--context', `${centralContext},${agentContext}`, '-n', pods.namespace]
    atStore = ['--central-context', centralContext, '--central-namespace', pods.namespace, '--central-pod', 'store']
    outage = takeCentralAway()
    outage.catch(() => undefined) // reported to the test that waits for it
  })

  afterAll(async () => {
    await outage?.catch(() => undefined)
    await around?.stop()
  })

  async function meets(pod: OwnPod, condition: Condition, timeoutSeconds: number): Promise<void> {
    await waitUntil(`${pod.name}: ${JSON.stringify(condition)}`, timeoutSeconds, async () => {
      const {met, what, value} = measure(condition, await pods.metrics(pod))
      return met ? null : `${what} is ${value}`
    })
  }
  const hasSent = (pod: OwnPod) => meets(pod, sentBy, 60)
  const keyOf = (context: string, name: string) => `${context}/${pods.namespace}/${name}`

  it('two agents in two contexts under one identity are a pair, proven at both ends; replicas and shards are not', async () => {
    const [json, table] = await Promise.all([
      promfleet(['labels', ...scope, '-o', 'json']),
      promfleet(['labels', ...scope]),
    ])
    const report = JSON.parse(json.stdout) as LabelsReport
    expect(validateLabelsReport(report)).toEqual([])
    const collisions = report.agents.map(({key, collidesWith, collisionIsProven}) => ({
      key,
      collidesWith,
      collisionIsProven,
    }))
    const [one, other] = [keyOf(centralContext, copied), keyOf(agentContext, copied)]
    const innocent = ['exposed-0', 'pair-0', 'pair-1', 'shards-0', 'shards-1'].map(name => keyOf(agentContext, name))
    expect(collisions.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(
      [
        {key: one, collidesWith: [other], collisionIsProven: true},
        {key: other, collidesWith: [one], collisionIsProven: true},
        ...innocent.map(key => ({key, collidesWith: [], collisionIsProven: false})),
      ].sort((a, b) => (a.key < b.key ? -1 : 1)),
    )
    const found = report.findings.filter(({id}) => id === 'labels/collision')
    const named = [centralContext, agentContext].map(context => `${context} ${pods.namespace}/${copied}`)
    expect(found.length).toBeGreaterThan(0)
    for (const {severity, title, evidence} of found) {
      expect(severity).toBe('error')
      const proof = evidence.find(({what}) => what === 'both scrape')?.value ?? ''
      expect(proof).toContain('instance="node-1"')
      for (const name of named) for (const text of [title, proof]) expect(text).toContain(name)
    }
    for (const name of named) expect(table.stdout.replace(/\s+/g, ' ')).toContain(name)
    // That a plain Prometheus stores the data of both replicas is no accusation of their labels.
    expect([...new Set(report.findings.map(({id}) => id))].sort()).toEqual([
      'labels/collision',
      'labels/replica-duplicates',
    ])
    expect([json.exitCode, table.exitCode, json.stderr, table.stderr]).toEqual([1, 1, '', ''])
  })

  it('the central itself holds one series of the two, and one for each replica and shard', async () => {
    const query = encodeURIComponent('count by (cluster) (up)')
    const answer = await around.centrals.askPod(pods.namespace, store.name, `/api/v1/query?query=${query}`)
    const {data} = JSON.parse(answer ?? '{}') as {
      data: {result: {metric: {cluster: string}; value: [number, string]}[]}
    }
    expect(Object.fromEntries(data.result.map(({metric, value}) => [metric.cluster, value[1]]))).toEqual({
      ...{shop: '1', pair: '2', shards: '2'},
    })
  })

  it('the audit logs of both API servers show get, list and port-forward of labels, probe and lag, with and without the central', async ({
    skip,
  }) => {
    if (audits.length === 0) return skip(AuditLog.missing(agentContext) ?? 'no audit log')
    const runs = await Promise.all(
      [
        ['labels', ...scope],
        ['probe', ...scope],
        ['lag', ...scope, '--interval', '1s'],
        ['lag', ...scope, '--interval', '1s', ...atStore],
        ['lag', '--from-central', '--interval', '1s', ...atStore],
        ['doctor', ...scope, '--interval', '1s', '--probe', ...atStore],
      ].map(args => promfleet([...args, '-o', 'json'])),
    )
    expect(runs.map(({stderr}) => stderr)).toEqual(runs.map(() => ''))
    const seen = await Promise.all(audits.map(audit => audit.requestsIn(pods.namespace)))
    for (const requests of seen) {
      const words = new Set(requests.map(inWords))
      expect([...words].join('; ')).toMatch(/(?:get|create) pods\/portforward/)
      expect([...words].filter(own => !isReading(own))).toEqual([])
    }
  })

  it('lag tells the true story of a central that goes away and comes back', async () => {
    const {early, late, after} = await outage
    for (const {row, exitCode, sentAt, at} of [early, late]) {
      expect({state: row.state, exitCode}).toEqual({state: 'behind', exitCode: 1})
      const {lagSeconds, lossClock, catchUp, restartCost, losses, ...queue} = queueOf(row)
      // Of an agent that scrapes on, the newest that it has is a scrape interval old at most.
      expectNear(lagSeconds, at - sentAt)
      expectNear(restartCost.seconds, at - sentAt)
      expect(queue).toMatchObject({deliveredPerSecond: 0, retryRatio: 1, arrival: 'unknown'})
      expect({catchUp: catchUp.verdict, losses}).toEqual({catchUp: 'never', losses: []})
      // Half of a block of 2 h after the newest that it has, a plain Prometheus takes nothing older any more.
      expectNear(lossClock.atPlainPrometheusSeconds ?? null, sentAt + 3600 - at)
      expect(lossClock).toMatchObject({status: 'known', kind: 'truncation'})
    }
    // Time goes on, and the moment of the loss stays where it is.
    const [first, second] = [early, late].map(({row}) => queueOf(row).lossClock)
    expectNear(secondsOf(second?.earliestAt), secondsOf(first?.earliestAt))
    expectNear(secondsOf(second?.latestAt), secondsOf(first?.latestAt))
    expectNear((first?.earliestSeconds ?? 0) - (second?.earliestSeconds ?? 0), late.at - early.at)
    expect(late.sentAt).toBe(early.sentAt)
    expect(after.exitCode).toBe(0)
    expect(after.row.state).toBe('delivering')
    expect(queueOf(after.row)).toMatchObject({lossClock: {status: 'not-needed'}, catchUp: {verdict: 'yes'}, losses: []})
    expectNear(queueOf(after.row).lagSeconds, 0)
    // And it is true that nothing was lost: the central, whose disk was new, has all of the time in which it was away.
    const middle = (early.at + late.at) / 2
    const query = encodeURIComponent('timestamp(up{cluster="exposed"})')
    const asked = `/api/v1/query?query=${query}&time=${middle}`
    const answer = await around.centrals.askPod(pods.namespace, vanishing.name, asked, vanishing.port)
    const {data} = JSON.parse(answer ?? '{}') as {data: {result: {value: [number, string]}[]}}
    expectNear(Number(data.result[0]?.value[1]), middle)
  })

  /** Takes the central away from a young agent, looks twice, brings it back, and looks again once the agent is old enough to judge. */
  async function takeCentralAway(): Promise<{early: Look; late: Look; after: Look}> {
    await pods.remove(vanishing)
    await meets(exposed, {kind: 'nothing-sent-for', seconds: blockedSeconds}, 60)
    const early = await look()
    await meets(exposed, {kind: 'nothing-sent-for', seconds: blockedSeconds + 20}, 60)
    const late = await look()
    await pods.start(vanishing)
    await waitUntil(`${exposed.name}: all that waited to be sent`, 60, async () => {
      const behind = Date.now() / 1000 - (await newestSent())
      return behind < slackSeconds ? null : `${behind} s are unsent`
    })
    await meets(exposed, oldEnough, 60)
    return {early, late, after: await look()}
  }

  async function look(): Promise<Look> {
    const sentAt = await newestSent()
    const of = ['--context', agentContext, '-n', pods.namespace, '--agent', exposed.name]
    const {stdout, exitCode} = await promfleet(['lag', ...of, '--interval', `${scrapeSeconds + 1}s`, '-o', 'json'])
    const report = JSON.parse(stdout) as LagReport
    expect(validateLagReport(report)).toEqual([])
    const [row] = report.rows
    if (row === undefined) throw new Error('lag has no row')
    return {row, exitCode, sentAt, at: secondsOf(row.window.to)}
  }

  async function newestSent(): Promise<number> {
    return valuesOf(await pods.metrics(exposed), sentBy.metric)[0] ?? Number.NaN
  }

  function agent(
    cluster: Cluster,
    name: string,
    {
      to,
      labels,
      targets = byHash.slice(0, 1),
      rules = [],
    }: {to: string; labels: Record<string, string>; targets?: string[]; rules?: object[]},
    version: Version = '3.5',
  ): OwnPod {
    const config = {
      global: {scrape_interval: `${scrapeSeconds}s`, external_labels: labels},
      scrape_configs: [{job_name: 'prometheus', static_configs: [{targets}], relabel_configs: rules}],
      remote_write: [{url: to, queue_config: {batch_send_deadline: '1s'}}],
    }
    return {cluster, name, version, config}
  }
})

/** Itself, twice: by hashmod of 2 the first is shard 0's and the second shard 1's. */
const byHash = ['localhost:9090', '127.0.0.4:9090']
const sameInstance = {target_label: 'instance', replacement: 'node-1'}
const sharedOut = (shard: number) => [
  {source_labels: ['__address__'], modulus: 2, target_label: '__tmp_hash', action: 'hashmod'},
  {source_labels: ['__tmp_hash'], regex: `${shard}`, action: 'keep'},
]
