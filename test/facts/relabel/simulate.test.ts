import {describe, expect, it} from 'vitest'
import type {MetricFamilies} from '../../../src/evidence/labels.ts'
import type {RelabelConfig, ScrapeConfig} from '../../../src/facts/config/config.ts'
import {parseConfig} from '../../../src/facts/config/parse-config.ts'
import {seriesNames} from '../../../src/facts/relabel/series-names.ts'
import {type Simulation, type SimulationInputs, simulate} from '../../../src/facts/relabel/simulate.ts'
import {rule} from './rules.ts'

const family = (name: string, type = 'gauge', targets = 2) => ({name, type, targets})
const families: MetricFamilies = {
  jobs: [
    {job: 'node', targets: 2, families: [family('node_load1'), family('node_seconds', 'histogram'), family('go_info')]},
  ],
  complete: true,
}
const target = (instance: string, job = 'node') => ({pool: job, labels: {job, instance}})
const guard = {sourceLabels: ['cluster'], regex: '^$', action: 'drop'}

function simulated(rules: Partial<RelabelConfig>[], more: Partial<SimulationInputs> = {}): Simulation {
  const result = simulate({
    config: {externalLabels: {cluster: 'eu-1'}, scrapeConfigs: []},
    write: {writeRelabelConfigs: rules.map(rule)},
    version: null,
    labelSets: {sets: [target('a'), target('b')], complete: true},
    families,
    identityLabels: ['cluster'],
    ...more,
  })
  if (!result.ok) throw new Error(result.because)
  return result.simulation
}

/** Of two targets: three names of a histogram, two gauges, and the five that Prometheus adds. */
const ALL = 2 * 10

