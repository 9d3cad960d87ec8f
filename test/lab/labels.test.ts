/** Labels as real Prometheus processes have them: who collides, what rules do, and the configuration of the post that this grew from. */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import Capture from '../../commands/capture.ts'
import Labels from '../../commands/labels.ts'
import {matchChecks} from '../../src/checks/match.ts'
import {runChecks} from '../../src/checks/run.ts'
import {encodeWithoutSecrets, makeBundle, readBundleText} from '../../src/collect/bundle/bundle.ts'
import {asReplayed} from '../../src/collect/bundle/clean-evidence.ts'
import {open} from '../../src/collect/session.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import type {LabelsReport} from '../../src/diagnose/labels/labels-report.ts'
import {CHECKS_ON_LABELS, reportLabels} from '../../src/diagnose/labels/report-labels.ts'
import type {Report} from '../../src/diagnose/report.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import type {ScrapeConfig} from '../../src/facts/config/config.ts'
import {parseConfig} from '../../src/facts/config/parse-config.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {parseVersion} from '../../src/facts/process/versions.ts'
import {compileRules, relabel} from '../../src/facts/relabel/relabel.ts'
import {runCommand} from '../commands/run-command.ts'
import type {Scenario} from '../scenarios/scenario.ts'
import {takeAddresses} from './addresses.ts'
import {waitUntil} from './conditions.ts'
import {type Lab, startLab} from './lab.ts'
import {
  blog,
  clashing,
  clashingUnrefused,
  copied,
  copiedApart,
  guarded,
  operated,
  operatorObjects,
  siblings,
  unmarkedPair,
} from './label-scenarios.ts'
import {findPrometheus, prometheusVersions} from './prometheus.ts'
import {startPrometheus} from './prometheus-process.ts'
import {configOf, relabelJobs} from './relabel-jobs.ts'
import {findVictoriaMetrics} from './victoria-metrics.ts'

const binaries = await findPrometheus()
const identityLabels = ['cluster']
const victoriaMetrics = await findVictoriaMetrics()
if (victoriaMetrics === null) console.error(`skipped: scenario ${clashingUnrefused.name} (no VictoriaMetrics)`)
const scenarios = [
  ...[blog, guarded, copied, copiedApart, siblings, operated, clashing, unmarkedPair],
  ...(victoriaMetrics === null ? [] : [clashingUnrefused]),
].map((scenario): Scenario => ({...scenario, expect: {topCause: null, state: 'delivering', exitCode: 0}}))
const isComplete = prometheusVersions.every(version => binaries.paths[version] !== null)
if (!isComplete) console.error('skipped: labels of real fleets (a Prometheus is missing)')

