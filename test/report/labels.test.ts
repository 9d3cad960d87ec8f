/** Labels as people and scripts see them. */
import {describe, expect, it} from 'vitest'
import {matchChecks} from '../../src/checks/match.ts'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import {CHECKS_ON_LABELS, failedLabelsReport, reportLabels} from '../../src/diagnose/labels/report-labels.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import type {LabelSets} from '../../src/evidence/labels.ts'
import type {AgentEvidence} from '../../src/evidence/types.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {renderLabels} from '../../src/report/labels/labels.ts'
import type {TerminalOptions} from '../../src/report/style.ts'
import {type AgentOptions, aFailure, aFleet, anAgent, type BuiltAgent, collected, NOW} from '../builders/evidence.ts'
import {aTargetDigest} from '../builders/labels.ts'
import {validateLabelsReport} from './schema.ts'

const identityLabels = ['cluster']

function labelsOf(evidence: FleetEvidence, failOn: 'error' | 'warning' | 'never' = 'error') {
  const facts = readFacts(evidence)
  const report = diagnose(facts, runChecks(facts, {only: matchChecks(CHECKS_ON_LABELS, '--only'), identityLabels}), {
    failOn,
  })
  return {report, labels: reportLabels(facts, report, {identityLabels, failOn, interruptedWith: null})}
}

function rendered(evidence: FleetEvidence, options: Partial<TerminalOptions> = {}): string {
  const {labels, report} = labelsOf(evidence)
  return renderLabels(labels, report, {columns: 120, colour: false, unicode: true, ...options})
}

/** The guard, keep and drop lists of a careful fleet. */
const rules = [
  '{source_labels: [cluster], regex: ^$, action: drop}',
  '{source_labels: [__name__], regex: "up|kube_.*|node_.*", action: keep}',
  '{source_labels: [__name__], regex: node_scrape_.*, action: drop}',
  '{source_labels: [mode], regex: idle, action: drop}',
  '{target_label: remote_cluster, replacement: cluster2}',
]

function withRules(options: AgentOptions = {}) {
  const agent = anAgent({remoteWriteYaml: `write_relabel_configs: [${rules.join(', ')}]`, ...options})
  const sets = ['a', 'b', 'c'].map(instance => ({pool: 'pods', labels: {job: 'node', instance: `${instance}:9100`}}))
  const family = (name: string) => ({name, type: 'gauge', targets: 3})
  const families = ['go_info', 'node_load1', 'node_scrape_seconds'].map(family)
  agent.evidence.labelSets = collected({sets, complete: true})
  agent.evidence.metricFamilies = collected({jobs: [{job: 'node', targets: 3, families}], complete: true})
  return agent
}

const copied = {cluster: 'copied', region: 'eu'}
/** Something of everything. */
const troubled = () => {
  const operated = anAgent({
    ...{context: 'cluster4', namespace: 'shop', pod: 'prom-agent-shop-0', name: 'shop', signs: ['resource']},
    externalLabels: {prometheus: 'shop/shop', prometheus_replica: 'prom-agent-shop-0'},
  })
  return aFleet({
    agents: [
      withRules({externalLabels: {cluster: 'cluster2', region: 'eu'}}),
      anAgent({
        context: 'cluster3',
        externalLabels: copied,
        targets: {labels: aTargetDigest(['node-1'], {region: ['us']})},
      }),
      operated,
      anAgent({context: 'cluster5', externalLabels: copied, targets: {labels: aTargetDigest(['node-1'])}}),
      anAgent({context: 'cluster6', config: aFailure('agent-unauthorized', 'it wants basic auth')}),
    ],
    contexts: {
      cluster4: {
        agentResources: collected([
          {
            ...{namespace: 'shop', name: 'shop', mode: 'StatefulSet', replicas: 1, shards: 1, paused: false},
            ...{remoteWriteUrls: [], externalLabels: {prometheus: 'mine'}},
            operatorLabels: {resource: 'prometheus', replica: 'prometheus_replica'},
            scrapeClasses: [
              {name: 'default', isDefault: true, sets: [{label: 'prometheus', replacement: 'x', on: 'targets'}]},
            ],
          },
        ]),
      },
      cluster7: {serverVersion: aFailure('timeout', 'its API server did not answer within 5 s'), podLists: []},
    },
  })
}

