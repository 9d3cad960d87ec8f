/** The configuration of the post that this grew from, run as an agent of the operator: every command, once it is old enough to be judged. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import Doctor from '../../commands/doctor.ts'
import Labels from '../../commands/labels.ts'
import Lag from '../../commands/lag.ts'
import Probe from '../../commands/probe.ts'
import type {LabelsReport} from '../../src/diagnose/labels/labels-report.ts'
import type {Report} from '../../src/diagnose/report.ts'
import {runCommand} from '../commands/run-command.ts'
import type {Scenario} from '../scenarios/scenario.ts'
import {type Lab, startLab} from './lab.ts'
import {intended, intendedResource} from './label-scenarios.ts'
import {findPrometheus, prometheusVersions} from './prometheus.ts'

const binaries = await findPrometheus()
const scenario: Scenario = {...intended, expect: {topCause: null, state: 'delivering', exitCode: 0}}
const isComplete = prometheusVersions.every(version => binaries.paths[version] !== null)
if (!isComplete) console.error('skipped: the configuration of the post (a Prometheus is missing)')

describe.runIf(isComplete)('the configuration of the post', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab([scenario], {binaries, prefixContexts: true})
  })
  afterAll(() => lab?.stop())

  it(intended.title, async () => {
    lab.api('intended-cluster2').store.put('prometheusagents', intendedResource)
    await lab.ready(scenario)
    const scope = ['--kubeconfig', lab.kubeconfig, '--context', 'intended-cluster2', '--fleet', 'none', '-o', 'json']
    const labels = await runCommand(Labels, scope)
    expect(JSON.parse(labels.stdout)).toMatchObject({
      ...{exitCode: 0, findings: []},
      agents: [
        {
          ...{missing: [], collidesWith: [], shadows: [], ignored: []},
          scrapeClasses: [{label: 'cluster', replacement: 'cluster2', on: 'targets'}],
          writes: [{simulation: {complete: true, identity: [{values: ['cluster2']}]}}],
        },
      ],
    })
    // The scrape class gives every target the label: the guard would not notice a missing external label.
    const [write] = (JSON.parse(labels.stdout) as LabelsReport).agents[0]?.writes ?? []
    expect(write?.simulation?.identity[0]?.droppedWithout).toBe(write?.simulation?.dropped)
    const watched = [...scope, '--interval', '6']
    const lag = await runCommand(Lag, watched)
    expect(JSON.parse(lag.stdout)).toMatchObject({exitCode: 0, rows: [{state: 'delivering'}], findings: []})
    const probe = await runCommand(Probe, watched)
    expect(JSON.parse(probe.stdout)).toMatchObject({
      exitCode: 0,
      endpoints: [{verdict: {outcome: 'works', layer: null}}],
    })
    const doctor = await runCommand(Doctor, [...watched, '--probe'])
    const report = JSON.parse(doctor.stdout) as Report
    expect(report).toMatchObject({exitCode: 0, state: 'delivering'})
    // A loaded machine may be late with scrapes of a second.
    expect(
      report.findings
        .map(({severity, id}) => `${severity} ${id}`)
        .filter(id => !id.includes('scrape/'))
        .sort(),
    ).toEqual([
      'info config/queue-hazard',
      'info security/no-authentication',
      'info security/plaintext',
      'info workload/wal-not-persistent',
      'warning config/queue-hazard',
      'warning security/open-receiver',
    ])
  })
})