describe.runIf(isComplete)('labels of a fleet', () => {
  let lab: Lab
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'promfleet-labels-'))
    lab = await startLab(scenarios, {binaries, victoriaMetrics, prefixContexts: true})
  })
  afterAll(async () => {
    await lab?.stop()
    await rm(directory, {recursive: true, force: true})
  })

  /** Once all that the scenario waits for is true. */
  async function look({
    name,
  }: {
    name: string
  }): Promise<{evidence: FleetEvidence; labels: LabelsReport; report: Report}> {
    const scenario = scenarios.find(own => own.name === name)
    if (scenario === undefined) throw new Error(`no scenario ${name}`)
    await lab.ready(scenario)
    const session = await open(
      {
        kubeconfig: lab.kubeconfig,
        contexts: lab.agentContexts(scenario),
        allContexts: false,
        impersonate: {user: null, groups: []},
        webCredentials: null,
      },
      {
        ...{intervalSeconds: 0, sinceSeconds: 3600, timeoutSeconds: 60, namespace: null, selector: null, agents: []},
        ...{includeServers: true, transport: 'auto', toolVersion: '0.0.0', pieces: ['web', 'labels', 'log', 'objects']},
        onProgress: () => undefined,
        wantsAnotherScrape: () => false,
        signal: new AbortController().signal,
      },
    )
    try {
      const evidence = asReplayed(await session.take())
      // A bundle keeps all of it.
      const text = encodeWithoutSecrets(makeBundle(evidence), session.credentials())
      return {evidence, ...judge(readBundleText(text, 'the take'))}
    } finally {
      await session.close()
    }
  }

  function judge(evidence: FleetEvidence): {labels: LabelsReport; report: Report} {
    const facts = readFacts(evidence)
    const only = matchChecks(CHECKS_ON_LABELS, '--only')
    const onLabels = diagnose(facts, runChecks(facts, {only, identityLabels}), {failOn: 'error'})
    return {
      labels: reportLabels(facts, onLabels, {identityLabels, failOn: 'error', interruptedWith: null}),
      report: diagnose(facts, runChecks(facts, {identityLabels}), {failOn: 'error'}),
    }
  }

  const ids = ({findings}: Pick<Report, 'findings'>) => findings.map(({severity, id}) => `${severity} ${id}`)

  it(copied.title, async () => {
    const {labels} = await look(copied)
    const [finding] = labels.findings
    expect(finding).toMatchObject({id: 'labels/collision', severity: 'error', blame: 'config'})
    expect(finding?.agents).toEqual(labels.agents.map(({key}) => key))
    expect(finding?.evidence[0]?.value).toContain('instance="node-1"')
    expect(labels.agents.map(({collidesWith}) => collidesWith[0])).toEqual(labels.agents.map(({key}) => key).reverse())
  })

  it(copiedApart.title, async () => {
    const {labels} = await look(copiedApart)
    expect(ids(labels)).toEqual(['warning labels/collision'])
    expect(labels.exitCode).toBe(0)
  })

  /** Refusing begins when batches of both have come, in no order that could be told before. */
  async function untilRefused(scenario: {name: string}): Promise<LabelsReport> {
    let seen = await look(scenario)
    await waitUntil('the receiver to refuse what one of them sends', 60, async () => {
      seen = await look(scenario)
      const lines = seen.labels.findings.flatMap(({evidence}) => evidence.map(({value}) => value))
      return lines.some(line => /out of order|duplicate sample/.test(line)) ? null : ids(seen.labels).join(', ')
    })
    return seen.labels
  }

  it(clashing.title, async () => {
    const labels = await untilRefused(clashing)
    expect(labels.findings.filter(({cause}) => cause)).toMatchObject([
      {id: 'labels/collision', severity: 'error', agents: labels.agents.map(({key}) => key)},
    ])
    expect(labels.agents.map(({collidesWith, collisionIsProven}) => [collidesWith[0], collisionIsProven])).toEqual(
      labels.agents.map(({key}) => [key, true]).reverse(),
    )
    expect(labels.findings.find(({id}) => id.startsWith('receiver/'))?.explainedBy).toBe(labels.findings[0]?.key)
  })

  it.skipIf(victoriaMetrics === null)(clashingUnrefused.title, async () => {
    const {labels} = await look(clashingUnrefused)
    expect(ids(labels)).toEqual(['error labels/collision'])
    expect(labels.findings[0]?.evidence[0]).toMatchObject({source: '/api/v1/targets of both'})
  })

  it(unmarkedPair.title, async () => {
    const labels = await untilRefused(unmarkedPair)
    expect(labels.findings.filter(({cause}) => cause)).toMatchObject([
      {id: 'labels/replica-duplicates', severity: 'warning'},
    ])
    expect(labels.agents.flatMap(({collidesWith}) => collidesWith)).toEqual([])
  })

  it(siblings.title, async () => {
    const {labels} = await look(siblings)
    expect(labels.agents).toHaveLength(4)
    expect(ids(labels)).toEqual(['info labels/replica-duplicates'])
  })

  it(guarded.title, async () => {
    const {labels, report} = await look(guarded)
    const missing = labels.findings.find(({id}) => id === 'labels/missing')
    expect(missing).toMatchObject({severity: 'error', cause: true})
    expect(missing?.title).toContain('nothing is sent')
    const dropping = report.findings.find(({id}) => id === 'config/relabel-drops-everything')
    expect(dropping).toMatchObject({cause: false, explainedBy: missing?.key})
    expect(labels.agents[0]?.writes[0]?.simulation).toMatchObject({kept: 0, complete: true})
  })

  it(operated.title, async () => {
    const {store} = lab.api('operated-cluster2')
    for (const [resource, object] of operatorObjects) store.put(resource, object)
    const {labels} = await look(operated)
    expect(labels.agents.map(({key}) => key)).toEqual(['operated-cluster2/monitoring/prom-agent-kps-0'])
    expect(labels.agents[0]).toMatchObject({
      ignored: [{label: 'prometheus', written: 'mine', running: 'monitoring/kps'}],
      scrapeClasses: [{name: 'all', isDefault: true, label: 'cluster', replacement: 'cluster2'}],
    })
    expect(ids(labels)).toEqual(['warning scrape/monitor-not-selected'])
    expect(labels.findings[0]?.title).toContain(
      '1 monitor of operated-cluster2 is taken by no agent: ServiceMonitor shop/web',
    )
  })

  it(blog.title, async () => {
    const {evidence, labels, report} = await look(blog)
    expect(labels.findings).toEqual([])
    const [write] = labels.agents[0]?.writes ?? []
    expect(write?.sent).toMatchObject({cluster: 'cluster2', cluster_source: 'agent', remote_cluster: 'cluster2'})
    // What was simulated is what Prometheus has counted.
    const {simulation, measured} = write ?? {}
    const simulated = (simulation?.dropped ?? 0) / (simulation?.total ?? 1)
    const counted = (measured?.droppedSamples ?? 0) / (measured?.samples ?? 1)
    expect(Math.abs(simulated - counted)).toBeLessThan(0.1)
    expect(simulation?.identity).toMatchObject([{label: 'cluster', carried: simulation?.kept, values: ['cluster2']}])
    const grave = report.findings.filter(({severity}) => severity !== 'info')
    expect(grave.map(({id}) => id)).toEqual(['workload/not-an-agent', 'config/queue-hazard'])
    // Of the lab's address the checks know that it is on this machine; of the post's they do not.
    const there = JSON.parse(
      JSON.stringify(evidence).replaceAll(
        /http:\/\/127\.[\d.]+:\d+\/api\/v1\/write/g,
        'http://172.28.139.113:30090/api/v1/write',
      ),
    ) as FleetEvidence
    const abroad = ids(judge(there).report)
    expect(abroad).toContain('warning security/plaintext')
    expect(abroad).toContain('warning security/no-authentication')
    expect(abroad.filter(id => /labels|relabel|receiver|delivery/.test(id))).toEqual([])
  })

  it('a bundle says what the live look said: the same matrix, and the same simulation', async () => {
    const shown = scenarios.filter(({name}) => [blog.name, guarded.name, copied.name].includes(name))
    await Promise.all(shown.map(scenario => lab.ready(scenario)))
    const contexts = shown.flatMap(scenario => lab.agentContexts(scenario)).flatMap(context => ['--context', context])
    const scope = ['--kubeconfig', lab.kubeconfig, ...contexts, '--include-servers', '--fleet', 'none']
    const file = path.join(directory, 'fleet.json.gz')
    const live = await runCommand(Labels, [...scope, '-o', 'json'])
    const captured = await runCommand(Capture, [...scope, '--interval', '0', '--output-file', file])
    expect(captured).toMatchObject({exitCode: 0, error: null})
    const replayed = await runCommand(Labels, ['--from', file, '-o', 'json'])
    const [now, later] = [live, replayed].map(run => withoutCounts(JSON.parse(run.stdout) as LabelsReport))
    expect(later).toEqual(now)
    expect(now?.agents).toHaveLength(4)
    const simulated = now?.agents.flatMap(({writes}) => writes.filter(({simulation}) => simulation !== null))
    expect(simulated?.map(({simulation}) => simulation?.complete)).toEqual([true, true])
  })
})

