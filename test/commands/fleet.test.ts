import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import Doctor from '../../commands/doctor.ts'
import Labels from '../../commands/labels.ts'
import Lag from '../../commands/lag.ts'
import Logs from '../../commands/logs.ts'
import Probe from '../../commands/probe.ts'
import {
  validateLabelsReport,
  validateLagReport,
  validateLogReport,
  validateProbeReport,
  validateReport,
} from '../report/schema.ts'
import {runCommand} from './run-command.ts'

const bundle = resolve(import.meta.dirname, '../fixtures/faults/receiver-disabled-3.5.json.gz')
const folder = mkdtempSync(join(tmpdir(), 'promfleet-fleet-'))
afterAll(() => rmSync(folder, {recursive: true}))

function fleetFile(yaml: string): string {
  const file = join(folder, 'fleet.yaml')
  writeFileSync(file, yaml)
  return file
}
async function doctor(yaml: string, ...args: string[]) {
  const run = await runCommand(Doctor, ['--from', bundle, '--fleet', fleetFile(yaml), '-o', 'json', ...args])
  return {...run, report: JSON.parse(run.stdout)}
}

describe('promfleet doctor with a fleet file', () => {
  it('judges by its thresholds and prints those in force', async () => {
    const {report} = await doctor('thresholds: {lateSeconds: 1h}')
    expect(report.thresholds).toMatchObject({lateSeconds: 3600, lateIntervals: 2})
  })
  it('reports what it expects and is not there, in the bundle as in a cluster', async () => {
    const {report, exitCode} = await doctor('expected: [{context: cluster2, agent: nowhere}]')
    expect(exitCode).toBe(1)
    expect(report.summary.missing).toBe(1)
    expect(report.findings.map(({id}: {id: string}) => id)).toContain('workload/expected-missing')
  })
  it('misses nothing in contexts that the bundle does not hold, nor where the flags narrow it', async () => {
    const elsewhere = await doctor('expected: [{context: cluster9, agent: nowhere}]')
    expect(elsewhere.report.summary.missing).toBeUndefined()
    const yaml = 'expected: [{context: cluster2, agent: nowhere}]'
    expect((await doctor(yaml, '--agent', 'agent-0')).report.summary.missing).toBeUndefined()
  })
  it('tells agents apart by its identity labels in labels, too, and --identity-label wins', async () => {
    const fleet = ['--fleet', fleetFile('identityLabels: [site, region]')]
    const labelsOf = async (...more: string[]) =>
      JSON.parse((await runCommand(Labels, ['--from', bundle, ...fleet, '-o', 'json', ...more])).stdout).identityLabels
    expect(await labelsOf()).toEqual(['site', 'region'])
    expect(await labelsOf('--identity-label', 'zone')).toEqual(['zone'])
  })
  it('names the file in the document of every command, and none where there is none', async () => {
    const {report} = await doctor('thresholds: {lateSeconds: 1h}')
    expect(report.fleetFile).toBe(join(folder, 'fleet.yaml'))
    expect(validateReport(report)).toEqual([])
    const documents = [
      [Lag, validateLagReport],
      [Logs, validateLogReport],
      [Probe, validateProbeReport],
      [Labels, validateLabelsReport],
    ] as const
    for (const [command, validate] of documents) {
      const {stdout} = await runCommand(command, [
        '--from',
        bundle,
        '--fleet',
        fleetFile('contexts: [x]'),
        '-o',
        'json',
      ])
      expect(JSON.parse(stdout).fleetFile).toBe(join(folder, 'fleet.yaml'))
      expect(validate(JSON.parse(stdout))).toEqual([])
    }
    const without = await runCommand(Doctor, ['--from', bundle, '--fleet', 'none', '-o', 'json'])
    expect(JSON.parse(without.stdout)).not.toHaveProperty('fleetFile')
  })
  it('says which file names a context that the kubeconfig does not have, and of what was typed nothing', async () => {
    const kubeconfig = join(folder, 'kubeconfig')
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{name: 'c', cluster: {server: 'http://127.0.0.1:1'}}],
        contexts: [{name: 'cluster1', context: {cluster: 'c'}}],
      }),
    )
    const run = (yaml: string, ...more: string[]) =>
      runCommand(Doctor, ['--kubeconfig', kubeconfig, '--fleet', fleetFile(yaml), ...more])
    expect((await run('contexts: [clusterone]')).error).toBe(
      `no context "clusterone" in the kubeconfig, which fleet file ${join(folder, 'fleet.yaml')} names`,
    )
    expect((await run('contexts: [cluster1]', '--context', 'clusterone')).error).toBe(
      'no context "clusterone" in the kubeconfig',
    )
    expect((await run('contexts: [cluster1]\ncentral: {context: clusterone}')).error).toContain(
      'central.context of the fleet file',
    )
  })
  it('ends with 2 and the place where it is wrong', async () => {
    const {report, exitCode} = await doctor('thresholds:\n  lateSeconds: -1')
    expect(exitCode).toBe(2)
    expect(report.error.message).toBe(
      `fleet file ${join(folder, 'fleet.yaml')}, line 2, column 16: thresholds.lateSeconds must be seconds above 0, or a duration such as 2m or 1h30m (default 120)`,
    )
  })
})

