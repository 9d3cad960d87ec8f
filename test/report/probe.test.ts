/** `promfleet probe` as people see it; the golden files are read like prose. */
import {describe, expect, it} from 'vitest'
import {failedProbeReport, reportProbe} from '../../src/diagnose/probe/report-probe.ts'
import type {ProbePlace} from '../../src/evidence/probe.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {renderProbe} from '../../src/report/probe/probe.ts'
import {aFailure, aFleet, anAgent, collected} from '../builders/evidence.ts'
import {aFailedStep, aProbe} from '../builders/probe.ts'
import {refusing, retrying} from '../checks/receiver/outage.ts'
import {UNSAFE} from '../fuzz.ts'
import {validateProbeReport} from './schema.ts'

const central = 'http://central.example:9090/api/v1/write'
const pod: ProbePlace = {
  ...{kind: 'pod', by: 'exec', container: 'prometheus'},
  ...{context: 'cluster2', namespace: 'monitoring', pod: 'agent-0'},
}
const policy = {name: 'only-dns', types: ['Egress'], podSelector: {matchLabels: {}, matchExpressions: []}}

const REPORTS = {
  broken: () => ({
    ...aFleet({
      agents: [
        retrying('dial tcp 10.0.0.1:9090: connect: connection refused'),
        anAgent({pod: 'agent-1', queues: [{name: 'mimir', url: 'https://mimir.example/api/v1/push'}]}),
        anAgent({
          pod: 'agent-2',
          queues: [{name: 'far', url: 'http://far.monitoring.svc/w'}],
          scrapes: [aFailure('timeout', 'gave no answer within 5 s')],
        }),
      ],
    }),
    probes: [
      aProbe({address: central}),
      aProbe({
        address: central,
        from: pod,
        tcp: aFailedStep(
          'ECONNREFUSED',
          'central.example:9090 from pod monitoring/agent-0: the connection is refused: nothing listens there',
        ),
        http: null,
      }),
      aProbe({
        address: 'https://mimir.example/api/v1/push',
        settings: {auth: 'basic', ownAuthority: true},
        handshake: {},
        answer: {status: 401, challenge: 'Basic realm="mimir"'},
      }),
      aProbe({
        address: 'http://far.monitoring.svc/w',
        skipped: "far.monitoring.svc is a name of the agent's own cluster",
        http: null,
      }),
    ],
    networkPolicies: [{...{context: 'cluster2', namespace: 'monitoring'}, policies: collected([policy])}],
  }),
  well: () => ({...aFleet({agents: [anAgent({queues: [{url: central}]})]}), probes: [aProbe({address: central})]}),
  none: () => aFleet({agents: []}),
}
const options = (columns: number) => ({columns, colour: false, unicode: true})
const reportOf = (name: keyof typeof REPORTS) => reportProbe(readFacts(REPORTS[name]()), {interruptedWith: null})

