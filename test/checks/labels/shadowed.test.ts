import {describe, expect, it} from 'vitest'
import {type AgentOptions, aFailure, anAgent} from '../../builders/evidence.ts'
import {aTargetDigest} from '../../builders/labels.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'labels/shadowed'
const bringing = (names: Record<string, string[]>, more: AgentOptions = {}) =>
  anAgent({
    externalLabels: {cluster: 'eu-1', env: 'prod'},
    targets: {active: 3, labels: aTargetDigest([], names)},
    ...more,
  })
/** As Prometheus prints it. */
const job = (lines: string) =>
  `global:\n  external_labels:\n    cluster: eu-1\nscrape_configs:\n- job_name: pods\n${lines}remote_write:\n- url: http://central.example:9090/api/v1/write\n`

describe(ID, () => {
  it('is a warning when targets bring another value of the identity label', async () => {
    const result = judgedAgents(ID, bringing({cluster: ['eu-1', 'test', 'test']}))
    expect(result.severities).toEqual(['warning'])
    expect(result.titles[0]).toContain('2 of the 3 targets')
    await expectWords(ID, result)
  })
  it('is info for a label that tells nobody apart', () => {
    expect(judgedAgents(ID, bringing({env: ['staging']})).severities).toEqual(['info'])
  })
  it('says nothing when the value is the same, or the name is no external label', () => {
    expect(judgedAgents(ID, bringing({cluster: ['eu-1'], pod: ['a', 'b']}))).toMatchObject({findings: [], judged: 1})
  })
  it('knows a scrape class by its rule where targets were not recorded', async () => {
    const rule =
      '  relabel_configs:\n  - source_labels: [__name__]\n    separator: ;\n    regex: (.*)\n    target_label: cluster\n    replacement: cluster1\n    action: replace\n'
    const result = judgedAgents(ID, anAgent({config: job(rule)}))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result, 'configured')
  })
  it('knows labels of static_configs, and metric_relabel_configs that no target shows', () => {
    const fixed = '  static_configs:\n  - targets: [a]\n    labels: {cluster: other}\n'
    expect(judgedAgents(ID, anAgent({config: job(fixed)})).severities).toEqual(['warning'])
    const onSeries =
      '  metric_relabel_configs:\n  - target_label: cluster\n    replacement: other\n    action: replace\n'
    const seen = {labels: aTargetDigest([])}
    expect(judgedAgents(ID, anAgent({config: job(onSeries), targets: seen})).severities).toEqual(['warning'])
    expect(judgedAgents(ID, anAgent({config: job(fixed), targets: seen})).severities).toEqual([])
  })
  it('is unknown without the configuration', () => {
    expect(judgedAgents(ID, anAgent({config: aFailure('timeout', 'no answer')})).unknown).toEqual([
      'its configuration could not be read: no answer',
    ])
  })
})