/** What counters say differs from look to look. */
function withoutCounts({keys, agents, findings}: LabelsReport) {
  return {
    keys,
    agents: agents.map(agent => ({...agent, writes: agent.writes.map(({measured: _, ...write}) => write)})),
    findings: findings.map(({id, severity, agents: about}) => ({id, severity, about})),
  }
}

describe('relabelling', () => {
  for (const version of prometheusVersions)
    it.runIf(binaries.paths[version] !== null)(`gives what Prometheus ${version} gives, rule by rule`, async () => {
      const directory = await mkdtemp(path.join(tmpdir(), 'promfleet-relabel-'))
      const addresses = await takeAddresses()
      const jobs = relabelJobs(version)
      const prometheus = await startPrometheus({
        ...{version, runsAs: 'agent', takesRemoteWrite: false, basicAuth: null, directory},
        ...{binary: binaries.paths[version] ?? '', address: await addresses.pod(1, 9090), config: configOf(jobs)},
      })
      try {
        const wanted = jobs.reduce((sum, {targets}) => sum + targets.length, 0)
        let found: {active: Record<string, string>[]; dropped: number} = {active: [], dropped: 0}
        await waitUntil(`Prometheus ${version} to have ${wanted} targets`, 60, async () => {
          const answer = await prometheus.get('/api/v1/targets?state=any')
          if (answer?.status !== 200) return 'it does not answer'
          const {data} = JSON.parse(answer.text)
          found = {
            active: data.activeTargets.map((target: {labels: Record<string, string>}) => target.labels),
            dropped: data.droppedTargets.length,
          }
          const seen = found.active.length + found.dropped
          return seen === wanted ? null : `${seen} so far`
        })
        const config = JSON.parse((await prometheus.get('/api/v1/status/config'))?.text ?? '{}').data.yaml
        expect(byText(found.active)).toEqual(byText(simulatedTargets(jobs, config, version)))
        expect(found.dropped).toBeGreaterThan(0)
      } finally {
        await prometheus.process.kill()
        addresses.release()
        await rm(directory, {recursive: true, force: true, maxRetries: 3})
      }
    })
})