describe('the labels of a fleet', () => {
  it('are a table, what rules do, findings and a verdict', async () => {
    await expect(rendered(troubled())).toMatchFileSnapshot('golden/labels.txt')
  })
  it('show more in wide and with -v', async () => {
    await expect(rendered(troubled(), {wide: true, verbose: true})).toMatchFileSnapshot('golden/labels-wide.txt')
  })
  it('fit into 80 columns without colour and Unicode', async () => {
    const text = rendered(aFleet({agents: [withRules()]}), {columns: 80, unicode: false})
    await expect(text).toMatchFileSnapshot('golden/labels-80.txt')
    expect(text).not.toMatch(/[^\n -~]/)
  })
  it('of a fleet fit into 80 columns, too, with the other labels below each row', async () => {
    const text = rendered(troubled(), {columns: 80})
    await expect(text).toMatchFileSnapshot('golden/labels-80-fleet.txt')
    expect(text.split('\n').filter(line => line.length > 80 && !line.includes('kubectl'))).toEqual([])
  })
  it.each([
    ['since its start', 15_552_000, undefined],
    ['since a reload, which began its counters anew', 1000, NOW - 3600],
  ])('mark an agent whose rules drop everything %s, with its finding and exit code 1', (_, dropped, lastReloadAt) => {
    const agent = anAgent({
      queues: [{doing: 'dropping', figures: {dropped: {dropped_series: dropped}}}],
      remoteWriteYaml: 'write_relabel_configs: [{source_labels: [__name__], regex: nothing, action: keep}]',
      intervalSeconds: 0,
      ...(lastReloadAt !== undefined && {figures: {lastReloadAt}}),
    })
    const evidence = aFleet({agents: [agent]})
    expect(labelsOf(evidence).labels).toMatchObject({
      exitCode: 1,
      findings: [{id: 'config/relabel-drops-everything', cause: true}],
    })
    expect(rendered(evidence)).toMatch(/^✗ {2}monitoring\/agent-0/m)
    expect(rendered(evidence).replace(/\s+/g, ' ')).toContain('drop every sample')
    // What the queue dropped since it was built is no share of what the process scraped before.
    expect(labelsOf(evidence).labels.agents[0]?.writes[0]?.measured === null).toBe(lastReloadAt !== undefined)
  })
  it('do not call in order what rules are seen to keep nothing of while the counters are too young to tell', () => {
    const rule = (name: string) => `write_relabel_configs: [{source_labels: [${name}], regex: nothing, action: keep}]`
    const young = {
      queues: [{doing: 'dropping' as const, figures: {dropped: {dropped_series: 1000}}}],
      intervalSeconds: 0,
    }
    const just = {...young, figures: {lastReloadAt: NOW - 10}}
    const evidence = aFleet({agents: [withRules({...just, remoteWriteYaml: rule('__name__')})]})
    expect(labelsOf(evidence).labels).toMatchObject({exitCode: 3, findings: [], summary: {unknown: 1}})
    const text = rendered(evidence)
    expect(text).toMatch(/^\? {2}monitoring\/agent-0 .* 0 %/m)
    expect(text.replace(/\s+/g, ' ')).toContain('- its write_relabel_configs keep nothing of what its targets expose')
    // A rule by a label that series may carry themselves proves nothing, and neither does one over a queue that sends.
    const others = [
      withRules({...just, remoteWriteYaml: rule('mode')}),
      withRules({remoteWriteYaml: rule('__name__'), intervalSeconds: 0}),
    ]
    for (const agent of others) expect(labelsOf(aFleet({agents: [agent]})).labels.exitCode).toBe(0)
  })
  it('say with -v that no queue has rules', () => {
    const words = 'No queue has write_relabel_configs: what the targets expose is sent as it is.'
    expect(rendered(aFleet(), {verbose: true})).toContain(words)
    expect(rendered(aFleet())).not.toContain(words)
    expect(rendered(aFleet({agents: []}), {verbose: true})).not.toContain(words)
  })
  it('are one line with -q', () => {
    expect(rendered(aFleet({agents: [withRules()]}), {quiet: true})).toBe('✓ labels of 1 agent are in order (exit 0)\n')
  })
  it('are a document that the schema describes', () => {
    for (const evidence of [troubled(), aFleet(), aFleet({agents: []})])
      expect(validateLabelsReport(JSON.parse(JSON.stringify(labelsOf(evidence).labels)))).toEqual([])
    const failed = failedLabelsReport('no such context', 'look again', '0.1.0', new Date(0))
    expect(validateLabelsReport(JSON.parse(JSON.stringify(failed)))).toEqual([])
  })
  it('say of which contexts that have no agent, and once that there is none', () => {
    const evidence = aFleet({agents: [], contexts: {cluster2: {}}})
    const text = rendered(evidence)
    expect(text.match(/no agent was found/g)).toHaveLength(1)
    expect(text).toContain(
      'no Prometheus agent found in any namespace of cluster2: "promfleet doctor --context cluster2"',
    )
    expect(rendered(evidence, {quiet: true})).toBe('? no agent was found (exit 3)\n')
  })
  it('say that a namespace does not exist, as lag does', () => {
    const evidence = aFleet({
      agents: [],
      options: {namespace: 'nosuch'},
      contexts: {cluster2: {namespaceExists: false, podLists: [{namespace: 'nosuch', pods: collected(0)}]}},
    })
    expect(rendered(evidence)).toContain('namespace nosuch does not exist in cluster2')
  })
  it('pass no escape sequence on, nor line breaks of a label', () => {
    const hostile = {cluster: 'a\u001b[31mb\nc', 'no"name\u0007': 'x'.repeat(10_000)}
    const text = rendered(aFleet({agents: [anAgent({externalLabels: hostile})]}), {wide: true})
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    expect(text.split('\n').length).toBeLessThan(20)
  })
})

