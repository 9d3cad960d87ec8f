/** The scenarios in real clusters, and what the API server saw of the runs that diagnosed them. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {LagReport} from '../../src/diagnose/lag/lag-report.ts'
import type {ProbeReport} from '../../src/diagnose/probe/probe-report.ts'
import {measure, waitUntil} from '../lab/conditions.ts'
import {validateLabelsReport, validateLagReport, validateProbeReport, validateReport} from '../report/schema.ts'
import {AuditLog, inWords, isReading} from './audit-log.ts'
import {promfleet, reportOf, startPromfleet, topCause} from './doctor.ts'
import {clusterScenarios, scenarioNamed} from './scenarios.ts'
import {agentContext, connect, type Surroundings, skipped} from './surroundings.ts'

if (skipped) console.log(skipped)

/** Counted by every Prometheus: promfleet asks for the configuration between its two scrapes. */
const configReads = 'prometheus_http_requests_total{code="200",handler="/api/v1/status/config"}'

const healthy = scenarioNamed('healthy')
const stopped = scenarioNamed('central-stopped')

describe.skipIf(skipped)('doctor in real clusters', () => {
  let around: Surroundings
  let audit: AuditLog | null = null

  beforeAll(async () => {
    around = await connect()
    if (AuditLog.missing(agentContext) === null) audit = await AuditLog.of(agentContext)
    await around.fleet.start(clusterScenarios)
  })

  afterAll(async () => {
    await around?.stop()
  })

  describe.concurrent('each situation has its cause, state and exit code, as a table and as JSON', () => {
    for (const scenario of clusterScenarios) {
      it(`${scenario.name}: ${scenario.title}`, async ({expect}) => {
        const pods = await around.fleet.ready(scenario)
        const scope = ['doctor', '--context', agentContext, '-n', around.fleet.namespaceOf(scenario)]
        const [json, table] = await Promise.all([promfleet([...scope, '-o', 'json']), promfleet(scope)])
        const {state, exitCode, topCause: cause, queues} = scenario.expect
        const report = reportOf(json)
        expect(validateReport(report)).toEqual([])
        expect({
          topCause: topCause({...report, findings: report.findings.filter(isNoRemark(cause))}),
          state: report.state,
          exitCodes: [json.exitCode, table.exitCode, report.exitCode],
          pods: report.agents.map(({pod}) => pod).sort(),
        }).toEqual({topCause: cause, state, exitCodes: [exitCode, exitCode, exitCode], pods: [...pods].sort()})
        expect(report.agents.map(agent => agent.state)).toContain(state)
        expect(table.stdout).toContain(` ${state} `)
        if (cause) expect(table.stdout).toContain(`${cause}: `)
        if (scenario.says) expect(table.stdout).toContain(scenario.says)
        if (queues) expect(worseQueues(report)).toEqual(queues)
        expect([json.stderr, table.stderr]).toEqual(['', ''])
      })
    }
  })

  it('healthy agents of every release raise nothing above info but what is true of their security', async () => {
    await around.fleet.ready(healthy)
    const namespace = around.fleet.namespaceOf(healthy)
    const report = reportOf(await promfleet(['doctor', '--context', agentContext, '-n', namespace, '-o', 'json']))
    expect(report.agents.map(({version}) => version?.match(/^\d+\.\d+/)?.[0]).sort()).toEqual(['2.42', '2.53', '3.5'])
    expect(report.agents.map(({state}) => state)).toEqual(['delivering', 'delivering', 'delivering'])
    expect(report.findings.filter(({status}) => status === 'unknown')).toEqual([])
    const raised = new Set(report.findings.filter(({severity}) => severity !== 'info').map(({id}) => id))
    expect([...raised].filter(id => !trueOfTheLab.has(id))).toEqual([])
  })

  it.each(['port-forward', 'proxy', 'kubectl'])(
    'every agent is reached by %s when that is asked for',
    async transport => {
      await around.fleet.ready(healthy)
      const scope = ['--context', agentContext, '-n', around.fleet.namespaceOf(healthy)]
      const report = reportOf(await promfleet(['doctor', ...scope, '--transport', transport, '-o', 'json']))
      expect(report.agents.map(agent => `${agent.state} by ${agent.transport}`)).toEqual(
        Array(3).fill(`delivering by ${transport}`),
      )
    },
  )

  it('lag, labels and probe find healthy agents as healthy as the doctor does', async () => {
    await around.fleet.ready(healthy)
    const scope = ['--context', agentContext, '-n', around.fleet.namespaceOf(healthy), '-o', 'json']
    const [lag, labels, probe] = await Promise.all([
      promfleet(['lag', ...scope]),
      promfleet(['labels', ...scope]),
      promfleet(['probe', ...scope]),
    ])
    const rows = (JSON.parse(lag.stdout) as LagReport).rows
    expect(validateLagReport(JSON.parse(lag.stdout))).toEqual([])
    expect(validateLabelsReport(JSON.parse(labels.stdout))).toEqual([])
    expect(validateProbeReport(JSON.parse(probe.stdout))).toEqual([])
    expect(rows.map(({state}) => state)).toEqual(['delivering', 'delivering', 'delivering'])
    expect((JSON.parse(probe.stdout) as ProbeReport).endpoints.map(({verdict}) => verdict.outcome)).toEqual(['works'])
    expect([lag, labels, probe].map(({exitCode, stderr}) => ({exitCode, stderr}))).toEqual(
      Array(3).fill({exitCode: 0, stderr: ''}),
    )
  })

  it('lag and probe tell of a central that is down: how far behind, and the layer that fails', async () => {
    await around.fleet.ready(stopped)
    const scope = ['--context', agentContext, '-n', around.fleet.namespaceOf(stopped), '-o', 'json']
    const [lag, probe] = await Promise.all([promfleet(['lag', ...scope]), promfleet(['probe', ...scope])])
    const rows = (JSON.parse(lag.stdout) as LagReport).rows
    expect(rows.map(({state, queue}) => ({state, status: queue?.lossClock.status}))).toEqual(
      rows.map(() => ({state: 'behind', status: 'known'})),
    )
    for (const {verdict, views} of (JSON.parse(probe.stdout) as ProbeReport).endpoints) {
      expect(verdict).toMatchObject({outcome: 'broken', layer: 'tcp'})
      expect(views.map(({from, outcome, layer}) => ({from, outcome, layer}))).toContainEqual({
        from: 'agent',
        outcome: 'fails',
        layer: 'tcp',
      })
    }
    expect([lag.exitCode, probe.exitCode]).toEqual([1, 1])
  })

  it('an interrupted run prints what it knows by then, valid JSON, and exits with 130', async () => {
    const [pod = ''] = await around.fleet.ready(healthy)
    const namespace = around.fleet.namespaceOf(healthy)
    const reads = async () => {
      const text = (await around.agents.askPod(namespace, pod, '/metrics')) ?? ''
      return measure({kind: 'metric', metric: configReads, atLeast: 0}, text).value
    }
    const before = await reads()
    const scope = ['--context', agentContext, '-n', namespace, '--agent', pod]
    const run = startPromfleet(['doctor', ...scope, '--interval', '90s', '--timeout', '100s', '-o', 'json'])
    await waitUntil('the first look at the agent', 30, async () => ((await reads()) > before ? null : 'not asked yet'))
    run.kill('SIGINT')
    const {stdout, stderr, exitCode} = await run
    const report = JSON.parse(stdout)
    expect(validateReport(report)).toEqual([])
    expect({exitCode, ended: report.ended, stderr}).toEqual({exitCode: 130, ended: 'interrupted', stderr: ''})
    expect(report.agents.map((agent: {pod: string}) => agent.pod)).toEqual([pod])
  })

  it('a context that does not exist ends with 2, an error on stderr, and a document where JSON was asked for', async () => {
    const table = await promfleet(['doctor', '--context', `${agentContext}-of-nobody`])
    expect(table).toMatchObject({stdout: '', exitCode: 2})
    expect(table.stderr).toContain(`${agentContext}-of-nobody`)
    const json = await promfleet(['doctor', '--context', `${agentContext}-of-nobody`, '-o', 'json'])
    expect(validateReport(reportOf(json))).toEqual([])
    expect({exitCode: json.exitCode, error: reportOf(json).error?.message}).toEqual({
      exitCode: 2,
      error: expect.stringContaining(`${agentContext}-of-nobody`),
    })
  })

  it('explain and rbac print nothing but what they are asked for', async () => {
    for (const args of [['explain'], ['explain', 'receiver/disabled'], ['rbac'], ['rbac', '-n', 'monitoring']]) {
      const answer = await promfleet(args)
      expect({args, stderr: answer.stderr, exitCode: answer.exitCode}).toEqual({args, stderr: '', exitCode: 0})
    }
  })

  it("the API server's audit log of all these runs shows get, list and port-forward, and nothing else", async ({
    skip,
  }) => {
    if (!audit) return skip(AuditLog.missing(agentContext) ?? 'no audit log')
    const seen = new Set((await audit.requests()).map(inWords))
    expect([...seen]).toContain('list pods')
    expect([...seen].join('; ')).toMatch(/(?:get|create) pods\/portforward/)
    expect([...seen].filter(words => !isReading(words))).toEqual([])
  })
})

/** The lab's centrals speak plain HTTP, and most ask for no password. */
const trueOfTheLab = new Set(['security/plaintext', 'security/no-authentication'])

/** Remarks on security are no fault where none is expected. */
function isNoRemark(expected: string | null) {
  return ({id}: {id: string}) => expected !== null || !trueOfTheLab.has(id)
}

function worseQueues({agents}: ReturnType<typeof reportOf>): string[] {
  return agents.flatMap(({queues}) => queues.filter(({state}) => state !== 'delivering').map(({name}) => name))
}