it('promfleet lag has a row for an agent that is expected and not there', async () => {
  const fleet = fleetFile('expected: [{context: cluster2, agent: nowhere}, {context: cluster2, agent: agent-0}]')
  const {exitCode, stdout} = await runCommand(Lag, ['--from', bundle, '--fleet', fleet, '-o', 'json'])
  const missing = JSON.parse(stdout).rows.filter((row: {name: string}) => row.name === 'nowhere')
  expect(missing).toEqual([
    expect.objectContaining({state: 'silent', stateReason: 'expected by the fleet file, and not there', queue: null}),
  ])
  expect(exitCode).toBe(1)
})

describe('of an agent that is expected and not there', () => {
  const expected = 'expected: [{context: cluster2, agent: nowhere}, {context: cluster2, agent: agent-0}]'
  const words = 'cluster2 nowhere is expected and is not there'
  const run = (command: typeof Logs | typeof Probe | typeof Labels, ...more: string[]) =>
    runCommand(command, ['--from', bundle, '--fleet', fleetFile(expected), ...more])
  it.each([
    ['logs', Logs, validateLogReport],
    ['probe', Probe, validateProbeReport],
  ] as const)('promfleet %s has a line, and a field in JSON', async (_, command, validate) => {
    const document = JSON.parse((await run(command, '-o', 'json')).stdout)
    expect(document.expectedMissing).toEqual([words])
    expect(validate(document)).toEqual([])
    const {stdout} = await run(command)
    expect(stdout.match(new RegExp(words, 'g'))).toHaveLength(1)
    expect(stdout).toContain('1 expected agent missing')
    const all = await runCommand(command, ['--from', bundle, '--fleet', 'none', '-o', 'json'])
    expect(JSON.parse(all.stdout)).not.toHaveProperty('expectedMissing')
    const narrowed = JSON.parse((await run(command, '-o', 'json', '--agent', 'agent-0')).stdout)
    expect(narrowed).not.toHaveProperty('expectedMissing')
  })
  it('promfleet labels has the finding', async () => {
    const document = JSON.parse((await run(Labels, '-o', 'json')).stdout)
    expect(document.findings.map(({title}: {title: string}) => title)).toContain(words)
    expect(validateLabelsReport(document)).toEqual([])
    const {stdout, exitCode} = await run(Labels)
    expect([stdout.includes(words), exitCode]).toEqual([true, 1])
  })
  it('a healthy look is no success', async () => {
    const healthy = resolve(import.meta.dirname, '../fixtures/faults/healthy-3.5.json.gz')
    for (const command of [Logs, Probe]) {
      const {exitCode} = await runCommand(command, ['--from', healthy, '--fleet', fleetFile(expected)])
      expect(exitCode).toBe(3)
      expect((await runCommand(command, ['--from', healthy, '--fleet', 'none'])).exitCode).toBe(0)
    }
  })
})

it('promfleet logs narrows a bundle by context and agent', async () => {
  const logs = async (...args: string[]) =>
    runCommand(Logs, ['--from', bundle, '--fleet', 'none', '-o', 'json', ...args])
  expect(JSON.parse((await logs('--agent', 'agent-0')).stdout).logs).toHaveLength(1)
  const {exitCode, stdout} = await logs('--context', 'cluster7')
  expect(exitCode).toBe(2)
  expect(JSON.parse(stdout).error.message).toContain('no context "cluster7" in bundle')
})