it('labels of replicas are among what is sent, unless a rule takes them away', () => {
  const externalLabels = {cluster: 'a', __replica__: 'one'}
  const sentBy = (options: AgentOptions) =>
    labelsOf(aFleet({agents: [anAgent({externalLabels, ...options})]})).labels.agents[0]?.writes[0]?.sent
  expect(sentBy({})).toEqual(externalLabels)
  const dropping = 'write_relabel_configs: [{regex: __replica__, action: labeldrop}]'
  expect(sentBy({remoteWriteYaml: dropping})).toEqual({cluster: 'a'})
})

it('a variable that nothing replaced is a missing label, and one that a rule sets is there', () => {
  const variable = (context: string) => anAgent({context, externalLabels: {cluster: '$(CLUSTER)'}})
  const fleet = aFleet({agents: [variable('a'), variable('b')]})
  expect(labelsOf(fleet).labels.agents.map(({missing}) => missing)).toEqual([['cluster'], ['cluster']])
  expect(labelsOf(fleet).labels.findings.map(({id}) => id)).toEqual(['labels/missing', 'labels/missing'])
  expect(rendered(fleet)).toContain('- cluster is a variable that nothing replaced')
  const setOnTheWay = anAgent({
    externalLabels: {env: 'test'},
    remoteWriteYaml: 'write_relabel_configs: [{target_label: cluster, replacement: eu-1}]',
  })
  const {labels} = labelsOf(aFleet({agents: [setOnTheWay]}))
  expect([labels.agents[0]?.missing, labels.findings]).toEqual([[], []])
})

it('values of any length stay within a line or two', () => {
  const agent = withRules({
    externalLabels: {cluster: 'c'.repeat(10_000), env: 'e'.repeat(10_000)},
    targets: {active: 1, labels: aTargetDigest([], {env: ['v'.repeat(300)]})},
  })
  const sets = [{pool: 'pods', labels: {job: 'node', instance: 'a', cluster: 'k'.repeat(2000)}}]
  agent.evidence.labelSets = collected({sets, complete: true})
  for (const columns of [80, 140]) {
    const text = rendered(aFleet({agents: [agent]}), {columns, verbose: true})
    const lines = text.split('\n').filter(line => !line.includes('kubectl'))
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(140)
  }
  expect(rendered(aFleet({agents: [agent]}), {wide: true}).length).toBeLessThan(3000)
})

