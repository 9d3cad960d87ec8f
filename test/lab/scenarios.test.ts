/** The doctor on every scenario: top cause, state and exit code, on real Prometheus processes. */
import {existsSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {execa} from 'execa'
import pLimit from 'p-limit'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {LagReport} from '../../src/diagnose/lag/lag-report.ts'
import type {FindingReport, Report} from '../../src/diagnose/report.ts'
import {validateLagReport} from '../report/schema.ts'
import {scenarios, versionsOf} from '../scenarios/index.ts'
import type {Scenario} from '../scenarios/scenario.ts'
import {type Lab, startLab} from './lab.ts'
import {findPrometheus} from './prometheus.ts'

const program = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../bin/run.js')
if (!existsSync(program)) throw new Error(`${program} is not there`)
const binaries = await findPrometheus()
const looks = pLimit(3) // at once: two cores carry dozens of Prometheus beside them
// Longer than the 5 s to which a queue's backoff grows: a shorter window can fall between two retries.
const intervalSeconds = '6'

for (const scenario of scenarios) {
  const missing = versionsOf(scenario).filter(version => binaries.paths[version] === null)
  if (missing.length > 0) console.error(`skipped: scenario ${scenario.name} (no Prometheus ${missing.join(', ')})`)
}
const possible = scenarios.filter(scenario => versionsOf(scenario).every(version => binaries.paths[version] !== null))
// Nothing to wait for: the look has to come soon after the start, so these get a lab of their own.
const urgent = possible.filter(scenario => scenario.name === 'young-agent')
const patient = possible.filter(scenario => !urgent.includes(scenario))

describe.concurrent('doctor finds', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab(patient, {binaries, prefixContexts: true})
  })
  afterAll(async () => lab?.stop())

  for (const scenario of patient)
    it(`${scenario.name}: ${scenario.title}`, {timeout: 240_000}, async () => {
      await lab.ready(scenario)
      await expectVerdict(lab, scenario)
    })
  for (const scenario of urgent)
    it(`${scenario.name}: ${scenario.title}`, {timeout: 60_000}, async () => {
      const ownLab = await startLab([scenario], {binaries})
      try {
        await ownLab.ready(scenario)
        await expectVerdict(ownLab, scenario)
      } finally {
        await ownLab.stop()
      }
    })
})

async function expectVerdict(lab: Lab, scenario: Scenario): Promise<void> {
  const contexts = lab.agentContexts(scenario).flatMap(context => ['--context', context])
  const run = await looks(() =>
    execa(process.execPath, [program, 'doctor', ...contexts, '-o', 'json', '--interval', intervalSeconds], {
      reject: false,
      stdin: 'ignore',
      env: {KUBECONFIG: lab.kubeconfig},
    }),
  )
  expect(run.stdout, run.stderr).toMatch(/^\{/)
  const report = JSON.parse(run.stdout) as Report
  const {expect: expected} = scenario
  const seen = {
    topCause: topCause(report)?.id ?? null,
    state: report.state,
    exitCode: run.exitCode,
  }
  expect(seen, explain(report)).toEqual({
    topCause: expected.topCause,
    state: expected.state,
    exitCode: expected.exitCode,
  })
  expect(report.exitCode).toBe(run.exitCode)
  expect(report.agents).toHaveLength(scenario.agents.length)
  if (expected.reason) expect(report.agents.map(agent => agent.stateReason).join('\n')).toContain(expected.reason)
  if (expected.queues) {
    const bad = report.agents.flatMap(agent => agent.queues).filter(queue => queue.state !== 'delivering')
    expect(bad.map(queue => queue.name).sort()).toEqual(expected.queues)
  }
  if (lagScenarios.includes(scenario.name)) await expectSameOfLag(lab, contexts, report)
}

/** Of these, lag is asked as well: what delivers, is refused, waits, sends nothing, or is not there. */
const lagScenarios = ['healthy', 'demo', 'two-endpoints-one-bad', 'no-targets', 'hang', 'pending']

/** Another look, at metrics alone where these say enough, has to come to the same states. */
async function expectSameOfLag(lab: Lab, contexts: string[], doctor: Report): Promise<void> {
  const run = await looks(() =>
    execa(process.execPath, [program, 'lag', ...contexts, '-o', 'json', '--interval', intervalSeconds], {
      reject: false,
      stdin: 'ignore',
      env: {KUBECONFIG: lab.kubeconfig},
    }),
  )
  expect(run.stdout, run.stderr).toMatch(/^\{/)
  const report = JSON.parse(run.stdout) as LagReport
  expect(validateLagReport(report)).toEqual([])
  const statesOf = (rows: {key: string; name: string; state: string}[]) =>
    rows.map(({key, name, state}) => `${key} ${name} ${state}`).sort()
  const lagStates = report.rows.map(({key, queue, state}) => ({key, name: queue?.name ?? '', state}))
  const doctorStates = doctor.agents.flatMap(({key, state, queues}) =>
    queues.length === 0 ? [{key, name: '', state}] : queues.map(queue => ({key, name: queue.name, state: queue.state})),
  )
  expect(statesOf(lagStates)).toEqual(statesOf(doctorStates))
  const isWell = doctorStates.every(({state}) => state === 'delivering')
  expect(run.exitCode).toBe(isWell ? 0 : 1)
}

/** What the report leads with. True remarks on security do not count: the lab speaks plain HTTP, as many fleets do. */
function topCause(report: Report): FindingReport | undefined {
  return report.findings.find(
    finding =>
      finding.cause && finding.status === 'found' && finding.severity !== 'info' && !finding.id.startsWith('security/'),
  )
}

/** For the reader of a failed test: who was in which state and why, and what was found. */
function explain(report: Report): string {
  const agents = report.agents.map(agent => `${agent.context} ${agent.pod}: ${agent.state} (${agent.stateReason})`)
  const findings = report.findings.map(
    finding => `${finding.cause ? 'cause' : 'explained'} ${finding.severity} ${finding.id}: ${finding.title}`,
  )
  return [...(report.error ? [report.error.message] : []), ...agents, ...findings].join('\n')
}