describe('the report of a probe', () => {
  it.each(Object.keys(REPORTS) as (keyof typeof REPORTS)[])('%s', async name => {
    const report = reportOf(name)
    expect(validateProbeReport(JSON.parse(JSON.stringify(report)))).toEqual([])
    for (const columns of [80, 140]) {
      const text = renderProbe(report, options(columns))
      await expect(text).toMatchFileSnapshot(`golden/probe/${name}-${columns}.txt`)
    }
  })
  it('fits the terminal, commands and addresses aside', () => {
    for (const line of renderProbe(reportOf('broken'), options(80)).split('\n'))
      if (!/^ +promfleet /.test(line)) expect(line.length, line).toBeLessThanOrEqual(80)
  })
  it('shows each layer with its time, and what the agent has measured, with -v', () => {
    const text = renderProbe(reportOf('broken'), {...options(120), verbose: true})
    for (const words of ['dns: 192.0.2.7 (1 ms)', 'http: answered 204 (3 ms)']) expect(text).toContain(words)
  })
  it('names each layer at which one of its agents fails, at any length', () => {
    const failing = (pod: string, error: string) => retrying(error, {pod})
    const agents = [
      failing('agent-0', 'tls: failed to verify certificate: x509: certificate signed by unknown authority'),
      failing('agent-1', 'dial tcp: lookup central.example on 10.96.0.10:53: no such host'),
    ]
    const report = reportProbe(readFacts(aFleet({agents})), {interruptedWith: null})
    expect(validateProbeReport(JSON.parse(JSON.stringify(report)))).toEqual([])
    expect(report.endpoints[0]?.verdict.layers).toEqual(['dns', 'tls'])
    expect(renderProbe(report, options(200))).toContain(
      '2 agents: the name fails for cluster2 monitoring/agent-1, TLS for cluster2 monitoring/agent-0',
    )
    expect(renderProbe(report, {...options(80), quiet: true})).toContain('fails at different layers: dns, tls')
  })
  it('is one line for each endpoint with -q, with agents, place and layer', () => {
    expect(renderProbe(reportOf('broken'), {...options(80), quiet: true}).split('\n')).toEqual([
      '✗ http://central.example:9090/api/v1/write: cluster2 monitoring/agent-0: tcp fails, tried from its pod',
      '? http://far.monitoring.svc/w: cluster2/monitoring/agent-2: not known, not tried from here',
      '✓ https://mimir.example/api/v1/push: cluster2/monitoring/agent-1: works, by its own figures',
      '',
    ])
    expect(renderProbe(reportOf('none'), {...options(80), quiet: true})).toContain('no endpoint was found')
  })
  it('names agents without remote_write in a line of their own, at any length', () => {
    const agents = [anAgent({queues: [{url: central}]}), anAgent({pod: 'agent-1', queues: []})]
    const report = reportProbe(readFacts(aFleet({agents})), {interruptedWith: null})
    const words =
      '? cluster2 monitoring/agent-1 has no remote_write: nothing to probe (promfleet explain config/no-remote-write)'
    expect(renderProbe(report, options(140)).split('\n')).toContain(words)
    expect(renderProbe(report, options(140))).toContain('1 works, 1 agent without remote_write (exit 3)')
    expect(renderProbe(report, {...options(140), quiet: true}).split('\n')).toContain(words)
    const alone = reportProbe(readFacts(aFleet({agents: agents.slice(1)})), {interruptedWith: null})
    for (const quiet of [true, false])
      expect(renderProbe(alone, {...options(140), quiet})).toContain(
        'no endpoint was found to look at, 1 agent without remote_write (exit 3)',
      )
    expect(renderProbe(alone, options(140)).split('\n')).toContain(words)
  })
  it('says once what several agents are answered alike, and by which', () => {
    const off = '404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'
    const agents = ['agent-0', 'agent-1', 'agent-2', 'agent-3'].map(pod => refusing(off, {pod}))
    const report = reportProbe(readFacts(aFleet({agents})), {interruptedWith: null})
    const text = renderProbe(report, options(200))
    expect(text.split('needs to be enabled with')).toHaveLength(2)
    expect(text).toMatch(/fails {5}cluster2 monitoring\/agent-0 and 3 more: receiver, server returned HTTP status 404/)
    expect(renderProbe(report, {...options(200), verbose: true}).split('needs to be enabled with')).toHaveLength(5)
  })
  it('marks a canary that was not taken as what the exit code says', () => {
    const evidence = {
      ...REPORTS.well(),
      canaries: [
        {
          ...{agent: 'cluster2/monitoring/agent-0', central: 'http://central', nonce: '1'},
          write: aProbe({address: central, answer: {status: 401}}),
          visible: aFailure('not-applicable', 'it was not written'),
        },
      ],
    }
    const report = reportProbe(readFacts(evidence), {interruptedWith: null})
    expect(report.exitCode).toBe(3)
    expect(renderProbe(report, options(80))).toContain('? 1 works, a canary refused (exit 3)')
    expect(renderProbe(report, {...options(80), quiet: true})).toMatch(/^\? .*, a canary refused/)
  })
  it('shows three of many agents that write to one endpoint, those in trouble first', () => {
    const agents = Array.from({length: 9}, (_, index) => anAgent({pod: `agent-${index}`, queues: [{url: central}]}))
    const report = reportProbe(readFacts(aFleet({agents})), {interruptedWith: null})
    expect(renderProbe(report, options(100))).toContain('and 6 more agents (-v shows them)')
  })
  it('shows three of many canaries of one endpoint, those not proven first, and all with -v', () => {
    const agents = Array.from({length: 20}, (_, index) => anAgent({pod: `agent-${index}`, queues: [{url: central}]}))
    const canaries = agents.map((_, index) => ({
      agent: `cluster2/monitoring/agent-${index}`,
      central: 'http://central',
      nonce: String(index),
      write: aProbe({address: central, answer: {status: index < 15 ? 204 : 401}}),
      visible: index < 15 ? collected({afterSeconds: 1}) : aFailure('not-applicable', 'it was not written'),
    }))
    const report = reportProbe(readFacts({...aFleet({agents}), canaries}), {interruptedWith: null})
    const shown = (verbose: boolean) => {
      const lines = renderProbe(report, {...options(140), verbose}).split('\n')
      return lines.flatMap(line => /^ +canary +(\S+):/.exec(line)?.[1] ?? [])
    }
    expect(shown(false)).toEqual([15, 16, 17].map(index => `cluster2/monitoring/agent-${index}`))
    expect(renderProbe(report, options(140))).toContain('and 17 more agents, 2 canaries refused (-v shows them)')
    expect(shown(true).length).toBe(20)
    expect(renderProbe(report, {...options(140), verbose: true})).not.toContain('-v shows them')
  })
  it('says once of many agents why no canary was written for them, and is not content', () => {
    const agents = Array.from({length: 25}, (_, index) => anAgent({pod: `agent-${index}`, queues: [{url: central}]}))
    const skipped = 'canaries are written for 20 agents in one run'
    const canaries = agents.map((_, index) => ({
      agent: `cluster2/monitoring/agent-${index}`,
      central: 'http://central',
      nonce: String(index),
      write: aProbe({address: central, answer: {status: 204}, ...(index >= 20 && {skipped})}),
      visible: index < 20 ? collected({afterSeconds: 1}) : aFailure('not-applicable', 'it was not written'),
    }))
    const report = reportProbe(readFacts({...aFleet({agents}), canaries}), {interruptedWith: null})
    expect(report.exitCode).toBe(3)
    const text = renderProbe(report, options(200))
    expect(text.match(/canaries are written for 20/g)).toHaveLength(1)
    expect(text).toContain(`canary    5 agents (-v names them): it was not written: ${skipped}`)
    expect(text).toContain('5 canaries not written (exit 3)')
    expect(text).toContain('and 17 more agents (-v shows them)')
    const all = renderProbe(report, {...options(200), verbose: true})
    expect(all.match(/canaries are written for 20/g)).toHaveLength(5)
  })
  it('passes nothing on to the terminal that controls it', () => {
    const evidence = REPORTS.broken()
    const [probe] = evidence.probes
    if (probe?.http?.ok) probe.http.value.server = '\u001b[31mred\u202e'
    expect(renderProbe(reportProbe(readFacts(evidence), {interruptedWith: null}), options(80))).not.toMatch(UNSAFE)
  })
  it('says why it could not start', () => {
    const failed = failedProbeReport('no such context', 'see them with kubectl', '0.1.0', new Date(0))
    expect(validateProbeReport(JSON.parse(JSON.stringify(failed)))).toEqual([])
    expect(renderProbe(failed, options(80))).toBe(
      'error: no such context\nhint: see them with kubectl\ncould not start (exit 2)\n',
    )
  })
})