describe('whether the identity label is there, the check and the table say alike, by what everything carries on the way:', () => {
  const toldOf = (agent: BuiltAgent) => {
    const {labels} = labelsOf(aFleet({agents: [agent]}))
    const found = labels.findings.some(({id}) => id === 'labels/missing')
    expect(labels.agents[0]?.missing).toEqual(found ? ['cluster'] : [])
    const isKnown = labels.agents[0]?.problem === null
    return found ? 'missing' : isKnown ? 'there' : 'not known'
  }
  const withRule = (rule: string) =>
    toldOf(
      anAgent({
        externalLabels: {prometheus: 'prod-eu/agent'},
        remoteWriteYaml: `write_relabel_configs: [${rule}]`,
      }),
    )
  it.each([
    [
      'derived from another external label',
      `{source_labels: [prometheus], regex: '(.+)/.*', target_label: cluster, replacement: $1}`,
    ],
    ['set where it is absent', `{source_labels: [cluster], regex: '', target_label: cluster, replacement: x}`],
    ['set for every job', '{source_labels: [job], regex: .+, target_label: cluster, replacement: x}'],
  ])('it is when %s', (_, rule) => expect(withRule(rule)).toBe('there'))
  it.each([
    ['drawn from the job', '{source_labels: [job], target_label: cluster}'],
    ['drawn from a part of the instance', `{source_labels: [instance], regex: '(...).*', target_label: cluster}`],
    ['set for one metric', '{source_labels: [__name__], regex: up, target_label: cluster, replacement: x}'],
    ['set for one job', '{source_labels: [job], regex: node, target_label: cluster, replacement: x}'],
    ['set where another label is absent', `{source_labels: [foo], regex: '', target_label: cluster, replacement: x}`],
    ['set and taken away again', '{target_label: cluster, replacement: x}, {regex: cluster, action: labeldrop}'],
  ])('it is missing when %s', (_, rule) => expect(withRule(rule)).toBe('missing'))
  it('it is missing when one of two remote_write entries does not set it', () => {
    const agent = anAgent({externalLabels: {}})
    const write = (host: string) => `{url: 'http://${host}/api/v1/write', RULES}`
    const config = (second: string) =>
      collected(
        `remote_write: [${write('a').replace('RULES', SETS)}, ${write('b').replace(', RULES', second)}]\nscrape_configs: []\n`,
      )
    const SETS = 'write_relabel_configs: [{target_label: cluster, replacement: x}]'
    agent.evidence.config = config(`, ${SETS}`)
    expect(toldOf(agent)).toBe('there')
    agent.evidence.config = config('')
    expect(toldOf(agent)).toBe('missing')
    agent.evidence.config = config(`, ${SETS}`.replace('target_label', 'regex: "(", target_label'))
    expect(toldOf(agent)).toBe('not known')
  })
  it('no agent misses it that writes nowhere', () => {
    expect(toldOf(anAgent({queues: [], externalLabels: {}}))).toBe('there')
  })
  it('what is sent holds nothing that depends on what a series carries', () => {
    const drawn = '{source_labels: [job], target_label: team}, {source_labels: [__address__], target_label: __tmp}'
    const agent = anAgent({remoteWriteYaml: `write_relabel_configs: [${drawn}]`})
    const {labels} = labelsOf(aFleet({agents: [agent]}))
    expect(labels.agents[0]?.writes[0]?.sent).toEqual(labels.agents[0]?.externalLabels)
  })
})

describe('why nothing is simulated', () => {
  const whyOf = (change: (evidence: AgentEvidence) => void) => {
    const agent = withRules()
    change(agent.evidence)
    const [write] = labelsOf(aFleet({agents: [agent]})).labels.agents[0]?.writes ?? []
    return write?.notSimulated
  }
  it('is that the bundle is older', () => {
    expect(whyOf(evidence => delete evidence.labelSets)).toBe(
      'the bundle is of a promfleet that did not record the labels of targets',
    )
  })
  it('is that the run was stopped before', () => {
    const unread = aFailure('interrupted', 'not read when the run was stopped')
    expect(whyOf(evidence => Object.assign(evidence, {labelSets: unread, metricFamilies: unread}))).toBe(
      'the labels of its targets could not be read: not read when the run was stopped',
    )
  })
  it('is that there are no targets only where none was counted', () => {
    const sets = (value: LabelSets) => (evidence: AgentEvidence) => {
      evidence.labelSets = collected(value)
    }
    expect(whyOf(sets({sets: [], complete: true}))).toBe('it has no active targets')
    const groups = [{pool: 'pods', job: 'node', targets: 1200}]
    expect(whyOf(sets({sets: [], complete: false, groups}))).toBe('no room was left for the labels of 1,200 targets')
    expect(whyOf(sets({sets: [], complete: false}))).toBe('no room was left for the labels of its targets')
  })
  it('is nothing where only the metrics are not known, and what it was run on is said', () => {
    const agent = withRules()
    agent.evidence.metricFamilies = aFailure('timeout', 'no answer within 20 s')
    const evidence = aFleet({agents: [agent]})
    const [write] = labelsOf(evidence).labels.agents[0]?.writes ?? []
    expect(write?.simulation).toMatchObject({complete: false, names: 5})
    expect(rendered(evidence).replace(/\s+/g, ' ')).toContain(
      'a sample: run on what Prometheus adds for each target alone: their metrics could not be read: no answer within 20 s',
    )
  })
})

describe('the exit code', () => {
  const codeOf = (evidence: FleetEvidence, failOn?: 'warning' | 'never') => labelsOf(evidence, failOn).labels.exitCode
  const pair = aFleet({agents: ['a', 'b'].map(context => anAgent({context, externalLabels: copied}))})

  it('is 0 when labels are in order, and 3 without an agent, or without its configuration', () => {
    expect(codeOf(aFleet())).toBe(0)
    expect(codeOf(aFleet({agents: []}))).toBe(3)
    expect(codeOf(aFleet({agents: [anAgent({config: aFailure('timeout')})]}))).toBe(3)
  })
  it('is 1 at what --fail-on asks for', () => {
    expect(codeOf(troubled())).toBe(1)
    expect(codeOf(troubled(), 'never')).toBe(3)
    expect(codeOf(pair)).toBe(0)
    expect(codeOf(pair, 'warning')).toBe(1)
  })
})