function byText(sets: Record<string, string>[]): string[] {
  return sets.map(set => JSON.stringify(Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1)))).sort()
}

/** What Prometheus makes of a target's labels before and after its rules: scrape/target.go, PopulateLabels. */
function simulatedTargets(
  jobs: ReturnType<typeof relabelJobs>,
  printedConfig: string,
  version: string,
): Record<string, string>[] {
  // The rules of relabel_configs are not all read; metric_relabel_configs has them once more, see relabel-jobs.ts.
  const parsed = parseConfig(printedConfig)
  const configs: ScrapeConfig[] = parsed.ok ? parsed.config.scrapeConfigs : []
  return jobs.flatMap(({name, targets}) => {
    const rules = configs.find(({jobName}) => jobName === name)?.metricRelabelConfigs ?? []
    const compiled = compileRules(rules, parseVersion(`${version}.0`))
    if (!compiled.ok) throw new Error(compiled.message)
    return targets.flatMap(({address, labels}) => {
      const before = {
        ...{job: name, __address__: address, __scheme__: 'http', __metrics_path__: '/metrics'},
        ...{__scrape_interval__: '1m', __scrape_timeout__: '10s'},
        ...labels,
      }
      // A label with an empty value is none.
      const given = Object.entries(before).filter(([, value]) => value !== '')
      const {labels: after, droppedBy} = relabel(compiled.rules, new Map(given))
      if (droppedBy !== null) return []
      const kept = [...after].filter(([label]) => !label.startsWith('__'))
      return [{instance: after.get('__address__') ?? '', ...Object.fromEntries(kept)}]
    })
  })
}