describe('a simulation', () => {
  it('counts each metric name of each target once, with what Prometheus adds', () => {
    expect(simulated([])).toMatchObject({
      targets: 2,
      names: 10,
      total: ALL,
      kept: ALL,
      dropped: 0,
      renamed: 0,
      complete: true,
    })
  })
  it('says which rule drops what', () => {
    const keep = {sourceLabels: ['__name__'], regex: 'up|node_.*', action: 'keep'}
    const drop = {sourceLabels: ['__name__', 'instance'], regex: 'node_load1;b', action: 'drop'}
    const result = simulated([keep, drop])
    expect(result).toMatchObject({kept: 9, dropped: 11})
    expect(result.rules.map(({dropped}) => dropped)).toEqual([10, 1])
    expect(result.rules[1]?.examples).toEqual(['node_load1'])
  })
  it('of a sample weighs each target for those that it stands for, and says of how many', () => {
    const keep = {sourceLabels: ['job'], regex: 'node', action: 'keep'}
    const whole = simulated([keep], {
      labelSets: {
        sets: [...Array.from({length: 40}, (_, index) => target(`${index}`)), target('x', 'rare')],
        complete: true,
      },
    })
    const sampled = simulated([keep], {
      labelSets: {
        sets: [...Array.from({length: 10}, (_, index) => target(`${index * 4}`)), target('x', 'rare')],
        groups: [
          {pool: 'node', job: 'node', targets: 40},
          {pool: 'rare', job: 'rare', targets: 1},
        ],
        complete: false,
      },
    })
    expect([sampled.targets, sampled.total, sampled.kept]).toEqual([whole.targets, whole.total, whole.kept])
    expect(whole.sample).toEqual(['the metrics of 1 of its 2 jobs'])
    expect(sampled.sample).toEqual(['11 of its 41 targets', 'the metrics of 1 of its 2 jobs'])
  })
  it('of a part of the metric families counts all of them', () => {
    const [job] = families.jobs
    const some = {jobs: [{job: 'node', targets: 2, families: [family('node_load1')], familyCount: 3}], complete: false}
    const whole = {
      jobs: [{...job, job: 'node', targets: 2, families: ['a', 'b', 'c'].map(name => family(name))}],
      complete: true,
    }
    expect(simulated([], {families: some}).total).toBe(simulated([], {families: whole}).total)
    expect(simulated([], {families: some}).sample).toEqual(['1 of their 3 metric families, job by job'])
  })
  it('counts what is renamed', () => {
    const rename = {sourceLabels: ['__name__'], regex: 'node_(.*)', targetLabel: '__name__', replacement: 'host_$1'}
    expect(simulated([rename])).toMatchObject({kept: ALL, renamed: 8})
  })
  it('says how much of what is kept carries the identity, and with which values', () => {
    const own = {sourceLabels: ['instance'], regex: 'a', targetLabel: 'cluster', replacement: 'other'}
    expect(simulated([own]).identity).toEqual([
      {label: 'cluster', carried: ALL, values: ['eu-1', 'other'], droppedWithout: null},
    ])
    expect(simulated([{regex: 'cluster', action: 'labeldrop'}]).identity[0]?.carried).toBe(0)
  })
  it('says what a guard would do without the label it asks for, and what it does when it is missing', () => {
    expect(simulated([guard])).toMatchObject({dropped: 0, identity: [{droppedWithout: ALL}]})
    const missing = simulated([guard], {config: {externalLabels: {}, scrapeConfigs: []}})
    expect(missing).toMatchObject({kept: 0, dropped: ALL})
    expect(missing.rules[0]?.assumes).toEqual(['cluster'])
  })
  it('lets a label of the targets win over the external one, which then guards nothing', () => {
    const labelled = [{pool: 'node', labels: {job: 'node', instance: 'a', cluster: 'own'}}]
    const result = simulated([guard], {labelSets: {sets: labelled, complete: true}})
    expect(result.identity).toEqual([{label: 'cluster', carried: 10, values: ['own'], droppedWithout: 0}])
  })
  it('says which labels it takes for absent, though series may have them', () => {
    const result = simulated([{sourceLabels: ['mode', '__tmp', 'job'], regex: 'idle;;.*', action: 'drop'}])
    expect(result.rules[0]).toMatchObject({dropped: 0, assumes: ['mode']})
  })
  it('leaves out what metric_relabel_configs of its job never let in', () => {
    const parsed = parseConfig(
      'scrape_configs:\n- job_name: node\n  metric_relabel_configs: [{source_labels: [__name__], regex: "node_seconds.*", action: drop}]\n',
    )
    const scrapeConfigs: ScrapeConfig[] = parsed.ok ? parsed.config.scrapeConfigs : []
    expect(simulated([], {config: {externalLabels: {}, scrapeConfigs}})).toMatchObject({total: 14})
  })
  it('is an estimate where families were read of some targets, and where they were not read', () => {
    const one: MetricFamilies = {
      jobs: [{job: 'node', targets: 4, families: [family('rare', 'gauge', 1)]}],
      complete: false,
    }
    expect(simulated([], {families: one})).toMatchObject({total: 11, complete: false}) // 2 x (5 + 1/4)
    expect(simulated([], {families: null})).toMatchObject({total: 10, names: 5, complete: false})
  })
  it('runs a part of the targets when there are very many, and counts all of them', () => {
    const sets = Array.from({length: 1000}, (_, index) => target(`${index}`))
    const many = Array.from({length: 295}, (_, index) => family(`m${index}`, 'gauge', 1000))
    const result = simulated([{sourceLabels: ['__name__'], regex: 'm1.*', action: 'drop'}], {
      labelSets: {sets, complete: true},
      families: {jobs: [{job: 'node', targets: 1000, families: many}], complete: true},
    })
    expect(result).toMatchObject({total: 300_000, dropped: 111_000, complete: false})
  })
  it('says why it could not be made', () => {
    const broken = simulate({
      ...{config: {externalLabels: {}, scrapeConfigs: []}, version: null, families, identityLabels: []},
      write: {writeRelabelConfigs: [rule({regex: '(', action: 'keep'})]},
      labelSets: {sets: [target('a')], complete: true},
    })
    expect(broken).toMatchObject({
      ok: false,
      because: expect.stringMatching(/^a rule of write_relabel_configs cannot be read: /),
    })
  })
})

describe('the series of a family', () => {
  it.each([
    ['a_seconds', 'histogram', ['a_seconds_bucket', 'a_seconds_sum', 'a_seconds_count']],
    ['a_seconds', 'summary', ['a_seconds', 'a_seconds_sum', 'a_seconds_count']],
    ['a_total', 'counter', ['a_total']],
    ['a', 'counter', ['a_total']], // OpenMetrics
    ['build', 'info', ['build_info']],
    ['build_info', 'info', ['build_info']],
    ['a', 'unknown', ['a']],
    ['a', 'constructor', ['a']],
  ])('%s of type %s', (name, type, names) => {
    expect(seriesNames(name, type)).toEqual(names)
  })
})
